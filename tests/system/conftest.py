"""The sample district's documents of one town, as a clerk gets them; and skips that count, where .ci/run runs."""

import shlex
from collections.abc import Generator
from pathlib import Path

import pytest
from programs import STRICT, need, strict
from sheets import run, workspace

SAMPLE = Path(__file__).parents[2] / "sample_data"
TOWN = "阴平镇"
"""王䶮 and 张㛃 live there."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A skip is a failure where every program has to be there."""
    report = yield
    if report.skipped and strict():
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} skipped itself with {STRICT}=1: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def printer() -> None:
    """Ask for it before `documents`, which takes a while to make."""
    need("soffice", "pdftotext", "pdfinfo", "pdffonts")


@pytest.fixture(scope="session")
def browser() -> None:
    """Ask for it before `documents`, which takes a while to make."""
    need("chromium")


@pytest.fixture(scope="session")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every document that the tests here print or open."""
    at = tmp_path_factory.mktemp("system")
    folder, out = workspace(at), at / "out"
    lines = [shlex.split(line) for line in (SAMPLE / "imports.txt").read_text("utf-8").splitlines()]
    for command, file, *options in lines:
        code, answer = run(folder, command, SAMPLE / file, *options)
        assert code == 0, answer
    for words in (
        ["build-register", "--town", TOWN, "--date", "2024-01-25"],
        ["publicity-export", "--town", TOWN, "--date", "2023-12-21"],
        ["feedback-export", "--date", "2024-01-25"],
        ["progress", "--date", "2024-01-25"],
    ):
        code, answer = run(folder, *words, "-o", out)
        assert code == 0, answer
    # Of every town, and so in a folder of its own.
    code, answer = run(folder, "export", "--only", "notices,gaps,feedback", "--date", "2024-01-25", "-o", at / "all")
    assert code == 0, answer
    return out
