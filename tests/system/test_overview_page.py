"""The overview page in a real browser, at the widths of a telephone and of a desk."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from programs import POLICY, browse, measured

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def page(browser: None, documents: Path) -> Path:
    return documents.parent / "all" / "总览.html"


def test_it_shows_its_title_and_what_to_do(page: Path) -> None:
    shown, console = browse(page, "--dump-dom")
    assert "<title>峰城区2024年度城乡居民两险集中征缴总览</title>" in shown
    assert re.search("<h2>下一步</h2>.*?<li>.+?</li>", shown, re.S)
    assert console == []


def test_it_asks_nothing_of_a_network(page: Path) -> None:
    """Its own policy forbids all that is not in it; a link is no request until somebody follows it."""
    text = page.read_text("utf-8")
    policy = POLICY.search(text)
    assert policy
    assert "default-src 'none'" in policy[0]
    assert not re.search(r"""\bsrc=|url\(|@import|https?:""", text)


def test_its_links_open(page: Path) -> None:
    links = [unquote(link) for link in re.findall(r'href="([^"]+)"', page.read_text("utf-8"))]
    assert len(links) > 20
    assert [link for link in links if not (page.parent / link).is_file()] == []


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_cut_off_at_the_side(page: Path, tmp_path: Path, width: int) -> None:
    shown = measured(page, tmp_path, width)
    assert f"<title>{width}/{width}</title>" in shown
