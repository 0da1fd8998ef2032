"""Villages as departments write them: 东村, 东村村委会, 阴平镇东村12号. Pure."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from fcins.figures import records
from fcins.headings import load_headings
from fcins.policy.loading import Policy, normalise_town


def same_village(stated: str, own: str, policy: Policy) -> bool:
    """东村, 东村村委会 and 阴平镇东村12号 may all mean 东村; 大东村 does not."""
    return means_village(stated, own, policy.town_lookup())


def one_village(one: str, other: str, policy: Policy) -> bool:
    """Whether two names in the households mean the same village, whichever is the longer. 古村新村 is not 古村."""
    towns = sorted(policy.town_lookup(), key=len, reverse=True)
    known, plain = sorted((_without_town(one, towns), _without_town(other, towns)), key=len)
    rest = plain.removeprefix(known)
    part_of_it = bool(known) and rest != plain and (rest in _suffixes() or _core(rest) == rest)
    return part_of_it or plain == known or (bool(known) and _core(plain) == _core(known))


def means_village(stated: str, own: str, towns: Iterable[str]) -> bool:
    """`same_village` where only some towns' names (full and short) can stand in front."""
    longest_first = sorted(towns, key=len, reverse=True)
    plain, known = _without_town(stated, longest_first), _without_town(own, longest_first)
    return bool(known) and (plain.startswith(known) or _core(plain) == _core(known))


def _without_town(text: str, towns: list[str]) -> str:
    plain = normalise_town(text)
    for town in towns:
        if plain.startswith(town) and plain != town:
            return plain.removeprefix(town)
    return plain


def _suffixes() -> list[str]:
    return sorted(load_headings().words["village_suffixes"], key=len, reverse=True)


def _core(plain: str) -> str:
    for suffix in _suffixes():
        if plain.endswith(suffix) and len(plain) > len(suffix):
            return plain.removesuffix(suffix)
    return plain


def villages_named(households: pd.DataFrame) -> pd.DataFrame:
    """town, village as the households' rows without errors of their own name them (facts.VILLAGES), changes left out.

    A row that another one contradicts or that went back for its name tells of a village all the same: so a person is
    judged alone as among all.
    """
    named = households[["town", "village", "change", "flaws"]].drop_duplicates()
    sound = (named["change"] == "").to_numpy() & ~named["flaws"].str.contains("E").to_numpy(np.bool_)
    return named.loc[sound, ["town", "village"]].drop_duplicates(ignore_index=True)


def known_villages(changes: pd.DataFrame, villages: pd.DataFrame, policy: Policy) -> pd.Series:
    """The changes' villages under the names that the households give them: 东村村委会 is no second village.

    Of several that it may mean the longest, which says most, whichever file named it first.
    """
    known: dict[str, list[str]] = {
        str(town): sorted(filter(None, names.unique()), key=lambda name: (-len(name), name))
        for town, names in villages.groupby("town", sort=False)["village"]
    }
    named = {}
    for line in records(changes[["town", "village"]].drop_duplicates()):
        town, village = line["town"], line["village"]
        alike = (own for own in known.get(town, []) if same_village(village, own, policy))
        named[town, village] = village if village in known.get(town, []) else next(alike, village)
    pairs = zip(changes["town"].tolist(), changes["village"].tolist(), strict=True)
    return pd.Series([named[pair] for pair in pairs], index=changes.index, dtype="str")
