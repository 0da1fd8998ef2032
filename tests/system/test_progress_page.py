"""The progress page in a real browser, at the width of a telephone."""

import re
from pathlib import Path

import pytest
from programs import POLICY, browse, measured

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def page(browser: None, documents: Path) -> Path:
    return documents / "缴费进度通报.html"


def test_it_shows_its_title_and_its_rates(page: Path) -> None:
    shown, console = browse(page, "--dump-dom")
    assert "<title>峰城区2024年度城乡居民两险缴费进度通报</title>" in shown
    assert len(re.findall(r'<p class="large">\d\d\.\d\d%</p>', shown)) == 2
    assert console == []


def test_it_asks_nothing_of_a_network(page: Path) -> None:
    """Its own policy forbids all that is not in it, and the console (silent, above) tells of what was forbidden."""
    text = page.read_text("utf-8")
    policy = POLICY.search(text)
    assert policy
    assert "default-src 'none'" in policy[0]
    assert not re.search(r"""\b(src|href)=|url\(|@import""", text)


def test_the_console_tells_of_what_the_policy_forbids(page: Path, tmp_path: Path) -> None:
    """The silence that the other tests ask for is no deafness."""
    asking = tmp_path / "asking.html"
    asking.write_text(
        page.read_text("utf-8").replace("</body>", '<img src="https://nowhere.invalid/a.png"></body>'), "utf-8"
    )
    _, console = browse(asking, "--dump-dom")
    assert "nowhere.invalid" in "".join(console)


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_cut_off_at_the_side(page: Path, tmp_path: Path, width: int) -> None:
    shown = measured(page, tmp_path, width)
    assert f"<title>{width}/{width}</title>" in shown


def test_there_is_something_to_see(page: Path, tmp_path: Path) -> None:
    blank = tmp_path / "blank.html"
    blank.write_text("<!DOCTYPE html><title>nothing</title>", "utf-8")
    sizes = []
    for name, what in (("page.png", page), ("blank.png", blank)):
        picture = tmp_path / name
        browse(what, f"--screenshot={picture}")
        raw = picture.read_bytes()
        assert (int.from_bytes(raw[16:20]), int.from_bytes(raw[20:24])) == (390, 844)
        sizes.append(len(raw))
    assert sizes[0] > 10 * sizes[1]
