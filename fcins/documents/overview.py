"""总览: the page that a clerk opens first. Who has sent what, what is open, what is paid, and where each document is.

Nobody is named on it, and it asks nothing of anybody: it may be sent around as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote

from fcins.analysis.expected_lists import ExpectedList
from fcins.analysis.overview import ListLine, Overview
from fcins.analysis.today import OpenWork
from fcins.assessment.liability import SCHEMES
from fcins.documents.progress import ranked
from fcins.documents.progress_page import grouped, known, percent
from fcins.figures import SCHEME_NAMES, UNKNOWN_VILLAGE
from fcins.findings import CATALOGUE
from fcins.identity import mask_text
from fcins.workbooks.pages import Bar, Child, Element, bars, element, table

TITLE = "总览"
_CODES = 4


@dataclass(frozen=True)
class Link:
    """A document as the page names it: of which kind, whose it is ("" of the district), and where, from the page on."""

    kind: str
    subject: str
    place: str


def overview_title(overview: Overview) -> str:
    """The page's title."""
    policy = overview.policy
    return f"{policy.district}{overview.town}{policy.fee_year}年度城乡居民两险集中征缴{TITLE}"


def overview_page(overview: Overview, links: Sequence[Link], left_out: Sequence[tuple[str, str]]) -> list[Element]:
    """The page's elements. `left_out`: kinds of documents that there are not, and why."""
    parts = [
        element("h1", overview_title(overview)),
        element("p", f"资料截至{overview.day.isoformat()}　{overview.policy.document}", class_="quiet"),
        _next_steps(overview),
        *([_missing(overview)] if overview.missing else []),
        element("div", _received(overview), _dates(overview), class_="pairs"),
        _lists(overview),
    ]
    if overview.open:
        parts.append(_open(overview.open))
    if overview.renewals:
        parts.append(_renewals(overview))
    if overview.found is not None:
        parts.append(element("div", *(_rates(overview, scheme) for scheme in SCHEMES), class_="pairs"))
    parts.append(_documents(links, left_out))
    return parts


# ── what to do ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _next_steps(overview: Overview) -> Element:
    steps = next_steps(overview) or ["现在没有要办的。"]
    return element("section", element("h2", "下一步"), element("ol", *(element("li", step) for step in steps)))


def next_steps(overview: Overview) -> list[str]:
    """What is to be done now, in the order in which it is done, a sentence each."""
    dates, day = overview.policy.dates, overview.day
    steps = []
    if overview.found is None:
        steps.append("导入户籍库：没有它，哪一行都不能核查。")
    if overview.missing:
        senders = list(dict.fromkeys(each.department for each in overview.missing))
        steps.append(f"催报还没有收到的名单：{'、'.join(senders)}；下面的催报文字可以直接粘贴。")
    returned = [work for work in overview.open if work.rows]
    if returned:
        rows = "、".join(f"{work.department}（{work.rows}行）" for work in returned)
        steps.append(f"把反馈工作簿发给有退回行的部门：{rows}；填好报回的，直接导入。")
    off = [file for work in overview.open for file in work.totals_off]
    if off:
        steps.append(f"与报送部门核对盖章人数：{mask_text('、'.join(dict.fromkeys(off)))}。")
    if overview.gaps:
        steps.append(f"按疑似漏保名单入户走访（{overview.gaps}人），填好未参保原因的名单直接导入。")
    if not overview.has_payments and day >= dates.window.start:
        steps.append("收到税务部门的缴费明细后导入，再输出一次：清册上才有缴费状态，才有公示、对账和通报。")
    if overview.has_payments and dates.publicity.start <= day <= dates.publicity.end:
        steps.append(f"张贴缴费公示，到{dates.publicity.end.isoformat()}为止。")
    if overview.has_payments and day > dates.window.end:
        steps.append("集中征缴期已经结束：按对账工作簿办理退费，核对代办员。")
    return steps


# ── the lists ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _received(overview: Overview) -> Element:
    """How many lists came, and what is open of them, large."""
    open_rows = sum(work.rows for work in overview.open)
    came, wanted = sum(each.received for each in overview.expected), len(overview.expected)
    figures = [
        (f"{came}/{wanted}", "份应报的名单已收到", " below" if overview.missing else ""),
        (f"{open_rows}", "行退回待处理", " below" if open_rows else ""),
        (f"{overview.gaps}", "人疑似漏保", " below" if overview.gaps else ""),
    ]
    cards = [
        element("div", element("p", figure, class_=f"large{colour}"), element("p", what, class_="quiet"))
        for figure, what, colour in figures
    ]
    return element("section", element("h2", "收到的资料"), element("div", *cards, class_="figures"))


def _missing(overview: Overview) -> Element:
    """Who has not sent what, with a paragraph for each department to paste into a message."""
    by_department: dict[str, list[ExpectedList]] = {}
    for each in overview.missing:
        by_department.setdefault(each.department, []).append(each)
    parts = []
    for department, lists in by_department.items():
        late = max(each.late_days(overview.day) for each in lists)
        heading = f"{department}：{_named(overview, lists)}" + (f"（已迟{late}天）" if late else "")
        parts += [element("h3", heading), element("p", reminder(overview, department, lists), class_="paste")]
    return element("section", element("h2", "还没有报送的"), *parts)


def reminder(overview: Overview, department: str, lists: Sequence[ExpectedList]) -> str:
    """What to write to a department that has not sent these lists: a paragraph that says all, and names nobody."""
    policy, due = overview.policy, min(each.due for each in lists)
    if overview.day > due:
        when = f"应于{due.isoformat()}以前报送，截至{overview.day.isoformat()}还没有收到"
    else:
        when = f"请于{due.isoformat()}以前报送"
    stamped = any(each.kind == "roster" for each in lists)
    how = "名册请写明盖章确认的年度应参保总人数；没有这类人员的，也请报一份盖章的空名册。" if stamped else ""
    return (
        f"{department}：{policy.district}{policy.fee_year}年度城乡居民两险集中征缴（{policy.document}）需要贵单位报送"
        f"{_named(overview, lists)}，{when}。{how}"
        f"收到以前，清册按没有这些资料计算，会影响有关人员的代缴和资助。谢谢配合！"
    )


def _named(overview: Overview, lists: Sequence[ExpectedList]) -> str:
    """Lists by name, each with its towns where it comes by town and not all of them are meant."""
    names: dict[tuple[str, str], list[str]] = {}
    for each in lists:
        names.setdefault((each.name, each.kind), []).append(each.town)
    texts = []
    for (name, kind), towns in names.items():
        every = sum((each.name, each.kind) == (name, kind) for each in overview.expected)
        where = "" if towns == [""] else "（各镇街）" if len(towns) == every > 1 else f"（{'、'.join(towns)}）"
        texts.append(f"{name}{'名册' if kind == 'roster' else ''}{where}")
    return "、".join(texts)


def _lists(overview: Overview) -> Element:
    """A line for each list, department by department."""
    headings = ["部门、名单", "文件", "盖章", "接受", "退回", "已更正", "待处理", "最近"]
    lines: list[list[Child]] = [_list_cells(line) for line in overview.lists]
    for department, name in dict.fromkeys((each.department, each.name) for each in overview.missing):
        own = [each for each in overview.missing if (each.department, each.name) == (department, name)]
        lines.append([_list_name(department, f"{_named(overview, own)} ", "未报送"), "0", *[""] * 6])
    parts = [element("h2", "各部门名单")]
    if not lines:
        return element("section", *parts, element("p", "还没有部门报送过资料。"))
    note = "盖章人数后面有△的，与接受和已处理的行数不相符。退回的行里，已经答复的不再列入待处理。"
    return element("section", *parts, table(headings, lines), element("p", note, class_="quiet"))


def _list_cells(line: ListLine) -> list[Child]:
    stamped = "" if line.declared is None else f"{line.declared}{'△' if line.closes is False else ''}"
    return [
        _list_name(line.department, line.name),
        str(line.files),
        stamped,
        str(line.accepted),
        str(line.rejected),
        str(line.corrected),
        str(line.open),
        f"{date.fromisoformat(line.latest):%m-%d}",
    ]


def _list_name(department: str, name: str, lacking: str = "") -> Element:
    cell = element("span", element("b", department), element("br"), name)
    if lacking:
        cell.append(element("span", lacking, class_="below"))
    return cell


def _open(work: Sequence[OpenWork]) -> Element:
    """What each department has to settle."""
    rows = []
    for each in work:
        most = sorted(each.findings, key=lambda code: -each.findings[code])[:_CODES]
        texts = [f"{CATALOGUE[code].problem} {code}×{each.findings[code]}" for code in most]
        texts += ["……"] if len(each.findings) > _CODES else []
        rows.append([each.department, str(each.rows), str(each.differing or ""), "；".join(texts)])
    return element("section", element("h2", "还没有解决的"), table(["部门", "退回", "不一致", "主要问题"], rows))


def _renewals(overview: Overview) -> Element:
    """Who was on last year's lists and is on none of this year's, in figures; the names stand in the feedback."""
    rows = [
        [each.name, str(each.last_year), str(each.this_year), str(len(each.lacking.people))]
        for each in overview.renewals
    ]
    note = "上年结转来的名单与今年报来的比较；名字在各部门的反馈工作簿里，由部门确认是漏报还是已经取消。"
    return element(
        "section",
        element("h2", "上年有、今年没有的人"),
        table(["名单", "上年", "今年", "今年没有"], rows),
        element("p", note, class_="quiet"),
    )


# ── days and money ──────────────────────────────────────────────────────────────────────────────────────────────────


def _dates(overview: Overview) -> Element:
    """The campaign's periods, and where the day stands in each."""
    dates = overview.policy.dates
    periods = [
        ("集中征缴期", dates.window),
        *((stage.name, stage) for stage in dates.stages),
        ("公示期", dates.publicity),
    ]
    rows = [
        [name, f"{period.start:%m-%d}至{period.end:%m-%d}", _standing(period.start, period.end, overview.day)]
        for name, period in periods
    ]
    first, last = dates.window.start, dates.publicity.end
    span = f"{first.isoformat()}至{last.isoformat()}"
    return element("section", element("h2", "时间"), table(["阶段", span, ""], rows))


def _standing(start: date, end: date, day: date) -> str:
    if day < start:
        return f"还有{(start - day).days}天开始"
    if day > end:
        return "已结束"
    return "最后一天" if day == end else f"进行中，还有{(end - day).days}天"


def _rates(overview: Overview, scheme: str) -> Element:
    """The places of a scheme, the highest rate first, with what is due and what came."""
    found = overview.found
    assert found is not None
    places, place = (found.villages, "village") if overview.town else (found.towns, "town")
    rows = ranked(places, scheme)
    heading = f"居民{SCHEME_NAMES[scheme]}参保缴费率"
    drawn = [
        Bar(
            row[place] or UNKNOWN_VILLAGE,
            row["rate_bp"] / 10_000 if known(row["rate_bp"]) else 0,
            percent(row["rate_bp"]),
        )
        for _, row in rows.iterrows()
    ]
    lines = [
        [
            row[place] or UNKNOWN_VILLAGE,
            str(row["covered"]),
            str(row["liable"]),
            grouped(row["due_fen"]),
            grouped(row["received_fen"]),
        ]
        for _, row in rows.iterrows()
    ]
    whole = ranked(found.whole, scheme)
    total = [
        "合计", str(int(rows["covered"].sum())), str(int(rows["liable"].sum())),
        grouped(int(rows["due_fen"].sum())), grouped(int(rows["received_fen"].sum())),
    ]  # fmt: skip
    rate = percent(whole["rate_bp"].iloc[0]) if len(whole) else "—"
    headings = ["村（居）" if overview.town else "镇（街道）", "已参保", "应参保", "应缴（元）", "实缴（元）"]
    return element(
        "section",
        element("h2", heading),
        element("p", rate, class_="large"),
        element("figure", bars(drawn, heading)),
        table(headings, lines, total),
    )


# ── the documents ───────────────────────────────────────────────────────────────────────────────────────────────────


def _documents(links: Sequence[Link], left_out: Sequence[tuple[str, str]]) -> Element:
    """A fold for each kind of document, with a link to each."""
    by_kind: dict[str, list[Link]] = {}
    for link in links:
        by_kind.setdefault(link.kind, []).append(link)
    folds = []
    for kind, own in by_kind.items():
        items = [element("a", link.subject or kind, href=quote(link.place)) for link in own]
        folds.append(element("div", element("h3", kind), element("p", *_apart(items), class_="links")))
    folds += [element("p", f"没有{kind}：{why}。", class_="quiet") for kind, why in left_out]
    return element("section", element("h2", "文件"), *folds)


def _apart(items: Sequence[Element]) -> list[Child]:
    return [part for item in items for part in (item, " ")]
