"""Who forms one household: town, village and 户号, or else the head's name. Pure, whole columns."""

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from fcins.headings import HEAD, load_headings

Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]


def heads(people: pd.DataFrame) -> Flags:
    """Who heads a household: as 与户主关系 says, or where it says nothing whoever bears the head's name."""
    stated = (load_headings().value("head_relation", people["relation"]) == HEAD).to_numpy()
    unstated = (people["name"] == people["household_head"]) & (people["relation"] == "")
    return stated | unstated.to_numpy()


def household_numbers(people: pd.DataFrame, person: Numbers) -> Numbers:
    """People (RESIDENT_SCHEMA) → a number for each household, counted in the order in which they first stand.

    `person` tells people apart. 户号 counts within the village, without leading zeros: a number cell loses them. Where
    a village's 户号 begin anew in each group, or one 户号 has several heads, the group or the head counts too. Without
    a number the head's name says who belongs together; who has neither stands alone.
    """
    number = plain_numbers(people["household_no"])
    named = (people["household_head"] != "").to_numpy()
    own = number.where(number != "", "\x1e" + people["household_head"])
    alone = ~named & (number == "").to_numpy()
    own = own.where(~alone, pd.Series(person, index=people.index).astype("str") + "\x1d")
    household = _factorized(people["town"] + "\x1f" + people["village"] + "\x1f" + own)
    return _split(people, household, (number != "").to_numpy())


def plain_numbers(numbers: pd.Series) -> pd.Series:
    """户号 as they are compared: 0600001, 600001 and 600001.0 are the same."""
    texts = pa.array(numbers, pa.large_string())
    wide = ~np.asarray(pc.string_is_ascii(texts), np.bool_)
    if wide.any():
        texts = pc.replace_with_mask(
            texts, pa.array(wide), pc.utf8_normalize(texts.filter(pa.array(wide)), form="NFKC")
        )
    plain = pc.replace_substring_regex(texts, r"^0+([0-9])|\.0+$|\s+", r"\1")
    return pd.Series(pd.array(plain, dtype="str"), index=numbers.index)


def _split(people: pd.DataFrame, household: Numbers, numbered: Flags) -> Numbers:
    """The households with those apart that share a 户号 by chance.

    Two groups of one 户号 are two households unless all its people have one head; two heads in one group are two if
    both of them stand there.
    """
    stated = people["group"].str.strip()
    group = _factorized(stated.where(stated != "", np.nan))
    head = _factorized(people["household_head"].where(people["household_head"] != "", np.nan))
    groups, names = _has_several(household, group), _has_several(household, head)
    at = np.flatnonzero(numbered & (groups | names)[household])
    if not at.size:
        return household
    some = pd.DataFrame({"household": household[at], "group": group[at], "head": head[at]})
    some["leads"] = heads(people.iloc[at])
    leaders = some.groupby("household")["leads"].transform("sum").to_numpy()
    groups, names, led = groups[household[at]], names[household[at]], (leaders == 1) | (some["head"] >= 0).to_numpy()
    by_group = groups & ~((leaders <= 1) & ~names & led)
    by_head = names & (leaders > 1) & ~by_group
    # A group that stands only on the head's row is that of the members, too.
    stating = some[some["group"] >= 0].drop_duplicates(["household", "head"])
    of_head = stating.set_index(["household", "head"])["group"]
    known = of_head.reindex(pd.MultiIndex.from_frame(some[["household", "head"]])).fillna(-1).to_numpy(np.int64)
    group_meant = np.where(some["group"] >= 0, some["group"], known)
    parts = np.full(len(household), -1, np.int64)
    parts[at] = np.select([by_group, by_head], [group_meant, some["head"]], -1)
    return _factorized(pd.Series(household * (int(parts.max()) + 2) + parts + 1))


def _has_several(household: Numbers, value: Numbers) -> Flags:
    """For each household: whether its people have different values; -1 is none."""
    known = value >= 0
    lowest = np.full(household.max(initial=-1) + 1, np.iinfo(np.int64).max)
    highest = np.full(len(lowest), -1)
    np.minimum.at(lowest, household[known], value[known])
    np.maximum.at(highest, household[known], value[known])
    return highest > lowest


def _factorized(column: pd.Series) -> Numbers:
    return pd.factorize(column)[0].astype(np.int64)
