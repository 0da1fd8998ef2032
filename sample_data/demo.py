"""make demo: the whole job on sample_data/, as a clerk would run it, with what to open at the end."""

import json
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def fcins(*words: str, workspace: Path) -> dict[str, object]:
    """Run one command and give its JSON; stop where it fails."""
    command = [sys.executable, "-m", "fcins", *words, "--json", "-w", str(workspace)]
    done = subprocess.run(command, cwd=HERE, stdout=subprocess.PIPE, text=True, check=False)
    answer: dict[str, object] = json.loads(done.stdout)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)}: {answer}")
    return answer


def main() -> None:
    """Import every file of imports.txt, write every document, prove that all adds up, and say what came of it."""
    out = Path(sys.argv[1]).resolve()
    shutil.rmtree(out, ignore_errors=True)
    workspace = out / "ws"
    fcins("init", workspace=workspace)
    read = returned = 0
    for line in (HERE / "imports.txt").read_text("utf-8").splitlines():
        answer = fcins(*shlex.split(line), workspace=workspace)
        rows = answer["rows"]
        assert isinstance(rows, dict)
        read, returned = read + rows["read"], returned + rows["rejected"]
        print(
            f"{line}\n    读入 {rows['read']}　接受 {rows['accepted']}　"
            f"重复 {rows['duplicate']}　退回 {rows['rejected']}"
        )
    register = fcins("build-register", "--all", "-o", str(out), workspace=workspace)
    notice = fcins("publicity-export", "--all", "-o", str(out), workspace=workspace)
    others = [
        fcins(command, "-o", str(out), workspace=workspace)
        for command in ("feedback-export", "gaps", "reconcile", "funding", "progress")
    ]
    proof = fcins("verify", workspace=workspace)
    print(
        f"\n征收清册共 {register['people']}人，公示 {notice['people']}人；读入 {read}行，退回 {returned}行。各出资方："
    )
    schemes = {"medical": "医保", "pension": "养老"}
    assert isinstance(register["by_payer"], list)
    for payer in register["by_payer"]:
        print(f"    {schemes[payer['scheme']]}　{payer['payer']}：{payer['people']}人，{payer['amount']}元")
    assert isinstance(proof["checks"], list)
    print(f"\n核对{len(proof['checks'])}项，{'全部相符' if proof['ok'] else '有不符'}。\n可以打开：")
    for documents in (register, notice, *others):
        assert isinstance(documents["files"], list)
        for path in documents["files"]:
            print(f"    {path}")


if __name__ == "__main__":
    main()
