"""How long suggestions take: failed rows of every kind against an invented district, in this process.

    python tests/bench/suggesting.py --people 400000 --rows 2000
    python tests/bench/suggesting.py --people 400000 --rows 150000

Says the seconds (the fastest of three runs), the peak memory, and for how many rows the person meant came first or was
among the three. Nothing here fails because something is slow.
"""

import argparse
import resource
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

REPO = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPO), str(REPO / "sample_data")]

from population import invent, with_check  # noqa: E402

from fcins.analysis.suggestions import suggest  # noqa: E402
from fcins.assessment.residents import RESIDENT_COLUMNS  # noqa: E402

RUNS = 3


def residents(people: int, seed: int) -> pd.DataFrame:
    """An invented district as RESIDENT_COLUMNS."""
    invented = invent(people, 7, 47, seed)
    invented = invented[~invented["stranger"]].drop_duplicates("citizen_id", ignore_index=True)
    key = invented["citizen_id"].astype("str").str.slice(0, 17).astype("int64")
    text = invented.rename(columns={"head": "household_head"}).assign(key=key)
    names = set(RESIDENT_COLUMNS) - {"key", "birth"}
    return text.assign(**{name: text[name].astype("str") for name in names})[RESIDENT_COLUMNS]


def failed(people: pd.DataFrame, rows: int, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Rows that mean a random resident, each with a slip; and the keys of who is meant."""
    rng = np.random.default_rng(seed)
    meant = people.iloc[rng.integers(0, len(people), rows)].reset_index(drop=True)
    told = []
    for at, each in enumerate(meant.itertuples(index=False)):
        told.append((at, *slip(each.name, each.citizen_id, at % 8, int(rng.integers(7, 17)), rng), each.town, ""))
    return pd.DataFrame(told, columns=["line", "name", "id_text", "code", "town", "village"]), meant["key"].to_numpy()


def slip(name: str, own: str, kind: int, at: int, rng: np.random.Generator) -> tuple[str, str, str]:
    """A name, an ID and its code with one of eight slips; `at` counts from 0."""
    other = str((int(own[at]) + int(rng.integers(1, 10))) % 10)
    match kind:
        case 0:
            return name, own[:at] + own[at + 1 :], "E103"
        case 1:
            return name, own[:at] + own[at + 1 : at + 2] + own[at] + own[at + 2 :], "E106"
        case 2:
            return name, own[:at] + other + own[at + 1 :], "E106"
        case 3:
            return name, own[:15] + "000", "E107"
        case 4:
            return name, with_check(own[:at] + other + own[at + 1 : 17]), "E201"
        case 5:
            return name[0] + "小" + name[2:], own, "E202"
        case 6:
            return name[0] + "小" + name[2:], own[:at] + other + own[at + 1 :], "E106"
        case _:
            return name, own[:14] + "9999", "E106"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--people", type=int, default=400_000)
    parser.add_argument("--rows", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    people = residents(asked.people, asked.seed)
    rows, meant = failed(people, asked.rows, asked.seed)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        answer = suggest(rows, people)
        seconds.append(time.perf_counter() - begun)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    hit = answer[answer["key"].to_numpy() == meant[answer["line"].to_numpy()]]
    first = (hit["rank"] == 1).sum()
    print(f"{len(rows)} rows, {len(people)} people, most of one name {people['name'].value_counts().iloc[0]}")
    print(f"{min(seconds):.2f} s, peak {peak / 1024:.0f} MiB ({before / 1024:.0f} before)")
    print(f"the person meant came first for {first}, among the three for {len(hit)}, of {len(rows)}")


if __name__ == "__main__":
    main()
