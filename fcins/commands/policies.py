"""Stories of the commands about policies: show, check and compare them, try another one on today's people."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from fcins.analysis.cases import read_cases, run_cases
from fcins.analysis.reach import in_vain
from fcins.analysis.simulation import Simulation, simulate, unused_facts
from fcins.commands.opening import open_district, wanted_towns, workspace_policy
from fcins.documents.simulation import simulation_sheets
from fcins.errors import InputError
from fcins.figures import in_yuan, records
from fcins.policy.differences import Difference, Line, differences, policy_lines
from fcins.policy.loading import Policy, load_policy
from fcins.workbooks.writing import safe_file_name, write_workbook


@dataclass(frozen=True)
class PolicyShown:
    """A policy, and every line of it."""

    policy: Policy
    lines: list[Line]

    def as_json(self) -> dict[str, Any]:
        """The object that --json prints."""
        return {
            "command": "policy show",
            "policy": self.policy.name,
            "fee_year": self.policy.fee_year,
            "lines": [vars(line) for line in self.lines],
        }


@dataclass(frozen=True)
class Checked:
    """A policy found right: by itself, and by the cases held against it."""

    policy: Policy
    cases: int

    def as_json(self) -> dict[str, Any]:
        """The object that --json prints."""
        return {"command": "policy check", "policy": self.policy.name, "problems": [], "cases": self.cases}


@dataclass(frozen=True)
class Compared:
    """In what one policy differs from another, in words."""

    before: str
    after: str
    differences: list[Difference]

    def as_json(self) -> dict[str, Any]:
        """The object that --json prints."""
        return {
            "command": "policy diff",
            "before": self.before,
            "after": self.after,
            "differences": [vars(each) for each in self.differences],
        }


def show_policy(folder: Path, source: str | None) -> PolicyShown:
    """A policy by name or file; without one that of the workspace."""
    policy = load_policy(source) if source else workspace_policy(folder)
    return PolicyShown(policy, policy_lines(policy))


def check_policy(source: str, cases_file: Path | None) -> Checked:
    """Check a policy for everything that can be wrong with one, and against the cases of a file.

    Raises InputError with every problem, or with every case that comes out otherwise than it was worked.
    """
    policy = load_policy(source, whole=in_vain)
    if cases_file is None:
        return Checked(policy, 0)
    cases = read_cases(cases_file)
    failed = run_cases(cases, policy, str(cases_file))
    if failed:
        lines = [f"第{each.number}例“{each.name}”：{'；'.join(each.differences)}" for each in failed]
        raise InputError(
            "\n".join([f"{cases_file}：{len(cases)}例中有{len(failed)}例与政策 {policy.name} 算出的不符", *lines]),
            "逐例核对：是案例算错了，还是政策文件写错了",
        )
    return Checked(policy, len(cases))


def compare_policies(before: str, after: str) -> Compared:
    """In what the second policy differs from the first; each is a name or a file."""
    old, new = load_policy(before), load_policy(after)
    return Compared(old.name, new.name, differences(old, new))


# ── simulate ────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class SimulationResult:
    """What today's people would pay and cost under another policy; `notes`: facts that it has no use for."""

    present: str
    other: str
    found: Simulation
    notes: list[str]
    files: list[Path]

    def as_json(self) -> dict[str, Any]:
        """The object that --json prints; amounts in yuan with two decimals."""
        found = self.found
        tables = {name: records(getattr(found, name)) for name in ("by_payer", "by_town", "by_age", "by_change")}
        return {
            "command": "simulate",
            "policy": self.other,
            "present": self.present,
            **in_yuan(found.total),
            **{name: [in_yuan(line) for line in lines] for name, lines in tables.items()},
            "notes": self.notes,
            "files": [str(path) for path in self.files],
        }


def simulate_policy(folder: Path, source: str, out: Path | None = None, dated: date | None = None) -> SimulationResult:
    """Today's people under another policy; with `out` also as a workbook there. The workspace stays as it is.

    Residents are those of the workspace; rosters and enrolments are judged anew by the other policy.
    """
    other = load_policy(source)
    with open_district(folder) as district:
        present = district.policy
        wanted_towns(district, None)  # says so where nobody is registered
        under = district.under(other)
        found = simulate(district.assessment, under.assessment, present, other)
        notes = unused_facts(district, under)
        files = []
        if out is not None:
            day = dated or district.newest_day
            path = out / safe_file_name(f"政策测算_{present.name}_{other.name}.xlsx")
            write_workbook(path, simulation_sheets(found, present, other, notes, day), document="测算", created=day)
            files.append(path)
    return SimulationResult(present.name, other.name, found, notes, files)
