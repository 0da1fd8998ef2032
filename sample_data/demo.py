"""make demo: the whole job on sample_data/, as a clerk would run it, with what to open at the end."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
DAY = "2024-01-10"
"""The day of the walk in README.md: the campaign is over, the tax office has sent what came in."""


def fcins(*words: str, workspace: Path) -> None:
    """Run one command, which says what came of it; stop where it fails."""
    print(f"$ fcins {' '.join(words)}", flush=True)
    line = [sys.executable, "-m", "fcins", *words, "-w", str(workspace)]
    if code := subprocess.run(line, env={**os.environ, "PYTHONIOENCODING": "utf-8"}, check=False).returncode:
        raise SystemExit(code)


def main() -> None:
    """Import the folder, write every document, prove that all adds up."""
    out = Path(sys.argv[1]).resolve()
    shutil.rmtree(out, ignore_errors=True)
    workspace = out / "ws"
    fcins("init", workspace=workspace)
    fcins("run", str(HERE), "-o", str(out), "--date", DAY, workspace=workspace)
    fcins("verify", workspace=workspace)
    print(f"\n从这里看起：{out / '总览.html'}")


if __name__ == "__main__":
    main()
