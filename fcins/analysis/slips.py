"""What a hand did to a citizen ID, in words: 第7、8位互换, 第13位不同, 少一位（第9位）, 多一位（第9位）."""


def slips_in_words(text: str, citizen_id: str, *, whole: bool = True) -> str:
    """What was done to `citizen_id` to make `text` of it, shortest way: 第7、8位互换，少一位（第9位）.

    Positions are those of the right ID; of a character too many, that in `text`. `whole`: its end is the ID's end.
    """
    changed, missing, extra, words = [], [], [], []
    for kind, at in _edits(text, citizen_id):
        match kind:
            case "changed":
                changed.append(at)
            case "missing":
                missing.append(at)
            case "extra":
                extra.append(at)
            case _:
                last = whole and at + 1 == len(citizen_id)
                words.append("末位与倒数第二位互换" if last else f"第{at}、{at + 1}位互换")
    if changed:
        words.append(f"第{'、'.join(map(str, changed))}位不同")
    for kind, places in (("少", missing), ("多", extra)):
        if places:
            words.append(f"{kind}{'一' if len(places) == 1 else '两'}位（第{'、'.join(map(str, places))}位）")
    return "，".join(words)


def _edits(text: str, right: str) -> list[tuple[str, int]]:
    """The slips from `right` to `text` in order: exchanged, changed, missing (place in right), extra (in text)."""
    start = next((at for at, (a, b) in enumerate(zip(text, right, strict=False)) if a != b), min(len(text), len(right)))
    same_end = 0
    while same_end < min(len(text), len(right)) - start and text[-1 - same_end] == right[-1 - same_end]:
        same_end += 1
    a, b = text[start : len(text) - same_end], right[start : len(right) - same_end]
    cost = [[max(i, j) if not i or not j else 0 for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    exchanged = {
        (i, j) for i in range(2, len(a) + 1) for j in range(2, len(b) + 1) if a[i - 2 : i] == b[j - 2 : j][::-1]
    }
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            cost[i][j] = min(cost[i - 1][j - 1] + (a[i - 1] != b[j - 1]), cost[i - 1][j] + 1, cost[i][j - 1] + 1)
            if (i, j) in exchanged:
                cost[i][j] = min(cost[i][j], cost[i - 2][j - 2] + 1)
    found, i, j = [], len(a), len(b)
    while i or j:
        if i and j and a[i - 1] == b[j - 1] and cost[i][j] == cost[i - 1][j - 1]:
            i, j = i - 1, j - 1
        elif (i, j) in exchanged and cost[i][j] == cost[i - 2][j - 2] + 1:
            i, j = i - 2, j - 2
            found.append(("exchanged", start + j + 1))
        elif i and j and cost[i][j] == cost[i - 1][j - 1] + 1:
            i, j = i - 1, j - 1
            found.append(("changed", start + j + 1))
        elif j and cost[i][j] == cost[i][j - 1] + 1:
            j -= 1
            found.append(("missing", start + j + 1))
        else:
            i -= 1
            found.append(("extra", start + i + 1))
    return found[::-1]
