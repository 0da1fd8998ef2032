"""Files in a .zip and workbooks under a password: read as they are, nothing unpacked to disk."""

from odd_files import locked_xls, zipped
from people import QIAN, ZHAO
from sheets import printed, refused, run, write_xlsx

DIBAO = [["姓名", "身份证号"], ["赵五", ZHAO]]
TEKUN = [["姓名", "身份证号"], ["钱六", QIAN]]


def archive(tmp_path, **more):
    parts = {
        "报送/低保对象.xlsx": write_xlsx(tmp_path / "1.xlsx", DIBAO).read_bytes(),
        "报送/特困人员.xlsx": write_xlsx(tmp_path / "2.xlsx", TEKUN).read_bytes(),
        **more,
    }
    path = tmp_path / "名册.zip"
    path.write_bytes(zipped(parts))
    return path


def test_each_workbook_of_a_zip_is_a_batch(village, tmp_path, capsys):
    file = archive(tmp_path, **{"说明.docx": b"x"})
    code, answer = run(village, "import-roster", file)
    assert code == 0
    assert [(each["file"], each["category"]) for each in answer["imports"]] == [
        ("低保对象.xlsx", "dibao"),
        ("特困人员.xlsx", "tekun"),
    ]
    _, again = run(village, "import-roster", file)
    assert [each["already_imported"] for each in again["imports"]] == [True, True]
    _, _, err = printed(capsys, "import-roster", file, "-w", village)
    assert "名册.zip 里的说明.docx不是工作簿，没有读" in err
    assert [each["file"] for each in run(village, "look", file)[1]["looked"]] == ["低保对象.xlsx", "特困人员.xlsx"]


def test_none_of_a_zip_goes_in_where_one_is_bad(village, tmp_path):
    before = run(village, "batches")[1]
    refused(
        village,
        "import-roster",
        archive(tmp_path, **{"z.xlsx": b"PK\3\4 cut"}),
        code=4,
        saying="名册.zip 里的z.xlsx：文件已损坏",
    )
    assert run(village, "batches")[1] == before
    refused(village, "import-roster", archive(tmp_path), "--declared-total", "2", code=2, saying="只能用于一个文件")


def test_the_right_one_of_several_passwords(village, tmp_path):
    file = tmp_path / "低保对象.xls"
    file.write_bytes(locked_xls(DIBAO, "geheim"))
    secret = tmp_path / "密码.txt"
    refused(village, "import-roster", file, code=4, saying="加了密码.+\n.*--password-file")
    refused(village, "import-roster", file, "--password-file", secret, code=2, saying="密码.txt 不能读取")
    secret.write_text("别的\n", "utf-8")
    refused(village, "import-roster", file, "--password-file", secret, code=4, saying="密码不对")
    secret.write_text("别的\ngeheim\n", "utf-8")
    assert run(village, "look", file, "--password-file", secret)[1]["looked"][0]["categories"] == ["dibao"]
    code, answer = run(village, "import-roster", file, "--password-file", secret)
    assert (code, answer["rows"]["accepted"]) == (0, 1)
