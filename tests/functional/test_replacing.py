"""A new whole list in place of the earlier ones: --replace, the guard, what stays of a file, and `withdraw`."""

import pytest
from sheets import district, person, printed, refused, run, workspace, write_xlsx
from two_towns import GUSHAO, IDS, YINPING, batch, both_towns, changes, everything, households, members, roster

from fcins.commands import replacing
from fcins.store import store


@pytest.fixture
def folder(tmp_path):
    return both_towns(tmp_path)


# ── a town out of a file of the whole district ──────────────────────────────────────────────────────────────────────


def test_one_town_of_a_district_wide_file(folder, tmp_path):
    """四 of 阴平镇's five stay; 古邵镇's five stand in the same file and are not touched."""
    code, answer = run(folder, "import-roster", roster(tmp_path / "全区.xlsx", IDS, total=10))
    assert (code, answer["rows"]["accepted"], answer["control_total_ok"]) == (0, 10, True)
    new = roster(tmp_path / "阴平.xlsx", YINPING[:4])
    code, answer = run(folder, "import-roster", new, "--replace", "--town", "阴平")
    assert (code, answer["batch"], answer["already_imported"]) == (0, 3, False)
    assert answer["rows"] == {"read": 4, "accepted": 4, "warned": 0, "duplicate": 0, "rejected": 0, "skipped": 0}
    assert answer["replaced"] == {"new": 0, "stay": 4, "go": 1, "batches": [], "cut": [2]}
    assert members(folder) == {"dibao": [*YINPING[:4], *GUSHAO]}
    # The file of the whole district says what it still holds, not the stamped count of all it once held.
    old = batch(folder, 2)
    assert (old["read"], old["accepted"], old["declared_total"], old["live"]) == (5, 5, None, True)
    assert [(each["rows"], each["replaced_by"]) for each in old["cut"]] == [(5, 3)]
    with district(folder) as known:
        record = known.batches.set_index("batch").loc[2]
        facts = known.store.facts("roster_facts").query("batch == 2")
    assert (record["facts"], record["digest"]) == (5, store.digest(facts, "roster"))
    # Its bytes are no longer what the workspace holds: imported again they are a new batch.
    code, answer = run(folder, "import-roster", tmp_path / "全区.xlsx")
    assert (answer["batch"], answer["already_imported"]) == (4, False)
    assert (answer["rows"]["accepted"], answer["findings"]) == (1, {"D402": 9})


def test_a_batch_with_nothing_left_goes(folder, tmp_path):
    run(folder, "import-roster", roster(tmp_path / "阴平.xlsx", YINPING))
    run(folder, "import-roster", roster(tmp_path / "古邵.xlsx", GUSHAO))
    code, answer = run(
        folder, "import-roster", roster(tmp_path / "新.xlsx", ["乙一", *YINPING]), "--replace", "--town", "阴平镇"
    )
    assert (code, answer["findings"]) == (0, {"D402": 1})  # 乙一 is on 古邵镇's list
    assert answer["replaced"] == {"new": 0, "stay": 5, "go": 0, "batches": [2], "cut": []}
    gone = batch(folder, 2)
    assert (gone["live"], gone["file"], gone["replaced_by"], gone["read"]) == (False, "阴平.xlsx", 4, 5)


def test_whose_town_a_row_is(folder, tmp_path):
    """Where its person is registered, else what the row states, else whose file it is."""
    path = tmp_path / "名册.xlsx"
    rows = [
        ["子虚", person("1970-01-01", 402), "低保", ""],  # nobody, no town: the sender's
        ["甲一", IDS["甲一"], "低保", "古邵镇"],  # registered in 阴平镇, whatever the row says
        ["无名", person("1970-01-01", 400), "低保", "阴平镇"],  # nobody: 阴平镇, as the row says
        ["乌有", person("1970-01-01", 401), "低保", "古邵镇"],
        ["乙一", IDS["乙一"], "低保", ""],  # registered in 古邵镇, though 阴平镇 sent it
    ]
    write_xlsx(path, [["姓名", "身份证号", "人员类别", "镇街"], *rows])
    assert run(folder, "import-roster", path, "--town", "阴平镇")[0] == 0
    new = roster(tmp_path / "新.xlsx", ["甲一"])
    code, answer = run(folder, "import-roster", new, "--replace", "--town", "阴平镇")
    assert (code, answer["replaced"]) == (0, {"new": 0, "stay": 1, "go": 0, "batches": [], "cut": [2]})
    with district(folder) as known:
        left = known.store.facts("roster_facts").query("batch == 2")
    assert left["name"].tolist() == ["乌有", "乙一"]


# ── several categories ──────────────────────────────────────────────────────────────────────────────────────────────


def test_categories_the_new_list_does_not_name_stay(folder, tmp_path):
    """One cell may list two: 低保 goes, 重残 of the same row stays; a row that names nothing known goes with 低保."""
    old = roster(tmp_path / "民政.xlsx", ["甲一:低保、重残", "甲二:低保", "甲三:重残", "甲四:什么", "甲五:低保"])
    assert run(folder, "import-roster", old)[1]["rows"]["accepted"] == 4
    new = roster(tmp_path / "低保.xlsx", ["甲二", "甲五", "乙一"], "低保")
    code, answer = run(folder, "import-roster", new, "--replace", "--all-towns", "--force")
    assert (code, answer["replaced"]) == (0, {"new": 1, "stay": 2, "go": 1, "batches": [], "cut": [2]})
    assert members(folder) == {"disability": ["甲一", "甲三"], "dibao": ["甲二", "甲五", "乙一"]}
    # The unrecognised row may have been of either: it stays until all that the file names is replaced.
    assert (batch(folder, 2)["read"], batch(folder, 2)["category"]) == (3, "disability")
    both = roster(tmp_path / "两类.xlsx", ["甲一:重残", "甲三:重残", "甲二:低保", "甲五:低保", "乙一:低保"])
    code, answer = run(folder, "import-roster", both, "--replace", "--all-towns")
    assert (code, answer["replaced"]) == (0, {"new": 0, "stay": 5, "go": 0, "batches": [2, 3], "cut": []})
    assert run(folder, "status")[1]["findings"] == {}


def test_several_files_are_one_list(folder, tmp_path):
    run(folder, "import-roster", roster(tmp_path / "旧.xlsx", IDS))
    files = [roster(tmp_path / f"{n}.xlsx", names) for n, names in enumerate((YINPING, GUSHAO[:4]))]
    code, answer = run(folder, "import-roster", *files, "--replace", "--all-towns")
    assert (code, [each["batch"] for each in answer["imports"]]) == (0, [3, 4])
    assert answer["replaced"] == {"new": 0, "stay": 9, "go": 1, "batches": [2], "cut": []}
    assert not any("replaced" in each for each in answer["imports"])


# ── the guard ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("stay", "code"), [(8, 0), (7, 2)])
def test_a_fifth_may_go_and_no_more(folder, tmp_path, stay, code):
    """Of ten people two may go, three not; refused or tried out, nothing changes."""
    run(folder, "import-roster", roster(tmp_path / "旧.xlsx", IDS))
    before = everything(folder)
    new = roster(tmp_path / "新.xlsx", list(IDS)[:stay])
    for trial in ("--dry-run", ""):
        got, answer = run(folder, "import-roster", new, "--replace", "--all-towns", *filter(None, [trial]))
        assert got == code
        if code:
            assert answer["error"]["message"].startswith("低保对象原有 10人，新名单中只有其中 7人，要减少 3人")
            assert "--force" in answer["error"]["hint"]
        else:
            assert answer["replaced"] == {"new": 0, "stay": 8, "go": 2, "batches": [2], "cut": []}
        assert (everything(folder) == before) is (bool(code) or trial != "")
    if code:
        assert run(folder, "import-roster", new, "--replace", "--all-towns", "--force")[1]["replaced"]["go"] == 3


def test_a_stray_row_does_not_cancel_a_small_list(folder, tmp_path):
    """One 特困 row in a list of ten 低保 would make it the whole list of 特困, who are two: half of them would go."""
    run(folder, "import-roster", roster(tmp_path / "低保.xlsx", list(IDS)[:8]))
    run(folder, "import-roster", roster(tmp_path / "特困.xlsx", ["乙四", "乙五"], "特困"))
    stray = roster(tmp_path / "新.xlsx", [*list(IDS)[:8], "乙四:特困"])
    code, answer = run(folder, "import-roster", stray, "--replace", "--all-towns")
    assert code == 2
    assert answer["error"]["message"].startswith("特困人员原有 2人，新名单中只有其中 1人，要减少 1人")
    assert members(folder)["tekun"] == ["乙四", "乙五"]


def test_a_shrunken_list_before_the_households(tmp_path):
    """Nobody can hold yet; whom the lists name is counted, so that a bad file cancels nobody later either."""
    folder = workspace(tmp_path)
    run(folder, "import-roster", roster(tmp_path / "旧.xlsx", IDS))
    new = roster(tmp_path / "新.xlsx", YINPING)
    refused(folder, "import-roster", new, "--replace", "--all-towns", code=2, saying="原有 10人")
    _, answer = run(folder, "import-roster", new, "--replace", "--all-towns", "--force")
    assert answer["replaced"] == {"new": 0, "stay": 5, "go": 5, "batches": [2 - 1], "cut": []}


def test_nothing_halfway(folder, tmp_path, monkeypatch):
    """Stopped after the old list went and before the commit: the old list is there, the new one is not."""
    run(folder, "import-roster", roster(tmp_path / "旧.xlsx", IDS))
    before = everything(folder)

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(replacing.Replacement, "outcome", stop)
    new = roster(tmp_path / "新.xlsx", YINPING)
    assert run(folder, "import-roster", new, "--replace", "--town", "阴平镇")[0] == 130
    assert everything(folder) == before
    monkeypatch.undo()
    assert run(folder, "import-roster", new, "--replace", "--town", "阴平镇")[1]["batch"] == 3


def test_the_same_bytes_change_nothing(folder, tmp_path, capsys):
    """What stands beside the list is not taken for replaced either: it is named."""
    whole = roster(tmp_path / "低保.xlsx", YINPING)
    run(folder, "import-roster", whole)
    run(folder, "import-roster", roster(tmp_path / "补充.xlsx", ["乙一"]))
    before = everything(folder)
    code, answer = run(folder, "import-roster", whole, "--replace", "--all-towns")
    assert (code, answer["already_imported"], answer["batch"]) == (0, True, 2)
    assert answer["replaced"] == {"new": 0, "stay": 6, "go": 0, "batches": [], "cut": []}
    assert everything(folder) == before
    out = printed(capsys, "import-roster", whole, "--replace", "--all-towns", "-w", folder)[1]
    assert "此前已导入，没有改动" in out
    assert "同类名单还有批次3，没有替换" in out
    assert "新增" not in out


@pytest.mark.parametrize(
    "words",
    [
        ["import-roster", "--replace"],
        ["import-roster", "--replace", "--town", "阴平", "--all-towns"],
        ["import-roster", "--all-towns"],
        ["import-households", "--town", "阴平"],
        ["import-households", "--force"],
        ["import-households", "--replace", "--town", "阴坪"],
        ["import-roster", "--replace", "--town", "阴坪"],
    ],
)
def test_used_wrongly(folder, tmp_path, words):
    files = {"import-roster": roster(tmp_path / "低保.xlsx", YINPING), "import-households": tmp_path / "户籍.xlsx"}
    before = everything(folder)
    code, answer = run(folder, words[0], files[words[0]], *words[1:])
    assert (code, answer["error"]["exit"]) == (2, 2)
    assert answer["error"]["hint"]
    assert everything(folder) == before


def test_no_category_recognised(folder, tmp_path):
    refused(
        folder,
        "import-roster",
        roster(tmp_path / "x.xlsx", YINPING, "什么"),
        "--replace",
        "--all-towns",
        code=2,
        saying="--category",
    )


# ── the households ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_empty_list_is_the_whole_list_of_the_category_asked_for(folder, tmp_path):
    """The town's last one is cared for elsewhere."""
    run(folder, "import-roster", roster(tmp_path / "一.xlsx", ["甲一", "乙一"]), "--category", "特困")
    empty = roster(tmp_path / "空.xlsx", [])
    words = ("import-roster", empty, "--category", "特困", "--replace", "--town", "阴平镇")
    code, answer = run(folder, *words, "--force")
    assert (code, answer["category"], answer["rows"]["read"], answer["replaced"]["go"]) == (0, "tekun", 0, 1)
    assert members(folder) == {"tekun": ["乙一"]}
    assert run(folder, "verify")[1]["ok"]


def test_households_of_one_town(folder, tmp_path, capsys):
    """阴平镇's new list takes 甲五's death with it. 甲三, who moved to 古邵镇, stays there, and 乙五 stays dead."""
    moved = changes(
        tmp_path / "变动.xlsx", ("甲五", "阴平镇", "死亡"), ("甲三", "古邵镇", "迁入"), ("乙五", "古邵镇", "死亡")
    )
    assert run(folder, "import-households", moved)[1]["rows"]["accepted"] == 3
    new = households(tmp_path / "阴平.xlsx", ["甲一", "甲二", "甲四", "甲五"])
    code, out, _ = printed(capsys, "import-households", new, "--replace", "--town", "阴平", "--dry-run", "-w", folder)
    assert code == 0
    assert "  将替换：新增 1人，保留 3人，减少 0人\n  批次1、2：撤回其中一部分，其余保留\n" in out
    assert "其中批次2是户籍变动：以新的户籍人口为准" in out
    code, answer = run(folder, "import-households", new, "--replace", "--town", "阴平")
    assert answer["replaced"] == {"new": 1, "stay": 3, "go": 0, "batches": [], "cut": [1, 2]}
    with district(folder) as known:
        people = known.residents.people.set_index("name")
    assert people["status"].to_dict() == {name: "死亡" if name == "乙五" else "正常" for name in people.index}
    assert {*people.index[people["town"] == "阴平镇"]} == {"甲一", "甲二", "甲四", "甲五"}
    assert {*people.index[people["town"] == "古邵镇"]} == {"甲三", *GUSHAO}


def test_all_households(folder, tmp_path):
    run(folder, "import-households", changes(tmp_path / "变动.xlsx", ("甲五", "阴平镇", "死亡")))
    files = [households(tmp_path / f"{n}.xlsx", names) for n, names in enumerate((YINPING[:4], GUSHAO))]
    code, answer = run(folder, "import-households", *files, "--replace")
    assert (code, answer["replaced"]) == (0, {"new": 0, "stay": 9, "go": 0, "batches": [1, 2], "cut": []})
    code, answer = run(folder, "import-households", files[0], "--replace")
    assert (code, answer["imports" if "imports" in answer else "already_imported"]) == (0, True)


def test_shrunken_households(folder, tmp_path):
    new = households(tmp_path / "阴平.xlsx", YINPING[:3])
    code, answer = run(folder, "import-households", new, "--replace", "--town", "阴平")
    assert code == 2
    assert answer["error"]["message"].startswith("阴平镇户籍库原有 5人，新名单中只有其中 3人，要减少 2人，超过五分之一")
    code, answer = run(folder, "import-households", new, "--replace")
    assert answer["error"]["message"].startswith("户籍库原有 10人")


def test_changes_are_no_whole_list(folder, tmp_path):
    refused(
        folder,
        "import-households",
        changes(tmp_path / "变动.xlsx", ("甲五", "", "死亡")),
        "--replace",
        code=2,
        saying="户籍变动",
    )
