"""Reading our own pages: tables, code, links, what is called as `fcins COMMAND …`."""

import re
from pathlib import Path

from terminal import commands_of

ROOT = Path(__file__).parents[2]
COMMANDS = commands_of()
OWN = {
    name: {option for each in command.params if each.param_type_name == "option" for option in each.opts}
    | {"-h", "--help"}
    for name, command in COMMANDS.items()
}
"""Command → its options, those of every command among them."""
FOLDERS = ("fcins", "tests", "sample_data")


def read(path: str) -> str:
    """A page of the repository."""
    return (ROOT / path).read_text("utf-8")


def section(page: str, title: str) -> str:
    """The text under a heading of the second level, to the next one."""
    return page.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def table(text: str) -> list[list[str]]:
    """The rows of all tables of a text, as lists of cells; the lines under headings left out."""
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("|")]
    return [row for row in rows if not set(row[0]) <= {"-"} or not row[0]]


def options(text: str) -> set[str]:
    """The options that a text names."""
    return set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", text))


def quoted(text: str) -> set[str]:
    """What stands in backticks."""
    return set(re.findall(r"`([^`\n]+)`", text))


def usages(page: str) -> list[list[str]]:
    """What is called as `fcins COMMAND …` in code, to the end of the line or of the code: the command, then words."""
    code = re.findall(r"`([^`\n]+)`|^ {4}(.+)$", page, re.M)
    calls = [call for pair in code for call in re.findall(r"\bfcins ([a-z][a-z-]*\b[^`&|]*)", "".join(pair))]
    found = []
    for call in calls:
        words = call.split()
        length = 2 if " ".join(words[:2]) in COMMANDS else 1
        found.append([" ".join(words[:length]), *words[length:]])
    return found


def unknown_options(page: str) -> list[str]:
    """The usages of a page with an option, or a command, that does not exist."""
    return [
        " ".join([name, *words])
        for name, *words in usages(page)
        if not options(" ".join(words)) <= OWN.get(name, set()) or name not in COMMANDS
    ]


def dead_links(path: str) -> list[str]:
    """The links and paths of a page that lead nowhere; a `path/` in backticks is from the top."""
    page, folder = read(path), (ROOT / path).parent
    links = re.findall(r"\]\(([^)\s]+)\)", page)
    dead = [link for link in links if not link.startswith("#") and not (folder / link.split("#")[0]).exists()]
    headings = {re.sub(r"[^\w-]", "", line.replace(" ", "-")).lower() for line in re.findall(r"^#+ (.+)$", page, re.M)}
    dead += [link for link in links if link.startswith("#") and link[1:] not in headings]
    paths = {name for name in quoted(page) if re.match(rf"({'|'.join(FOLDERS)})/\S*$", name)}
    return dead + sorted(name for name in paths if not list(ROOT.glob(name)))


def codes(page: str) -> set[str]:
    """The codes of findings that a page names."""
    return set(re.findall(r"(?<![\w…])[EDW]\d{3}\b", page))
