"""The shape of a policy file: frozen, strict models, top to bottom as in the file, and the look-ups others need."""

from collections.abc import Iterable
from datetime import date
from functools import cached_property
from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, model_validator

from fcins.policy.values import (
    Age,
    Fen,
    Level,
    ReferenceDay,
    Residency,
    Share,
    Text,
    Title,
    normalise_category,
    normalise_town,
    placeholders,
    without_brackets,
)
from fcins.values import without_code


class Table(BaseModel):
    """A table of the file: nothing unknown in it, nothing converted, nothing changed afterwards."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)

    @model_validator(mode="before")
    @classmethod
    def _tuples(cls, data: Any) -> Any:
        # TOML has lists; a frozen model holds tuples; strict would refuse the one for the other.
        if not isinstance(data, dict):
            return data
        return {key: tuple(value) if isinstance(value, list) else value for key, value in data.items()}


class Rule(Table):
    """A table that stands on a clause of the plan; `reading` is our interpretation where its words leave room."""

    clause: Text
    reading: Text | None = None
    sentence: Text | None = None
    """The plan's own words, verbatim."""


class Period(Rule):
    """Both days belong to it."""

    start: date = Field(alias="from")
    end: date = Field(alias="to")


class Stage(Period):
    """A stage of the campaign. `lists_due`: by its last day the departments have handed in their lists."""

    name: Text
    lists_due: bool = False


class Waiting(Rule):
    """Medical paid on or after `start`: `days` without benefits."""

    start: date = Field(alias="from")
    days: int = Field(ge=0, le=366)


class AgeReference(Rule):
    """The day on which ages are taken: one for all, or that of each person's first payment of the scheme.

    With "payment", somebody who has not paid has the age of the window's last day, and waits for a birthday that
    changes the amount.
    """

    on: ReferenceDay


class PaymentDay(Rule):
    """On which day money counts as paid that an agent took: the day they took it, or the day the tax office booked it.

    It decides about the window, the birthday that is waited for, and the waiting period.
    """

    on: Literal["collected", "booked"]


class Dates(Table):
    """Every date of the plan."""

    window: Period
    stages: tuple[Stage, ...] = ()
    publicity: Period
    waiting: Waiting
    age_reference: AgeReference
    birthday_wait: Rule
    payment_day: PaymentDay | None = None


class Town(Table):
    """A town with the other names it goes by."""

    name: Text
    aliases: tuple[Text, ...] = ()


class Senders(Table):
    """Who hands in what is not a roster of a category."""

    households: Text
    enrolment: Text
    payments: Text


class Category(Rule):
    """`form`: a row is a person, a couple, or a person with the payer and amount of an aid.

    `yearly`: the roster holds for its fee year only; next year the department hands in a new one. `reports_uninsured`:
    the department makes sure that the people on its roster are insured, and reports why some are not.
    `family_kinds`: of couples, the 家庭类别 that belong to it; None: every word of headings.toml.
    `by_household`: given to whole households: a head who stands only in columns of their own belongs to it, too.
    `required`: the department hands in a roster, an empty one where there is nobody; `by_town`: one for each town.
    """

    code: Text
    name: Text
    aliases: tuple[Text, ...] = ()
    department: Text
    form: Literal["person", "couple", "aid"] = "person"
    disability_levels: tuple[Level, ...] = ()
    min_age: Age | None = None
    max_age: Age | None = None
    yearly: bool = False
    reports_uninsured: bool = False
    family_kinds: tuple[Text, ...] | None = Field(default=None, min_length=1)
    by_household: bool = False
    required: bool = True
    by_town: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The name, then the aliases."""
        return (self.name, *self.aliases)


class Condition(Rule):
    """Who a rule is for: everything stated must hold; ages and birth dates with both ends."""

    category: Text | None = None
    min_age: Age | None = None
    max_age: Age | None = None
    born_from: date | None = None
    born_to: date | None = None
    residency: tuple[Residency, ...] | None = Field(default=None, min_length=1)
    note: Text


class Excluded(Rule):
    """People of this category are not liable; `note` is the reason shown.

    `gap_cause`: the cause (headings.toml) with which a village claims that somebody is of this category. Only the
    category's department can confirm it.
    """

    category: Text
    note: Text
    gap_cause: Text | None = None


class MedicalLiable(Rule):
    """Who is liable for medical by their registration."""

    residency: tuple[Residency, ...] = Field(min_length=1)


class MedicalSubsidy(Rule):
    """Reported per insured person, never billed."""

    amount_fen: Fen = Field(alias="amount")
    payer: Text


class Standard(Condition):
    """Another personal standard than everybody's; the first that fits holds."""

    amount_fen: Fen = Field(alias="amount")


class Aid(Condition):
    """`payer` pays `share_bp` / 10000 of the person's standard, or `amount_fen`, never more than the standard.

    `cross_check`: the category whose roster is held against the people whom this rule finds by age. `verb`: 代缴 or
    资助, as the plan says it.
    """

    share_bp: Share | None = Field(default=None, alias="share")
    amount_fen: Fen | None = Field(default=None, alias="amount")
    payer: Text
    verb: Text = "代缴"
    cross_check: Text | None = None


class Collective(Rule):
    """集体资助: what towns, villages and employers pay after all other aid.

    `when_different`: which of two amounts that one payer's lists name for one person holds, or none of them.
    """

    category: Text
    note: Text
    verb: Text = "资助"
    when_different: Literal["smaller", "larger", "none"] = "smaller"


class Medical(Rule):
    """居民医疗保险."""

    standard_fen: Fen = Field(alias="standard", gt=0)
    standards: tuple[Standard, ...] = ()
    liable: MedicalLiable
    excluded: tuple[Excluded, ...] = ()
    subsidy: MedicalSubsidy
    one_aid: Rule
    aid: tuple[Aid, ...] = ()
    collective: Collective | None = None


class PensionLiable(Rule):
    """Who is liable for pension by age and registration."""

    residency: tuple[Residency, ...] = Field(min_length=1)
    min_age: Age
    max_age: Age


class PensionSubsidy(Rule):
    """Who adds to the account for each tier."""

    payer: Text


class Tier(Table):
    """`only`: the categories that may choose it; None: anyone."""

    amount_fen: Fen = Field(alias="amount", gt=0)
    subsidy_fen: Fen = Field(alias="subsidy")
    only: tuple[Text, ...] | None = Field(default=None, min_length=1)


class Proxy(Rule):
    """`higher_tier`: in a higher tier the amount still counts (offset), or nothing is paid for them (none)."""

    categories: tuple[Text, ...] = Field(min_length=1)
    amount_fen: Fen = Field(alias="amount", gt=0)
    payer: Text
    higher_tier: Literal["offset", "none"]
    unenrolled_note: Text


class FamilyPlanning(Rule):
    """`effect`: goes to the account (credit), or reduces what is collected (offset)."""

    category: Text
    wife_min_age: Age
    amount_fen: Fen = Field(alias="amount")
    payer: Text
    effect: Literal["credit", "offset"]


class Gap(Rule):
    """Someone liable who has not enrolled."""

    note: Text


class Pension(Rule):
    """居民养老保险."""

    liable: PensionLiable
    excluded: tuple[Excluded, ...] = ()
    subsidy: PensionSubsidy
    tiers: tuple[Tier, ...] = Field(min_length=1)
    proxy: Proxy | None = None
    family_planning: FamilyPlanning | None = None
    gap: Gap


class Register(Rule):
    """The texts of the collection registers."""

    title: Title
    signatures: tuple[Text, ...]
    waited_note: Text
    outside_window_note: Text
    differing_note: Text = "户籍信息不一致，待核实"


class Publicity(Rule):
    """`mask_head` stops before the birth date in the ID: an age must not be read from a notice."""

    title: Title
    period_note: Annotated[Text, placeholders("from", "to")]
    objection_note: Annotated[Text, placeholders("phone")]
    objection_phone: str
    signatures: tuple[Text, ...]
    mask_head: int = Field(ge=0, le=6)
    mask_tail: int = Field(ge=0, le=4)
    child_age: Age
    child_note: Annotated[Text, placeholders("age", "count")]
    few: int = Field(ge=1, le=100)
    paid_by_others_note: Annotated[Text, placeholders("count")]
    paid_by_others_few_note: Annotated[Text, placeholders("few")]


class Held(Rule):
    """Money that an agent collected is held back when it comes in more than `days` after it was collected."""

    days: int = Field(ge=0, le=366)


class Departed(Rule):
    """People who died or left before this day had no cover: their payments for the year go back."""

    before: date


class Reconciliation(Table):
    """Payments against what was due: what to look for, and under which clause."""

    signatures: tuple[Text, ...]
    refund: Rule
    departed: Departed
    held: Held
    overcharged: Rule


class Policy(Table):
    """What one district decided for one fee year. Money in fen, shares in 1/10000, days inclusive."""

    name: Text
    title: Text
    document: Text
    district: Text
    fee_year: int = Field(ge=2000, le=2100)
    reading: Text | None = None
    dates: Dates
    towns: tuple[Town, ...] = Field(min_length=1)
    senders: Senders
    categories: tuple[Category, ...] = Field(min_length=1)
    not_categories: tuple[Text, ...] = ()
    medical: Medical
    pension: Pension
    register_form: Register = Field(alias="register")  # a field may not be called like ABCMeta's own `register`
    publicity: Publicity
    reconciliation: Reconciliation | None = None

    @property
    def register(self) -> Register:
        """The texts of the collection registers."""
        return self.register_form

    @property
    def by_payment(self) -> bool:
        """Whether ages are taken on the day of each person's payment."""
        return self.dates.age_reference.on == "payment"

    @property
    def collected_counts(self) -> bool:
        """Whether money is paid on the day an agent took it; also where the policy says nothing of it."""
        return self.dates.payment_day is None or self.dates.payment_day.on == "collected"

    @property
    def lists_due(self) -> date:
        """The last day for the departments' lists: of the stage that says so, else of the window."""
        return next((stage.end for stage in self.dates.stages if stage.lists_due), self.dates.window.end)

    @property
    def reference_day(self) -> date:
        """The day on which ages and memberships are taken for people who have not paid."""
        on = self.dates.age_reference.on
        return on if isinstance(on, date) else self.dates.window.end

    @property
    def age_limits(self) -> list[int]:
        """The ages from which on a rule about amounts holds, or no longer holds, from the youngest."""
        rules: list[Condition] = [*self.medical.standards, *self.medical.aid]
        bounds = [(rule.min_age, rule.max_age) for rule in rules]
        bounds.append((self.pension.liable.min_age, self.pension.liable.max_age))
        lows = {low for low, _ in bounds if low is not None}
        return sorted(lows | {high + 1 for _, high in bounds if high is not None})

    def rule(self, place: str) -> Rule:
        """The rule at a place as charges have it: `medical.aid.7`, `pension.proxy`."""
        rule: Any = self
        for step in place.split("."):
            rule = rule[int(step)] if step.isdigit() else getattr(rule, step)
        return cast(Rule, rule)

    @property
    def town_names(self) -> tuple[str, ...]:
        """Canonical town names in the policy's order."""
        return tuple(town.name for town in self.towns)

    def town_lookup(self) -> dict[str, str]:
        """`normalise_town` of every name and alias, with and without the district before it → canonical name."""
        return {
            key: town.name
            for town in self.towns
            for text in (town.name, *town.aliases)
            for key in (normalise_town(text), normalise_town(self.district + text))
        }

    def find_town(self, text: str) -> str | None:
        """The town that a name, an alias or either behind the district's name (枣庄市峰城区阴平镇) means, or None."""
        lookup = self._towns_by_text
        for plain in (normalise_town(text), normalise_town(without_code(text))):
            _, district, rest = plain.partition(normalise_town(self.district))
            if found := lookup.get(plain) or (lookup.get(rest) if district else None):
                return found
        return None

    @cached_property
    def _towns_by_text(self) -> dict[str, str]:
        return self.town_lookup()

    @property
    def category_codes(self) -> tuple[str, ...]:
        """Category codes in the policy's order."""
        return tuple(self._by_code)

    def category(self, code: str) -> Category:
        """The category with this code. Raises KeyError: a code from outside goes through `find_category` first."""
        return self._by_code[code]

    @cached_property
    def category_names(self) -> dict[str, str]:
        """Category code → name."""
        return {each.code: each.name for each in self.categories}

    def names_of(self, codes: Iterable[str]) -> list[str]:
        """The names of these categories; a code that the policy does not have is left out."""
        return [self._by_code[code].name for code in codes if code in self._by_code]

    def category_lookup(self) -> dict[str, str]:
        """`normalise_category` of every code, name and alias → code."""
        return dict(self._by_name)

    def find_category(self, text: str) -> str | None:
        """The code that a code, name or alias means; None when it is none of them."""
        # 低保户(A类): what stands in brackets may only explain. 01-低保户: a code and its word.
        forms = (text, without_brackets(text), without_code(without_brackets(text)))
        return next((code for form in forms if (code := self._by_name.get(normalise_category(form)))), None)

    def categories_in_title(self, text: str) -> list[str]:
        """Codes of the categories that a title names, longest name first.

        A longer name takes its characters from the shorter ones: 在校学生 in a title is not 学生 as well, and 低保边缘
        (`not_categories`) is not 低保.
        """
        rest = normalise_category(text)
        codes: dict[str, None] = {}
        for name, code in self._title_names:
            if name in rest:
                if code:
                    codes[code] = None
                rest = rest.replace(name, "\0")
        return list(codes)

    def department_of(self, category_code: str) -> str:
        """Who hands in this category. Raises KeyError for an unknown code."""
        return self.category(category_code).department

    @property
    def departments(self) -> tuple[str, ...]:
        """Everybody who hands something in: the categories' departments, then the senders, each once."""
        senders = (self.senders.households, self.senders.enrolment, self.senders.payments)
        return tuple(dict.fromkeys([*(each.department for each in self.categories), *senders]))

    @cached_property
    def _by_code(self) -> dict[str, Category]:
        return {each.code: each for each in self.categories}

    @cached_property
    def _by_name(self) -> dict[str, str]:
        return {normalise_category(text): each.code for each in self.categories for text in (each.code, *each.names)}

    @cached_property
    def _title_names(self) -> list[tuple[str, str]]:
        names = [(normalise_category(text), each.code) for each in self.categories for text in each.names]
        shields = [(normalise_category(text), "") for text in self.not_categories]
        return shields + sorted(names, key=lambda pair: -len(pair[0]))
