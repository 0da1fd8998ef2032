"""The yardstick of the speed bench: what a competent analyst writes without fcins. It stays as it is.

    python tests/bench/naive.py DATA_FOLDER OUT_FOLDER

pandas.read_excel with the default engine of each format, .apply row by row for IDs and amounts, merges, groupby,
DataFrame.to_excel of a sheet per village with openpyxl, then a loop over every cell for borders and fonts. Columns,
rates and ages of the plan of 峰城区 for 2024 stand in it as literals, and where each file's table begins is known by
having looked at it. It reads what sample_data/make_district.py makes and comes to the same amounts as fcins, to the
fen: OUT_FOLDER/totals.json has them, and the seconds of each stage.
"""

import json
import re
import resource
import sys
import time
import unicodedata
import warnings
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
from openpyxl.styles import Alignment, Border, Font, Side

warnings.simplefilter("ignore")
split = str.split
DATA, OUT = Path(sys.argv[1]), Path(sys.argv[2])
STARTED, TODAY = time.perf_counter(), pd.Timestamp.now()
STAGES: dict[str, float] = {}
TOWNS = split("底阁镇 峨山镇 吴林街道 坛山街道 榴园镇 阴平镇 古邵镇")
REFERENCE, OPENS, CLOSES = date(2023, 12, 31), date(2023, 10, 1), date(2023, 12, 20)
HARDSHIP = split("重度残疾人 特困人员 低保对象 享受政策脱贫人口")
FULL_AID = {
    "特困人员": "医疗救助资金", "低保对象": "医疗救助资金", "享受政策脱贫人口": "医疗救助资金", "孤儿": "区财政",
    "事实无人抚养儿童": "区财政", "重度残疾人": "区财政", "重点优抚对象": "区财政",
}  # fmt: skip
OTHERS = "70周岁及以上老年人 计生奖扶家庭 在校学生 职工医保参保人员 市外参保人员 其他养老保险参保人员 集体资助对象"
CATEGORIES = [*FULL_AID, *split(OTHERS)]
TIERS = {100: 30, 350: 30, 500: 60, 800: 80, 1000: 80, 3000: 80, 5000: 80, 8000: 80}  # tier → subsidy

PLACE = "镇街 村居 组 户号 户主姓名 姓名 与户主关系 性别 身份证号 出生日期 民族 户籍地址 联系电话 户籍性质"
SIX = " ".join(f"姓名{n} 身份证号{n}" for n in range(1, 7))
ROSTERS = [  # file, category, rows above the data, columns
    ("低保.xlsx", "低保对象", 3, f"序号 镇街 村居 户主姓名 {SIX} 备注"),
    ("低保补充名单.xlsx", "低保对象", 3, "姓名 身份证号 户主姓名 联系电话 备注"),
    ("特困供养人员花名册.xls", "特困人员", 3, "序号 村居 姓名 身份证号 供养方式 联系电话"),
    ("孤儿及事实无人抚养儿童.xlsx", "", 2, "序号 姓名 性别 身份证号 类别 镇街 村居 监护人"),
    ("享受政策脱贫人口.xlsx", "享受政策脱贫人口", 4, "序号 镇街 村居 户号 户主姓名 姓名 身份证号 与户主关系 备注"),
    ("残联重度残疾人.xlsx", "重度残疾人", 2, "序号 镇街 村居 姓名 身份证号 残疾类别 残疾等级 联系电话"),  # 或残疾人证号
    ("优抚对象.csv", "重点优抚对象", 1, "序号 姓名 性别 出生年月 身份证号 优抚类型 镇街 村居 联系电话"),
    ("老龄委70岁以上老年人.xls", "70周岁及以上老年人", 3, "序号 镇街 村居 姓名 性别 身份证号 住址 联系电话"),
    ("在校学生.xlsx", "在校学生", 1, "序号 姓名 学校 身份证号 未参保原因"),
    ("职工医保参保人员.csv", "职工医保参保人员", 1, "姓名 身份证号 单位名称 纳入时间 取消时间"),
    ("市外参保.xlsx", "市外参保人员", 3, "姓名 身份证号 参保地 备注"),
    ("职工养老.ods", "其他养老保险参保人员", 2, "序号 姓名 身份证号 镇街"),
    ("村集体资助.xlsx", "集体资助对象", 2, "序号 镇街 村居 姓名 身份证号 资助单位 资助金额"),
]
COUPLES = "序号 镇街 村居 女方姓名 女方身份证号 男方姓名 男方身份证号 家庭类别"
ENROLMENT = "序号 镇街 村居 姓名 身份证号 缴费档次 登记日期 联系电话"
PAYMENTS = "镇街 村居 姓名 身份证号 险种 费款所属期 缴费金额 缴费日期 缴费渠道 电子税票号码 代办员 代收日期"
COMPUTED = split(
    "年龄 医保缴费标准 医保资助金额 医保出资方 医保个人应缴 养老缴费档次 养老政府代缴 养老个人应缴 养老政府补贴 "
    "计生缴费补贴 个人应缴合计 可缴费日期 缴费状态 备注 财政补助 出资明细"
)
REGISTER = split(
    "序号 户号 户主姓名 姓名 与户主关系 性别 公民身份号码 年龄 人员类别 医保缴费标准 医保资助金额 医保出资方 "
    "医保个人应缴 养老缴费档次 养老政府代缴 养老个人应缴 养老政府补贴 计生缴费补贴 个人应缴合计 本户应缴合计 "
    "可缴费日期 缴费状态 签字 备注"
)
SUMMED = [c for c in REGISTER if c.endswith(("标准", "金额", "应缴", "档次", "代缴", "补贴", "合计"))]
PUBLICITY = split("序号 姓名 公民身份号码 居民医保缴费 居民养老缴费档次 居民养老缴费 缴费日期 备注")
WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]


def lap(stage: str, since: float) -> None:
    STAGES[stage] = time.perf_counter() - since
    print(f"{stage:28s} {STAGES[stage]:8.1f} s   (total {time.perf_counter() - STARTED:.1f})", flush=True)


def text(cell: Any) -> str:
    return "" if pd.isna(cell) else re.sub(r"\s", "", unicodedata.normalize("NFKC", str(cell)))


def name(cell: Any) -> str:
    return re.sub("[.•・‧∙]", "·", text(cell)).replace("\ue863", "䶮")


def check_digit(body: str) -> str:
    return "10X98765432"[sum(int(c) * w for c, w in zip(body, WEIGHTS, strict=True)) % 11]


def citizen_id(cell: Any) -> str:
    """A number is no ID (Excel has destroyed its last digits): "". 15 digits become 18."""
    x = text(cell).upper() if isinstance(cell, str) else ""
    if len(x) == 15 and x.isdigit():
        x = x[:6] + "19" + x[6:]
        x += check_digit(x)
    return x


def check(x: str) -> str:
    if len(x) != 18 or not x[:17].isdigit():
        return "身份证号位数错误"
    if check_digit(x[:17]) != x[17]:
        return "身份证号校验码错误"
    try:
        return "出生日期错误" if pd.Timestamp(x[6:14]) > TODAY else ""
    except Exception:
        return "出生日期错误"


def day(cell: Any) -> str:
    """A date in any of the ways they write it → 2023-11-05; "" for none, "日期错误" for no date."""
    x = cell.strftime("%Y-%m-%d") if isinstance(cell, datetime) else text(cell)
    if not x:
        return ""
    parts = [x[:4], x[4:6], x[6:]] if re.fullmatch(r"\d{8}", x) else re.findall(r"\d+", x)[:3]
    try:
        return date(*map(int, parts)).isoformat()
    except (TypeError, ValueError):
        return "日期错误"


def level(r: pd.Series) -> int:
    """The disability level: the cell's, or the 20th character of a 残疾人证号."""
    stated = text(r["残疾等级"]).replace("II", "2").replace("I", "1")
    found = re.search("[1-4一二三四壹贰叁肆]", stated) or re.search("(?<=^.{19})[1-4]", text(r["身份证号"]))
    return "1234一二三四壹贰叁肆".index(found[0]) % 4 + 1 if found else 0


def age(x: str, on: date) -> int:
    return on.year - int(x[6:10]) - (x[10:14] > on.strftime("%m%d"))


def birthday(x: str) -> date:
    return date(2023, int(x[10:12]), int(x[12:14]))


def read(file: str, skip: int, fields: str) -> pd.DataFrame:
    """One file, all its sheets one below the other. ID columns keep their cells as they are: text stays text."""
    columns = split(fields)
    dtype: dict[str, Any] = {c: object for c in columns if "身份证号" in c}
    dtype |= {c: str for c in columns if c in ("联系电话", "户号", "电子税票号码")}
    if file.endswith(".csv"):
        encoding = "utf-8-sig" if (DATA / file).read_bytes()[:3] == b"\xef\xbb\xbf" else "gb18030"
        return pd.read_csv(DATA / file, header=None, skiprows=skip, names=columns, dtype=dtype, encoding=encoding)
    sheets = pd.read_excel(DATA / file, sheet_name=None, header=None, skiprows=skip, names=columns, dtype=dtype)
    return pd.concat(sheets.values(), ignore_index=True)


t = time.perf_counter()
made = re.search(r"--people (\d+)", (DATA / "README.md").read_text("utf-8"))
clean = made is not None and int(made[1]) > 100_000  # such a registry has no title above it
reg = read("户籍人口.xlsx", 1 if clean else 3, f"{PLACE} 户籍状态")
lap("read_households", t)

t = time.perf_counter()
changes = read("户籍变动.csv", 1, f"变动类型 变动日期 {PLACE}")
parts = []
for file, category, skip, fields in ROSTERS:
    d = read(file, skip, fields)
    if SIX in fields:  # a household per row, six people
        six = [d[[f"姓名{n}", f"身份证号{n}"]].set_axis(["姓名", "身份证号"], axis=1) for n in range(1, 7)]
        d = pd.concat(six).sort_index(kind="stable").dropna(how="all")
    if category:
        d["类别"] = category
    parts.append(d)
couples = read("计生奖扶家庭.xlsx", 3, COUPLES)
for who in ("女方", "男方"):
    d = couples[[f"{who}姓名", f"{who}身份证号"]].set_axis(["姓名", "身份证号"], axis=1)
    parts.append(d.assign(类别="计生奖扶家庭", 配偶=who, 女方身份证号=couples["女方身份证号"]))
ros = pd.concat(parts, ignore_index=True)
enrolled = read("居民养老参保登记.xlsx", 2, ENROLMENT)
paid = read("税务缴费明细.xlsx", 3, PAYMENTS)
lap("read_rosters", t)


t = time.perf_counter()
disabled = ros["类别"] == "重度残疾人"
ros.loc[disabled, "残疾等级"] = ros[disabled].apply(level, axis=1)
for d in (reg, changes, ros, enrolled, paid):
    d["姓名"] = d["姓名"].apply(name)
    d["身份证号"] = d["身份证号"].apply(citizen_id)
ros["身份证号"] = ros["身份证号"].apply(lambda x: x[:18] if len(x) >= 20 else x)
ros["女方身份证号"] = ros["女方身份证号"].apply(citizen_id)
for d in (reg, changes, ros, enrolled, paid):
    d["校验"] = d["身份证号"].apply(check)
    for column in d.columns.intersection(["变动日期", "纳入时间", "取消时间", "登记日期", "缴费日期"]):
        d[column] = d[column].apply(day)
for d in (reg, changes):
    for column in ("镇街", "村居", "户主姓名", "与户主关系", "户籍性质"):
        d[column] = (d[column].ffill() if column in ("镇街", "村居") else d[column]).apply(text)
    d["户籍性质"] = d["户籍性质"].replace("", "户籍")
reg["户籍状态"] = reg["户籍状态"].apply(text).replace("", "正常")
lap("check", t)


t = time.perf_counter()
reg = reg[(reg["校验"] == "") & (reg["姓名"] != "") & reg["镇街"].isin(TOWNS)].drop_duplicates("身份证号")
changes = changes[(changes["校验"] == "") & ~changes["变动日期"].isin(["", "日期错误"])]
changes = changes.sort_values("变动日期", kind="stable")
known = dict(zip(reg["身份证号"], reg["姓名"], strict=True))
status: dict[str, str] = {}
moved: dict[str, dict[str, Any]] = {}
new = []
for row in changes.to_dict("records"):
    x, arrives = row["身份证号"], row["变动类型"] in ("新增", "出生", "迁入")
    if not row["姓名"] or known.get(x, row["姓名"]) != row["姓名"] or (not arrives and x not in known):
        continue
    if arrives and x not in known:
        known[x] = row["姓名"]
        new.append(row)
    elif arrives:
        moved[x] = row
    status[x] = "正常" if arrives else {"销户": "注销"}.get(row["变动类型"], row["变动类型"])
came = pd.DataFrame(new, columns=changes.columns)[split(PLACE)].assign(户籍状态="正常")
reg = pd.concat([reg, came], ignore_index=True)
for column in ("镇街", "村居", "组", "户号", "户主姓名", "与户主关系", "户籍性质"):
    stated = reg["身份证号"].map({x: row[column] for x, row in moved.items() if pd.notna(row[column])})
    reg[column] = stated.fillna(reg[column])
reg["户籍状态"] = reg["身份证号"].map(status).fillna(reg["户籍状态"])


def difference(r: pd.Series) -> str:
    if pd.isna(r["姓名_户籍"]):
        return "不在册"
    if r["姓名"] != r["姓名_户籍"]:
        return "姓名不符"
    return "" if r["户籍状态"] == "正常" else str(r["户籍状态"])


def compared(d: pd.DataFrame) -> pd.DataFrame:
    """The rows whose ID and name are those of somebody who is listed."""
    listed = reg[["身份证号", "姓名", "户籍状态"]]
    m = d[d["校验"] == ""].merge(listed, on="身份证号", how="left", suffixes=("", "_户籍"))
    m["不一致"] = m.apply(difference, axis=1)
    return m[m["不一致"] == ""]


def wanted(r: pd.Series) -> bool:
    """Whether the category takes this person."""
    x, c = r["身份证号"], r["类别"]
    if c in ("孤儿", "事实无人抚养儿童"):
        return age(x, REFERENCE) <= 17
    if c == "70周岁及以上老年人":
        return age(x, REFERENCE) >= 70
    if c == "重度残疾人":
        return r["残疾等级"] in (1, 2)
    if c == "计生奖扶家庭":
        return (r["配偶"] == "女方") == (int(x[16]) % 2 == 0)
    if c == "集体资助对象":
        return str(r["资助金额"]) == "全额" or pd.to_numeric(r["资助金额"], errors="coerce") > 0
    if r["取消时间"] and r["取消时间"] <= "2023-12-31":
        return False
    return c in CATEGORIES and r["纳入时间"] <= "2023-12-31"


m = compared(ros)
m["类别"] = m["类别"].str.split("、")
m = m.explode("类别", ignore_index=True)
m = m[m.apply(wanted, axis=1)]
aid = m[m["类别"] == "集体资助对象"].drop_duplicates(["身份证号", "资助单位"]).sort_values("资助单位")
aid = aid.groupby("身份证号")[["资助单位", "资助金额"]].apply(lambda g: g.to_numpy().tolist()).rename("集体资助")
wife = m[(m["类别"] == "计生奖扶家庭") & (m["女方身份证号"].apply(check) == "")]
wife = wife.drop_duplicates("身份证号").set_index("身份证号")["女方身份证号"].rename("女方")
best = m.drop_duplicates(["身份证号", "类别"]).sort_values("类别", key=lambda c: c.map(CATEGORIES.index))
best = best.groupby("身份证号")["类别"].agg("、".join).rename("人员类别")
reg = reg[reg["户籍状态"] == "正常"]
for found in (best, aid, wife):
    reg = reg.merge(found, left_on="身份证号", right_index=True, how="left")
reg["人员类别"] = reg["人员类别"].fillna("")


def in_hardship(categories: str) -> bool:
    return any(c in HARDSHIP for c in categories.split("、"))


def liable(r: pd.Series) -> bool:
    """For the pension: registered, 16 to 59, not at school, in no other scheme."""
    belongs = r["人员类别"].split("、")
    out = r["户籍性质"] != "户籍" or "在校学生" in belongs or "其他养老保险参保人员" in belongs
    return not out and 16 <= age(r["身份证号"], REFERENCE) <= 59


reg["养老对象"] = reg.apply(liable, axis=1)
e = compared(enrolled)
e["档次"] = pd.to_numeric(e["缴费档次"].apply(text).str.rstrip("元"), errors="coerce").fillna(0).astype(int)
e = e[e["档次"].isin(TIERS) & (e["登记日期"] != "日期错误")]
e = e.merge(reg[["身份证号", "人员类别", "养老对象"]], on="身份证号")
e = e[e["养老对象"] & ((e["档次"] > 100) | e["人员类别"].apply(in_hardship))]
e = e.sort_values(["登记日期", "档次"], ascending=False, kind="stable").drop_duplicates("身份证号")
p = compared(paid)
p["金额"] = pd.to_numeric(p["缴费金额"], errors="coerce")
p = p[p["金额"].notna() & ~p["缴费日期"].isin(["", "日期错误"]) & p["费款所属期"].astype(str).str.startswith("2024")]
p = p[~p.assign(退费=p["金额"] < 0).duplicated(["电子税票号码", "退费"])]
p["险种"] = p["险种"].apply(lambda s: "养老已缴" if "养老" in s else "医保已缴")
received = p.pivot_table(index="身份证号", columns="险种", values="金额", aggfunc="sum")
last = p[p["金额"] > 0].groupby("身份证号")["缴费日期"].max()
for found in (e.set_index("身份证号")["档次"], received, last):
    reg = reg.merge(found, left_on="身份证号", right_index=True, how="left")
reg = reg.fillna({"档次": 0, "医保已缴": 0, "养老已缴": 0})
lap("merge", t)


def medical_aid(belongs: list[str], years: int) -> tuple[str, int, str]:
    """Who pays, how much, and the remark."""
    for c, payer in FULL_AID.items():
        if c in belongs:
            return payer, 380, c + ("区财政代缴" if payer == "区财政" else "全额资助")
    if years >= 70:
        return "区财政", 380, "满70周岁区财政代缴"
    return ("区财政", 190, "满60周岁区财政代缴一半") if years >= 60 else ("", 0, "")


def amounts(r: pd.Series) -> tuple[Any, ...]:
    x, belongs, pay_from, payers = r["身份证号"], r["人员类别"].split("、"), OPENS, {}
    years, before = age(x, REFERENCE), age(x, OPENS)
    outside = {"职工医保参保人员": "职工医保参保", "市外参保人员": "市外参保"}
    notes = [note for c, note in outside.items() if c in belongs]
    standard = 0 if notes else 380
    medical, why = standard, []
    if standard:
        payer, given, note = medical_aid(belongs, years)
        if given:
            payers[payer], medical, why = given, 380 - given, [note]
        if given != medical_aid(belongs, before)[1]:
            pay_from = birthday(x)
        for payer, offer in r["集体资助"] if isinstance(r["集体资助"], list) else []:
            given = medical if offer == "全额" else min(medical, int(float(offer)))
            if given:
                payers[payer], medical, why = payers.get(payer, 0) + given, medical - given, [*why[:1], "集体资助"]
    poor = r["养老对象"] and in_hardship(r["人员类别"])
    tier = int(r["档次"])
    if r["户籍性质"] == "户籍" and 16 <= years <= 59:
        insured = {"在校学生": "在校学生", "其他养老保险参保人员": "其他养老保险参保"}
        notes += [note for c, note in insured.items() if c in belongs]
    if poor and not tier:
        tier = 100
        notes.append("困难群体未办理养老参保登记，按100元档政府代缴")
    elif r["养老对象"] and not tier:
        notes.append("未办理养老参保登记（疑似漏保）")
    proxy = 100 if poor else 0
    if tier and before < 16:
        pay_from = birthday(x)
    if pay_from > OPENS:
        notes.append("满周岁后缴费")
    if pay_from > CLOSES:
        notes.append("集中征缴期外")
    family = 300 if tier and isinstance(r["女方"], str) and age(r["女方"], REFERENCE) >= 50 else 0
    pension = tier - proxy
    if standard and not medical + pension:
        notes.append("、".join(why))
    settled = r["医保已缴"] >= medical and r["养老已缴"] >= pension
    some = (r["医保已缴"] > 0 and medical > 0) or (r["养老已缴"] > 0 and pension > 0)
    state = "无需缴费" if not medical + pension else "已缴清" if settled else "部分缴" if some else "未缴"
    money = (standard, standard - medical, "、".join(payers), medical, tier, proxy, pension, TIERS.get(tier, 0), family)
    return years, *money, medical + pension, pay_from, state, "；".join(notes), 640 if standard else 0, payers


t = time.perf_counter()
reg[COMPUTED] = reg.apply(amounts, axis=1, result_type="expand")
reg["公民身份号码"], reg["签字"] = reg["身份证号"], ""
reg["户主"] = reg["与户主关系"] != "户主"
reg = reg.sort_values(["镇街", "村居", "户号", "户主"], kind="stable")
house = reg.groupby(["镇街", "村居", "户号"])["个人应缴合计"]
reg["本户应缴合计"] = house.transform("sum").where(house.cumcount() == 0)
by_payer: dict[str, int] = {}
for scheme, column in (("medical", "财政补助"), ("pension", "计生缴费补贴")):
    by_payer[f"{scheme}|{column}"] = round(reg[column].sum() * 100)
for scheme, word in (("medical", "医保"), ("pension", "养老")):
    by_payer[f"{scheme}|个人"] = round(reg[f"{word}个人应缴"].sum() * 100)
for payer in ("政府代缴", "政府补贴"):
    by_payer[f"pension|{payer}"] = round(reg[f"养老{payer}"].sum() * 100)
for shares in reg["出资明细"]:
    for payer, given in shares.items():
        by_payer[f"medical|{payer}"] = by_payer.get(f"medical|{payer}", 0) + given * 100
lap("amounts", t)


SIDE = Side(style="thin")
BORDER, CENTRE, FONT = Border(SIDE, SIDE, SIDE, SIDE), Alignment("center", "center"), Font("宋体", 10)


def book(sheets: dict[str, pd.DataFrame], path: Path, title: str, summed: list[str], notes: dict[str, str]) -> None:
    """One workbook: title, headings, rows and 合计 on each sheet, then the styles cell by cell."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with pd.ExcelWriter(path, engine="openpyxl") as w:
        for village, g in sheets.items():
            columns = list(g.columns)
            g.to_excel(w, sheet_name=village, index=False, startrow=2)
            ws = w.sheets[village]
            ws["A1"], ws["A2"] = title, f"村（居）：{village}　单位：元"
            ws.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(columns))
            ws["A1"].font, ws["A1"].alignment = Font("宋体", 18, bold=True), CENTRE
            n = len(g) + 4
            ws.cell(n, 1, "合计")
            for j, k in enumerate(columns, 1):
                if k in summed:
                    ws.cell(n, j, float(g[k].sum()))
                ws.column_dimensions[ws.cell(3, j).column_letter].width = 14
            ws.page_setup.orientation, ws.page_setup.paperSize = "landscape", 9
            ws.print_title_rows, ws.freeze_panes = "3:3", "A4"
            for row in ws.iter_rows(min_row=3, max_row=n, max_col=len(columns)):
                for x in row:
                    x.border, x.alignment, x.font = BORDER, CENTRE, FONT
            ws.cell(n + 1, 1, notes.get(village, "制表人：　　审核人：　　负责人（盖章）："))


def register(town: str, d: pd.DataFrame) -> None:
    counts = d.groupby("村居", sort=False).agg(户数=("户号", "nunique"), 人数=("身份证号", "size"))
    sheets = {"汇总": counts.join(d.groupby("村居", sort=False)[SUMMED].sum()).reset_index()}
    for village, g in d.groupby("村居", sort=False):
        sheets[str(village)] = g.assign(序号=range(1, len(g) + 1))[REGISTER]
    title = f"峰城区{town}2024年度城乡居民两险征收清册"
    book(sheets, OUT / town / f"{town}_2024年度征收清册.xlsx", title, ["户数", "人数", *SUMMED], {})


def publicity(town: str, d: pd.DataFrame) -> None:
    sheets, notes = {}, {}
    for village, g in d.groupby("村居", sort=False):
        covered = int(((g["医保缴费标准"] > 0) & (g["医保个人应缴"] == 0)).sum())
        notes[str(village)] = "政府及集体资助参保 " + ("少于5人" if 0 < covered < 5 else f"{covered}人")
        g = g[(g["医保已缴"] > 0) | (g["养老已缴"] > 0)].assign(儿童=g["年龄"] < 14)
        g["公民身份号码"] = g["身份证号"].apply(lambda x: x[:6] + "*" * 11 + x[17:])
        kept = {"户主姓名": "first", "医保已缴": "sum", "养老已缴": "sum", "缴费日期": "max", "身份证号": "size"}
        children = g[g["儿童"]].groupby("户号", as_index=False).agg(kept).assign(儿童=True)
        children["姓名"] = children["户主姓名"] + "家庭"
        children["备注"] = children["身份证号"].apply(lambda n: f"未满14周岁成员{n}人")
        g = pd.concat([g[~g["儿童"]].assign(备注=""), children], ignore_index=True)
        g = g.sort_values(["户号", "儿童"], kind="stable").assign(序号=range(1, len(g) + 1))
        g["居民医保缴费"] = g["医保已缴"].where(g["医保已缴"] > 0)
        g["居民养老缴费"] = g["养老已缴"].where(g["养老已缴"] > 0)
        g["居民养老缴费档次"] = g["养老缴费档次"].where(g["养老已缴"] > 0)
        sheets[str(village)] = g[PUBLICITY]
    title = f"峰城区{town}2024年度城乡居民两险缴费公示"
    book(sheets, OUT / town / f"{town}_2024年度缴费公示.xlsx", title, ["居民医保缴费", "居民养老缴费"], notes)


for stage, write in (("registers", register), ("publicity", publicity)):
    t = time.perf_counter()
    for town, d in reg.groupby("镇街", sort=False):
        write(str(town), d)
    lap(stage, t)
totals = {"people": len(reg), "by_payer": {key: fen for key, fen in by_payer.items() if fen}, "stages": STAGES}
(OUT / "totals.json").write_text(json.dumps(totals, ensure_ascii=False, indent=1), encoding="utf-8")
print("TOTAL", time.perf_counter() - STARTED, "peak MiB", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
