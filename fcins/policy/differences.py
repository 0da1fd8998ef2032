"""The policy in words: its lines, the same as Markdown, and in what two policies differ."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, groupby

from fcins.policy.loading import Policy
from fcins.policy.model import Aid, Condition
from fcins.policy.statements import GROUNDS, MEDICAL, Line, Statement, category_names, statements, who

__all__ = ["Difference", "Line", "differences", "markdown", "policy_lines"]


@dataclass(frozen=True)
class Difference:
    """One thing that one policy says otherwise than another: "居民医保个人缴费 380元 → 400元"."""

    part: str
    text: str


def policy_lines(policy: Policy) -> list[Line]:
    """Everything the policy says, part by part in the order of its file."""
    return [each.line for each in statements(policy)]


def markdown(policy: Policy) -> str:
    """The policy as Markdown: what it is, then a table for each part; 原文 only where a sentence is given."""
    parts = [list(lines) for _, lines in groupby(policy_lines(policy), key=lambda line: line.part)]
    (title, *head), tables = parts[0], parts[1:]
    text = [f"# {_cell(title.value)}", ""]
    for line in head:
        text += [f"- {line.rule}：{_cell(line.value)}", *([f"- 理解：{_cell(line.reading)}"] if line.reading else [])]
    for lines in tables:
        columns = {"rule": "规定", "value": "标准", **GROUNDS}
        if not any(line.sentence for line in lines):
            del columns["sentence"]
        rows = [list(columns.values()), ["---"] * len(columns)]
        rows += [[_cell(getattr(line, column)) for column in columns] for line in lines]
        text += ["", f"## {lines[0].part}", "", *(f"| {' | '.join(row)} |" for row in rows)]
    return "\n".join(text) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


# ── differences ─────────────────────────────────────────────────────────────────────────────────────────────────────

_Key = tuple[str, str, int]


def differences(before: Policy, after: Policy) -> list[Difference]:
    """What `after` says otherwise, in its order; what it no longer says stands where `before` said it.

    A rule is known again by what it is for (category, ages, tier, name), not by its place. Rules in another order are
    told last, and only where their order decides something.
    """
    then, now = _keyed(before), _keyed(after)
    gone: dict[_Key | None, list[Difference]] = defaultdict(list)
    last: _Key | None = None
    for key, statement in then.items():
        if key in now:
            last = key
        else:
            gone[last].append(Difference(statement.line.part, f"取消：{_told(statement)}"))
    found = gone[None].copy()
    for key, statement in now.items():
        part = statement.line.part
        if key in then:
            found += [Difference(part, text) for text in _changes(then[key], statement)]
        else:
            found.append(Difference(part, f"新增：{_told(statement)}"))
        found += gone[key]
    return [*found, *_moves(before, after)]


def _keyed(policy: Policy) -> dict[_Key, Statement]:
    """Each statement by its part and identity, and its number among those who share them."""
    seen: Counter[tuple[str, str]] = Counter()
    keyed = {}
    for each in statements(policy):
        same = (each.line.part, each.identity)
        keyed[*same, seen[same]] = each
        seen[same] += 1
    return keyed


def _told(statement: Statement) -> str:
    """The rule in one line, without readings and sentences."""
    left_out = (GROUNDS["reading"], GROUNDS["sentence"])
    told = "；".join(str(each) for each in statement.said if each.items and each.label not in left_out)
    return statement.line.rule + (f"（{told}）" if told else "")


def _changes(before: Statement, after: Statement) -> Iterator[str]:
    """What is said otherwise of the same rule, thing by thing."""
    old, rule = before.line.rule, after.line.rule
    if after.renamable and rule != old:
        yield f"{old}：名称 {old} → {rule}"
    for then, now in zip(before.said, after.said, strict=True):
        subject = f"{rule}：{now.label}" if now.label else rule
        removed = [shown for item, shown in then.items.items() if item not in now.items]
        added = [shown for item, shown in now.items.items() if item not in then.items]
        if not removed and not added:
            continue
        if not then.items:
            yield f"{rule}：增加“{now}”"
        elif not now.items:
            yield f"{rule}：去掉“{then}”"
        elif len(then.items) == len(now.items) == 1:
            yield f"{subject} {removed[0]} → {added[0]}"
        else:
            changes = (f"{verb} {'、'.join(items)}" for verb, items in (("增加", added), ("去掉", removed)) if items)
            yield f"{subject} {'，'.join(changes)}"


def _moves(before: Policy, after: Policy) -> Iterator[Difference]:
    """Rules in another order than before, where it decides: the first standard that fits holds, and of equal aids."""
    tables: tuple[tuple[str, Sequence[Condition], Sequence[Condition]], ...] = (
        ("另有的个人缴费", before.medical.standards, after.medical.standards),
        ("各项资助", before.medical.aid, after.medical.aid),
    )
    for what, old, new in tables:
        then, now = (
            {who(rule, {}): who(rule, category_names(policy)) for rule in rules}
            for policy, rules in ((before, old), (after, new))
        )
        places = {key: place for place, key in enumerate(then)}
        kept = [(key, rule) for rule in new if (key := who(rule, {})) in places]
        swapped = {
            key
            for (first, one), (second, other) in combinations(kept, 2)
            if places[first] > places[second] and _compete(one, other)
            for key in (first, second)
        }
        if swapped:
            orders = ["、".join(shown for key, shown in order.items() if key in swapped) for order in (then, now)]
            yield Difference(MEDICAL, f"{what}的先后：{' → '.join(orders)}")


def _compete(one: Condition, other: Condition) -> bool:
    """Whether it can matter which of two rules stands first: of two aids, unless they are different shares."""
    shares = {rule.share_bp for rule in (one, other) if isinstance(rule, Aid)}
    return None in shares or len(shares) < 2
