"""Makes the files that the departments of an invented district would really send for 2024, at any size, from a seed.

    python sample_data/make_district.py --people 4000 --villages 3 --seed 2024 -o sample_data

Everybody in them is invented: all IDs are of the region 370499, which does not exist. Beside the files come imports.txt
(the import commands in order), 盖章.csv (the stamped counts), planted.csv (each slip: file, sheet, row, person in a
wide row, expected finding, kind) and README.md. The same arguments give the same bytes. `--format other` makes a second
district that does everything differently; more than 100,000 people get a clean registry, for benchmarks; what has more
rows than an Excel sheet holds comes as a workbook for each town, all given to one import command.
"""

import argparse
import csv
import io
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import pandas as pd
from forms import Form, Mark, forms, lay_out
from money import due, enrolment, payments
from population import TOWNS, invent
from registry import changes, households
from rosters import ROSTERS, District
from workbooks import write

README = """# Sample data: an invented district

What eight departments would really send for 2024. Nobody in here exists: all citizen IDs are of the region 370499,
which does not exist, and names, addresses and phone numbers are drawn from a seed. The files, and this
page down to the walk at its end, are made by

    python sample_data/make_district.py OPTIONS

`imports.txt` has the import commands in order, `盖章.csv` the stamped counts for `fcins import`.
`planted.csv` has every planted row: file, sheet (empty for .csv), row
as Excel shows it, person (1 to 6, where a row is a household), code (the finding to expect; empty: accepted), what (the
kind of slip). No other row may be rejected. Payments with an empty code (partial, twice, early_60, ...) are for the
reconciliation to find; whether a payment of somebody who died afterwards (died_later) is E203 is left open.

Documents of another kind (E112) are the only IDs that do not begin with 370499.

"""
WALK = "\n## One town, from end to end\n"  # what stands from here on in a README.md is written by hand, and stays
LARGE = 100_000  # people from which the registry is clean
XLS_ROWS = 60_000  # an .xls sheet holds 65,536
XLSX_ROWS = 1_000_000  # an .xlsx sheet holds 1,048,576
WRITERS = 2


def district_files(district: District, layouts: dict[str, Form], clean: bool) -> Iterator[tuple[str, pd.DataFrame]]:
    """The rows of each file, in the order of the imports; a city's are gigabytes, so each only when it is asked for."""
    yield "households", households(district, layouts["households"].file, clean)
    yield "changes", changes(district, layouts["changes"].file)
    aid = pd.DataFrame()
    for name, roster in ROSTERS.items():
        rows = roster(district, layouts[name].file)
        aid = rows if name == "collective" else aid
        yield name, rows
    rows, tiers = enrolment(district, layouts["enrolment"].file)
    yield "enrolment", rows
    yield "payments", payments(district, layouts["payments"].file, due(district, tiers, aid))


def split(form: Form, rows: pd.DataFrame) -> list[tuple[Form, pd.DataFrame]]:
    """One form and its rows; where the file's name asks for the town, or no sheet holds all, a form for each town."""
    path = Path(form.file)
    if len(rows) > XLSX_ROWS:
        form = replace(form, file=f"{path.stem}_{{town}}.xlsx", suffixes=(".xlsx",))
    elif len(rows) > XLS_ROWS and path.suffix == ".xls" and "{town}" not in form.file:
        form = replace(form, file=str(path.with_suffix(".xlsx")))
    if "{town}" not in form.file:
        return [(form, rows)]
    parts = []
    for n, (town, part) in enumerate(rows.groupby("page" if "page" in rows else "town", sort=False)):
        suffix = form.suffixes[n % len(form.suffixes)]
        if len(part) > XLS_ROWS and suffix != ".xlsx":
            suffix = ".csv"
        name = str(Path(form.file.replace("{town}", str(town))).with_suffix(suffix))
        parts.append((replace(form, file=name, sheet=str(town)), part))
    return parts


def make(people: int, towns: int, villages: int, seed: int, style: str, folder: Path) -> None:
    """Invent the district and write all its files into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    invented = invent(people, towns, villages, seed)
    invented["unlisted"] = False
    district = District(invented, seed, times=max(1, people // 40_000))
    clean = people > LARGE
    layouts = forms(style)
    if clean:
        layouts["households"] = replace(
            layouts["households"], title="", note="", signed=False, carry="", dates=("iso",)
        )
    imports: list[str] = []
    stamps: list[tuple[str, str]] = []
    planted, described = [], []
    # Large files take most of the time: write them side by side. What is forked would come to own a city's people, too.
    with ProcessPoolExecutor(WRITERS, mp_context=get_context("spawn")) as pool:
        writing: list[Future[None]] = []
        for name, rows in district_files(district, layouts, clean):
            together = len(rows) > XLSX_ROWS
            commands = []
            for form, part in split(layouts[name], rows):
                pages, marks, declared = lay_out(form, part, district.rng("layout " + form.file))
                if len(writing) == WRITERS:
                    writing.pop(0).result()
                writing.append(pool.submit(write, folder / form.file, pages, form.encoding))
                stamp = f"--declared-total {declared}" if declared and form.command == "import-roster" else ""
                commands.append([form.command, form.file, form.options, stamp])
                stamps.append((form.file, stamp))
                del pages
                planted += [(form.file, *mark) for mark in marks]
                described.append(describe(form, spelt(commands[-1]), marks, len(part)))
            if together and not any(stamp for *_, stamp in commands):
                command, _, options, _ = commands[0]
                commands = [[command, *(file for _, file, _, _ in commands), options]]
            imports += map(spelt, commands)
        for one in writing:
            one.result()
    (folder / "imports.txt").write_text("\n".join(imports) + "\n", encoding="utf-8")
    stamped = [(file, stamp.split()[1]) for file, stamp in stamps if stamp]
    (folder / "盖章.csv").write_text(
        "文件,盖章人数\n" + "".join(f"{file},{count}\n" for file, count in stamped), encoding="utf-8-sig"
    )
    (folder / "planted.csv").write_text(planted_table(planted), encoding="utf-8")
    page = folder / "README.md"
    _, heading, by_hand = page.read_text("utf-8").partition(WALK) if page.exists() else ("", "", "")
    made = readme(described, people, towns, villages, seed, style)
    page.write_text(made + heading + by_hand, encoding="utf-8")


def spelt(words: list[str]) -> str:
    """A command line from its words, those left empty left out."""
    return " ".join(word for word in words if word)


def planted_table(planted: list[tuple[str, str, int, str, str, str]]) -> str:
    """The text of planted.csv."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["file", "sheet", "row", "person", "code", "what"])
    writer.writerows(planted)
    return text.getvalue()


def describe(form: Form, command: str, marks: list[Mark], rows: int) -> str:
    """A file's part of the README."""
    codes = Counter(code for *_, code, _ in marks if code)
    odd = Counter(what for *_, code, what in marks if not code)
    lines = [
        f"### {form.file}",
        f"{form.sender}, {rows} rows. {form.messy[0].upper()}{form.messy[1:]}.",
        f"\n    fcins {command} -w ws\n",
        "Planted: " + (", ".join(f"{code} × {n}" for code, n in sorted(codes.items())) or "nothing") + ".",
    ]
    if odd:
        lines.append("Odd, and to be accepted: " + ", ".join(f"{what} × {n}" for what, n in sorted(odd.items())) + ".")
    return "\n".join(lines) + "\n"


def readme(described: list[str], people: int, towns: int, villages: int, seed: int, style: str) -> str:
    """The text of README.md."""
    options = f"--people {people} --towns {towns} --villages {villages} --seed {seed} --format {style}"
    return README.replace("OPTIONS", options) + "\n".join(described)


def main() -> None:
    """Read what is asked for and make it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=4000, help="about how many people (never more)")
    parser.add_argument(
        "--towns", type=int, default=len(TOWNS), choices=range(1, len(TOWNS) + 1), help="how many towns"
    )
    parser.add_argument("--villages", type=int, default=3, help="how many villages in each town")
    parser.add_argument("--seed", type=int, default=2024)
    parser.add_argument(
        "--format", choices=["fengcheng", "other"], default="fengcheng", help="whose forms: fengcheng or other"
    )
    parser.add_argument("-o", "--output", type=Path, default=Path(__file__).parent, help="folder for the files")
    given = parser.parse_args()
    make(given.people, given.towns, given.villages, given.seed, given.format, given.output)


if __name__ == "__main__":
    main()
