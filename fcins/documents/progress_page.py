"""The bulletin as a page: what a leader looks at on a telephone, in this order. Nobody is named."""

from datetime import date

import pandas as pd

from fcins.analysis.bulletin import Bulletin, named
from fcins.assessment.liability import SCHEMES
from fcins.documents.progress import GAPS_NOTE, UNKNOWN_CHANNEL, ranked
from fcins.figures import SCHEME_NAMES, UNKNOWN_VILLAGE, yuan
from fcins.workbooks.pages import Bar, Element, bars, curves, element, table


def bulletin_page(bulletin: Bulletin) -> list[Element]:
    """The page's elements: the whole, the ranking of each scheme, the money, villages, channels, days, notes."""
    since = f"　较上期：{bulletin.previous.isoformat()}" if bulletin.previous else ""
    parts = [
        element("h1", bulletin.title),
        element("p", f"截至{bulletin.day.isoformat()}{since}　{bulletin.policy.document}", class_="quiet"),
        element("div", *(_card(bulletin, scheme) for scheme in SCHEMES), class_="cards"),
        element("div", *(_ranking(bulletin, scheme) for scheme in SCHEMES), class_="pairs"),
        element("div", *(_money(bulletin, scheme) for scheme in SCHEMES), class_="pairs"),
    ]
    if not bulletin.town:
        parts.append(_villages(bulletin))
    if len(bulletin.days):
        parts.append(element("div", _days(bulletin), _channels(bulletin), class_="pairs"))
    if len(bulletin.gaps):
        parts.append(_gaps(bulletin))
    parts.append(element("section", element("h2", "说明"), *(element("p", note) for note in bulletin.notes())))
    return parts


def _card(bulletin: Bulletin, scheme: str) -> Element:
    """A scheme's own figures, large."""
    whole = bulletin.found.whole
    of_scheme = whole[(whole["scheme"] == scheme).to_numpy()]
    if of_scheme.empty:
        return element("section", element("h2", f"居民{SCHEME_NAMES[scheme]}"), element("p", "没有应参保的人"))
    line = of_scheme.iloc[0]
    below = known(line["change_bp"]) and line["change_bp"] < 0
    sentences = [
        element("p", f"应参保{line['liable']}人，已参保缴费{line['covered']}人"),
        element("p", f"应缴{grouped(line['due_fen'])}元，实缴{grouped(line['received_fen'])}元"),
    ]
    if known(line["last_rate_bp"]):
        text = f"上年{percent(line['last_rate_bp'])}，比上年{_points(line['change_bp'])}个百分点"
        sentences.append(element("p", text, class_="below" if below else "quiet"))
    if bulletin.previous:
        more = f"较上期{_signed(line['more_covered'])}人，{_signed_yuan(line['more_received_fen'])}元"
        sentences.append(element("p", more, class_="quiet"))
    if bulletin.town and known(line["rank"]):
        sentences.append(element("p", f"在各镇（街道）中第{line['rank']}名", class_="quiet"))
    rate = element("p", percent(line["rate_bp"]), class_="large below" if below else "large")
    return element("section", element("h2", f"居民{SCHEME_NAMES[scheme]}参保缴费率"), rate, *sentences)


def _ranking(bulletin: Bulletin, scheme: str) -> Element:
    """The places of a scheme, the highest rate first: drawn, and as a table."""
    rows, place = ranked(bulletin.places, scheme), bulletin.place
    drawn = [
        Bar(
            row[place],
            row["rate_bp"] / 10_000 if known(row["rate_bp"]) else 0,
            percent(row["rate_bp"]),
            row["last_rate_bp"] / 10_000 if known(row["last_rate_bp"]) else None,
        )
        for _, row in rows.iterrows()
    ]
    headings = ["名次", bulletin.place_heading, "已参保", "应参保", "参保率"]
    lines = [
        [_text(row["rank"]), row[place], str(row["covered"]), str(row["liable"]), percent(row["rate_bp"])]
        for _, row in rows.iterrows()
    ]
    if bulletin.has_last_year:
        headings.append("比上年")
        for line, change in zip(lines, rows["change_bp"], strict=True):
            line.append(_points(change))
    if bulletin.previous:
        headings.append("较上期")
        for line, more in zip(lines, rows["more_covered"], strict=True):
            line.append(_signed(more))
    heading = f"居民{SCHEME_NAMES[scheme]}：参保缴费率排名"
    parts = [element("h2", heading), element("figure", bars(drawn, heading))]
    if bulletin.has_last_year:
        parts[1].append(element("figcaption", "竖线为上年参保缴费率；橙色为低于上年。"))
    return element("section", *parts, table(headings, lines))


def _money(bulletin: Bulletin, scheme: str) -> Element:
    """What is due and what came, place by place."""
    rows, place = bulletin.places[(bulletin.places["scheme"] == scheme).to_numpy()], bulletin.place
    figures = ["due_fen", "received_fen", *(["more_received_fen"] if bulletin.previous else [])]
    headings = [bulletin.place_heading, "应缴（元）", "实缴（元）", *(["较上期（元）"] if bulletin.previous else [])]
    lines = [[row[place], *(grouped(row[name]) for name in figures)] for _, row in rows.iterrows()]
    total = ["合计", *(grouped(int(rows[name].sum())) for name in figures)]
    return element("section", element("h2", f"居民{SCHEME_NAMES[scheme]}：金额"), table(headings, lines, total))


def _villages(bulletin: Bulletin) -> Element:
    """Every village's two rates, a fold for each town."""
    villages = named(bulletin.found.villages)
    folds = []
    for town, rows in villages.groupby("town", sort=False):
        by_scheme = {scheme: ranked(rows, scheme).set_index("village") for scheme in SCHEMES}
        lines = []
        for village in dict.fromkeys(rows["village"]):
            line = [village]
            for scheme in SCHEMES:
                places = by_scheme[scheme]
                row = places.loc[village] if village in places.index else None
                empty = ["", "", ""]
                line += empty if row is None else [
                    f"{row['covered']}/{row['liable']}", percent(row["rate_bp"]), _text(row["rank"]),
                ]  # fmt: skip
            lines.append(line)
        headings = [
            "村（居）",
            *(f"{SCHEME_NAMES[scheme]}{of}" for scheme in SCHEMES for of in ("已/应", "率", "名次")),
        ]
        folds.append(element("details", element("summary", f"{town}（{len(lines)}个）"), table(headings, lines)))
    return element("section", element("h2", "各村（居）"), *folds)


def _gaps(bulletin: Bulletin) -> Element:
    """Of who is not covered: how many with a cause, how many without."""
    figures = ["gaps", "with_cause", "without_cause"]
    rows = bulletin.gaps.groupby("place", sort=False)[figures].sum().reset_index()
    lines = [[place or UNKNOWN_VILLAGE, *map(str, counts)] for place, *counts in rows.itertuples(index=False)]
    total = ["合计", *(str(int(rows[name].sum())) for name in figures)]
    headings = [bulletin.place_heading, "疑似漏保", "有原因", "无原因"]
    return element(
        "section", element("h2", "未参保原因"), table(headings, lines, total), element("p", GAPS_NOTE, class_="quiet")
    )


def _channels(bulletin: Bulletin) -> Element:
    rows = bulletin.channels
    most = max(int(rows["amount_fen"].max()), 1)
    whole = int(rows["amount_fen"].sum())
    names = [name or UNKNOWN_CHANNEL for name in rows["channel"]]
    drawn = [
        Bar(name, amount / most, percent(amount * 10_000 // whole if whole > 0 else 0))
        for name, amount in zip(names, rows["amount_fen"].tolist(), strict=True)
    ]
    counts = rows[[f"{scheme}_payments" for scheme in SCHEMES]].sum(axis=1).tolist()
    lines = [
        [name, str(count), grouped(amount)]
        for name, count, amount in zip(names, counts, rows["amount_fen"].tolist(), strict=True)
    ]
    total = ["合计", str(sum(counts)), grouped(whole)]
    parts = [element("h2", "缴费渠道"), element("figure", bars(drawn, "各渠道实缴金额"))]
    return element("section", *parts, table(["渠道", "笔数", "金额（元）"], lines, total))


def _days(bulletin: Bulletin) -> Element:
    rows = bulletin.days
    days = [date.fromisoformat(day) for day in rows["day"]]
    so_far = [(SCHEME_NAMES[scheme], rows[f"{scheme}_so_far_fen"].tolist()) for scheme in SCHEMES]
    lines = [
        [day, *(grouped(row[f"{scheme}_fen"]) for scheme in SCHEMES), grouped(row["so_far_fen"])]
        for day, (_, row) in zip(rows["day"], rows.iterrows(), strict=True)
    ]
    headings = ["日期", *(f"{SCHEME_NAMES[scheme]}（元）" for scheme in SCHEMES), "累计（元）"]
    fold = element("details", element("summary", "逐日金额"), table(headings, lines))
    return element("section", element("h2", "累计实缴"), element("figure", curves(days, so_far, "累计实缴")), fold)


def known(value: object) -> bool:
    """Whether a figure is known."""
    return not pd.isna(value)  # type: ignore[call-overload]


def _text(value: object) -> str:
    return str(value) if known(value) else ""


def percent(bp: int) -> str:
    """9120 → 91.20%; "—" where it is not known."""
    return f"{yuan(int(bp))}%" if known(bp) else "—"


def _points(bp: int) -> str:
    return _sign(bp) + yuan(abs(int(bp))) if known(bp) else "—"


def _signed(count: int) -> str:
    return _sign(count) + str(abs(int(count)))


def _signed_yuan(fen: int) -> str:
    return _sign(fen) + grouped(abs(int(fen)))


def _sign(value: int) -> str:
    return "+" if value > 0 else "-" if value < 0 else ""


def grouped(fen: int) -> str:
    """13927000 → 139,270.00."""
    whole, cents = yuan(abs(int(fen))).split(".")
    return f"{'-' if fen < 0 else ''}{int(whole):,}.{cents}"
