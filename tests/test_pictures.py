"""The README's pictures: what they are drawn from is what the bot sends, and they are there."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

from docs.draw import OUTPUT_DIR, write_pages
from tests.conftest import ROOT


class TagCollector(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)


async def test_each_picture_is_drawn_from_a_page_that_a_browser_can_show(tmp_path: Path) -> None:
    pages = await write_pages(tmp_path)
    assert {page.stem for page in pages} == {picture.stem for picture in OUTPUT_DIR.glob("*.png")}
    for page in pages:
        tags = TagCollector()
        tags.feed(page.read_text("utf-8"))
        assert not any(tag.startswith("tg-") for tag in tags.found)
    digest, rich = ((tmp_path / f"telegram-digest{form}.html").read_text("utf-8") for form in ("", "-rich"))
    assert "LoopSmith" in digest
    assert (digest.count("<blockquote"), digest.count("<details open>")) == (3, 0)
    assert rich.count("<details open>") == 1
    paper = (tmp_path / "discord-paper.html").read_text("utf-8")
    assert "LoopSmith" in paper
    assert 'class="button "' in paper
    assert "\\" not in paper


def test_the_readme_shows_pictures_that_are_there() -> None:
    shown = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", (ROOT / "README.md").read_text("utf-8"))
    assert len(shown) == 6
    assert all((ROOT / path).read_bytes().startswith(b"\x89PNG") for path in shown)
