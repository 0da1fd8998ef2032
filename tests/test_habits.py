"""What keeps the project's habits: the lock, what CI runs, the hooks of `make hooks`."""

import os
import re
import shutil
import subprocess
import sys
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


# ── CI ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_ci_runs_every_step_in_order() -> None:
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    steps = re.findall(r"^ *(apt-get|make \w+)", script, re.M)
    assert steps == ["apt-get", "apt-get", "make check", "make test", "make system"]
    assert "set -euo pipefail" in script
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    packages = re.search(r"^packages=\((.+)\)$", script, re.M)
    assert packages
    assert {"chromium", "libreoffice-calc-nogui", "poppler-utils", "fonts-noto-cjk"} <= set(packages[1].split())


def recipe(target: str) -> str:
    """What make runs for a target."""
    found = re.search(rf"^{target}:.*\n((?:\t.*\n)+)", MAKEFILE, re.M)
    assert found, target
    return found[1]


def test_only_make_system_needs_programs() -> None:
    assert "not system" in recipe("test")
    assert recipe("system").strip() == "FCINS_SYSTEM=1 $(BIN)/python -m pytest -m system"
    for path in (ROOT / "tests" / "system").glob("test_*.py"):
        assert "\npytestmark = pytest.mark.system\n" in path.read_text("utf-8"), path.name


@pytest.mark.parametrize(("strict", "outcome"), [("1", "errors"), ("", "skipped")], ids=["ci", "elsewhere"])
def test_a_skip_fails_in_ci_only(strict: str, outcome: str, tmp_path: Path) -> None:
    """With nothing on its path, every system test skips itself, and says why; in CI that is a failure."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-m", "system", "-rfs", "-p", "no:cacheprovider", "tests/system"],
        env={**os.environ, "PATH": str(tmp_path), "FCINS_SYSTEM": strict, "PYTEST_ADDOPTS": ""},
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == (1 if strict else 0), done.stdout
    assert re.fullmatch(rf"\d\d {outcome} in .+s", done.stdout.splitlines()[-1]), done.stdout
    assert "needs soffice" in done.stdout
    assert "needs chromium" in done.stdout


# ── hooks ───────────────────────────────────────────────────────────────────────────────────────────────────────────

SUBJECT = "Keep one thing per commit, and say why in the body of the message, 72 ch"
assert len(SUBJECT) == 72


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A repository of its own with the hooks on, and one file staged."""
    if not shutil.which("git"):
        pytest.skip("needs git")
    shutil.copytree(ROOT / ".ci", tmp_path / ".ci")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    git(tmp_path, "init", "--quiet")
    git(tmp_path, *recipe("hooks").split()[1:])
    (tmp_path / "neat.py").write_text('"""Neat."""\n', "utf-8")
    git(tmp_path, "add", "neat.py")
    return tmp_path


def git(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run git as somebody, with the ruff of this Python, away from the repository that the tests lie in."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    who = {f"GIT_{role}_{what}": "test@invalid" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    path = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    nothing = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    return subprocess.run(
        ["git", *words], cwd=folder, env=ours | who | path | nothing, capture_output=True, encoding="utf-8", check=False
    )


@pytest.mark.parametrize("subject", [SUBJECT, "说" * 72], ids=["en", "zh"])
def test_a_subject_of_72_characters_is_taken(clone: Path, subject: str) -> None:
    done = git(clone, "commit", "-m", f"{subject}\n\n{'The why may be longer. ' * 9}")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("subject", [SUBJECT + "a", "说" * 73], ids=["en", "zh"])
def test_a_longer_subject_is_refused(clone: Path, subject: str) -> None:
    done = git(clone, "commit", "-m", subject)
    assert done.returncode == 1
    assert "73" in done.stderr


@pytest.mark.parametrize("slip", ['"""Neat."""\nimport os\n', '"""Neat."""\nx = {  }\n'], ids=["check", "format"])
def test_what_is_staged_is_checked_not_what_lies_there(clone: Path, slip: str) -> None:
    neat = (clone / "neat.py").read_text("utf-8")
    (clone / "neat.py").write_text(slip, "utf-8")
    assert git(clone, "commit", "-m", "The neat one is staged").returncode == 0
    git(clone, "add", "neat.py")
    (clone / "neat.py").write_text(neat, "utf-8")
    done = git(clone, "commit", "-m", "The slip is staged")
    assert done.returncode == 1, done.stdout
    assert "neat.py" in done.stdout + done.stderr
