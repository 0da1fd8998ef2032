"""Every broken file is exit 4 with its cause, never an unexpected failure."""

from field.making import BROKEN, THREE, case, roster, roster_rows, sheet_of
from odd_files import in_method, rewritten, spoilt


@case(
    "damage",
    "POI fuzz corpus 5265527465181184: a bad check sum in a part beside the sheets (theme, properties)",
    severity="crash",
)
def case_a_spoilt_part_beside_the_sheets(folder):
    path = sheet_of(folder / "低保.xlsx", roster_rows(THREE))
    path.write_bytes(spoilt(path.read_bytes(), "xl/theme/theme1.xml"))
    return roster(path, BROKEN)


@case("damage", "xlnt#165, office-kit#156: the workbook names a sheet whose part is not in the file", severity="crash")
def case_a_sheet_whose_part_is_missing(folder):
    path = sheet_of(folder / "低保.xlsx", roster_rows(THREE), more=[("Sheet2", [["附表"]])])
    path.write_bytes(rewritten(path.read_bytes(), lambda name, text: None if name.endswith("sheet2.xml") else text))
    # Excel repairs such a file and shows Sheet1: reading it or refusing it are both right.
    return roster(path, BROKEN)


@case("damage", "zipped again with Deflate64, which 7-Zip offers", severity="crash")
def case_compressed_with_deflate64(folder):
    path = sheet_of(folder / "低保.xlsx", roster_rows(THREE))
    path.write_bytes(in_method(path.read_bytes(), 9))
    return roster(path, {"exit": 4})
