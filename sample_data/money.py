"""What people enrolled for and what they paid: frames of rows for 人社's and the tax office's files.

The due rule here is a rough copy of the plan, only to let most people pay the right amount; the program under test has
its own. Amounts are whole yuan. A payment with a `what` but no `code` is accepted: reconciliation has to find it.
"""

import numpy as np
import pandas as pd
from rosters import District

HARDSHIP = ["disability", "tekun", "dibao", "poverty"]
FREE = [*HARDSHIP, "orphan", "unattended", "veteran"]
TIERS = np.array([350, 500, 800, 1000, 3000, 5000, 8000])
TIER_SHARES = [0.58, 0.20, 0.06, 0.09, 0.04, 0.02, 0.01]
WINDOW_OPENS, WINDOW_CLOSES = np.datetime64("2023-10-01"), np.datetime64("2023-12-20")
UNTOLD = ["group", "household_no", "head", "relation", "sex", "phone", "address"]
"""What of a person no form of payments shows."""
CHANNELS = np.array(["委托代收", "微信", "支付宝", "银联二维码", "移动POS机", "电子税务局", "银行网点"], object)
CHANNEL_SHARES = [0.55, 0.2, 0.1, 0.04, 0.04, 0.03, 0.04]


def any_of(d: District, categories: list[str]) -> np.ndarray:
    """Who is in one of the categories."""
    found: np.ndarray = np.logical_or.reduce([d.member[c] for c in categories])
    return found


def pension_liable(d: District) -> np.ndarray:
    """Registered, alive, 16 to 59, not at school, in no other pension scheme."""
    registered = (d.people["residency"] == "户籍").to_numpy()
    of_age = (d.age >= 16) & (d.age <= 59)
    liable: np.ndarray = d.here & registered & of_age & ~d.member["student"] & ~d.member["other_pension"]
    return liable


def enrolment(d: District, file: str) -> tuple[pd.DataFrame, np.ndarray]:
    """The rows of 参保登记, and for each person the tier that holds (0: none)."""
    rng = d.rng(file)
    liable = pension_liable(d)
    who = np.flatnonzero(liable & (rng.random(len(d.people)) < 0.72))
    rows = d.rows(who)
    poor = any_of(d, HARDSHIP)[who]
    tiers = np.where(poor & (rng.random(len(rows)) < 0.6), 100, rng.choice(TIERS, len(rows), p=TIER_SHARES))
    rows["tier"] = tiers.astype(object)
    rows["date"] = dates(np.datetime64("2023-10-08") + rng.integers(0, 60, len(rows)))
    plan = d.plan(rng, "no_id swapped_digits other_name bad_date number_id", again=0)
    few, rest = 3 * d.times, ~any_of(d, HARDSHIP)
    wrong = [
        ("E502", "not_entitled", liable & rest & ~np.isin(np.arange(len(d.people)), who), 100),
        ("E501", "no_such_tier", liable & ~np.isin(np.arange(len(d.people)), who), 600),
        ("E503", "student", d.here & d.member["student"] & (d.age >= 16), 350),
        ("E503", "too_old", d.here & (d.age >= 60) & (d.age <= 66), 500),
        ("E503", "too_young", d.here & (d.age <= 15) & (d.age >= 10), 350),
        ("E503", "other_pension", d.here & d.member["other_pension"], 350),
    ]
    drawn: set[int] = set()
    for code, what, mask, tier in wrong:
        chosen = d.some(mask & ~np.isin(np.arange(len(d.people)), list(drawn)), few, rng)
        drawn |= set(chosen)
        extra = d.rows(chosen)
        extra["tier"], extra["date"] = tier, "2023-11-03"
        plan.add.append((code, what, extra.astype(object)))
    rows = d.planted(rows, plan, rng)
    rows = pd.concat([rows, second_thoughts(rows, rng, 3 * d.times)], ignore_index=True)
    plain = rows["what"] == ""
    rows.loc[plain & (rng.random(len(rows)) < 0.05), "tier"] = rows["tier"].astype(str) + "元"
    holds = rows[~rows["code"].str.startswith(("E", "D"))]
    tier_of = np.zeros(len(d.people), int)
    tier_of[holds["who"].to_numpy(int)] = holds["tier"].astype(str).str.rstrip("元").astype(int)
    return rows, tier_of


def second_thoughts(rows: pd.DataFrame, rng: np.random.Generator, count: int) -> pd.DataFrame:
    """Some enrol again with another tier: the later 登记日期 holds, so the earlier row is the duplicate (D401)."""
    chosen = rng.permutation(np.flatnonzero((rows["what"] == "") & (rows["tier"].isin([350, 500]))))[: 2 * count]
    again = rows.iloc[chosen].copy()
    again["tier"] = np.where(again["tier"] == 350, 500, 350)
    again["order"] = len(rows) + np.arange(len(again), dtype=float)
    later, earlier = again.index[:count], again.index[count:]
    again.loc[later, ["date", "what"]] = ["2023-12-15", "changed_tier"]
    rows.loc[later, ["code", "what"]] = ["D401", "replaced_tier"]
    again.loc[earlier, ["date", "code", "what"]] = ["2023-10-02", "D401", "replaced_tier"]
    rows.loc[earlier, "what"] = "changed_tier"
    return again


def dates(days: np.ndarray) -> np.ndarray:
    """Days as 2023-11-11."""
    return np.datetime_as_string(days.astype("datetime64[D]"), unit="D").astype(object)


def due(d: District, tier: np.ndarray, aid_rows: pd.DataFrame) -> pd.DataFrame:
    """Per person: medical and pension (personal, yuan), pay_from (earliest day), from the roughly copied rules."""
    insured = d.here & ~d.member["employee_medical"] & ~d.member["elsewhere_medical"]
    free = any_of(d, FREE)
    medical = np.where(free | (d.age >= 70), 0, np.where(d.age >= 60, 190, 380))
    good = aid_rows[~aid_rows["code"].str.startswith(("E", "D"))]
    aid = np.zeros(len(d.people), int)
    np.add.at(aid, good["who"].to_numpy(int), good["amount"].replace("全额", 380).astype(int))
    medical = np.where(insured, np.maximum(medical - aid, 0), 0)
    pension = np.where(pension_liable(d) & (tier > 0), tier - 100 * any_of(d, HARDSHIP), 0)
    born = d.people["birth"].to_numpy().astype("datetime64[M]")
    turning = np.isin(d.age, [60, 70]) & ~free & insured | (d.age == 16) & (pension > 0)
    late_birthday = turning & (born.astype(int) % 12 >= 9)
    pay_from = np.where(late_birthday, this_year(d.people["birth"].to_numpy().astype("datetime64[D]")), WINDOW_OPENS)
    return pd.DataFrame(
        {
            "medical": medical,
            "pension": pension,
            "pay_from": pay_from,
            "waits": late_birthday & (pay_from > WINDOW_OPENS),
        }
    )


def this_year(births: np.ndarray) -> np.ndarray:
    """The birthday in 2023 of each birth date (none of those asked about is a 29 February)."""
    months = births.astype("datetime64[M]")
    firsts = (np.datetime64("2023-01") + months.astype(int) % 12).astype("datetime64[D]")
    days: np.ndarray = firsts + (births - months).astype(int)
    return days


def payments(d: District, file: str, owed: pd.DataFrame) -> pd.DataFrame:
    """The tax office's list: most people paid what they owe, a receipt for each scheme; the rest is interesting."""
    rng = d.rng(file)
    parts = []
    for scheme in ("medical", "pension"):
        amount = owed[scheme].to_numpy()
        who = np.flatnonzero((amount > 0) & (rng.random(len(amount)) < 0.9))
        rows = d.rows(who)
        rows["scheme"], rows["amount"] = scheme, amount[who].astype(object)
        start = np.maximum(owed["pay_from"].to_numpy()[who], np.datetime64("2023-10-08"))
        span = np.maximum((WINDOW_CLOSES - start).astype(int), 0)
        rows["day"] = start + np.floor(rng.random(len(rows)) ** 0.7 * (span + 1)).astype(int)
        parts.append(rows)
    rows = pd.concat(parts, ignore_index=True).drop(columns=UNTOLD)  # a city's payments are gigabytes with them
    rows = rows.sort_values(["who", "scheme"], kind="stable", ignore_index=True)
    rows["date"], rows["period"] = dates(rows["day"].to_numpy()), "2024"
    rows["channel"] = CHANNELS[rng.choice(len(CHANNELS), len(rows), p=CHANNEL_SHARES)]
    rows["receipt"] = ""
    rows = rows.drop(columns="day").astype(object)

    slips = "no_id bad_check swapped_digits other_name number_id bad_amount bad_date"
    plan = d.plan(rng, slips, soft=2, again=0, strangers=0, dead=0, moved=0)
    strangers = d.rows(d.some(d.people["stranger"].to_numpy(), 3 * d.times, rng))
    plan.add = [("E601", "not_in_households", payment(strangers, 380)), *special_payments(d, owed, rng)]
    early = np.concatenate([people["who"].to_numpy(int) for _, what, people in plan.add if what == "early_60"])
    rows = rows[~(rows["who"].isin(early) & (rows["scheme"] == "medical"))]  # they have paid already
    rows = d.planted(rows, plan, rng)
    rows = unusual(rows, d, rng)
    rows = rows.sort_values("order", kind="stable", ignore_index=True)
    # 20 digits, as the electronic receipts have; from 1, since all zeros at the end are what Excel leaves of a number.
    rows["receipt"] = [f"2437049923{n:010d}" for n in range(1, len(rows) + 1)]
    again = rows.iloc[rng.permutation(np.flatnonzero(rows["what"] == ""))[: 3 * d.times]].copy()
    again["order"], again["code"], again["what"] = rows["order"].max() + 1, "D602", "same_receipt"
    rows = pd.concat([rows, again], ignore_index=True)
    agents = np.array(["孙代办", "李代办", "王代办"], object)
    rows["agent"] = np.where(rows["channel"] == "委托代收", agents[pd.factorize(rows["village"])[0] % 3], "")
    return collected(rows, d.rng(f"{file} collected"), 3 * d.times)


def collected(rows: pd.DataFrame, rng: np.random.Generator, held: int) -> pd.DataFrame:
    """When an agent took the money: some days before it came in; of a few, planted as held_back, too many."""
    by_agent = (rows["agent"] != "") & ~rows["what"].str.contains("date")
    once = ~rows["receipt"].duplicated(keep=False)
    late = rng.permutation(np.flatnonzero(by_agent & once & (rows["what"] == "")))[:held]
    rows.loc[late, "what"] = "held_back"
    receipts = rows["receipt"].unique()  # a copy of a receipt says the same day again
    lag = pd.Series(rng.integers(0, 6, len(receipts)), index=receipts)
    lag[rows.loc[late, "receipt"]] = 12
    came_in = rows.loc[by_agent, "date"].to_numpy(str).astype("datetime64[D]")
    rows["collected"] = ""
    rows.loc[by_agent, "collected"] = dates(came_in - lag[rows.loc[by_agent, "receipt"]].to_numpy())
    return rows


def payment(
    rows: pd.DataFrame, amount: int | pd.Series, day: str = "2023-11-11", scheme: str = "medical"
) -> pd.DataFrame:
    """Roster rows made payments of one amount on one day."""
    return rows.assign(scheme=scheme, amount=amount, date=day, period="2024", channel="微信", receipt="").astype(object)


def special_payments(d: District, owed: pd.DataFrame, rng: np.random.Generator) -> list[tuple[str, str, pd.DataFrame]]:
    """Payments of people who owed nothing, paid too early, or for another year."""
    few = 3 * d.times
    medical, waits = owed["medical"].to_numpy(), owed["waits"].to_numpy()
    owes_nothing = d.here & (medical == 0) & ~waits
    sixty, seventy = waits & (d.age == 60), waits & (d.age == 70)
    gone = d.people["change"].isin(["死亡"]).to_numpy() & ~d.people["unlisted"].to_numpy()
    chosen = {
        "not_due": (owes_nothing & (d.age < 60), 380, "2023-11-20"),
        "early_60": (sixty, 380, "2023-10-01"),
        "early_70": (seventy, 190, "2023-10-01"),
        "died_later": (gone, 380, "2023-10-05"),
    }
    result = [
        ("", what, payment(d.rows(d.some(mask, few, rng)), amount, day)) for what, (mask, amount, day) in chosen.items()
    ]
    employed = d.some(d.here & d.member["employee_medical"], few, rng)
    result.append(("", "mistaken", payment(d.rows(employed), 380, "2023-10-21")))
    result.append(("", "refund", payment(d.rows(employed), -380, "2023-12-01")))
    arrears = d.rows(d.some(d.here & (owed["pension"].to_numpy() > 0), few, rng))
    result.append(("", "other_year", payment(arrears, 350, "2023-11-02", "pension").assign(period="2023")))
    return result


def unusual(rows: pd.DataFrame, d: District, rng: np.random.Generator) -> pd.DataFrame:
    """Some of the right payments become partial, too much, late, in January, split in two, or come twice."""
    few = 3 * d.times
    simple = rows["what"].eq("") & rows["scheme"].eq("medical") & rows["amount"].eq(380)
    queue = list(rng.permutation(np.flatnonzero(simple)))
    kinds = ["partial", "overpaid", "after_window", "in_january", "split", "twice"]
    at = {kind: queue[n * few : (n + 1) * few] for n, kind in enumerate(kinds)}
    for kind, places in at.items():
        rows.loc[places, "what"] = kind
    rows.loc[at["partial"], "amount"] = 200
    rows.loc[at["overpaid"], "amount"] = 400
    rows.loc[at["after_window"], "date"] = "2023-12-25"
    rows.loc[at["in_january"], "date"] = "2024-01-05"
    rows.loc[at["split"], "amount"] = 180
    rest = rows.loc[at["split"]].assign(amount=200, date="2023-12-18")
    second = rows.loc[at["twice"]].assign(date="2023-12-19", channel="支付宝")
    extra = pd.concat([rest, second])
    extra["order"] = extra["order"].astype(float) + 0.05
    return pd.concat([rows, extra], ignore_index=True)
