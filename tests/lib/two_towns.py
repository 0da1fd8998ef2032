"""Five men of 阴平镇 (甲一 … 甲五) and five of 古邵镇 (乙一 … 乙五), all born in 1970: no category by age."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from shared import copied
from sheets import district, person, run, workspace, write_xlsx

from fcins.store.schema import FACT_TABLES

# Five men of 阴平镇 (甲一 … 甲五), five of 古邵镇 (乙一 … 乙五), all born in 1970: no category by age.
NUMBERS = "一二三四五"


IDS = {
    f"{family}{n}": person("1970-01-01", at)
    for at, (family, n) in enumerate(((f, n) for f in "甲乙" for n in NUMBERS), 1)
}


NAMES = {int(number[:17]): name for name, number in IDS.items()}


YINPING, GUSHAO = ([f"{family}{n}" for n in NUMBERS] for family in "甲乙")


def town_of(name: str) -> str:
    """The town of a person by the family name."""
    return "阴平镇" if name[0] == "甲" else "古邵镇"


def households(path: Path, names: Iterable[str], status: str = "正常") -> Path:
    """A full list of these people, each a household of their own."""
    rows = [[name, IDS[name], town_of(name), "东村", f"{at}", status] for at, name in enumerate(names)]
    return write_xlsx(path, [["姓名", "公民身份号码", "镇街", "村居", "户号", "户籍状态"], *rows])


def both_towns(tmp_path: Path) -> Path:
    """A workspace of one's own with the households of both towns, from 户籍.xlsx beside it: batch 1."""
    return copied(tmp_path, _with_households)


def _with_households(at: Path) -> None:
    code, answer = run(workspace(at), "import-households", households(at / "户籍.xlsx", IDS))
    assert (code, answer["rows"]["accepted"]) == (0, 10)


def changes(path: Path, *lines: tuple[str, str, str]) -> Path:
    """Lines of name, town, change."""
    rows = [[name, IDS[name], town, "东村", change, "2023-11-01"] for name, town, change in lines]
    return write_xlsx(path, [["姓名", "公民身份号码", "镇街", "村居", "变动类型", "变动日期"], *rows])


def roster(path: Path, names: Iterable[str], category: str = "低保", total: int | None = None) -> Path:
    """Each name with the category, or as `name:categories`; a level for whoever is disabled."""
    rows = []
    for each in names:
        name, _, own = each.partition(":")
        rows.append([name, IDS.get(name, ""), own or category, "一级"])
    stamp = [[f"应参保总人数：{total}人", "", "", ""]] if total else []
    return write_xlsx(path, [["姓名", "身份证号", "人员类别", "残疾等级"], *rows, *stamp])


def members(folder: Path) -> dict[str, list[str]]:
    """Category → the names of its members as of now."""
    found: dict[str, list[str]] = {}
    with district(folder) as known:
        holding = known.rosters.holding
    for key, category in zip(holding["key"], holding["category"], strict=True):
        found.setdefault(category, []).append(NAMES[int(str(key)[:17])])
    return {category: sorted(names, key=list(IDS).index) for category, names in found.items()}


def everything(folder: Path) -> tuple[object, ...]:
    """What the workspace holds, to the last cell."""
    with district(folder) as known:
        frames = [known.batches, known.verdicts, known.findings, known.store.withdrawals(), known.residents.people]
        tables = sorted(set(FACT_TABLES.values()))
        return tuple(frame.to_csv() for frame in [*frames, *map(known.store.facts, tables)])


def batch(folder: Path, number: int) -> dict[str, Any]:
    """The line of a batch in `fcins batches`."""
    found: dict[str, Any] = next(each for each in run(folder, "batches")[1]["batches"] if each["batch"] == number)
    return found
