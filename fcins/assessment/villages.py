"""Villages as departments write them: 东村, 东村村委会, 阴平镇东村12号 are one; 大东村, 东村新村 are others. Pure."""

import re
from collections.abc import Iterable

import pandas as pd
import pyarrow as pa

from fcins.figures import records
from fcins.headings import kept_by_words, load_headings
from fcins.policy.loading import Policy, normalise_town, town_in_front
from fcins.values import without_code


def same_village(stated: str, own: str, policy: Policy) -> bool:
    """东村, 东村村委会 and 阴平镇东村12号 may all mean 东村; 大东村 and 东村新村 do not."""
    return means_village(stated, own, policy.town_lookup())


def one_village(one: str, other: str, policy: Policy) -> bool:
    """Whether two names in the households mean the same village, whichever is the longer. 古村新村 is not 古村."""
    towns = policy.town_lookup()
    known, plain = sorted((_without_town(one, towns), _without_town(other, towns)), key=len)
    return _means(plain, known)


def means_village(stated: str, own: str, towns: Iterable[str]) -> bool:
    """`same_village` where only some towns' names (full and short) can stand in front."""
    names = list(towns)
    return _means(_without_town(stated, names), _without_town(own, names))


def _means(plain: str, known: str) -> bool:
    if not known or plain == known or _core(plain) == _core(known):
        return bool(known)
    rest = plain.removeprefix(known)
    if rest == plain:
        return False
    below = next((rest.removeprefix(suffix) for suffix in _suffixes() if rest.startswith(suffix)), rest)
    # 东坊 may stand for 东坊村, but 东坊头 is another village; what names a village again is another one, too.
    begins = below != rest or known.endswith(tuple(_suffixes())) or bool(re.match("[0-9一二三四五六七八九十第]", rest))
    return begins and not any(suffix in below for suffix in _suffixes())


def _without_town(text: str, towns: Iterable[str]) -> str:
    """A village's name without codes, blanks and the town before it; 阴平村 of 阴平镇 keeps its name."""
    plain = normalise_town(without_code(text))
    for town in sorted(towns, key=len, reverse=True):
        rest = plain.removeprefix(town)
        if rest != plain and rest and rest not in _suffixes():
            return rest
    return plain


@kept_by_words
def _suffixes() -> list[str]:
    return sorted(load_headings().words["village_suffixes"], key=len, reverse=True)


def _core(plain: str) -> str:
    """东坊 of 东坊, 东坊村, 东坊村委会 and 东坊村村民委员会: the suffix of the committee, then that of the village."""
    core = _cut(plain)
    return _cut(core) if plain.removeprefix(core) in load_headings().words["village_committees"] else core


def _cut(plain: str) -> str:
    for suffix in _suffixes():
        if plain.endswith(suffix) and len(plain) > len(suffix):
            return plain.removesuffix(suffix)
    return plain


# ── one name for each village of the households ─────────────────────────────────────────────────────────────────────


def villages_named(households: pd.DataFrame) -> pd.DataFrame:
    """town, village, people as the households' rows without errors of their own name them (facts.VILLAGES), changes
    left out; people: how many rows.

    A row that another one contradicts or that went back for its name tells of a village all the same: so a person is
    judged alone as among all.
    """
    by = ["town", "village", "change", "flaws"]
    counted = pa.Table.from_pandas(households[by], preserve_index=False).group_by(by).aggregate([([], "count_all")])
    named: pd.DataFrame = counted.rename_columns([*by, "people"]).to_pandas()
    sound = ((named["change"] == "") & ~named["flaws"].str.contains("E")).to_numpy()
    return named[sound].groupby(["town", "village"], sort=True)["people"].sum().reset_index()


def village_names(villages: pd.DataFrame, policy: Policy) -> dict[tuple[str, str], str]:
    """(town, village) as written → the name of the village, for those of the households that have another spelling.

    `villages`: villages_named, of everybody. Of the spellings of one village the one that most people have holds, of
    equals the first as text; so the order of files changes nothing. What is below a village (东坊村12号, 东坊村一组)
    is in it. 东坊村 and 东坊社区 stay apart where both stand there: a town may have both.
    """
    before_village = town_in_front(policy)
    spellings = pd.DataFrame(
        [
            (line["town"], line["village"], _village_of(line["village"], before_village), line["people"])
            for line in records(villages)
            if line["village"]
        ],
        columns=["town", "village", "form", "people"],
    )
    if spellings.empty:
        return {}
    plain = [before_village.sub("", normalise_town(without_code(form))) for form in spellings["form"]]
    spellings["core"] = [_core(each) for each in plain]
    spellings["kind"] = [_kind(each) for each in plain]
    # A bare name belongs to the one kind that there is of it.
    kinds = spellings[spellings["kind"] != ""].groupby(["town", "core"])["kind"].agg(["nunique", "first"])
    only = kinds["first"].where(kinds["nunique"] == 1)
    places = pd.MultiIndex.from_frame(spellings[["town", "core"]])
    meant = pd.Series(only.reindex(places).to_numpy(dtype=object), index=spellings.index).fillna("")
    spellings["kind"] = spellings["kind"].where(spellings["kind"] != "", meant)
    by = ["town", "core", "kind"]
    counted = spellings.groupby([*by, "form"])["people"].sum().reset_index()
    counted = counted.sort_values([*by, "people", "form"], ascending=[True] * 3 + [False, True], kind="stable")
    holds = counted.drop_duplicates(by).set_index(by)["form"]
    names = holds.reindex(pd.MultiIndex.from_frame(spellings[by])).tolist()
    written = zip(spellings["town"], spellings["village"], names, strict=True)
    return {(town, village): name for town, village, name in written if name != village}


def renamed(places: pd.DataFrame, names: dict[tuple[str, str], str]) -> pd.Series:
    """The village column of places (town, village) under the names that hold (`village_names`)."""
    village = places["village"]
    other = village.isin({written for _, written in names}).to_numpy()
    if not other.any():
        return village
    some = places[other]
    pairs = zip(some["town"].tolist(), some["village"].tolist(), strict=True)
    column = village.to_numpy(dtype=object, copy=True)
    column[other] = [names.get(pair, pair[1]) for pair in pairs]
    return pd.Series(column, index=village.index, dtype="str")


def known_villages(changes: pd.DataFrame, villages: pd.DataFrame, policy: Policy) -> pd.Series:
    """The changes' villages under the names that the households give them: 东村村委会 is no second village.

    Of several that it may mean the longest, which says most, whichever file named it first.
    """
    names = village_names(villages, policy)
    written = dict.fromkeys(zip(villages["town"].tolist(), villages["village"].tolist(), strict=True))
    known: dict[str, set[str]] = {}
    for town, village in written:
        known.setdefault(town, set()).add(names.get((town, village), village))
    longest = {town: sorted(filter(None, own), key=lambda name: (-len(name), name)) for town, own in known.items()}
    named = {}
    for line in records(changes[["town", "village"]].drop_duplicates()):
        town, village = place = line["town"], line["village"]
        if place in names or place in written:
            named[place] = names.get(place, village)
        else:
            alike = (own for own in longest.get(town, []) if same_village(village, own, policy))
            named[place] = next(alike, village)
    pairs = zip(changes["town"].tolist(), changes["village"].tolist(), strict=True)
    return pd.Series([named[pair] for pair in pairs], index=changes.index, dtype="str")


def _village_of(written: str, before_village: re.Pattern[str]) -> str:
    """The village of an address (阴平镇东坊村12号 → 东坊村); anything else as it is written."""
    plain = before_village.sub("", normalise_town(without_code(written)))
    village = re.sub(load_headings().words["below_village"][0], "", plain)
    return village if village != plain and _cut(village) != village else written


def _kind(plain: str) -> str:
    """Whether the suffix says 村 (rural) or 社区 (urban); "" where there is none."""
    suffix = plain.removeprefix(_cut(plain))
    return "" if not suffix else "rural" if suffix in load_headings().words["rural_suffixes"] else "urban"
