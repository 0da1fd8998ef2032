"""Who stands on which department's roster, with what is wrong on it: one function per file, each gives a frame of rows.

A frame's columns are fields (name, id, town, village, ... and the file's own ones); forms.py says which of them a file
shows and under what headings. `who`, `order`, `code`, `what` are for us (see slips.py).
"""

from dataclasses import dataclass, field
from zlib import crc32

import numpy as np
import pandas as pd
from slips import SOFT_SLIPS, Added, Plan, accepted, plant

CATEGORIES = [
    "tekun", "dibao", "poverty", "orphan", "unattended", "disability", "veteran", "elderly", "student",
    "employee_medical", "elsewhere_medical", "other_pension",
]  # fmt: skip
PLACE = ["town", "village", "group", "household_no", "head", "relation", "name", "sex", "phone", "address"]


@dataclass
class District:
    """The invented people, and who has been accepted in which category so far."""

    people: pd.DataFrame
    seed: int
    times: int = 1  # how often each slip is planted
    member: dict[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.member = {c: np.zeros(len(self.people), bool) for c in CATEGORIES}
        self.taken = frozenset(self.people["citizen_id"])

    def rng(self, file: str) -> np.random.Generator:
        """A stream of its own for each file, so that a change in one leaves the others as they are."""
        return np.random.default_rng([self.seed, crc32(file.encode())])

    def rows(self, who: np.ndarray) -> pd.DataFrame:
        """Untouched roster rows for the people at these positions."""
        people = self.people.iloc[who]
        rows = people[PLACE].reset_index(drop=True)
        rows["id"], rows["who"] = people["citizen_id"].to_numpy(), who
        rows["birth"] = people["birth"].dt.strftime("%Y-%m-%d").to_numpy(object)
        return rows.astype(object)

    def some(self, mask: np.ndarray, count: float, rng: np.random.Generator) -> np.ndarray:
        """Positions of about `count` people of the mask, in the order of the households."""
        found = np.flatnonzero(mask)
        return np.sort(rng.permutation(found)[: round(count)])

    def whole(self, mask: np.ndarray, count: float, rng: np.random.Generator, most: int = 6) -> np.ndarray:
        """Positions of about `count` people: whole households of which one is in the mask, at most `most` of each."""
        households = self.people["household"].to_numpy()
        drawn = rng.permutation(np.unique(households[mask]))[: round(count / 3)]
        found = np.flatnonzero(np.isin(households, drawn) & self.here)
        return found[pd.Series(households[found]).groupby(households[found]).cumcount().to_numpy() < most]

    @property
    def here(self) -> np.ndarray:
        """Who is alive and registered or resident after all changes."""
        return self.people["here"].to_numpy()

    @property
    def age(self) -> np.ndarray:
        """Everybody's age."""
        return self.people["age"].to_numpy()

    def outsiders(self, rng: np.random.Generator, strangers: int = 1, dead: int = 1, moved: int = 1) -> list[Added]:
        """People who do not belong on a roster: unknown to the households, dead, moved out or cancelled."""
        people = self.people
        gone = [
            ("E201", "stranger", people["stranger"], strangers),
            ("E203", "dead", (people["status"] == "死亡") | (people["change"] == "死亡"), dead),
            ("E204", "moved", people["status"].isin(["迁出", "注销"]) | people["change"].isin(["迁出", "销户"]), moved),
        ]
        return [
            (code, what, self.rows(self.some(mask.to_numpy() & ~people["unlisted"].to_numpy(), n * self.times, rng)))
            for code, what, mask, n in gone
            if n
        ]

    def plan(self, rng: np.random.Generator, slips: str, soft: int = 1, again: int = 1, **outsiders: int) -> Plan:
        """`slips` names what goes wrong, blank-separated; each comes `times` times, as does what is odd but right."""
        change = dict.fromkeys(slips.split(), self.times) | {what: soft * self.times for what in SOFT_SLIPS if soft}
        return Plan(change, self.outsiders(rng, **outsiders), again * self.times)

    def note(self, category: str, rows: pd.DataFrame) -> pd.DataFrame:
        """Keep who is on the roster from now on; gives the rows."""
        self.member[category][accepted(rows)] = True
        return rows

    def planted(self, rows: pd.DataFrame, plan: Plan, rng: np.random.Generator) -> pd.DataFrame:
        """The rows with the slips of the plan."""
        return plant(rows, plan, rng, self.taken)


def dibao(d: District, file: str) -> pd.DataFrame:
    """低保: whole households, up to six people of each."""
    rng = d.rng(file)
    who = d.whole(d.here & (d.age > 40), len(d.people) * 0.035, rng)
    plan = d.plan(rng, "no_id short_id bad_check swapped_digits old_id slip_of_digit other_name number_id", strangers=2)
    return d.note("dibao", d.planted(d.rows(who), plan, rng))


def dibao_added(d: District, file: str) -> pd.DataFrame:
    """低保补充: one town's late additions; some are on the first list already."""
    rng = d.rng(file)
    town = (d.people["town"] == d.people["town"].to_numpy()[-1]).to_numpy() & d.here
    if "阴平镇" in set(d.people["town"]):
        town = (d.people["town"] == "阴平镇").to_numpy() & d.here
    fresh = d.some(town & ~d.member["dibao"] & (d.age > 30), 9 + len(d.people) // 2000, rng)
    known = d.rows(d.some(town & d.member["dibao"], 3 * d.times, rng))
    plan = d.plan(rng, "long_id bad_birth", dead=1, moved=0, strangers=0)
    plan.add.append(("D402", "on_first_list", known))
    return d.note("dibao", d.planted(d.rows(fresh), plan, rng))


def tekun(d: District, file: str) -> pd.DataFrame:
    """特困人员."""
    rng = d.rng(file)
    alone = d.people.groupby("household")["slot"].transform("size").to_numpy() == 1
    who = d.some(d.here & alone & (d.age >= 50), max(16, len(d.people) * 0.006), rng)
    rows = d.rows(who)
    rows["village"] = rows["town"] + rows["village"]  # the office writes the whole place into one cell
    rows["kind"] = np.where(rng.random(len(rows)) < 0.2, "集中供养", "分散供养")
    return d.note("tekun", d.planted(rows, d.plan(rng, "no_name bad_char number_id", moved=0), rng))


def children(d: District, file: str) -> pd.DataFrame:
    """孤儿 and 事实无人抚养儿童 in one file: the 人员类别 column tells which."""
    rng = d.rng(file)
    who = d.some(d.here & (d.age <= 17) & (d.people["slot"] >= 2).to_numpy(), max(26, len(d.people) * 0.0026), rng)
    rows = d.rows(who)
    rows["category"] = np.where(rng.random(len(rows)) < 0.4, "孤儿", "事实无人抚养儿童")
    plan = d.plan(rng, "no_id bad_check unknown_category two_categories other_town", moved=0, dead=0)
    grown = d.rows(d.some(d.here & (d.age >= 18) & (d.age <= 22), 2 * d.times, rng))
    plan.add.append(("E302", "too_old", grown))
    rows = d.planted(rows, plan, rng)
    good = ~rows["code"].str.startswith(("E", "D"))
    d.note("orphan", rows[good & rows["category"].str.contains("孤儿")])
    d.note("unattended", rows[good & rows["category"].str.contains("无人抚养")])
    return rows


def poverty(d: District, file: str) -> pd.DataFrame:
    """享受政策脱贫人口: whole households, listed by town."""
    rng = d.rng(file)
    who = d.whole(d.here & (d.age > 30), len(d.people) * 0.04, rng, most=7)
    rows = d.rows(who)
    rows["page"] = rows["town"]
    slips = "no_name no_id short_id bad_char bad_birth bad_check swapped_digits other_name old_id other_town"
    return d.note("poverty", d.planted(rows, d.plan(rng, slips, again=2), rng))


LEVELS = ["一级", "1级", "Ⅰ", "壹级", "一", 1, "1", "二级", "2级", "Ⅱ", "贰级", "二", 2, "2", "２级", "Ⅱ级"]


def disabled(d: District, file: str) -> pd.DataFrame:
    """重度残疾人: those with the card of 20 characters (page 持证), and those whose card is under way (page 新办)."""
    rng = d.rng(file)
    who = d.some(d.here & (d.age >= 5), max(60, len(d.people) * 0.018), rng)
    rows = d.rows(who)
    rows["level"] = np.array(LEVELS, object)[rng.integers(0, len(LEVELS), len(rows))]
    digit = np.where(rows["level"].isin(LEVELS[:7]), "1", "2").astype(object)
    kind = rng.integers(1, 5, len(rows))
    rows["disability"] = np.array(["视力", "听力", "言语", "肢体", "精神"], object)[kind]
    rows["card"] = rows["id"] + (kind + 1).astype(str).astype(object) + digit
    reissued = rng.random(len(rows)) < 0.08
    rows.loc[reissued, "card"] += "B1"
    rows.loc[rng.random(len(rows)) < 0.15, "level"] = None  # the card tells it
    fresh = rng.random(len(rows)) < 0.4
    rows["page"] = np.where(fresh, "新办", "持证")
    rows.loc[fresh, "card"] = ""
    rows.loc[fresh & rows["level"].isna(), "level"] = "一级"
    carded, plain = rows[~fresh], rows[fresh]
    plan = Plan({"level_three": 2 * d.times, "level_four": d.times, "other_name": d.times}, [], d.times)
    carded = d.planted(carded, plan, rng)
    slips = "number_id level_three bad_birth swapped_digits slip_of_digit no_id"
    plan = d.plan(rng, slips, strangers=1)
    plan.change["number_id"] = 3 * d.times
    plain = d.planted(plain, plan, rng)
    plain["order"] += len(carded) + 1.0
    rows = pd.concat([carded, plain], ignore_index=True)
    return d.note("disability", rows)


def veterans(d: District, file: str) -> pd.DataFrame:
    """优抚对象, of four kinds."""
    rng = d.rng(file)
    rows = d.rows(d.some(d.here & (d.age >= 45), max(36, len(d.people) * 0.009), rng))
    rows["kind"] = np.array(["在乡复员军人", "带病回乡退伍军人", "参战退役人员", "烈士遗属"], object)[
        rng.integers(0, 4, len(rows))
    ]
    plan = d.plan(rng, "no_id bad_check wrong_sex wrong_birth passport number_id other_town old_id")
    return d.note("veteran", d.planted(rows, plan, rng))


def elders(d: District, file: str) -> pd.DataFrame:
    """老龄委: everyone of 70 or more but for a few whom it forgot, and a few who are younger."""
    rng = d.rng(file)
    listed = d.here & (d.age >= 70) & (rng.random(len(d.people)) > 0.02)
    plan = d.plan(rng, "no_name long_id bad_char swapped_digits wrong_sex number_id hong_kong", dead=3, again=2)
    plan.change["old_id"] = 3 * d.times
    plan.add.append(("E302", "too_young", d.rows(d.some(d.here & (d.age >= 66) & (d.age <= 69), 2 * d.times, rng))))
    return d.note("elderly", d.planted(d.rows(np.flatnonzero(listed)), plan, rng))


def couples(d: District, file: str) -> pd.DataFrame:
    """计生: wife and husband in one row; most wives are past 50, some are not yet."""
    rng = d.rng(file)
    people = d.people
    household, slot = people["household"].to_numpy(), people["slot"].to_numpy()
    head = np.flatnonzero(
        (slot[:-1] == 0) & (slot[1:] == 1) & (household[:-1] == household[1:]) & d.here[:-1] & d.here[1:]
    )
    wife = np.where(people["sex"].to_numpy()[head] == "女", head, head + 1)
    husband = 2 * head + 1 - wife
    good = (d.age[wife] >= 40) & (d.age[wife] <= 66)
    pick = d.some(good, max(36, len(people) * 0.01), rng)
    wives, husbands = d.rows(wife[pick]), d.rows(husband[pick])
    plan = Plan(dict.fromkeys(["bad_check", "no_id", "lower_x"], d.times))
    wives = d.planted(wives, plan, rng)
    spoilt = set(wives.loc[wives["what"] != "", "order"])
    rows = wives.rename(columns={"name": "wife_name", "id": "wife_id"})
    rows["husband_name"], rows["husband_id"] = husbands["name"], husbands["id"]
    rows["family_kind"] = np.where(rng.random(len(rows)) < 0.6, "独生子女", "双女绝育")
    still = [i for i in range(len(rows)) if float(i) not in spoilt]
    for n, (what, code) in enumerate(
        [("husband_missing", "E305"), ("wife_missing", "E305"), ("husband_swapped", "E106"), ("husband_dead", "E203")]
        * d.times
    ):
        at = still[n * 2]
        if what == "husband_dead":
            dead = next(rows_ for code_, _, rows_ in d.outsiders(rng) if code_ == "E203")
            rows.loc[at, ["husband_name", "husband_id"]] = list(dead[["name", "id"]].iloc[0])
        elif what == "husband_swapped":
            number = str(rows.at[at, "husband_id"])
            rows.at[at, "husband_id"] = number[:17] + ("1" if number[17] != "1" else "2")
        else:
            rows.loc[at, [what.split("_")[0] + "_name", what.split("_")[0] + "_id"]] = ""
        rows.loc[at, ["code", "what"]] = [code, what]
    copy = rows[rows["code"] == ""].tail(2 * d.times).assign(code="D401", what="again")
    copy["order"] = np.arange(len(copy)) + len(rows) + 1.0
    return pd.concat([rows, copy], ignore_index=True)


def students(d: District, file: str) -> pd.DataFrame:
    """教体局: kindergarten to college; some with the reason why they are not insured yet."""
    rng = d.rng(file)
    at_school = d.here & (d.age >= 3) & (d.age <= 22) & (rng.random(len(d.people)) < np.where(d.age >= 18, 0.5, 0.95))
    rows = d.rows(np.flatnonzero(at_school))
    age = d.age[rows["who"].to_numpy(int)]
    stage = np.select(
        [age <= 6, age <= 12, age <= 15, age <= 18],
        ["中心幼儿园", "中心小学", "中学", "峰城区第二中学"],
        "枣庄职业学院",
    )
    rows["school"] = np.where(age <= 15, rows["town"].str.rstrip("镇街道") + stage, stage)
    reasons = np.array(["随父母在外地参保", "家长暂不同意", "外出未联系上"], object)
    rows["reason"] = np.where(rng.random(len(rows)) < 0.02, reasons[rng.integers(0, 3, len(rows))], "")
    plan = d.plan(rng, "no_id short_id bad_birth swapped_digits other_name slip_of_digit", soft=6, again=2, dead=0)
    return d.note("student", d.planted(rows, plan, rng))


def employees(d: District, file: str) -> pd.DataFrame:
    """职工医保; those whose 取消时间 is past have left it and are the residents' scheme's again."""
    rng = d.rng(file)
    working = d.here & (d.age >= 22) & (d.age <= 59) & (d.people["residency"] == "户籍").to_numpy()
    rare = d.people["name"].str.contains("䶮").to_numpy() & d.here
    working &= ~d.people["name"].str.contains("A").to_numpy()  # who is insured elsewhere
    who = np.union1d(d.some(working, len(d.people) * 0.05, rng), np.flatnonzero(rare))
    rows = d.rows(who)
    rows["unit"] = np.array(["峰城区供水有限公司", "榴园食品有限公司", "古邵建材厂", "坛山纺织有限公司"], object)[
        rng.integers(0, 4, len(rows))
    ]
    rows["since"] = [f"{y}-0{m}-01" for y, m in rng.integers([2010, 1], [2023, 10], (len(rows), 2))]
    plan = d.plan(rng, "no_name number_id bad_check passport", again=2)
    plan.change = {"old_character": 1} | plan.change
    rows = d.planted(rows, plan, rng)
    left = rng.permutation(np.flatnonzero(rows["what"] == ""))[: 4 * d.times]
    rows["until"] = ""
    rows.loc[left, ["until", "what"]] = ["2023-08-31", "left"]
    d.note("employee_medical", rows[rows["what"] != "left"])
    return rows


def elsewhere(d: District, file: str) -> pd.DataFrame:
    """市外参保: insured in another city."""
    rng = d.rng(file)
    young = d.here & (d.age >= 18) & (d.age <= 55) & ~d.member["employee_medical"]
    special = d.people["name"].str.contains("A").to_numpy() & d.here
    who = np.union1d(d.some(young, max(40, len(d.people) * 0.015), rng), np.flatnonzero(special))
    rows = d.rows(who)
    rows["where"] = np.array(["徐州市", "苏州市", "青岛市", "上海市", "济南市"], object)[rng.integers(0, 5, len(rows))]
    plan = d.plan(rng, "no_id swapped_digits number_id other_name", soft=2)
    plan.change = {"wide_letters": 1} | plan.change
    return d.note("elsewhere_medical", d.planted(rows, plan, rng))


def other_pension(d: District, file: str) -> pd.DataFrame:
    """职工养老: most of the employees, and some more."""
    rng = d.rng(file)
    also = d.here & (d.age >= 20) & (d.age <= 59) & (rng.random(len(d.people)) < 0.01)
    rows = d.rows(np.flatnonzero(also | (d.member["employee_medical"] & (rng.random(len(d.people)) < 0.9))))
    plan = d.plan(rng, "bad_check number_id", soft=2)
    return d.note("other_pension", d.planted(rows, plan, rng))


def collective(d: District, file: str) -> pd.DataFrame:
    """村集体资助: a village pays 100 for its people of 60-69, one all that is left for a group, a firm 50 for some."""
    rng = d.rng(file)
    places = d.people[["town", "village"]].drop_duplicates().to_numpy()
    first, second = places[0], places[-1]
    town, village = d.people["town"].to_numpy(), d.people["village"].to_numpy()
    in_first = d.here & (town == first[0]) & (village == first[1])
    in_second = d.here & (town == second[0]) & (village == second[1]) & (d.people["group"] == "1组").to_numpy()
    sixty = np.flatnonzero(in_first & (d.age >= 60) & (d.age <= 69))
    group = np.flatnonzero(in_second & (d.age < 60))[:60]
    both = np.r_[group[:4], np.flatnonzero(in_first & (d.age < 60))[:12]]
    rows = pd.concat([d.rows(who) for who in (sixty, group, both)], ignore_index=True)
    payers = [
        v + ("居民委员会" if v.endswith("社区") else "村民委员会") for v in (first[0] + first[1], second[0] + second[1])
    ]
    rows["payer"] = [payers[0]] * len(sixty) + [payers[1]] * len(group) + ["榴园食品有限公司"] * len(both)
    rows["amount"] = [100] * len(sixty) + ["全额"] * len(group) + [50, "50"] * (len(both) // 2) + [50] * (len(both) % 2)
    plan = d.plan(rng, "bad_amount no_id other_name", soft=1, dead=0, moved=0)
    return d.planted(rows, plan, rng)


ROSTERS = {
    "dibao": dibao, "dibao_added": dibao_added, "tekun": tekun, "children": children, "poverty": poverty,
    "disabled": disabled, "veterans": veterans, "elders": elders, "couples": couples, "students": students,
    "employees": employees, "elsewhere": elsewhere, "other_pension": other_pension, "collective": collective,
}  # fmt: skip
