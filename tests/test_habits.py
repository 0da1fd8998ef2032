"""What keeps the project's habits: the lock."""

import re
import tomllib
from itertools import product
from pathlib import Path
from typing import NamedTuple

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parents[1]
LOCK = (ROOT / "requirements.txt").read_text("utf-8")
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))

PLACES = (
    {"sys_platform": "linux", "platform_machine": "x86_64", "os_name": "posix", "platform_system": "Linux"},
    {"sys_platform": "linux", "platform_machine": "aarch64", "os_name": "posix", "platform_system": "Linux"},
    {"sys_platform": "win32", "platform_machine": "AMD64", "os_name": "nt", "platform_system": "Windows"},
)
"""Where fcins has to run, as a marker of a requirement names it."""

PYTHONS = ("3.11", "3.12", "3.13", "3.14")


class Locked(NamedTuple):
    """One release that the lock allows, where its marker holds."""

    name: str
    version: str
    marker: Marker | None
    hashes: list[str]


def plain(name: str) -> str:
    """A distribution's name as the lock writes it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked() -> list[Locked]:
    found = []
    for entry in re.sub(r"^#.*\n", "", LOCK, flags=re.M).replace("\\\n", " ").splitlines():
        what, *hashes = entry.split(" --hash=")
        requirement = Requirement(what)
        (exact,) = requirement.specifier
        assert exact.operator == "==", entry
        found.append(Locked(requirement.name, exact.version, requirement.marker, [each.strip() for each in hashes]))
    return found


WANTED = [
    *PROJECT["build-system"]["requires"],
    *PROJECT["project"]["dependencies"],
    *(each for group in PROJECT["project"]["optional-dependencies"].values() for each in group),
]


@pytest.mark.parametrize("wanted", WANTED, ids=lambda wanted: Requirement(wanted).name)
def test_every_dependency_is_locked_within_its_range(wanted: str) -> None:
    requirement = Requirement(wanted)
    for python, place in product(PYTHONS, PLACES):
        here = place | {"python_version": python, "python_full_version": f"{python}.0"}
        of_name = [each for each in locked() if each.name == plain(requirement.name)]
        versions = [each.version for each in of_name if each.marker is None or each.marker.evaluate(here)]
        assert len(versions) == 1, f"{place}: run make lock"
        assert Version(versions[0]) in requirement.specifier, "run make lock"


def test_every_release_has_its_hashes() -> None:
    names = [each.name for each in locked()]
    assert len(names) > 40
    assert [name for name in names if name != plain(name)] == []
    for each in locked():
        assert each.hashes, each.name
        assert [value for value in each.hashes if not re.fullmatch(r"sha256:[0-9a-f]{64}", value)] == [], each.name


@pytest.mark.parametrize(
    ("name", "wheels"),
    [("numpy", 40), ("pyarrow", 30), ("pandas", 30), ("pydantic-core", 60), ("isal", 20), ("adbc-driver-sqlite", 5)],
)
def test_wheels_of_other_systems_are_locked_too(name: str, wheels: int) -> None:
    """A lock made of what one machine downloads has one hash; all systems of one release have dozens."""
    assert [len(each.hashes) >= wheels for each in locked() if each.name == name] == [True]


def test_the_lock_names_no_place() -> None:
    """No index, host or path of the machine that made it."""
    without_hashes = re.sub(r"--hash=sha256:[0-9a-f]{64}", "", LOCK)
    found = re.findall(r"http|file:|--index|--extra-index|--find-links|--trusted|(?<!\w)-[a-z] |/|@", without_hashes)
    assert found == []


def test_make_installs_what_is_locked() -> None:
    recipe = MAKEFILE.split("$(READY): pyproject.toml requirements.txt\n", 1)[1].split("\n\n", 1)[0]
    installs = [line for line in recipe.splitlines() if "pip install" in line]
    assert [("--require-hashes" in line, "--no-deps" in line) for line in installs] == [(True, False), (False, True)]
    assert "--no-build-isolation" in installs[1]  # it is built with the locked hatchling
