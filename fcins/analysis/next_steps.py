"""What to do next with a workspace, by what has come and what day it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from fcins.analysis.expected_lists import ExpectedList, in_words, missing_lists
from fcins.policy.loading import Policy

_IMPORTS = {"households": "import-households", "roster": "import-roster", "enrolment": "import-enrolment",
            "payments": "import-payments"}  # fmt: skip


@dataclass(frozen=True)
class NextStep:
    """Something to do, and the command for it."""

    what: str
    run: str


def next_steps(policy: Policy, lists: Sequence[ExpectedList], open_rows: int, day: date) -> list[NextStep]:
    """In the order in which it should be done; nothing can be worked out before there are households.

    `lists`: what is expected and what came; `open_rows`: rows that a department has to settle.
    """
    missing = missing_lists(lists, day)
    if not any(each.received for each in lists if each.kind == "households"):
        return [NextStep("先导入户籍人口，其他名单都要和它核对", "fcins import-households 户籍人口.xlsx")]
    steps = []
    for kind, command in _IMPORTS.items():
        if own := [each for each in missing if each.kind == kind]:
            steps.append(NextStep(f"催报{in_words(own)}，收到就导入", f"fcins {command} 文件"))
    if open_rows:
        steps.append(NextStep(f"还有{open_rows}行退回没有处理，把反馈工作簿交给部门", "fcins feedback-export -o 反馈"))
    if day <= policy.dates.window.end:
        steps.append(NextStep("出征收清册，交给各村收缴", "fcins build-register -o 输出"))
    elif not any(each.kind == "payments" for each in missing):
        if day <= policy.dates.publicity.end:
            steps.append(NextStep("出缴费公示，按村张贴", "fcins publicity-export -o 输出"))
        if policy.reconciliation:
            steps.append(NextStep("对账：钱和表对不对得上，该退谁的", "fcins reconcile -o 输出"))
    return steps
