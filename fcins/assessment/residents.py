"""Household facts → the residents as of now, with a verdict on every household row.

Snapshots add up: of a person's rows that contradict each other what holds is decided in registrations. Changes are
applied to them in the order of 变动日期. The order in which the files came does not matter.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from fcins import identity
from fcins.assessment.registrations import CONTRADICTED, registrations, under_another_name
from fcins.assessment.verdicts import Masks, duplicates, flaw_masks, judge_rows
from fcins.assessment.villages import known_villages, renamed, village_names, villages_named
from fcins.frames import DAY, FLAG, NUMBER, TEXT
from fcins.headings import DEAD, LISTED, MOVED, STRUCK
from fcins.policy.loading import Policy

STATUS_AFTER = {"新增": LISTED, "出生": LISTED, "迁入": LISTED, DEAD: DEAD, MOVED: MOVED, "销户": STRUCK}
"""变动类型 → the person's 户籍状态 from then on. A death and a departure are called as the status that they end in."""

MOVED_IN = "迁入"
"""The change (a value of headings.toml) of somebody who came from elsewhere."""

BEGINNINGS = ("新增", "出生")
ARRIVALS = (*BEGINNINGS, MOVED_IN)
DEPARTURES = (MOVED, "销户")

GONE = (DEAD, MOVED, STRUCK)
"""The 户籍状态 of people who are gone already: a departure changes nothing any more."""

HOME = ("village", "group", "household_no", "household_head", "relation", "address")
"""What ends with a move, also where the arrival does not say what it is now: the new village has its own 户号 9."""

STATED = ("residency", "town", "phone")
"""What else an arrival may change of somebody already known; a cell left empty says nothing about it."""

RESIDENT_SCHEMA = pa.schema(
    [
        ("key", NUMBER), ("citizen_id", TEXT), ("name", TEXT), ("town", TEXT), ("village", TEXT), ("group", TEXT),
        ("household_no", TEXT), ("household_head", TEXT), ("relation", TEXT), ("status", TEXT), ("status_since", TEXT),
        ("residency", TEXT), ("address", TEXT), ("phone", TEXT), ("birth", DAY), ("sex", TEXT), ("differs", FLAG),
    ]
)  # fmt: skip
"""status: 户籍状态; status_since: the day from which it holds (YYYY-MM-DD), "" where no 变动日期 says so; differs: the
households contradict each other about them, and no later change has settled it."""

RESIDENT_COLUMNS = RESIDENT_SCHEMA.names


@dataclass(frozen=True)
class Residents:
    """`people`: one row per resident, in the order of the households, RESIDENT_SCHEMA, dead and departed included.

    `verdicts` and `findings` (the schemas of verdicts) are those of the household rows.
    """

    people: pd.DataFrame
    verdicts: pd.DataFrame
    findings: pd.DataFrame

    def find(self, keys: pd.Series) -> np.ndarray[Any, Any]:
        """Positions in `people` of these keys; -1 where there is no such resident."""
        at: np.ndarray[Any, Any] = pd.Index(self.people["key"]).get_indexer(keys.to_numpy())
        return np.where(keys.to_numpy() == 0, -1, at)

    def texts_at(self, column: str, at: np.ndarray[Any, Any]) -> pd.Series:
        """A text of the people at these positions, "" at -1: as few are looked up as are asked for."""
        return _taken(self.people[column], at)


def listed(people: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Who stands in a register: neither dead nor departed.

    A NumPy mask, as everywhere in this room: pandas would align it by an index that is only by chance the same.
    """
    return (people["status"] == LISTED).to_numpy()


def derive_residents(
    facts: pd.DataFrame, batches: pd.DataFrame, policy: Policy, villages: pd.DataFrame | None = None
) -> Residents:
    """Every household fact (table household_facts) → the residents as of now.

    `batches` tells which are changes; `villages` (villages_named) all that there are, where `facts` are not all rows.
    三: who is registered; 五（八）: what the police report.
    """
    changing = facts["batch"].isin(batches.loc[batches["kind"] == "changes", "batch"]).to_numpy()
    snapshot, changes = facts[~changing], facts[changing]
    villages = villages_named(snapshot) if villages is None else villages
    snapshot = snapshot.assign(village=renamed(snapshot, village_names(villages, policy)))
    masks = {**flaw_masks(snapshot), "E206": ~snapshot["town"].isin(policy.town_names).to_numpy()}
    sound = np.flatnonzero(_sound(masks, len(snapshot)))
    masks["E202"] = np.zeros(len(snapshot), np.bool_)
    masks["E202"][sound] = under_another_name(snapshot.iloc[sound], policy)
    judged = judge_rows(snapshot, masks)
    held = np.flatnonzero(judged.holds)
    registered = registrations(snapshot.iloc[held].reset_index(drop=True), policy)
    alike = np.full(len(snapshot), -1, np.int64)
    alike[held] = registered.alike
    copies = duplicates(snapshot.assign(alike=alike), judged, ["key", "alike"])
    people, contradicted = registered.people, registered.differs
    changed = None
    if len(changes):
        changed = _apply(people, changes, policy, villages, contradicted)
        people, contradicted = changed.people, _unsettled(contradicted, changed.counting)
    differs = snapshot["key"].isin(contradicted.index).to_numpy()
    if changed:
        dead = (snapshot["hukou_status"] == DEAD).to_numpy()
        differs = differs | dead & snapshot["key"].isin(changed.arrived_dead).to_numpy()
    judged = judged.noting("W209", differs & judged.holds, "citizen_id")
    verdicts, findings = [judged.verdicts(copies)], [judged.findings(copies)]
    if changed:
        verdicts.append(changed.verdicts)
        findings.append(changed.findings)
    people = people.reset_index(drop=True)
    people["birth"] = identity.births(people["key"])
    people["sex"] = identity.sexes(people["key"])
    people["differs"] = people["key"].isin(contradicted.index)
    return Residents(
        people[RESIDENT_COLUMNS],
        pd.concat(verdicts, ignore_index=True),
        pd.concat(findings, ignore_index=True),
    )


def _stated(changes: pd.DataFrame) -> pd.DataFrame:
    """What changes (with moves) settle of CONTRADICTED, on their index.

    Who is gone by one is registered nowhere; an arrival settles what it states, and that they are here.
    """
    gone = ~changes["change"].isin(ARRIVALS)
    stated = {name: gone | (changes[name] != "") for name in ("town", "village", "residency")}
    stated["village"] |= changes["moves"]
    return pd.DataFrame({"hukou_status": True, **stated}, index=changes.index)[list(CONTRADICTED)]


def _unsettled(differs: pd.DataFrame, changes: pd.DataFrame) -> pd.DataFrame:
    """Of the contradictions (registrations.Registrations) those that no change has settled: it has its day.

    `changes`: those that count, with moves.
    """
    stated = _stated(changes).groupby(changes["key"]).any().reindex(differs.index, fill_value=False)
    open_still = differs & ~stated
    return open_still[open_still.any(axis=1).to_numpy()]


def _sound(masks: Masks, rows: int) -> npt.NDArray[np.bool_]:
    """Rows without any error so far."""
    errors = [mask for code, mask in masks.items() if code[0] == "E"]
    sound: npt.NDArray[np.bool_] = ~np.logical_or.reduce([np.zeros(rows, np.bool_), *errors])
    return sound


@dataclass(frozen=True)
class _Changed:
    """What changes make of the people. `counting`: the changes that count, in order, and whether each `moves` somebody;
    `arrived_dead`: the keys of people who are said to have moved in after they died."""

    people: pd.DataFrame
    verdicts: pd.DataFrame
    findings: pd.DataFrame
    counting: pd.DataFrame
    arrived_dead: "pd.Series[int]"


def _apply(
    people: pd.DataFrame, changes: pd.DataFrame, policy: Policy, villages: pd.DataFrame, contradicted: pd.DataFrame
) -> _Changed:
    """Changes on the snapshot's people: the people after them, and what becomes of the changes' rows.

    `contradicted`: about whom the snapshot contradicts itself, and in what.
    """
    ordered = _in_order(changes)
    ordered["village"] = known_villages(ordered, villages, policy)
    arrives = ordered["change"].isin(ARRIVALS).to_numpy()
    masks = flaw_masks(ordered)
    sound = _sound(masks, len(ordered))
    at = pd.Index(people["key"]).get_indexer(ordered["key"].to_numpy())
    known = at >= 0
    first_arrival = ordered[sound & arrives].drop_duplicates("key").set_index("key")
    known_name = _taken(people["name"], at).where(known, ordered["key"].map(first_arrival["name"])).fillna("")
    masks["E206"] = (
        arrives & ~ordered["town"].isin(policy.town_names).to_numpy() & ~(known & (ordered["town"] == "").to_numpy())
    )
    masks["E202"] = sound & (known_name != "").to_numpy() & (known_name.to_numpy() != ordered["name"].to_numpy())
    usable = sound & ~masks["E206"] & ~masks["E202"]
    after_death = _after_death(people, at, ordered, usable)
    usable = usable & ~after_death
    arrived = pd.Series(usable & arrives).groupby(ordered["key"]).cummax().to_numpy()
    # Whoever is said to move in after they died is known to have lived somewhere.
    dead = (ordered["change"] == DEAD).to_numpy() & ordered["key"].isin(ordered["key"][after_death]).to_numpy()
    masks["E201"] = sound & ~arrives & ~known & ~arrived & ~dead
    usable = usable & ~masks["E201"]

    moves = _moves(people, at, ordered, usable & arrives)
    elsewhere = usable & _from_elsewhere(ordered, moves, policy)
    # No change said that they lived there: they live where the households say.
    masks["W205"] = elsewhere & ~arrived
    # What the person's status was just before each change: the snapshot's, or that after the change before it.
    after = ordered["change"].map(STATUS_AFTER).fillna("")
    before = after.where(usable & ~elsewhere).groupby(ordered["key"]).shift().groupby(ordered["key"]).ffill()
    status = before.fillna(_taken(people["status"], at).where(known, "")).to_numpy(dtype=object)
    again = (status == after.to_numpy()) & ~(moves["moves"] | moves["updates"]).to_numpy()
    again &= ~_settles_first(ordered.assign(moves=moves["moves"]), usable, contradicted)
    # Whose registration is cancelled after they died or left is no other case, and has not left on another day.
    again |= ordered["change"].isin(DEPARTURES).to_numpy() & np.isin(status, GONE)
    again = usable & (again | elsewhere) & ~masks["W205"]
    move = ordered[["key", "change_date", "town", "village"]].assign(dead=after_death)
    again = again | after_death & move.duplicated().to_numpy()
    masks["W209"], arrived_dead = _arrivals_of_the_dead(people, at, ordered, usable, after_death)
    judged = judge_rows(ordered, masks)
    same_file = ordered[["key", "batch"]].duplicated().to_numpy()
    copies = duplicates(ordered, judged, ["key"], repeated=judged.holds & again, same_file=same_file)
    counts = judged.holds & ~copies.repeated & ~elsewhere & ~after_death
    counting = ordered.assign(moves=moves["moves"])[counts]
    changed = _changed(people, counting, ordered[judged.holds & after_death])
    reported = judged.holds & ~elsewhere & ~after_death
    # Where the snapshot contradicts itself about the status, a change that says it again has the day.
    doubtful = people["key"].isin(contradicted.index[contradicted["hukou_status"].to_numpy()])
    undated = people.assign(status_since=people["status_since"].where(~doubtful, ""))
    changed["status_since"] = _since(undated, at[reported], changed, ordered[reported])
    return _Changed(changed, judged.verdicts(copies), judged.findings(copies), counting, arrived_dead)


def _settles_first(ordered: pd.DataFrame, usable: npt.NDArray[np.bool_], contradicted: pd.DataFrame) -> Any:
    """Which changes are the first to say something that settles a contradiction: they repeat nothing."""
    says = ordered[["town", "village", "residency"]].where(ordered["change"].isin(ARRIVALS), "")
    says = says.assign(key=ordered["key"], status=ordered["change"].map(STATUS_AFTER))
    first = np.zeros(len(ordered), np.bool_)
    first[usable] = ~says[usable].duplicated().to_numpy()
    doubted = contradicted.reindex(ordered["key"], fill_value=False).to_numpy()
    return first & (doubted & _stated(ordered).to_numpy()).any(axis=1)


def _after_death(
    people: pd.DataFrame, at: np.ndarray[Any, Any], ordered: pd.DataFrame, usable: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    """Which changes say that somebody moved in who has died on a known day: the dead move nowhere.

    A death that was a mistake is undone by registering the person anew (新增), or is told without its day.
    """
    dated = (_taken(people["status_since"], at) != "").to_numpy() & (_taken(people["status"], at) == DEAD).to_numpy()
    says = np.select([ordered["change"] == DEAD, ordered["change"].isin(BEGINNINGS)], [1.0, 0.0], np.nan)
    state = pd.Series(np.where(usable, says, np.nan)).groupby(ordered["key"]).ffill().to_numpy()
    dead = np.where(np.isnan(state), dated, state == 1.0)
    flags: npt.NDArray[np.bool_] = usable & dead & (ordered["change"] == MOVED_IN).to_numpy()
    return flags


def _arrivals_of_the_dead(
    people: pd.DataFrame,
    at: np.ndarray[Any, Any],
    ordered: pd.DataFrame,
    usable: npt.NDArray[np.bool_],
    after_death: npt.NDArray[np.bool_],
) -> tuple[npt.NDArray[np.bool_], "pd.Series[int]"]:
    """W209: arrivals on or after the day of a death that the households or an earlier change know, and that change.

    Gives the mask, and the keys of these people. Who moved in before they died is no contradiction.
    """
    known = _taken(people["status_since"], at).where(_taken(people["status"], at) == DEAD, "")
    deaths = (ordered["change"] == DEAD).to_numpy() & usable
    first = ordered[deaths].drop_duplicates("key").set_index("key")["change_date"]
    reported = first.reindex(ordered["key"]).to_numpy(dtype=object)
    day = np.where(pd.isna(reported), known.to_numpy(dtype=object), reported)
    contradicts = after_death & (ordered["change_date"].to_numpy(dtype=object) >= day)
    keys = ordered["key"][contradicts]
    return contradicts | (deaths & ordered["key"].isin(keys).to_numpy()), keys


def _in_order(changes: pd.DataFrame) -> pd.DataFrame:
    """Changes by 变动日期, whatever the order in which files and rows came.

    On one day a departure comes before an arrival, since both towns report a move between them. Death is last.
    """
    rank = np.select([changes["change"].isin(DEPARTURES), changes["change"].isin(ARRIVALS)], [0, 1], 2)
    by = ["change_date", "rank", "town", "village", "change", "name", *STATED, *HOME]
    by = [*dict.fromkeys(by), "batch", "seq"]
    return changes.assign(rank=rank).sort_values(by, kind="stable", ignore_index=True).drop(columns="rank")


def _moves(
    people: pd.DataFrame, at: np.ndarray[Any, Any], ordered: pd.DataFrame, arrives: npt.NDArray[np.bool_]
) -> pd.DataFrame:
    """Where somebody known lived just before each change (town, village), whether a sound arrival `moves` them to
    another place, and whether it `updates` something else: another registration, a village where none was known."""

    def before(field: str, stated_where: Any) -> pd.Series:
        own = _taken(people[field], at).where(at >= 0)
        earlier = ordered[field].where(stated_where).groupby(ordered["key"]).ffill().groupby(ordered["key"]).shift()
        return earlier.fillna(own)

    def other(field: str, was: pd.Series) -> npt.NDArray[np.bool_]:
        stated: npt.NDArray[np.bool_] = arrives & (ordered[field] != "").to_numpy() & was.notna().to_numpy()
        return stated & (ordered[field] != was).to_numpy()

    town = before("town", arrives & (ordered["town"] != "").to_numpy())
    leaves_town = other("town", town)
    # An arrival in another town says something about the village also where it does not name it.
    village = before("village", arrives & ((ordered["village"] != "").to_numpy() | leaves_town))
    residency = before("residency", arrives)
    other_village, was_known = other("village", village), (village.fillna("") != "").to_numpy()
    moves = leaves_town | other_village & was_known
    updates = other("residency", residency) | other_village & ~was_known
    return pd.DataFrame({"town": town, "village": village, "moves": moves, "updates": updates})


def _from_elsewhere(ordered: pd.DataFrame, moves: pd.DataFrame, policy: Policy) -> npt.NDArray[np.bool_]:
    """Departures from another place than where the person lives: another town of the district, or the village that
    they have moved away from. They end nothing where they live now."""
    moved = moves["moves"].groupby(ordered["key"]).cummax()
    town, village = ordered["town"], ordered["village"]
    placed = moves["town"].notna()
    other_town = placed & town.isin(policy.town_names) & (town != moves["town"])
    other_village = moved & ((town == "") | (town == moves["town"])) & (village != "") & (village != moves["village"])
    elsewhere: npt.NDArray[np.bool_] = (ordered["change"].isin(DEPARTURES) & (other_town | other_village)).to_numpy()
    return elsewhere


def _since(people: pd.DataFrame, at: np.ndarray[Any, Any], changed: pd.DataFrame, reports: pd.DataFrame) -> pd.Series:
    """The day from which each changed person is as they are, registered or gone.

    Who was so before keeps the day known of them. Where none is known, a change to that status gives it: a death
    reported again dates one known without its day. `reports`: the sound changes in order, also those that say what
    was so already; `at`: where their persons stand among the people before them, -1 for nobody.
    """
    status = reports["change"].map(STATUS_AFTER)
    gone = status.isin(GONE)
    before = gone.groupby(reports["key"]).shift()
    own = _taken(people["status"], at).to_numpy()
    as_before = (at >= 0) & before.isna().to_numpy() & (np.isin(own, GONE) == gone.to_numpy())
    begins = reports.assign(as_before=as_before)[(gone != before).to_numpy()].drop_duplicates("key", keep="last")
    still = begins.loc[begins["as_before"], "key"]
    undated = reports["key"].isin(still).to_numpy() & (_taken(people["status_since"], at) == "").to_numpy()
    days = pd.concat(
        [begins[~begins["as_before"]], reports[undated & (status == own).to_numpy()].drop_duplicates("key")]
    )
    known = changed["status_since"].fillna("")
    return _replaced(known, pd.Index(changed["key"]).get_indexer(days["key"].to_numpy()), days["change_date"])


def _changed(people: pd.DataFrame, changes: pd.DataFrame, of_the_dead: pd.DataFrame) -> pd.DataFrame:
    """The people after these changes, given in order; who arrives new stands after the others.

    `of_the_dead`: arrivals after a death, which tell where somebody lived of whom nothing else does.
    """
    arrivals = changes[changes["change"].isin(ARRIVALS)]
    newcomers = pd.concat([arrivals, of_the_dead])
    newcomers = newcomers[~newcomers["key"].isin(people["key"])].drop_duplicates("key")
    people = pd.concat([people, newcomers.assign(status=LISTED)], ignore_index=True)
    by_key = pd.Index(people["key"])
    last = changes.drop_duplicates("key", keep="last")
    at = by_key.get_indexer(last["key"].to_numpy())
    people["status"] = _replaced(people["status"], at, last["change"].map(STATUS_AFTER))
    town, village = people["town"], people["village"]
    for field in (*STATED, *HOME):
        states = (arrivals[field] != "").to_numpy() | (arrivals["moves"].to_numpy() & (field in HOME))
        stated = arrivals[states].drop_duplicates("key", keep="last")
        people[field] = _replaced(people[field], by_key.get_indexer(stated["key"].to_numpy()), stated[field])
    # Who moved comes after those who were there, whichever file first named them.
    moved = ((people["town"] != town) | (people["village"] != village)).to_numpy()
    return pd.concat([people[~moved], people[moved].sort_values("key")], ignore_index=True)


def _replaced(column: pd.Series, at: np.ndarray[Any, Any], values: pd.Series) -> pd.Series:
    """A column with these values at these positions; one at -1 goes nowhere."""
    if not len(at):
        return column
    replaced = column.array.copy()
    replaced[at[at >= 0]] = values.to_numpy(dtype=object)[at >= 0]
    return pd.Series(replaced, dtype="str", index=column.index)


def _taken(column: pd.Series, at: np.ndarray[Any, Any]) -> pd.Series:
    """Values at positions; "" at -1."""
    return pd.Series(column.array.take(at, allow_fill=True, fill_value=""), dtype="str")
