"""Categories in other words: a cell, or a title, that is nearly one is answered with the one probably meant."""

import pytest
from sheets import district, person, printed, run, workspace, write_xlsx

from fcins.documents.hints import hint_table

ID = person("1970-01-01")


def advised(capsys, tmp_path, cell):
    """What -v says of a resident's row whose category is this cell."""
    folder = workspace(tmp_path)
    households = [["姓名", "公民身份号码", "镇街", "村居"], ["甲一", ID, "阴平镇", "东村"]]
    assert run(folder, "import-households", write_xlsx(tmp_path / "户籍.xlsx", households))[0] == 0
    rows = [["姓名", "身份证号", "人员类别"], ["甲一", ID, "低保"], ["甲一", ID, cell]]
    line = ["import-roster", write_xlsx(tmp_path / "名册.xlsx", rows), "-v", "-w", folder]
    code, out, _ = printed(capsys, *line)
    assert code == 0
    return next(text for text in out.splitlines() if "第3行：E303" in text)


@pytest.mark.parametrize(
    ("cell", "meant"),
    [
        ("低保人员", "低保对象"),
        ("在校生", "在校学生"),
        ("重度残疾人员", "重度残疾人"),
        ("底保对象、事无人抚养", "低保对象、事实无人抚养儿童"),
    ],
)
def test_which_category_is_meant(tmp_path, capsys, cell, meant):
    assert advised(capsys, tmp_path, cell).endswith(f"类别不能识别。请按方案中的名称填写，是不是：{meant}？")


@pytest.mark.parametrize("cell", ["困难户", "低保边缘户", "不详"])
def test_nothing_like_it(tmp_path, capsys, cell):
    assert advised(capsys, tmp_path, cell).endswith("类别不能识别。请按方案中的名称填写")


def test_in_the_register(tmp_path):
    """核查提示 names the category too; a cell like nothing, and an unknown scheme, get the plain advice."""
    folder = workspace(tmp_path)
    headings = ["姓名", "公民身份号码", "镇街", "村居"]
    run(folder, "import-households", write_xlsx(tmp_path / "户籍.xlsx", [headings, ["甲一", ID, "阴平镇", "东村"]]))
    cells = ["", "低保", "在校生", "不详"]
    rows = [["标题"], ["姓名", "身份证号", "备注", "对象类别"], *(["甲一", ID, "", cell] for cell in cells)]
    run(folder, "import-roster", write_xlsx(tmp_path / "名册.xlsx", rows))
    paid = ["姓名", "身份证号", "险种", "缴费金额", "缴费日期"]
    run(
        folder, "import-payments", write_xlsx(tmp_path / "缴费.xlsx", [paid, ["甲一", ID, "在校生", "1", "2023-11-01"]])
    )
    with district(folder) as known:
        hints = hint_table(known).sort_values(["文件", "行号"])
    assert hints[["文件", "行号", "建议"]].to_numpy().tolist() == [
        ["名册.xlsx", 3, "请按方案中的名称填写"],
        ["名册.xlsx", 5, "请按方案中的名称填写，是不是：在校学生？"],
        ["名册.xlsx", 6, "请按方案中的名称填写"],
        ["缴费.xlsx", 2, "请按方案中的名称填写"],
    ]


@pytest.mark.parametrize(
    ("title", "hint"),
    [
        ("2023年底保对象花名册", "是不是：低保对象？用 --category 指明，例如 --category 低保对象"),
        ("困难职工花名册", "用 --category 指明，例如 --category 低保对象"),
        ("低保边缘家庭花名册", "用 --category 指明，例如 --category 低保对象"),
    ],
)
def test_title_in_other_words(tmp_path, title, hint):
    file = write_xlsx(tmp_path / "x.xlsx", [[title, ""], ["姓名", "身份证号"], ["甲一", ID]])
    code, answer = run(workspace(tmp_path), "import-roster", file)
    assert (code, answer["error"]["hint"]) == (4, hint)
