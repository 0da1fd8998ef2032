"""Village names as departments write them: 东村, 东村村委会, 阴平镇东村12号."""

from collections.abc import Iterable

from fcins.headings import load_headings
from fcins.policy.loading import Policy, normalise_town


def same_village(stated: str, own: str, policy: Policy) -> bool:
    """东村, 东村村委会 and 阴平镇东村12号 may all mean 东村; 大东村 does not."""
    return means_village(stated, own, policy.town_lookup())


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
