"""The story of `verify`: everything that must always hold, proved on the whole workspace."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fcins.analysis.district import District
from fcins.commands.importing import Watcher
from fcins.commands.verification import Check, verify
from fcins.policy.loading import load_policy
from fcins.store.workspace import open_store, policy_path


@dataclass(frozen=True)
class VerifyResult:
    """What was checked, in order."""

    checks: list[Check]

    @property
    def ok(self) -> bool:
        """Whether everything holds."""
        return all(check.ok for check in self.checks)

    def as_json(self) -> dict[str, Any]:
        """The object that --json prints."""
        checks = [{"check": each.what, "count": each.count, "problems": each.places} for each in self.checks]
        return {"command": "verify", "ok": self.ok, "checks": checks}


def verify_workspace(folder: Path, watcher: Watcher) -> VerifyResult:
    """Prove the invariants on everything that the workspace holds, as of one moment."""
    with open_store(folder) as opened, opened.reading():
        broken = opened.damage()
        checks = [Check("数据库文件完整", 1, broken)]
        if not broken:
            district = District(opened, load_policy(policy_path(folder)), keep=False, anew=True)
            for check in verify(district):
                watcher.step(check.what, len(checks), len(checks) + 1)
                checks.append(check)
        return VerifyResult(checks)
