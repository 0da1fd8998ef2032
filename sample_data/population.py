"""Invents the people of a district: households of 1 to 7, all IDs of the made-up region 370499, everything from a seed.

`invent` gives one row per person, in the order of the households (town, village, household, head first):
town, village, group, household_no, head, name, relation, sex, citizen_id, birth (datetime64[D]), ethnicity, address,
phone, residency (户籍/常住非户籍), status (in the registry's snapshot: 正常/死亡/迁出/注销), change ("", or after the
snapshot 出生/迁入/新增 who come, 死亡/迁出/销户 who go), changed_on, stranger (not of this district at all),
age (full years on 2023-12-31), here (registered or resident, alive, after all changes).
"""

import numpy as np
import pandas as pd

REGION = 370499
REFERENCE = np.datetime64("2023-12-31")
TOWNS = ["底阁镇", "峨山镇", "吴林街道", "坛山街道", "榴园镇", "阴平镇", "古邵镇"]
TWIN_VILLAGE = "东坊村"  # the one village name that two towns share
WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
CHECKS = np.array(list("10X98765432"))

SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田"
    "任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文褚种靳殷颜仝"
)
COMPOUND_SURNAMES = ["欧阳", "上官", "司马", "诸葛", "令狐", "东方"]
MALE_GIVEN = (
    "伟强磊军勇涛杰明超刚平辉鹏华飞鑫波斌宇浩凯健俊帆峰庆建国志忠义成林永福祥德贵生才发武新利清良海山仁宽"
    "朋康星光天达安岩茂进友坚和彪博诚先敬震振壮思群豪心邦承乐绍功松善厚"
)
FEMALE_GIVEN = (
    "芳娜敏静丽艳娟霞秀英慧巧美兰凤洁梅琳素云莲真环雪荣爱妹香月莺媛瑞凡佳嘉琼勤珍贞莉桂娣叶璧璐娅琦晶妍茜"
    "秋珊莎锦黛青倩婷姣婉娴瑾颖露瑶怡婵雁蓓纨仪荷丹蓉眉君琴蕊薇菁梦岚苑"
)
RARE_NAMES = ["王䶮", "刘翀", "赵喆", "孙犇", "高淼淼", "张㛃", "李甦", "周堃", "陈A", "=1+1"]
MINORITY_GIVEN = ["买买提", "艾力", "阿依古丽", "吐尔逊", "热合曼", "古丽娜尔", "依明", "帕提古丽", "库尔班", "玉素甫"]

# kind of household: share, head's age from, to, P(spouse), P(0 1 2 3 children), P(head's father), P(mother)
KINDS = [
    (0.10, 23, 32, 0.95, (0.30, 0.60, 0.10, 0.00), 0.00, 0.00),  # young couple
    (0.27, 32, 52, 0.93, (0.05, 0.45, 0.42, 0.08), 0.03, 0.06),  # couple with children
    (0.15, 30, 52, 0.93, (0.10, 0.40, 0.40, 0.10), 0.70, 0.90),  # the same with the head's parents
    (0.15, 53, 74, 0.95, (0.75, 0.20, 0.05, 0.00), 0.00, 0.04),  # older couple
    (0.13, 50, 68, 0.90, (0.00, 1.00, 0.00, 0.00), 0.00, 0.05),  # three generations under the oldest
    (0.08, 70, 90, 0.90, (1.00, 0.00, 0.00, 0.00), 0.00, 0.00),  # old couple
    (0.10, 28, 93, 0.00, (1.00, 0.00, 0.00, 0.00), 0.00, 0.00),  # alone
    (0.02, 58, 75, 0.60, (1.00, 0.00, 0.00, 0.00), 0.00, 0.00),  # grandparents with grandchildren only
]
THREE_GENERATIONS, ALONE, SKIPPED_GENERATION = 4, 6, 7
HEAD, SPOUSE, CHILD, FATHER, MOTHER, IN_LAW, GRANDCHILD = 0, 1, 2, 5, 6, 7, 8  # slots; children 2-4, grandchildren 8-9
YEAR = 365.2425


def citizen_ids(births: np.ndarray, male: np.ndarray) -> np.ndarray:
    """Births (datetime64[D]) and sexes → unique IDs with valid GB 11643 check digits."""
    stamp = pd.DatetimeIndex(births)
    day = (stamp.year * 10000 + stamp.month * 100 + stamp.day).to_numpy().astype(np.int64)
    turn = pd.DataFrame({"day": day, "male": male}).groupby(["day", "male"]).cumcount().to_numpy()
    if turn.max(initial=0) >= 500:
        raise ValueError("more people of one sex born on one day than an ID has numbers for")
    order = (turn * 167 + day * 7) % 500 * 2 + male  # 167 and 500 share no factor: no number twice on a day
    body = REGION * 10**11 + day * 1000 + order
    digits = body[:, None] // 10 ** np.arange(16, -1, -1, dtype=np.int64) % 10
    return np.char.add(body.astype("U17"), CHECKS[(digits * WEIGHTS).sum(axis=1) % 11])


def with_check(body: str) -> str:
    """17 digits → the 18 characters of an ID with the right check digit."""
    return body + str(CHECKS[int((np.array([int(c) for c in body]) * WEIGHTS).sum()) % 11])


def village_names(towns: list[str], villages: int, rng: np.random.Generator) -> list[list[str]]:
    """As many village names for each town; none twice, except TWIN_VILLAGE in the first and the last but one town."""
    firsts = "王李张刘陈杨赵黄周吴徐孙胡朱高郭马罗梁宋郑韩冯董程曹袁许沈西南北前后上下大小新老"
    names = [a + b for a in firsts for b in "庄楼坊寨桥湾店埠沟泉集屯湖山"]
    rng.shuffle(names)
    if villages * len(towns) > len(names):
        raise ValueError(f"at most {len(names) // len(towns)} villages a town")
    lists = [names[i * villages : (i + 1) * villages] for i in range(len(towns))]
    result = [[n + ("社区" if t.endswith("街道") else "村") for n in ns] for t, ns in zip(towns, lists, strict=True)]
    if len(towns) > 1:
        result[0][-1] = TWIN_VILLAGE
        result[max(len(towns) - 2, 1)][0] = TWIN_VILLAGE
    return result


def members(households: int, rng: np.random.Generator) -> pd.DataFrame:
    """Invented households → one row per member: household, slot, kind, birth (days since 1970), male."""
    table = [np.array(column) for column in zip(*KINDS, strict=True)]
    share, low, high, spouse, children, father, mother = table
    kind = rng.choice(len(KINDS), households, p=share)
    today = int(REFERENCE.astype("datetime64[D]").astype(np.int64))

    birth = np.zeros((households, 10))
    here = np.zeros((households, 10), bool)
    male = np.zeros((households, 10), bool)
    draw = rng.random((households, 10))
    here[:, HEAD] = True
    here[:, SPOUSE] = draw[:, 0] < spouse[kind]
    here[:, FATHER] = draw[:, 1] < father[kind]
    here[:, MOTHER] = draw[:, 2] < mother[kind]
    count = (draw[:, 3, None] > np.cumsum(children, axis=1)[kind]).sum(axis=1)
    here[:, CHILD : CHILD + 3] = count[:, None] > np.arange(3)
    three, skipped = kind == THREE_GENERATIONS, kind == SKIPPED_GENERATION
    here[:, IN_LAW] = three & (draw[:, 4] < 0.85)
    here[:, GRANDCHILD] = (three & (draw[:, 5] < 0.85)) | skipped
    here[:, GRANDCHILD + 1] = here[:, GRANDCHILD] & (draw[:, 6] < 0.35)

    male[:, HEAD] = (draw[:, 7] < 0.82) | (kind != ALONE) & (draw[:, 7] < 0.86)
    male[:, SPOUSE] = ~male[:, HEAD]
    male[:, FATHER] = True
    male[:, CHILD : CHILD + 3] = rng.random((households, 3)) < 0.52
    male[three, CHILD] = True
    male[:, GRANDCHILD:] = rng.random((households, 2)) < 0.52

    def years(a: float, b: float) -> np.ndarray:
        return (a + rng.random(households) * (b - a)) * YEAR

    birth[:, HEAD] = today - (low[kind] + rng.random(households) * (high - low)[kind]) * YEAR
    birth[:, SPOUSE] = birth[:, HEAD] + np.where(male[:, HEAD], 1, -1) * years(-2, 5)
    wife = np.where(male[:, HEAD] & here[:, SPOUSE], birth[:, SPOUSE], birth[:, HEAD])
    birth[:, CHILD] = wife + years(21, 31)
    birth[:, CHILD + 1] = birth[:, CHILD] + years(1.5, 6)
    birth[:, CHILD + 2] = birth[:, CHILD + 1] + years(1.5, 5)
    birth[:, FATHER] = birth[:, HEAD] - years(22, 33)
    birth[:, MOTHER] = birth[:, HEAD] - years(21, 30)
    birth[:, IN_LAW] = birth[:, CHILD] + years(-2, 3)
    birth[:, GRANDCHILD] = np.where(three, birth[:, CHILD] + years(23, 29), birth[:, HEAD] + years(49, 57))
    birth[:, GRANDCHILD + 1] = birth[:, GRANDCHILD] + years(1.5, 6)
    here &= (birth <= today - 3) & (birth > today - 99 * YEAR)
    household, slot = np.nonzero(here)
    return pd.DataFrame(
        {
            "household": household,
            "slot": slot,
            "kind": kind[household],
            "birth": np.floor(birth[here]).astype(np.int64),
            "male": male[here],
        }
    )


def tune_birthdays(people: pd.DataFrame, rng: np.random.Generator) -> None:
    """Move some birthdays so that the edges occur: 16, 60, 70 between October and December, newborns, 99."""
    birth = people["birth"].to_numpy().astype("datetime64[D]")
    age = (REFERENCE - birth).astype(np.int64) / YEAR
    resident = ~people["stranger"].to_numpy()
    some = max(8, len(people) // 400)
    edges = ["10-01", "10-02", "12-20", "12-21", "12-31"]
    for turning in (16, 60, 70):
        near = np.flatnonzero((np.abs(age - turning) < 1.2) & resident)
        chosen = rng.permutation(near)[:some]
        day = np.datetime64(f"{2023 - turning}-10-02") + rng.integers(0, 91, len(chosen))
        fixed = [np.datetime64(f"{2023 - turning}-{d}") for d in edges]
        day[: min(len(fixed), len(day))] = fixed[: len(day)]
        birth[chosen] = day
    babies = rng.permutation(np.flatnonzero(age < 1.5))[:some]
    birth[babies] = np.datetime64("2023-08-01") + rng.integers(0, 150, len(babies))
    birth[np.argmax(np.where(resident, age, 0))] = np.datetime64("1924-05-16")
    people["birth"] = birth.astype("datetime64[s]")


def names_of(people: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """A name for each person: children have the father's surname, a few households names with a middle dot."""
    surnames = np.array(list(SURNAMES) + COMPOUND_SURNAMES)
    weight = np.r_[1 / (np.arange(len(SURNAMES)) + 6.0), np.full(len(COMPOUND_SURNAMES), 0.001)]
    drawn = surnames[rng.choice(len(surnames), len(people), p=weight / weight.sum())]
    first = np.r_[np.flatnonzero(np.diff(people["household"], prepend=-1)), len(people)]
    size = np.diff(first)
    head = np.repeat(first[:-1], size)
    spouse = np.minimum(head + 1, len(people) - 1)
    slot, male = people["slot"].to_numpy(), people["male"].to_numpy()
    has_spouse = (slot[spouse] == SPOUSE) & (people["household"].to_numpy()[spouse] == people["household"].to_numpy())
    from_spouse = ~male[head] & has_spouse
    family = np.where(from_spouse, drawn[spouse], drawn[head])
    of_family = np.isin(slot, [2, 3, 4, 8, 9])
    surname = np.where(of_family, family, np.where(slot == FATHER, drawn[head], drawn))
    one, two = (
        np.where(
            male, np.array(list(MALE_GIVEN))[a % len(MALE_GIVEN)], np.array(list(FEMALE_GIVEN))[a % len(FEMALE_GIVEN)]
        )
        for a in rng.integers(0, 10_000, (2, len(people)))
    )
    given = np.where(rng.random(len(people)) < 0.78, np.char.add(one, two), one)
    name = np.char.add(surname, given).astype("U12")
    minority = np.isin(
        people["household"], rng.choice(people["household"].max() + 1, max(3, len(first) // 250), replace=False)
    )
    part = np.array(MINORITY_GIVEN)[rng.integers(0, len(MINORITY_GIVEN), (2, len(people)))]
    return np.where(minority, np.char.add(np.char.add(part[0], "·"), part[1]), name)


def relations(people: pd.DataFrame) -> np.ndarray:
    """与户主关系 from the slot and the sex."""
    for_men = np.array(["户主", "配偶", "子", "子", "子", "父亲", "", "", "孙子", "孙子"])
    for_women = np.array(["户主", "配偶", "女", "女", "女", "", "母亲", "儿媳", "孙女", "孙女"])
    return np.where(people["male"], for_men[people["slot"]], for_women[people["slot"]])


def settle(people: pd.DataFrame, rng: np.random.Generator) -> None:
    """Fill status, change, changed_on, here: who is dead or gone in the snapshot, who comes or goes after it."""
    count = len(people)
    luck = rng.random(count)
    age, head = people["age"].to_numpy(), people["slot"].to_numpy() == HEAD
    resident = ~people["stranger"].to_numpy()
    some = max(1.0, 4000 / count)  # a small district still has a few of each
    status = np.full(count, "正常", object)
    status[(age >= 60) & (luck < 0.015 * some)] = "死亡"
    status[(age < 60) & (luck < 0.004 * some)] = "迁出"
    status[(age >= 30) & (luck > 0.9985)] = "注销"
    noted = people["name"].isin(RARE_NAMES).to_numpy()  # they are wanted on the rosters
    status[noted | ~resident] = "正常"
    calm = (status == "正常") & resident & ~noted
    luck = rng.random(count)
    change = np.full(count, "", object)
    change[calm & (age >= 55) & (luck < 0.010 * some)] = "死亡"
    change[calm & (age < 55) & (luck < 0.002 * some)] = "迁出"
    change[calm & (luck > 0.9994)] = "销户"
    change[calm & ~head & (people["slot"].to_numpy() == SPOUSE) & (luck > 0.45) & (luck < 0.45 + 0.006 * some)] = "迁入"
    change[calm & ~head & (age > 6) & (age < 40) & (luck > 0.55) & (luck < 0.55 + 0.002 * some)] = "新增"
    born_late = people["birth"].to_numpy() >= np.datetime64("2023-10-01")
    change[calm & ~head & born_late] = "出生"
    day = np.datetime64("2023-10-08") + rng.integers(0, 80, count)
    born = people["birth"].to_numpy().astype("datetime64[D]")
    people["status"], people["change"] = status, change
    people["changed_on"] = np.where(change == "出生", born, day).astype("datetime64[s]")
    people["here"] = (calm | noted) & ~np.isin(change, ["死亡", "迁出", "销户"])


def invent(count: int, towns: int, villages: int, seed: int) -> pd.DataFrame:
    """About `count` people (never more) in the first `towns` towns; see the module's docstring for the columns."""
    rng = np.random.default_rng([seed, 1])
    place = village_names(TOWNS[:towns], villages, rng)
    strangers = max(160, count // 150)
    people = members(int(count / 2.2) + strangers, rng)
    size = people.groupby("household")["slot"].size().cumsum()
    total = int((size <= count).sum())  # the households that fit
    foreign = int((size <= count + strangers).sum())
    people = people[people["household"] < foreign].reset_index(drop=True)
    people["stranger"] = people["household"] >= total

    weight = rng.uniform(0.6, 1.4, towns * villages)
    edge = np.round(np.cumsum(weight / weight.sum()) * total).astype(int)
    where = np.minimum(np.searchsorted(edge, np.arange(foreign), side="right"), towns * villages - 1)
    spot = where[people["household"]]
    start = np.r_[0, edge][where]
    in_village = (np.arange(foreign) - start)[people["household"]]
    in_town = (np.arange(foreign) - np.r_[0, edge][where // villages * villages])[people["household"]]

    tune_birthdays(people, rng)
    birth = people["birth"].to_numpy().astype("datetime64[D]")
    months = (np.datetime64("2023-12") - birth.astype("datetime64[M]")).astype(int)
    people["age"] = months // 12  # on the last day of a year every birthday of that year is past
    people["town"] = np.repeat(np.array(TOWNS[:towns], object), villages)[spot]
    people["village"] = np.array([v for names in place for v in names], object)[spot]
    people["group"] = (in_village // 30 % 8 + 1).astype(str)
    people["group"] = people["group"] + "组"
    people["household_no"] = pd.Series(in_town + 1).astype(str).str.zfill(5).to_numpy()
    people["household_no"] = (
        pd.Series(spot // villages + 1).astype(str).str.zfill(2) + people["household_no"].to_numpy()
    )
    name = names_of(people, rng).astype(object)
    single = (people["slot"] != HEAD) & ~people["stranger"] & people["age"].between(24, 55)
    chosen = rng.permutation(np.flatnonzero(single))[: len(RARE_NAMES)]
    name[chosen] = RARE_NAMES[: len(chosen)]
    people["name"] = name
    heads = people.loc[people["slot"] == HEAD].set_index("household")["name"]
    people["head"] = people["household"].map(heads)
    people["relation"] = relations(people)
    people["sex"] = np.where(people["male"], "男", "女")
    people["citizen_id"] = citizen_ids(birth, people["male"].to_numpy()).astype(object)
    dotted = people["head"].str.contains("·")
    hui = pd.Series(rng.random(foreign) < 0.012).to_numpy()[people["household"]]
    people["ethnicity"] = np.where(dotted, "维吾尔族", np.where(hui, "回族", "汉族"))
    people["address"] = people["town"] + people["village"] + pd.Series(in_village + 1).astype(str) + "号"
    phone = 10**10 + rng.integers(3, 10, len(people)) * 10**9 + rng.integers(0, 10**9, len(people))
    people["phone"] = np.where(people["age"] >= 18, phone.astype("U11"), "").astype(object)
    people["residency"] = np.where(rng.random(foreign) < 0.03, "常住非户籍", "户籍")[people["household"]]
    settle(people, rng)
    return people.astype(dict.fromkeys(people.select_dtypes("str").columns, object))
