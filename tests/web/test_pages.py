"""Digests as pages and feeds, and what strangers wrote in them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from xml.etree import ElementTree as ET

import feedparser
import pytest
from aiohttp import ClientSession
from selectolax.lexbor import LexborHTMLParser
from yarl import URL

from digestbot.app import App
from digestbot.builder.figures import FigureFolder, is_figure_name
from digestbot.builder.fulltext import Picture
from digestbot.domain.digest import EXTRACT, Entry, Figure, Section, Summary
from digestbot.domain.paper import Link, Paper
from digestbot.domain.topic import Topic
from digestbot.web import archive, pages
from digestbot.web.metrics import Metrics
from digestbot.web.server import application, serving
from tests.factories import digest, entry

EVIL = '<script>alert(1)</script>"><img src=x onerror=alert(1)> & $x^2$ @everyone'
TOPIC = Topic("a", f"Topic {EVIL}")


def hostile() -> Entry:
    paper = Paper("2611.00001", 1, EVIL, (EVIL,), EVIL, EVIL, (Link("javascript:alert(1)", "code"),))
    summary = Summary(EVIL, (EVIL,), (Section(EVIL, EVIL),), (), "html", EVIL)
    return Entry(
        paper, summary, (Figure("javascript:alert(1)", (), EVIL), Figure('https://f.example/"><b>.png', (), EVIL))
    )


def test_what_strangers_wrote_is_text_in_a_page() -> None:
    page = pages.digest_page(TOPIC, digest(entries=[hostile()]), "en", "https://bot.example.org")
    tree = LexborHTMLParser(page)
    assert not tree.css("script")
    assert not [node for node in tree.css("*") if any(name.startswith("on") for name in node.attributes)]
    assert not [node for node in tree.css("a[href], img[src]") if "javascript" in str(node.attributes)]
    assert tree.css_first("h1").text() == f"Topic {EVIL} · 2026-11-23"
    assert "x^2" in [node.text() for node in tree.css("code")]


def test_a_feed_is_atom_and_its_content_is_escaped_html() -> None:
    days = [digest("A", "2026-11-23", [hostile()]), digest("A", "2026-11-22", [entry("2611.00002")])]
    text = pages.feed(TOPIC, days, "en", "https://bot.example.org")
    ET.fromstring(text)
    parsed = feedparser.parse(text)
    assert (parsed.version, parsed.bozo) == ("atom10", False)
    assert [e.id for e in parsed.entries] == ["urn:digestbot:a:2026-11-23", "urn:digestbot:a:2026-11-22"]
    assert parsed.entries[0].link == "https://bot.example.org/topics/a/2026-11-23"
    assert parsed.entries[1].updated == "2026-11-22T00:00:00Z"
    assert "<script" not in ET.fromstring(text).findtext(".//{*}content", "")


def test_a_control_character_does_not_cost_readers_the_feed() -> None:
    bad = "a\x00b\x02c\x1b[31m\u202e\ufffe"
    paper = Paper("2611.00001", 1, bad, (bad,), f"{bad} ${bad}$", bad)
    summary = Summary(bad, (bad,), (Section(bad, bad),), (), "html", bad)
    whole = Entry(paper, summary, (Figure("https://f.example/a.png", (), bad),))
    text = pages.feed(Topic("a", bad), [digest("A", "2026-11-23", [whole])], "en")
    assert ET.fromstring(text).findtext("{*}title") == "abc[31m"


def test_the_lists_of_an_analysis_are_lists() -> None:
    section = Section("Judgement", "Before.\n- Innovation: $x^2$\n- Workload: 24 loops")
    page = pages.digest_page(TOPIC, digest(entries=[replace(entry(), summary=Summary("A", (), (section,)))]), "en")
    lists = LexborHTMLParser(page).css("details ul")
    assert [[item.text() for item in one.css("li")] for one in lists] == [["Innovation: x^2", "Workload: 24 loops"]]


def test_a_page_of_extracts_says_that_no_model_wrote_it() -> None:
    summary = Summary("We measure.", basis="abstract", writer=EXTRACT)
    one = Entry(entry().paper, summary)
    assert "no language model wrote it" in pages.digest_page(TOPIC, digest(entries=[one]), "en")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "figures"


@dataclass
class Got:
    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode()


Get = Callable[[str], Awaitable[Got]]


@pytest.fixture
async def get(app: App, folder: Path) -> AsyncIterator[Get]:
    """Fetches a path of the archive, over HTTP."""
    routes = [
        archive.figures(folder, is_figure_name),
        *archive.Archive(app.library, "en", "https://bot.example.org").routes(),
    ]
    served = application(app.store, app.clock, Metrics(), None, routes)
    async with serving(served, "127.0.0.1", 0) as port, ClientSession() as session:

        async def fetch(path: str) -> Got:
            async with session.get(URL(f"http://127.0.0.1:{port}{path}", encoded=True)) as response:
                return Got(response.status, response.headers, await response.read())

        yield fetch


async def test_the_archive_leads_from_topics_to_digests(get: Get) -> None:
    top = await get("/")
    assert "Protein Design" in top.text
    assert "default-src 'none'" in top.headers["content-security-policy"]
    assert "/topics/protein-design/2026-11-23" in (await get("/topics/protein-design")).text
    assert "LoopSmith" in (await get("/topics/protein-design/2026-11-23")).text
    found = feedparser.parse((await get("/topics/protein-design/feed.xml")).text)
    assert [e.id.rsplit(":", 1)[1] for e in found.entries] == ["2026-11-23", "2026-11-22", "2026-11-21", "2026-11-20"]


@pytest.mark.parametrize(
    "path",
    ["/topics/nothing", "/topics/protein-design/2020-01-01", "/topics/protein-design/x", "/topics/nothing/feed.xml"],
)
async def test_what_is_not_there_is_404(get: Get, path: str) -> None:
    assert (await get(path)).status == 404


async def test_figures_are_served_by_their_names_and_nothing_else_is(get: Get, folder: Path) -> None:
    [figure] = FigureFolder(folder, "https://bot.example.org/").keep((Picture(b"\x89PNG...", "Figure 1: x"),))
    assert figure == Figure(figure.url, (), "Figure 1: x")
    (folder / "secret.txt").write_text("no")
    (folder.parent / "outside.png").write_bytes(b"no")
    got = await get(figure.url.removeprefix("https://bot.example.org"))
    assert (got.content, got.headers["content-type"]) == (b"\x89PNG...", "image/png")
    for name in ("secret.txt", "..%2Foutside.png", "0" * 40 + ".png", "%00.png"):
        assert (await get(f"/figures/{name}")).status == 404
    assert FigureFolder(folder, "").keep((Picture(b"\x89PNG..."),)) == ()
