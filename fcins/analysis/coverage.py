"""Who is covered: liable, enrolled where the scheme asks for it, nothing left to pay. By town, village, scheme. Pure.

Progress is coverage of a day, of the last bulletin's day and of last year. A bulletin of a day counts the payments made
on or before it; people and what they owe are those of now. So the last bulletin's figures need not be kept: they are
counted again from the payments that it could know.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from fcins.assessment import liability
from fcins.assessment.charges import PERSONAL, Assessment
from fcins.assessment.liability import SCHEMES, Flags, Population

FIGURES = ["liable", "covered", "due_fen", "received_fen"]

RATE_COLUMNS = ["town", "village", "scheme", *FIGURES]
"""A line per place and scheme: people liable and covered; what they owe themselves and what was received, in fen."""


def coverage(who: Population, assessment: Assessment, payments: pd.DataFrame) -> pd.DataFrame:
    """RATE_COLUMNS: a line per place and scheme where somebody is liable or paid, in the order of the people.

    `who` and `assessment` are of the same people; `payments`: key, scheme, amount_fen, fee_year. What the tax office
    received counts where the payer lives or lived, dead and departed too, so that the sum is what was received.
    """
    people = assessment.people
    liable = {"medical": liability.medical_liable(who), "pension": liability.pension_liable(who)}
    frames = []
    for scheme in SCHEMES:
        due = assessment.amounts(scheme, PERSONAL)
        received = received_fen(people, payments, scheme, who.policy.fee_year)
        covered = liable[scheme] & has_cover(assessment, payments, scheme, who.policy.fee_year)
        frames.append(
            people[["town", "village"]].assign(
                scheme=scheme, liable=liable[scheme], covered=covered, due_fen=due, received_fen=received
            )
        )
    by_place = pd.concat(frames).groupby(["town", "village", "scheme"], sort=False)[FIGURES].sum().reset_index()
    by_place = by_place.astype(dict.fromkeys(FIGURES, "int64"))
    filled = (by_place[["liable", "received_fen"]] != 0).any(axis=1)
    return by_place[filled][RATE_COLUMNS].reset_index(drop=True)


def enrolled(assessment: Assessment, scheme: str) -> Flags:
    """Who is enrolled where the scheme asks for it. Clause 四（四）1: pension does; medical bills whoever is liable."""
    people = assessment.people
    return people["enrolled"].to_numpy(np.bool_) if scheme == "pension" else np.ones(len(people), np.bool_)


def has_cover(assessment: Assessment, payments: pd.DataFrame, scheme: str, fee_year: int) -> Flags:
    """Who, if liable, is covered: enrolled, and nothing of their own left to pay. `payments` as in `coverage`.

    The word means the same in every document: bulletins and last year's rates, gaps, and what payers must find.
    """
    due = assessment.amounts(scheme, PERSONAL)
    return enrolled(assessment, scheme) & (received_fen(assessment.people, payments, scheme, fee_year) >= due)


NOTHING_DUE, PAID_UP, PART_PAID, UNPAID = "无需缴费", "已缴清", "部分缴", "未缴"
"""缴费状态 of a person, both schemes together."""


def payment_status(assessment: Assessment, payments: pd.DataFrame, fee_year: int) -> npt.NDArray[np.object_]:
    """缴费状态 of each person. A scheme is paid up only by its own payments; `payments` as in `coverage`."""
    size = len(assessment.people)
    owes, all_paid, any_paid = np.zeros(size, np.bool_), np.ones(size, np.bool_), np.zeros(size, np.bool_)
    for scheme in SCHEMES:
        due = assessment.amounts(scheme, PERSONAL)
        received = received_fen(assessment.people, payments, scheme, fee_year)
        owes |= due > 0
        all_paid &= received >= due
        any_paid |= (received > 0) & (due > 0)
    return np.select([~owes, all_paid, any_paid], [NOTHING_DUE, PAID_UP, PART_PAID], UNPAID).astype(object)


def received_fen(people: pd.DataFrame, payments: pd.DataFrame, scheme: str, fee_year: int) -> npt.NDArray[np.int64]:
    """What was received for each person (`key`) for a scheme and fee year, less refunds, in fen."""
    payments = payments[((payments["scheme"] == scheme) & (payments["fee_year"] == fee_year)).to_numpy()]
    received = np.zeros(len(people), np.int64)
    at = pd.Index(people["key"]).get_indexer(payments["key"].to_numpy())
    np.add.at(received, at[at >= 0], payments["amount_fen"].to_numpy()[at >= 0])
    return received


# ── progress ────────────────────────────────────────────────────────────────────────────────────────────────────────

PROGRESS_COLUMNS = [
    "town", "village", "scheme", *FIGURES, "rate_bp", "rank", "more_covered", "more_received_fen",
    "last_rate_bp", "change_bp",
]  # fmt: skip
"""A line per place and scheme. rate_bp: covered of liable in hundredths of a per cent, rounded down, so that 100.00
means everybody; more_*: what came since the last bulletin, missing if there was none; last_rate_bp and the difference
to it, missing where last year's rate is not known."""

LAST_YEAR_COLUMNS = ["town", "village", "scheme", "liable", "covered", "rate_bp"]
"""village is "" for a whole town; liable and covered may be missing if only the rate is known."""

_WHOLE = 10_000


@dataclass(frozen=True)
class Progress:
    """PROGRESS_COLUMNS by village (ranked within its town), by town, and of all (town and village ""; no rank)."""

    villages: pd.DataFrame
    towns: pd.DataFrame
    whole: pd.DataFrame

    def of_town(self, town: str) -> "Progress":
        """One town's villages, with the town's own line as the whole (its rank that among all towns)."""
        villages, towns = (
            frame[(frame["town"] == town).to_numpy()].reset_index(drop=True) for frame in (self.villages, self.towns)
        )
        return Progress(villages, towns, towns)


def counted(payments: pd.DataFrame, fee_year: int, day: date, last_batch: int | None = None) -> pd.DataFrame:
    """The payments for a fee year made on or before a day; with `last_batch` only those of the batches up to it.

    `payments`: batch, paid_on (ISO text), fee_year and whatever else.
    """
    counts = (payments["fee_year"] == fee_year) & (payments["paid_on"] <= day.isoformat())
    if last_batch is not None:
        counts &= payments["batch"] <= last_batch
    return payments[counts.to_numpy()]


def progress(
    now: pd.DataFrame, before: pd.DataFrame | None, last_year: pd.DataFrame | None, towns: list[str]
) -> Progress:
    """Progress of all places. `now`, `before` (the last bulletin's): RATE_COLUMNS; `last_year`:
    LAST_YEAR_COLUMNS; `towns`: the order in which they stand."""
    keys = ["town", "village", "scheme"]
    figures = now if before is None else pd.concat([now, before])
    places = figures[keys].drop_duplicates()
    order = np.lexsort((np.arange(len(places)), places["town"].map({name: at for at, name in enumerate(towns)})))
    places = places.iloc[order].reset_index(drop=True)
    villages = _at(places, now)
    earlier = None if before is None else _at(places, before)
    frames = {}
    for name, by in (("villages", keys), ("towns", ["town", "scheme"]), ("whole", ["scheme"])):
        sums = _summed(villages, by)
        sums = _with_rates(sums, None if earlier is None else _summed(earlier, by))
        group = ["town", "scheme"] if name == "villages" else ["scheme"]
        sums["rank"] = _ranks(sums, group) if name != "whole" else pd.array([pd.NA] * len(sums), "Int64")
        sums["last_rate_bp"] = _last_rates(sums, last_year, set(villages["town"]))
        sums["change_bp"] = sums["rate_bp"] - sums["last_rate_bp"]
        frames[name] = sums[PROGRESS_COLUMNS].reset_index(drop=True)
    return Progress(**frames)


def _at(places: pd.DataFrame, figures: pd.DataFrame) -> pd.DataFrame:
    """The figures of these places, 0 where there are none."""
    lines = places.merge(figures, how="left", on=list(places.columns))
    lines[FIGURES] = lines[FIGURES].fillna(0).astype("int64")
    return lines


def _summed(villages: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """The figures added up; schemes in their order within each place, columns that do not apply ""."""
    sums = villages.groupby(by, sort=False)[FIGURES].sum().reset_index()
    for name in ("town", "village"):
        if name not in sums:
            sums[name] = ""
    sums["scheme"] = pd.Categorical(sums["scheme"], SCHEMES)
    place, _ = pd.factorize(sums["town"] + "\x1f" + sums["village"])
    order = np.lexsort((sums["scheme"].cat.codes, place))
    return sums.assign(scheme=sums["scheme"].astype("str")).iloc[order].reset_index(drop=True)


def _with_rates(sums: pd.DataFrame, earlier: pd.DataFrame | None) -> pd.DataFrame:
    """Add rate_bp, more_covered, more_received_fen."""
    sums["rate_bp"] = rates_bp(sums["covered"], sums["liable"])
    for name, of in (("more_covered", "covered"), ("more_received_fen", "received_fen")):
        sums[name] = pd.array([pd.NA] * len(sums), "Int64") if earlier is None else (sums[of] - earlier[of])
    return sums.astype({"more_covered": "Int64", "more_received_fen": "Int64"})


def rates_bp(covered: pd.Series, liable: pd.Series) -> pd.Series:
    """Covered of liable in hundredths of a per cent, rounded down; missing where nobody is liable."""
    whole = liable.astype("Int64").where(liable > 0)
    return covered.astype("Int64") * _WHOLE // whole


def _ranks(sums: pd.DataFrame, group: list[str]) -> pd.Series:
    """1 for the highest rate of each group; equal rates share a rank, and the next one counts them."""
    # Not the rounded rate: two places may differ by less than it shows. Distinct fractions are distinct as floats.
    exact = sums["covered"] / sums["liable"].where(sums["liable"] > 0)
    return exact.groupby([sums[name] for name in group]).rank(method="min", ascending=False).astype("Int64")


def _last_rates(sums: pd.DataFrame, last_year: pd.DataFrame | None, towns: set[str]) -> pd.Series:
    """Last year's rate of each place: as given for it, else from the people of all that lies in it; of all `towns`."""
    rates: dict[tuple[str, str, str], int] = {}
    if last_year is not None:
        inside = (last_year["village"] != "").to_numpy()
        of_towns = _added(last_year[inside], ["town", "scheme"]).assign(village="")
        of_towns = pd.concat([last_year[~inside], of_towns]).drop_duplicates(["town", "scheme"])
        complete = [scheme for scheme, rows in of_towns.groupby("scheme") if towns <= set(rows["town"])]
        whole = _added(of_towns[of_towns["scheme"].isin(complete).to_numpy()], ["scheme"]).assign(town="", village="")
        for rows in (last_year[inside], of_towns, whole):
            rates |= dict(zip(_keys(rows), rows["rate_bp"].tolist(), strict=True))
    return pd.Series(pd.array([rates.get(key, pd.NA) for key in _keys(sums)], "Int64"), index=sums.index)


def _keys(rows: pd.DataFrame) -> list[tuple[str, str, str]]:
    return list(zip(rows["town"], rows["village"], rows["scheme"], strict=True))


def _added(rows: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """liable, covered and rate_bp of the rows added up; missing where one of them has no people."""
    complete = rows["liable"].notna().groupby([rows[name] for name in by], sort=False).all()
    sums = rows.groupby(by, sort=False)[["liable", "covered"]].sum()
    sums = sums.where(complete, axis=0).astype("Int64").reset_index()
    return sums.assign(rate_bp=rates_bp(sums["covered"], sums["liable"].fillna(0)))


# ── payments by channel and day ─────────────────────────────────────────────────────────────────────────────────────


_BY_SCHEME = ["medical_payments", "medical_fen", "pension_payments", "pension_fen"]

CHANNEL_COLUMNS = ["channel", *_BY_SCHEME, "amount_fen"]
"""A line per channel, "" where none is stated."""

DAY_COLUMNS = ["day", *_BY_SCHEME, "medical_so_far_fen", "pension_so_far_fen", "so_far_fen"]
"""A line per day with payments (ISO text), and what had come by then."""


def by_channel(payments: pd.DataFrame) -> pd.DataFrame:
    """CHANNEL_COLUMNS, the largest first. `payments`: scheme, channel, amount_fen."""
    wide = _by_scheme(payments, "channel")
    wide["amount_fen"] = sum(wide[f"{scheme}_fen"] for scheme in SCHEMES)
    ordered = wide.sort_values(["amount_fen", "channel"], ascending=[False, True], kind="stable", ignore_index=True)
    return ordered[CHANNEL_COLUMNS]


def by_day(payments: pd.DataFrame, opens: date) -> pd.DataFrame:
    """DAY_COLUMNS. What was paid before the first day of the window stands on that day.

    `payments`: scheme, paid_on (ISO text), amount_fen.
    """
    day = payments["paid_on"].where(payments["paid_on"] > opens.isoformat(), opens.isoformat())
    wide = _by_scheme(payments.assign(day=day), "day").sort_values("day", ignore_index=True)
    for scheme in SCHEMES:
        wide[f"{scheme}_so_far_fen"] = wide[f"{scheme}_fen"].cumsum()
    wide["so_far_fen"] = sum(wide[f"{scheme}_so_far_fen"] for scheme in SCHEMES)
    return wide[DAY_COLUMNS]


def _by_scheme(payments: pd.DataFrame, by: str) -> pd.DataFrame:
    sums = payments.groupby([by, "scheme"])["amount_fen"].agg(["size", "sum"])
    columns: dict[str, pd.Series] = {}
    for scheme in SCHEMES:
        of_scheme = sums[sums.index.get_level_values("scheme") == scheme].droplevel("scheme")
        columns |= {f"{scheme}_payments": of_scheme["size"], f"{scheme}_fen": of_scheme["sum"]}
    wide = pd.DataFrame(columns).fillna(0).astype("int64")
    wide.index.name = by
    return wide.reset_index().astype({by: "str"})
