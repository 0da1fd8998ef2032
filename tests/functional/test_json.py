"""fcins/manual/json.md: each example is what the command gives on the sample data, key by key, in the page's order."""

import json
import os
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest
from by_hand import BY_HAND
from sheets import run
from terminal import LEFT_OUT, commands_of

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "fcins" / "manual" / "json.md").read_text("utf-8")
EXAMPLES = re.findall(r"^ {4}fcins ([^\n]+) --json\n\n```json\n(.+?)\n```$", PAGE, re.M | re.S)
LONG_AGO = 1_600_000_000


@pytest.fixture
def at_hand(sample: tuple[Path, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace of one's own with the sample imported, to be named from a folder sample_data, and a drop folder."""
    workspace = Path(shutil.copytree(sample[0], tmp_path / "build" / "2024"))
    folder = Path(shutil.copytree(ROOT / "sample_data", tmp_path / "sample_data"))
    (folder / "收件").mkdir()
    shutil.copy(folder / "税务缴费明细.xlsx", folder / "收件")
    for name in ("12月说明.xlsx", "13.tmp"):
        (folder / "收件" / name).write_text("说明", "utf-8")
    for path in (folder / "收件").iterdir():
        os.utime(path, (LONG_AGO, LONG_AGO))
    monkeypatch.chdir(folder)
    return workspace.relative_to(tmp_path)


def test_examples(at_hand: Path, sample: tuple[Path, dict[str, dict[str, Any]]]) -> None:
    wrong = []
    imported = (ROOT / "sample_data" / "imports.txt").read_text("utf-8").splitlines()
    for command, example in EXAMPLES:
        words = shlex.split(command)
        name = Path(words[1]).name if len(words) > 1 else ""
        if name in BY_HAND:
            BY_HAND[name](Path(words[1]))
        if command in imported:
            real = sample[1][name]
        else:
            _, real = run(".." / at_hand, *words)
        assert words[0] == "manual" or not re.search(r"\d{17}[\dX]", json.dumps(real)), command
        wrong += [f"{command}: {each}" for each in differences(json.loads(example), real)]
    assert "\n".join(wrong) == ""


def differences(example: Any, real: Any, at: str = "") -> list[str]:
    """Where an example says something else than the real answer. `…` as an item or a key: more may follow."""
    if isinstance(example, dict) and isinstance(real, dict):
        keys = set(example) - {LEFT_OUT}
        odd = keys - set(real) if LEFT_OUT in example else keys ^ set(real)
        found = [f"{at}: keys {sorted(odd)}"] if odd else []
        return found + [
            each for key in keys & set(real) for each in differences(example[key], real[key], f"{at}.{key}")
        ]
    if isinstance(example, list) and isinstance(real, list):
        items = [item for item in example if item != LEFT_OUT]
        if len(items) > len(real) or (len(items) < len(real) and items == example):
            return [f"{at}: {len(real)} items"]
        return [each for item, one in zip(items, real, strict=False) for each in differences(item, one, f"{at}[]")]
    if isinstance(example, str) and isinstance(real, str):
        same = re.fullmatch(".*".join(map(re.escape, example.split(LEFT_OUT))), real, re.S)
        return [] if same else [f"{at}: {real!r}"]
    return [] if (example, type(example)) == (real, type(real)) else [f"{at}: {real!r}"]


def test_every_command_has_an_example() -> None:
    shown = {command for command in commands_of() for example, _ in EXAMPLES if f"{example} ".startswith(f"{command} ")}
    assert set(commands_of()) - shown == set()
