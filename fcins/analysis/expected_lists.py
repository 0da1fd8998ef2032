"""Which lists the policy expects, which of them came, and who has not sent theirs. Clauses 五（一）to（十）."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from fcins.analysis.district import District
from fcins.assessment.residents import listed
from fcins.figures import BATCH_NAMES
from fcins.policy.loading import Policy

WHOLE_DISTRICT = ""


@dataclass(frozen=True)
class Arrival:
    """A batch that brought a list: `category` "" of what is no roster, `town` WHOLE_DISTRICT or the one it is of."""

    batch: int
    kind: str
    category: str
    town: str


@dataclass(frozen=True)
class ExpectedList:
    """A list that the policy expects of a department.

    `kind`: households, roster, enrolment or payments; `category`: a roster's code, else ""; `name`: what it is called;
    `town`: whose list it is where it comes by town, else WHOLE_DISTRICT; `due`: its last day; `batches`: the live
    imports that brought it, an empty one too: none where it has not come.
    """

    department: str
    kind: str
    category: str
    name: str
    town: str
    due: date
    batches: tuple[int, ...]

    @property
    def received(self) -> bool:
        """Whether it came."""
        return bool(self.batches)

    def late_days(self, day: date) -> int:
        """How many days it is late on a day; 0 where it came or may still come."""
        return 0 if self.received else max((day - self.due).days, 0)

    def is_missing(self, day: date) -> bool:
        """Whether on a day it should be there and is not: payments only once the window has closed."""
        return not self.received and (self.kind != "payments" or day > self.due)

    def as_json(self) -> dict[str, Any]:
        """The object that --json prints in `missing`."""
        names = ("department", "kind", "category", "name", "town")
        return {**{name: getattr(self, name) for name in names}, "due": self.due.isoformat()}


def expected_lists(policy: Policy, arrivals: Iterable[Arrival], towns: Sequence[str]) -> list[ExpectedList]:
    """Every list that the policy expects, in its order: households, the categories' rosters, enrolment, payments.

    `towns`: those with residents, in the policy's order. A list comes by town where the policy says so, or where all
    that came of it is of single towns: then there is one for each town. R80.
    """
    came: dict[tuple[str, str], dict[str, list[int]]] = {}
    for each in arrivals:
        came.setdefault((each.kind, each.category), {}).setdefault(each.town, []).append(each.batch)
    senders, due = policy.senders, policy.lists_due
    wanted = [(senders.households, "households", "", BATCH_NAMES["households"], False, due)]
    rosters = [each for each in policy.categories if each.required]
    wanted += [(each.department, "roster", each.code, each.name, each.by_town, due) for each in rosters]
    wanted.append((senders.enrolment, "enrolment", "", BATCH_NAMES["enrolment"], False, due))
    wanted.append((senders.payments, "payments", "", BATCH_NAMES["payments"], False, policy.dates.window.end))
    lists = []
    for department, kind, category, name, by_town, due in wanted:
        batches = came.get((kind, category), {})
        places: Sequence[str] = policy.town_names if kind == "households" else towns
        if not places or (not by_town and (WHOLE_DISTRICT in batches or not batches)):
            places = [WHOLE_DISTRICT]
        for town in places:
            brought = [
                number
                for of, some in batches.items()
                for number in some
                if of == WHOLE_DISTRICT or town in (WHOLE_DISTRICT, of)
            ]
            lists.append(ExpectedList(department, kind, category, name, town, due, tuple(sorted(set(brought)))))
    return lists


def missing_lists(lists: Iterable[ExpectedList], day: date, towns: Iterable[str] | None = None) -> list[ExpectedList]:
    """Those that should be there on a day and are not; with `towns` only what these lack."""
    wanted = None if towns is None else {WHOLE_DISTRICT, *towns}
    return [each for each in lists if each.is_missing(day) and (wanted is None or each.town in wanted)]


def in_words(lists: Iterable[ExpectedList]) -> str:
    """Lists as one says them: "重度残疾人（区残联）、70周岁及以上老年人（镇街老龄委：峨山镇、古邵镇）"; "" for none."""
    towns: dict[tuple[str, str], list[str]] = {}
    for each in lists:
        towns.setdefault((each.name, each.department), []).extend([each.town] if each.town else [])
    return "、".join(
        f"{name}（{department}{'：' + '、'.join(of) if of else ''}）" for (name, department), of in towns.items()
    )


# ── of a workspace ──────────────────────────────────────────────────────────────────────────────────────────────────


def expected_lists_of(district: District) -> list[ExpectedList]:
    """The lists that the workspace's policy expects, with the batches that brought them."""
    people = district.residents.people
    inhabited = set(people.loc[listed(people), "town"].unique().tolist())
    towns = [town for town in district.policy.town_names if town in inhabited]
    return expected_lists(district.policy, arrivals(district, towns), towns)


def arrivals(district: District, towns: Sequence[str]) -> list[Arrival]:
    """What came as lists. `towns`: those with residents.

    A roster is of the town that sent it, else of the district. What holds people of every town by its nature (a roster
    by town, households, enrolment, payments) is of the towns of which it holds some. Corrections of rows, and lists of
    who leaves, are no lists.
    """
    corrections = set(district.store.answers()["batch"].tolist())
    batches = [each for each in district.batch_records.values() if each.number not in corrections]
    rows = district.store.roster_rows()
    stating = set(zip(rows["batch"].tolist(), rows["category"].tolist(), strict=True))
    by_town = [each.code for each in district.policy.categories if each.by_town]
    rows = rows[rows["category"].isin(by_town).to_numpy()]
    rows = rows.assign(town=district.towns_of(rows))[["batch", "category", "town"]].drop_duplicates()
    named = {key: set(of["town"]) for key, of in rows.groupby(["batch", "category"])}
    found = []
    for batch in batches:
        for category in batch.categories:
            if batch.facts and (batch.number, category) not in stating:
                continue  # who leaves
            own = {batch.town, *named.get((batch.number, category), ())} if category in by_town else {batch.town}
            if len(own) > 1:
                own.discard(WHOLE_DISTRICT)
            found += [Arrival(batch.number, "roster", category, town) for town in sorted(own)]
    for kind, names in _towns_held(district, towns).items():
        numbers = [each.number for each in batches if each.kind == kind]
        found += [Arrival(number, kind, "", town) for number in numbers for town in names]
    return found


def _towns_held(district: District, towns: Sequence[str]) -> dict[str, list[str]]:
    """Kind → the towns of which what came of it holds somebody; all of them, or none, is the whole district.

    The households of one town alone are whole: it works for itself. Who came by a change is not of the list.
    """
    policy, residents = district.policy, district.residents
    listing = set(district.village_names()["town"])
    registered = [town for town in policy.town_names if town in listing]
    received = district.received
    this_year = received[(received["fee_year"] == policy.fee_year).to_numpy()]
    held = {"households": registered if 1 < len(registered) < len(policy.towns) else [WHOLE_DISTRICT]}
    for kind, rows in (("enrolment", district.enrolments.holding), ("payments", this_year)):
        at = residents.find(rows["key"].drop_duplicates())
        some = set(residents.texts_at("town", at[at >= 0]).tolist())
        own = [town for town in towns if town in some]
        held[kind] = own if 0 < len(own) < len(towns) else [WHOLE_DISTRICT]
    return held
