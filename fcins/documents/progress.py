"""缴费进度通报: how far each town and village has come, for the weekly meeting and the leader. Nobody is named.

Clause 五（四）: the tax office regularly reports the progress; 二: participation must not fall below last year's.
"""

import pandas as pd

from fcins.analysis.bulletin import PLACE_HEADINGS, Bulletin, named
from fcins.analysis.gaps import COUNT_COLUMNS
from fcins.assessment.liability import SCHEMES
from fcins.figures import SCHEME_NAMES, UNKNOWN_VILLAGE
from fcins.workbooks.charts import Chart
from fcins.workbooks.writing import Column, Sheet

UNKNOWN_CHANNEL = "未注明"
GAPS_NOTE = (
    "疑似漏保：应参保而没有登记的；集中征缴期最后一天起，没有缴清的也算。一人两个险种各算一次。原因以走访后报回的为准。"
)


def ranked(places: pd.DataFrame, scheme: str) -> pd.DataFrame:
    """A scheme's places, the highest rate first; places with nobody liable last."""
    of_scheme = places[(places["scheme"] == scheme).to_numpy()]
    return of_scheme.sort_values("rank", kind="stable", na_position="last", ignore_index=True)


def bulletin_sheets(bulletin: Bulletin) -> list[Sheet]:
    """The workbook's sheets: a ranking for each scheme with its chart, every village, channels, and day by day."""
    line = ("", "", f"单位：元　　截至{bulletin.day.isoformat()}")
    sheets = []
    for scheme in SCHEMES:
        name = SCHEME_NAMES[scheme]
        ranking = ranked(bulletin.places, scheme)
        columns, frame = _columns(bulletin, ranking, **{bulletin.place: 18})
        whole = bulletin.found.whole
        own = whole[(whole["scheme"] == scheme).to_numpy()]
        rates = ("参保缴费率", "上年参保缴费率") if bulletin.has_last_year else ("参保缴费率",)
        headings = {"参保缴费率": "rate_bp", "上年参保缴费率": "last_rate_bp", "比上年（百分点）": "change_bp"}
        overall = {
            heading: None if own.empty or pd.isna(own[name].iloc[0]) else int(own[name].iloc[0])
            for heading, name in headings.items()
        }
        sheets.append(
            Sheet(
                f"居民{name}",
                f"{bulletin.title}（居民{name}）",
                line,
                columns,
                frame,
                notes=bulletin.notes(),
                overall=overall,
                charts=(Chart("column", f"居民{name}参保缴费率", bulletin.place_heading, rates),),
            )
        )
    if not bulletin.town:
        sheets += [_villages(bulletin, scheme, line) for scheme in SCHEMES]
    return [*sheets, _channels(bulletin, line), _days(bulletin, line), _gaps(bulletin)]


def _columns(bulletin: Bulletin, rows: pd.DataFrame, **places: float) -> tuple[tuple[Column, ...], pd.DataFrame]:
    """The columns of places ranked, and their frame; what is not known of any place has none.

    `places`: how wide the columns are that name them.
    """
    chosen = [
        (Column("名次", 7, "int"), "rank"),
        *((Column(PLACE_HEADINGS[place], width), place) for place, width in places.items()),
        (Column("应参保人数", 11, "int", total=True), "liable"),
        (Column("已参保缴费人数", 11, "int", total=True), "covered"),
        (Column("参保缴费率", 11, "percent"), "rate_bp"),
        (Column("应缴金额", 16, "money", total=True), "due_fen"),
        (Column("实缴金额", 16, "money", total=True), "received_fen"),
    ]
    if bulletin.has_last_year:
        chosen += [
            (Column("上年参保缴费率", 11, "percent"), "last_rate_bp"),
            (Column("比上年（百分点）", 12, "points"), "change_bp"),
        ]
    if bulletin.previous:
        chosen += [
            (Column("较上期增加人数", 11, "int", total=True), "more_covered"),
            (Column("较上期增加金额", 16, "money", total=True), "more_received_fen"),
        ]
    return tuple(column for column, _ in chosen), rows[[name for _, name in chosen]]


def _villages(bulletin: Bulletin, scheme: str, line: tuple[str, str, str]) -> Sheet:
    """Every village, ranked within its town."""
    name = SCHEME_NAMES[scheme]
    order = {town: at for at, town in enumerate(dict.fromkeys(bulletin.found.towns["town"]))}
    rows = ranked(named(bulletin.found.villages), scheme)
    rows = rows.sort_values("town", key=lambda towns: towns.map(order), kind="stable", ignore_index=True)
    columns, frame = _columns(bulletin, rows, town=14, village=16)
    opens = (rows["town"] != rows["town"].shift()).to_numpy()
    return Sheet(
        f"{name}各村",
        f"{bulletin.title}（居民{name}各村）",
        line,
        columns,
        frame,
        notes=("名次是在本镇（街道）各村中的名次。",),
        opens_group=opens,
    )


def _gaps(bulletin: Bulletin) -> Sheet:
    """Gaps with a cause (有原因) and without one (无原因), place by place."""
    causes = [Column(name, 10, "int", total=True) for name in bulletin.gaps.columns[len(COUNT_COLUMNS) :]]
    counts = [Column(heading, 11, "int", total=True) for heading in ("疑似漏保", "有原因", "无原因")]
    frame = bulletin.gaps.assign(
        place=bulletin.gaps["place"].where(bulletin.gaps["place"] != "", UNKNOWN_VILLAGE),
        scheme=bulletin.gaps["scheme"].map(SCHEME_NAMES),
    )
    columns = (Column(bulletin.place_heading, 18), Column("险种", 8), *counts, *causes)
    line = ("", "", f"单位：人次　　截至{bulletin.day.isoformat()}")
    return Sheet("未参保原因", f"{bulletin.title}（未参保原因）", line, columns, frame, notes=(GAPS_NOTE,))


def _channels(bulletin: Bulletin, line: tuple[str, str, str]) -> Sheet:
    columns = (
        Column("缴费渠道", 22),
        Column("医保笔数", 11, "int", total=True),
        Column("医保金额", 18, "money", total=True),
        Column("养老笔数", 11, "int", total=True),
        Column("养老金额", 18, "money", total=True),
        Column("合计金额", 18, "money", total=True),
    )
    frame = bulletin.channels.assign(channel=bulletin.channels["channel"].replace("", UNKNOWN_CHANNEL))
    names = ["channel", *(f"{scheme}_{of}" for scheme in SCHEMES for of in ("payments", "fen")), "amount_fen"]
    chart = Chart("bar", "各渠道实缴金额（元）", "缴费渠道", ("合计金额",))
    return Sheet("缴费渠道", f"{bulletin.title}（缴费渠道）", line, columns, frame[names], charts=(chart,))


def _days(bulletin: Bulletin, line: tuple[str, str, str]) -> Sheet:
    columns = (
        Column("缴费日期", 14, "date"),
        Column("医保笔数", 10, "int", total=True),
        Column("医保金额", 16, "money", total=True),
        Column("医保累计", 16, "money"),
        Column("养老笔数", 10, "int", total=True),
        Column("养老金额", 16, "money", total=True),
        Column("养老累计", 16, "money"),
        Column("两险累计", 16, "money"),
    )
    names = ["day", *(f"{scheme}_{of}" for scheme in SCHEMES for of in ("payments", "fen", "so_far_fen")), "so_far_fen"]
    frame = bulletin.days[names].assign(day=pd.to_datetime(bulletin.days["day"]))
    chart = Chart("line", "累计实缴金额（元）", "缴费日期", ("医保累计", "养老累计"))
    opens = bulletin.policy.dates.window.start.isoformat()
    note = f"{opens}以前缴费的计在{opens}。没有缴费的日子不列。"
    return Sheet("逐日累计", f"{bulletin.title}（逐日累计）", line, columns, frame, notes=(note,), charts=(chart,))
