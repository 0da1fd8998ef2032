"""Villages as departments write them: 东村, 东村村委会, 阴平镇东村12号. Pure."""

from collections.abc import Iterable

import pandas as pd

from fcins.headings import load_headings
from fcins.policy.loading import Policy, normalise_town


def same_village(stated: str, own: str, policy: Policy) -> bool:
    """东村, 东村村委会 and 阴平镇东村12号 may all mean 东村; 大东村 does not."""
    return means_village(stated, own, policy.town_lookup())


def one_village(one: str, other: str, policy: Policy) -> bool:
    """Whether two names mean the same village, whichever is the longer."""
    return same_village(one, other, policy) or same_village(other, one, policy)


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


def _core(plain: str) -> str:
    for suffix in sorted(load_headings().words["village_suffixes"], key=len, reverse=True):
        if plain.endswith(suffix) and len(plain) > len(suffix):
            return plain.removesuffix(suffix)
    return plain


def known_villages(changes: pd.DataFrame, villages: pd.DataFrame, policy: Policy) -> pd.Series:
    """The changes' villages under the names that the snapshot gives them: 东村村委会 is no second village."""
    known: dict[str, list[str]] = {
        str(town): list(names.unique()) for town, names in villages.groupby("town", sort=False)["village"]
    }
    stated = changes[["town", "village"]].drop_duplicates()
    named = {
        (town, village): next(
            (own for own in known.get(town, []) if own != "" and same_village(village, own, policy)), village
        )
        if village not in known.get(town, [])
        else village
        for town, village in zip(stated["town"].tolist(), stated["village"].tolist(), strict=True)
    }
    pairs = zip(changes["town"].tolist(), changes["village"].tolist(), strict=True)
    return pd.Series([named[pair] for pair in pairs], index=changes.index, dtype="str")
