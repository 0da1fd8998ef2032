"""The policy in words: its lines, the same lines as Markdown, and how two policies differ."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, groupby

from fcins.policy.loading import Policy
from fcins.policy.model import Aid, Condition
from fcins.policy.statements import GROUNDS, MEDICAL, Line, Statement, statements, who

__all__ = ["Difference", "Line", "differences", "markdown", "policy_lines"]


@dataclass(frozen=True)
class Difference:
    """One thing that one policy says otherwise than another: "居民医保个人缴费 380元 → 400元"."""

    part: str
    text: str


def policy_lines(policy: Policy) -> list[Line]:
    """Everything the policy says, part by part in the order of its file."""
    return [statement.line for statement in statements(policy)]


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

    A rule is recognised by what it is for (category, ages, tier, name), not by its place. Rules in another order come
    last, and only where their order decides something.
    """
    old, new = _keyed(before), _keyed(after)
    dropped: dict[_Key | None, list[Difference]] = defaultdict(list)
    last: _Key | None = None
    for key, statement in old.items():
        if key in new:
            last = key
        else:
            dropped[last].append(Difference(statement.line.part, f"取消：{_one_line(statement)}"))
    changes = dropped[None].copy()
    for key, statement in new.items():
        part = statement.line.part
        if key in old:
            changes += [Difference(part, text) for text in _changes(old[key], statement)]
        else:
            changes.append(Difference(part, f"新增：{_one_line(statement)}"))
        changes += dropped[key]
    return [*changes, *_moves(before, after)]


def _keyed(policy: Policy) -> dict[_Key, Statement]:
    """Each statement by its part and identity, and its number among those who share them."""
    seen: Counter[tuple[str, str]] = Counter()
    keyed = {}
    for statement in statements(policy):
        identity = (statement.line.part, statement.identity)
        keyed[*identity, seen[identity]] = statement
        seen[identity] += 1
    return keyed


def _one_line(statement: Statement) -> str:
    """The rule in one line, without readings and sentences."""
    left_out = (GROUNDS["reading"], GROUNDS["sentence"])
    points = "；".join(str(point) for point in statement.points if point.items and point.label not in left_out)
    return statement.line.rule + (f"（{points}）" if points else "")


def _changes(before: Statement, after: Statement) -> Iterator[str]:
    """What is said otherwise of the same rule, point by point."""
    old_name, name = before.line.rule, after.line.rule
    if after.renamable and name != old_name:
        yield f"{old_name}：名称 {old_name} → {name}"
    for old, new in zip(before.points, after.points, strict=True):
        subject = f"{name}：{new.label}" if new.label else name
        removed = [shown for item, shown in old.items.items() if item not in new.items]
        added = [shown for item, shown in new.items.items() if item not in old.items]
        if not removed and not added:
            continue
        if not old.items:
            yield f"{name}：增加“{new}”"
        elif not new.items:
            yield f"{name}：去掉“{old}”"
        elif len(old.items) == len(new.items) == 1:
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
    for title, old_rules, new_rules in tables:
        old, new = (
            {who(rule, {}): who(rule, policy.category_names) for rule in rules}
            for policy, rules in ((before, old_rules), (after, new_rules))
        )
        places = {key: place for place, key in enumerate(old)}
        kept = [(key, rule) for rule in new_rules if (key := who(rule, {})) in places]
        swapped = {
            key
            for (first, one), (second, other) in combinations(kept, 2)
            if places[first] > places[second] and _compete(one, other)
            for key in (first, second)
        }
        if swapped:
            orders = ["、".join(shown for key, shown in order.items() if key in swapped) for order in (old, new)]
            yield Difference(MEDICAL, f"{title}的先后：{' → '.join(orders)}")


def _compete(one: Condition, other: Condition) -> bool:
    """Whether it can matter which of two rules stands first: of two aids, unless they are different shares."""
    shares = {rule.share_bp for rule in (one, other) if isinstance(rule, Aid)}
    return None in shares or len(shares) < 2
