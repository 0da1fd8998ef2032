"""What the police send: the household registry of 2023-09-30, and who came and went after it."""

import numpy as np
import pandas as pd
from rosters import District
from slips import Plan, plant

COMING = ["出生", "迁入", "新增"]


def registry_rows(d: District, who: np.ndarray) -> pd.DataFrame:
    """Roster rows with the registry's own columns as well; `page` is the town whose file a row belongs to."""
    rows = d.rows(who)
    for column in ("ethnicity", "residency", "status"):
        rows[column] = d.people[column].to_numpy()[who]
    rows["page"] = rows["town"]
    return rows


def households(d: District, file: str, clean: bool = False) -> pd.DataFrame:
    """The snapshot. Whose row must be refused is not in the households: `unlisted`, and no longer `here`."""
    rng = d.rng(file)
    people = d.people
    snapshot = ~people["stranger"] & ~people["change"].isin(COMING)
    rows = registry_rows(d, np.flatnonzero(snapshot))
    if clean:
        return rows.assign(code="", what="")
    who = rows["who"].to_numpy(int)
    ordinary = (
        (people["slot"].to_numpy()[who] > 0)
        & d.here[who]
        & people["name"].str.fullmatch("[\u4e00-\u9fff]+").to_numpy()[who]
    )
    ordinary &= ~people["name"].str.contains("䶮").to_numpy()[who] & (people["change"] == "").to_numpy()[who]
    slips = (
        "no_name no_id short_id long_id bad_char bad_birth bad_check swapped_digits number_id passport unknown_town "
        "wrong_sex wrong_birth old_id"
    )
    plan = d.plan(rng, slips, again=2, strangers=0, dead=0, moved=0)
    plan.only = ordinary
    rows = d.planted(rows, plan, rng)
    refused = rows["code"].str.startswith("E").to_numpy()
    named = np.isin(np.arange(len(people)), rows.loc[~refused, "who"].to_numpy(int))
    lost = snapshot.to_numpy() & ~named
    people["unlisted"] = lost
    people["here"] &= ~lost
    return rows


def changes(d: District, file: str) -> pd.DataFrame:
    """Births, arrivals, deaths, departures of the autumn; slips only on rows that would change somebody who stays."""
    rng = d.rng(file)
    people = d.people
    real = registry_rows(d, np.flatnonzero((people["change"] != "") & ~people["unlisted"]))
    who = real["who"].to_numpy(int)
    real["change"] = people["change"].to_numpy()[who]
    real["date"] = people["changed_on"].dt.strftime("%Y-%m-%d").to_numpy(object)[who]

    slips = dict.fromkeys(("no_id", "bad_check", "bad_date", "other_name", "swapped_digits"), d.times)
    staying = d.some(d.here & (people["change"] == "").to_numpy(), len(slips) * d.times + 12 * d.times, rng)
    staying = rng.permutation(staying)
    wrong = registry_rows(d, np.sort(staying[: -4 * d.times])).assign(change="死亡", date="2023-11-15")
    known = registry_rows(d, np.sort(staying[-4 * d.times : -2 * d.times])).assign(change="新增", date="2023-11-01")
    travellers = registry_rows(d, np.sort(staying[-2 * d.times :]))
    strangers = registry_rows(d, d.some(people["stranger"].to_numpy(), 2 * d.times, rng)).assign(
        change="死亡", date="2023-12-02"
    )

    wrong = plant(wrong, Plan(slips, [], 0), rng, d.taken)
    wrong = wrong[wrong["code"] != ""]
    plain = pd.concat([real.assign(code="", what=""), wrong], ignore_index=True)
    again = plain[plain["what"] == ""].iloc[:: max(1, len(real) // (2 * d.times))].tail(d.times)
    rows = pd.concat(
        [
            travellers.assign(change="迁入", date="2023-12-08", code="", what="moved_and_back"),
            plain,
            travellers.assign(change="迁出", date="2023-10-20", code="", what="moved_and_back"),
            strangers.assign(code="E201", what="stranger"),
            known.assign(code="D402", what="known_already"),
            again.assign(code="D401", what="again"),
        ],
        ignore_index=True,
    )
    return rows.assign(order=np.arange(len(rows), dtype=float))
