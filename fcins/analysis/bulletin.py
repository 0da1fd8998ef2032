"""How far each town and village has come: what a bulletin of a day says, and what it is compared with. Nobody is named.

Clause 五（四）: the tax office regularly reports the progress; 二: participation must not fall below last year's.
"""

from dataclasses import dataclass
from datetime import date

import pandas as pd

from fcins.analysis.coverage import Progress, by_channel, by_day, counted, coverage, progress, rates_bp
from fcins.analysis.district import District
from fcins.analysis.gaps import causes_by_place, gaps_of
from fcins.assessment import liability, receipts
from fcins.figures import UNKNOWN_VILLAGE, plain_yuan
from fcins.policy.loading import Policy
from fcins.store.schema import FACT_TABLES
from fcins.values import UNUSABLE_FEN

WHOLE_DISTRICT = ""
"""In place of a town: the bulletin is the district's."""

PLACE_HEADINGS = {"town": "镇（街道）", "village": "村（居）"}


@dataclass(frozen=True)
class Bulletin:
    """What a bulletin says. `town`: whose it is, or WHOLE_DISTRICT; `previous`: the day of the one it is compared with.

    `channels`, `days`: as coverage.by_channel and by_day. `gaps`: as gaps.causes_by_place, one line for each place.
    `pending`: how many payments (payments, amount_fen) the check returned; they wait for reconciliation and are in no
    other figure. `by_departments`: the same of those that departments paid for people (财政代缴).
    """

    policy: Policy
    town: str
    day: date
    previous: date | None
    found: Progress
    channels: pd.DataFrame
    days: pd.DataFrame
    pending: dict[str, int]
    by_departments: dict[str, int]
    gaps: pd.DataFrame

    @property
    def title(self) -> str:
        """The bulletin's title."""
        return f"{self.policy.district}{self.town}{self.policy.fee_year}年度城乡居民两险缴费进度通报"

    @property
    def place(self) -> str:
        """The column of `places` that names them: village or town."""
        return "village" if self.town else "town"

    @property
    def place_heading(self) -> str:
        """What the places are called."""
        return PLACE_HEADINGS[self.place]

    @property
    def places(self) -> pd.DataFrame:
        """What is ranked in it: the towns, or a town's villages, those without a name under one."""
        return named(self.found.villages) if self.town else self.found.towns

    @property
    def has_last_year(self) -> bool:
        """Whether last year's rate of any place is known."""
        return bool(self.found.villages["last_rate_bp"].notna().any() or self.found.towns["last_rate_bp"].notna().any())

    @property
    def uncounted_notes(self) -> list[str]:
        """What is in no figure, a sentence each: payments that wait for an answer, and what departments paid."""
        notes = []
        if self.pending["payments"]:
            amount = plain_yuan(self.pending["amount_fen"])
            notes.append(f"另有{self.pending['payments']}笔缴费共{amount}未通过核查，待对账，没有计入。")
        if self.by_departments["payments"]:
            amount = plain_yuan(self.by_departments["amount_fen"])
            notes.append(f"另有财政代缴{self.by_departments['payments']}笔共{amount}，不是居民缴的，没有计入实缴。")
        return notes

    def notes(self) -> tuple[str, ...]:
        """What the figures count, in sentences."""
        notes = [
            "已参保缴费：应参保的人中已参保登记（只有养老要登记）、个人应缴已缴清或由政府、集体全额资助的；就是疑似漏保以外的人。"
            "参保缴费率只舍不入，100.00%即全部缴清。",
            f"缴费按缴费日期统计到{self.day.isoformat()}，退费已冲减；应缴和应参保人数按现有资料计算。",
        ]
        if self.previous:
            notes.append(f"“较上期”：上期通报（{self.previous.isoformat()}）没有计入的缴费带来的变化。")
        return (*notes, *self.uncounted_notes)


def named(places: pd.DataFrame) -> pd.DataFrame:
    """The places with a name for those that have none."""
    return places.assign(village=places["village"].where(places["village"] != "", UNKNOWN_VILLAGE))


def bulletin_of(
    district: District, town: str, day: date, since: date | None, given: pd.DataFrame | None
) -> tuple[Bulletin, int]:
    """A bulletin of the day, and the newest batch that it knows. `given`: last year's rates, if a file says them."""
    policy, people = district.policy, district.residents.people
    who = liability.population(people, district.rosters.holding, policy, district.days_paid)
    payments, last_batch = district.received, int(district.batches["batch"].max())
    paid = counted(payments, policy.fee_year, day)
    previous, known_batch = _last_bulletin(district, town, day, since)
    before = None
    if previous is not None:
        known = counted(payments, policy.fee_year, previous, known_batch)
        before = coverage(who, district.assessment, known)
    rates = given if given is not None else _carried_rates(district)
    found = progress(coverage(who, district.assessment, paid), before, rates, list(policy.town_names))
    if town:
        found = found.of_town(town)
        towns = district.residents.texts_at("town", district.residents.find(paid["key"]))
        shown = paid[(towns == town).to_numpy()]
    else:
        shown = paid
    bulletin = Bulletin(
        policy=policy,
        town=town,
        day=day,
        previous=previous,
        found=found,
        channels=by_channel(shown),
        days=by_day(shown, policy.dates.window.start),
        pending=_pending(district, town, day),
        by_departments=_by_departments(district, town, day),
        gaps=_gaps(district, town, day, paid),
    )
    return bulletin, last_batch


def _gaps(district: District, town: str, day: date, payments: pd.DataFrame) -> pd.DataFrame:
    """有原因 and 无原因 by town, or of one town by village; from the last day of the window who has not paid, too."""
    lines = gaps_of(district, unpaid=day >= district.policy.dates.window.end, payments=payments)
    if town:
        return causes_by_place(lines[(lines["town"] == town).to_numpy()], "village")
    order = {name: at for at, name in enumerate(district.policy.town_names)}
    return causes_by_place(lines.sort_values("town", key=lambda towns: towns.map(order), kind="stable"), "town")


def _last_bulletin(district: District, town: str, day: date, since: date | None) -> tuple[date | None, int | None]:
    """The day of the newest earlier bulletin that showed this town (or the district), and the last batch it knew.

    With `since` the bulletin of just this day. If none was written then, every payment made by then counts as known.
    """
    bulletins = district.store.kept("bulletins")
    dated = bulletins["dated"]
    comparable = dated < day.isoformat() if since is None else dated == since.isoformat()
    shows_the_town = bulletins["town"].isin([WHOLE_DISTRICT, town])
    earlier = bulletins[(comparable & shows_the_town).to_numpy()]
    if earlier.empty:
        return since, None
    last = earlier.sort_values(["dated", "last_batch"], kind="stable").iloc[-1]
    return date.fromisoformat(last["dated"]), int(last["last_batch"])


def _carried_rates(district: District) -> pd.DataFrame | None:
    """Last year's people as `rollover` kept them."""
    rates = district.store.last_year_rates()
    return rates.assign(rate_bp=rates_bp(rates["covered"], rates["liable"])) if len(rates) else None


def _pending(district: District, town: str, day: date) -> dict[str, int]:
    """How many payments the check returned, and their money, which waits for reconciliation. `town`: as the rows say.
    None that failed or went back (E308).

    Rows that a department has settled (已死亡 …) count as well: the money came. A corrected row counts as corrected.
    """
    verdicts = district.verdicts_of("payments")
    rejected = district.answered.standing(verdicts[(verdicts["verdict"] == "rejected").to_numpy()])
    columns = ["town", "amount_fen", "paid_on", "fee_year", "flaws", "key", "name", "id_text", "receipt_no", "scheme"]
    rows = district.store.facts_of_rows(FACT_TABLES["payments"], columns, rejected)
    waits = (rows["fee_year"] == district.policy.fee_year) & (rows["paid_on"] <= day.isoformat())
    waits &= rows["amount_fen"] != UNUSABLE_FEN
    waits &= ~(receipts.ended(rows) | receipts.undone(rows))
    if town:
        waits &= rows["town"] == town
    return {"payments": int(waits.sum()), "amount_fen": int(rows.loc[waits.to_numpy(), "amount_fen"].sum())}


def _by_departments(district: District, town: str, day: date) -> dict[str, int]:
    """How many payments departments made for people (of a town) by a day, and their money."""
    payments = district.payments.holding
    paid = counted(payments[payments["by_department"].to_numpy()], district.policy.fee_year, day)
    if town:
        paid = paid[(district.residents.texts_at("town", district.residents.find(paid["key"])) == town).to_numpy()]
    return {"payments": len(paid), "amount_fen": int(paid["amount_fen"].sum())}
