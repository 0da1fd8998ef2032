"""Programs of Debian's that open what we write: an office suite, Poppler, a browser."""

import html
import os
import re
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

STRICT = "FCINS_SYSTEM"
"""Set to 1, a system test that skips itself fails: so .ci/run cannot pass without its programs."""


def strict() -> bool:
    """Whether a skip counts as a failure."""
    return os.environ.get(STRICT) == "1"


def need(*programs: str) -> None:
    """Skip the test, saying which of its programs are missing."""
    missing = [program for program in programs if not shutil.which(program)]
    if missing:
        pytest.skip(f"needs {', '.join(missing)}; .ci/run installs it")


def output(*words: object) -> str:
    """What a program prints; an error where it fails."""
    line = [str(word) for word in words]
    return subprocess.run(line, capture_output=True, encoding="utf-8", timeout=240, check=True).stdout


def print_pdf(workbooks: list[Path], folder: Path) -> list[Path]:
    """Each workbook as an office suite prints it, in the same order."""
    with TemporaryDirectory() as profile:
        settings = f"-env:UserInstallation={Path(profile).as_uri()}"
        output("soffice", settings, "--headless", "--convert-to", "pdf", "--outdir", folder, *workbooks)
    return [folder / workbook.with_suffix(".pdf").name for workbook in workbooks]


def pages(pdf: Path) -> list[str]:
    """The text of each page, without blanks: a reader of PDFs sets them where columns end."""
    return [re.sub(r"\s", "", page) for page in output("pdftotext", pdf, "-").split("\f")[:-1]]


def browse(page: Path, *options: str, width: int = 390, height: int = 844) -> tuple[str, list[str]]:
    """(what headless Chromium prints, what the page's console said) for a window of that size, without a network."""
    with TemporaryDirectory() as profile:
        line = [
            "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
            "--host-resolver-rules=MAP * ~NOTFOUND", "--enable-logging=stderr", f"--user-data-dir={profile}",
            f"--window-size={width},{height}", *options, page.as_uri(),
        ]  # fmt: skip
        done = subprocess.run(line, capture_output=True, encoding="utf-8", timeout=60, check=True)
    return done.stdout, [line for line in done.stderr.splitlines() if ":CONSOLE" in line]


POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
_SIDES = '<script>document.title = [innerWidth, document.documentElement.scrollWidth].join("/")</script></body>'
_FRAME = """<title></title>
<iframe id="f" width="%d" srcdoc="%s" style="border:0" onload="document.title = f.contentDocument.title">"""
"""A window of the browser is never as narrow as a telephone; a frame is."""


def measured(page: Path, tmp_path: Path, width: int) -> str:
    """The page in a frame of this width; its title says the width, and that of what is in it."""
    frame = tmp_path / "measured.html"
    inner = POLICY.sub("", page.read_text("utf-8")).replace("</body>", _SIDES)
    frame.write_text(_FRAME % (width, html.escape(inner)), "utf-8")
    return browse(frame, "--dump-dom", width=1600)[0]
