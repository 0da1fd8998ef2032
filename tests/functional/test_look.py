"""fcins look: what a file is and how it is read, in a workspace also how it would be judged; nothing is taken in."""

import json
import re

import openpyxl
from people import QIAN, ZHAO
from sheets import printed, run, write_xlsx

ROSTER = [
    ["2024年低保对象花名册", "", "", ""],
    ["姓名", "身份证号", "村居", "备用"],
    ["赵五", ZHAO, "东村", "张三"],
    ["钱六", QIAN, "东村", ""],
    ["合计", "2人", "", ""],
]


def test_without_a_workspace(tmp_path, capsys):
    file = write_xlsx(tmp_path / "附件1.xlsx", ROSTER)
    code, answer = run(tmp_path, "look", file)
    (looked,) = answer["looked"]
    assert (code, looked["kind"], looked["categories"], looked["certain"]) == (0, "roster", ["dibao"], True)
    assert looked["run"] == "fcins import-roster 附件1.xlsx --category 低保对象"
    (sheet,) = looked["sheets"]
    assert [column["field"] for column in sheet["columns"]] == ["姓名", "公民身份号码", "村居", ""]
    assert (sheet["unused"], sheet["read"], sheet["declared_total"]) == (["备用"], 2, 2)
    assert sheet["skipped"] == {"标题": [1], "合计、签字": [5]}
    assert sheet["rows"][0] == {"row": 3, "cells": ["赵*", f"{ZHAO[:6]}{'*' * 11}{ZHAO[-1]}", "东村", "张*"]}
    assert (looked["judged"], looked["refused"]) == ([], None)
    code, out, _ = printed(capsys, "look", file, "-w", tmp_path)
    assert code == 0
    assert "低保对象名册" in out
    assert "用：fcins import-roster 附件1.xlsx --category 低保对象" in out


def test_every_row_is_accounted_for(tmp_path, capsys):
    """Two parts, the headings again on the next page, a blank row, a signature; a hidden column; a column twice."""
    rows = [
        ["困难群众名单", "", "", ""],
        ["姓名", "身份证号", "备用", "身份证号码"],
        ["一、低保对象", "", "", ""],
        ["赵五", ZHAO, "", ZHAO],
        ["", "", "", ""],
        ["姓名", "身份证号", "备用", "身份证号码"],
        ["二、特困人员", "", "", ""],
        ["钱六", QIAN, "有", ZHAO],
        ["制表人：孙七", "", "", ""],
    ]
    file = write_xlsx(tmp_path / "a.xlsx", rows)
    book = openpyxl.load_workbook(file)
    book.active.column_dimensions["C"].hidden = True
    book.save(file)
    first, second = run(tmp_path, "look", file)[1]["looked"][0]["sheets"]
    assert [(each["section"], each["read"]) for each in (first, second)] == [("低保对象", 1), ("特困人员", 1)]
    assert first["skipped"] == {"标题": [1], "小标题": [3, 7], "空行": [5], "重复的表头": [6], "合计、签字": [9]}
    assert second["skipped"] == {}
    assert [column["hidden"] for column in first["columns"]] == [False, False, True, False]
    assert {each["code"] for each in first["notices"]} == {"N101", "N102", "N205"}
    _, out, _ = printed(capsys, "look", file, "-w", tmp_path)
    assert "跳过：标题1行（第1行），小标题2行（第3、7行），空行1行（第5行），重复的表头1行（第6行）" in out
    assert out.count("公民身份号码") == 1


def test_no_id_is_shown(village, tmp_path, capsys):
    rows = [[*row, more] for row, more in zip(ROSTER[1:4], ["监护人证件", QIAN, f"见{ZHAO}"], strict=True)]
    file = write_xlsx(tmp_path / "a.xlsx", rows)
    _, out, _ = printed(capsys, "look", file, "-w", village)
    assert not re.search(r"\d{8}", out + json.dumps(run(village, "look", file)[1]))


def test_in_a_workspace_it_judges_and_takes_nothing(village, tmp_path):
    _, before = run(village, "status")
    code, answer = run(village, "look", write_xlsx(tmp_path / "a.xlsx", ROSTER))
    (judged,) = answer["looked"][0]["judged"]
    assert (code, judged["rows"]["accepted"], judged["batch"]) == (0, 2, None)
    assert run(village, "status")[1] == before


def test_what_would_be_refused_is_said(village, tmp_path, capsys):
    file = write_xlsx(tmp_path / "缴费明细.xlsx", [["姓名", "身份证号", "缴费金额"], ["赵五", ZHAO, "380"]])
    _, answer = run(village, "look", file)
    assert "没有“险种”“缴费日期”两列" in answer["looked"][0]["refused"]["message"]
    assert "没有“险种”“缴费日期”两列" in printed(capsys, "look", file, "-w", village)[1]


def test_one_bad_of_several(tmp_path, capsys):
    empty = write_xlsx(tmp_path / "空.xlsx", [[""]])
    good = write_xlsx(tmp_path / "a.xlsx", ROSTER)
    code, answer = run(tmp_path, "look", empty, good)
    assert (code, [each.get("kind") for each in answer["looked"]]) == (4, [None, "roster"])
    code, out, err = printed(capsys, "look", empty, good, "-w", tmp_path)
    assert (code, "空.xlsx" in err, "a.xlsx" in out) == (4, True, True)


def test_by_another_policy(tmp_path):
    file = write_xlsx(tmp_path / "监测对象.xlsx", ROSTER[1:])
    _, usual = run(tmp_path, "look", file)
    _, other = run(tmp_path, "look", file, "--policy", "example-quota-district")
    assert (usual["looked"][0]["categories"], other["looked"][0]["categories"]) == ([], ["monitored"])
