"""Digests as pages and feeds, and what strangers wrote in them."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import feedparser
import pytest
from aiohttp import ClientSession
from selectolax.lexbor import LexborHTMLParser
from yarl import URL

from digestbot.app import App
from digestbot.builder.texts.full_text import CutFigure
from digestbot.domain.digest import EXTRACT_WRITER, Entry, Figure, Section, Summary
from digestbot.domain.paper import Paper, PaperLink
from digestbot.domain.topic import Topic
from digestbot.figures.folder import FigureFolder
from digestbot.i18n import translate
from digestbot.pages.export import digest_to_json
from digestbot.pages.markdown import format_page
from digestbot.web import archive, render
from digestbot.web.metrics import PrometheusMetrics
from digestbot.web.server import build_web_app, open_server
from tests.factories import make_digest, make_entry
from tests.platforms.mornings import load_digest

EVIL = '<script>alert(1)</script>"><img src=x onerror=alert(1)> & $x^2$ @everyone'
TOPIC = Topic("a", f"Topic {EVIL}")


def make_hostile_entry() -> Entry:
    paper = Paper("2611.00001", 1, EVIL, (EVIL,), EVIL, EVIL, (PaperLink("javascript:alert(1)", "code"),))
    summary = Summary(EVIL, (EVIL,), (Section(EVIL, EVIL),), (), "html", EVIL)
    return Entry(
        paper, summary, (Figure("javascript:alert(1)", (), EVIL), Figure('https://f.example/"><b>.png', (), EVIL))
    )


def test_what_strangers_wrote_is_text_in_a_page() -> None:
    page = render.render_digest_page(
        TOPIC, make_digest(entries=[make_hostile_entry()]), "en", "https://bot.example.org"
    )
    tree = LexborHTMLParser(page)
    assert not tree.css("script")
    assert not [node for node in tree.css("*") if any(name.startswith("on") for name in node.attributes)]
    assert not [node for node in tree.css("a[href], img[src]") if "javascript" in str(node.attributes)]
    assert [node.text() for node in tree.css("h1")] == [f"Topic {EVIL} · 2026-11-23"]
    assert "x^2" in [node.attributes["alttext"] for node in tree.css("math")]
    feeds = [node.attributes["href"] for node in tree.css("link[type='application/atom+xml']")]
    assert feeds == ["https://bot.example.org/topics/a/feed.xml"]
    assert not LexborHTMLParser(render.render_digest_page(TOPIC, make_digest(), "en")).css(
        "link"
    )  # a file leads nowhere
    assert [node.attributes["src"] for node in tree.css("figure img")] == ["", 'https://f.example/"><b>.png']


def test_a_feed_is_atom_and_its_content_is_escaped_html() -> None:
    days = [
        make_digest("A", "2026-11-23", [make_hostile_entry()]),
        make_digest("A", "2026-11-22", [make_entry("2611.00002")]),
    ]
    text = render.render_feed(TOPIC, days, "en", "https://bot.example.org")
    ET.fromstring(text)
    parsed = feedparser.parse(text)
    assert (parsed.version, parsed.bozo) == ("atom10", False)
    assert [e.id for e in parsed.entries] == ["urn:digestbot:a:2026-11-23", "urn:digestbot:a:2026-11-22"]
    assert parsed.entries[0].link == "https://bot.example.org/topics/a/2026-11-23"
    assert parsed.entries[0].links == [
        {"href": "https://bot.example.org/topics/a/2026-11-23", "rel": "alternate", "type": "text/html"}
    ]
    assert [(link["rel"], link["href"]) for link in parsed.feed.links] == [
        ("self", "https://bot.example.org/topics/a/feed.xml"),
        ("alternate", "https://bot.example.org/topics/a"),
    ]
    assert (parsed.feed.id, parsed.feed.title) == ("urn:digestbot:a", f"Topic {EVIL}")
    assert parsed.entries[0].title == f"Topic {EVIL} · 2026-11-23"
    assert "<script" not in ET.fromstring(text).findtext(".//{*}content", "")


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "America/Los_Angeles"])
def test_a_feeds_dates_are_those_of_its_pages_whatever_the_machines_timezone(
    zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        timed = replace(make_digest("A", "2026-11-23"), published_at=datetime(2026, 11, 23, 23, 30, 15))  # noqa: DTZ001
        found = feedparser.parse(render.render_feed(TOPIC, [timed, make_digest("A", "2026-11-22")], "en"))
    finally:
        monkeypatch.undo()
        time.tzset()
    assert [one.updated for one in found.entries] == ["2026-11-23T23:30:15Z", "2026-11-22T00:00:00Z"]
    assert found.feed.updated == "2026-11-23T23:30:15Z"


def test_a_feed_of_nothing_is_a_feed_and_one_without_an_address_links_nowhere() -> None:
    assert feedparser.parse(render.render_feed(TOPIC, [], "en")).feed.updated == "1970-01-01T00:00:00Z"
    text = render.render_feed(Topic("机器学习 & b", "B"), [make_digest("B")], "zh")
    assert ET.fromstring(text).get("{http://www.w3.org/XML/1998/namespace}lang") == "en"  # as the digest is
    assert "<link" not in text
    assert feedparser.parse(text).feed.id == "urn:digestbot:%E6%9C%BA%E5%99%A8%E5%AD%A6%E4%B9%A0%20%26%20b"


def test_a_control_character_does_not_cost_readers_the_feed() -> None:
    bad = "a\x00b\x02c\x1b[31m\u202e\ufffe"
    paper = Paper("2611.00001", 1, bad, (bad,), f"{bad} ${bad}$", bad)
    summary = Summary(bad, (bad,), (Section(bad, bad),), (), "html", bad)
    whole = Entry(paper, summary, (Figure("https://f.example/a.png", (), bad),))
    text = render.render_feed(Topic("a", bad), [make_digest("A", "2026-11-23", [whole])], "en")
    assert ET.fromstring(text).findtext("{*}title") == "abc[31m"


HOSTILE = [
    "http://[x",
    "see http://[x, http://a]b/ or https://[::1",
    "http://[fe80::1%25lo",
    "http://[v1.x]/",
    "http://",
    "//x",
    *("https://a.example:99999/", "http://a:b:c", "http://℀.example/", "https://exa mple/[", "javascript:alert(1)"),
    "]]>",
    "<script>",
    "</article>",
    "&#0;&bad;",
    "{{ x }}",
    "{% x %}",
    "$x^{",
    "$$",
    "\\frac{",
    "%",
    "#" * 50,
    "- " * 20,
    *("\ud800", "https://a.example/\ud83d", "\ufffe", "\x00", "\u200b", "\u202e", "", "\n\n- \n#"),
]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_field_of_an_entry_takes_its_page_the_feed_or_an_export_with_it(text: str) -> None:
    paper = Paper("2611.00001", 1, "A", ("Ada",), "B", "C", (PaperLink("https://a.example"),))
    summary = Summary("D", ("E",), (Section("F", "G"),), (), "html", "a-model")
    whole = Entry(paper, summary, (Figure("https://f.example/a.png", (), "H"),))
    named: dict[str, Any] = {
        "title": text,
        "authors": (text,),
        "abstract": text,
        "comment": text,
        "links": (PaperLink(text),),
    }
    papers = [replace(paper, **{name: value}) for name, value in named.items()]
    told: dict[str, Any] = {"headline": text, "takeaways": (text,), "sections": (Section(text, text),), "writer": text}
    summaries = [replace(summary, **{name: value}) for name, value in told.items()]
    entries = [
        *(replace(whole, paper=changed) for changed in papers),
        *(replace(whole, summary=changed) for changed in summaries),
        replace(whole, figures=(Figure(text, (text,), text),)),
        replace(whole, paper=replace(paper, arxiv_id=f"10.1101/{text}")),
    ]
    digest = make_digest("A", "2026-11-23", entries)
    page = LexborHTMLParser(render.render_digest_page(TOPIC, digest, "en"))
    assert len(page.css("article")) == len(entries)
    assert all(re.match("(https?://|$)", link.attributes["href"] or "") for link in page.css("article a"))
    [content] = ET.fromstring(render.render_feed(TOPIC, [digest], "en")).iterfind("{*}entry/{*}content")
    assert len(LexborHTMLParser(content.text or "").css("article")) == len(entries)
    assert digest_to_json(digest)
    assert format_page(digest)


def test_an_entry_that_cannot_be_shown_is_left_out_and_said_to_be(capsys: pytest.CaptureFixture[str]) -> None:
    links: Any = (1,)
    damaged = replace(make_entry("2611.00002"), paper=replace(make_entry("2611.00002").paper, links=links))
    digest = make_digest("A", "2026-11-23", [make_entry("2611.00001"), damaged, make_entry("2611.00003")])
    for text in (render.render_digest_page(TOPIC, digest, "en"), render.render_feed(TOPIC, [digest], "en")):
        assert ("2611.00001" in text, "2611.00002" in text, "2611.00003" in text) == (True, False, True)
    assert "entry_not_rendered" in capsys.readouterr().out


def test_the_lists_of_an_analysis_are_lists() -> None:
    section = Section("Judgement", "Before.\n- Innovation: $x^2$\n- Workload: 24 loops")
    page = render.render_digest_page(
        TOPIC, make_digest(entries=[replace(make_entry(), summary=Summary("A", (), (section,)))]), "en"
    )
    lists = LexborHTMLParser(page).css("details ul")
    assert [[item.text() for item in one.css("li")] for one in lists] == [["Innovation: x2", "Workload: 24 loops"]]


def test_a_strangers_links_are_followed_by_no_search_engine_and_open_no_way_back() -> None:
    page = render.render_digest_page(
        TOPIC, make_digest(entries=[make_entry(headline="See https://ad.example/x.")]), "en"
    )
    [link] = LexborHTMLParser(page).css(".headline a")
    assert (link.attributes["href"], link.attributes["rel"]) == ("https://ad.example/x", "nofollow noopener")


def test_a_page_of_extracts_says_that_no_model_wrote_it() -> None:
    summary = Summary("We measure.", basis="abstract", writer=EXTRACT_WRITER)
    one = Entry(make_entry().paper, summary)
    assert "From the abstract" in render.render_digest_page(TOPIC, make_digest(entries=[one]), "en")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "figures"


@dataclass
class PageResponse:
    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode()


Get = Callable[..., Awaitable[PageResponse]]


@pytest.fixture
async def get(app: App, folder: Path) -> AsyncIterator[Get]:
    """Fetches a path of the archive, over HTTP."""
    endpoints = archive.ArchiveEndpoints(app.catalog, "en", "https://bot.example.org/")
    routes = [archive.build_figures_route(folder), *endpoints.build_routes()]
    served = build_web_app(
        app.store, app.clock, PrometheusMetrics(), (), routes, serve_not_found=endpoints.serve_not_found
    )
    async with open_server(served, "127.0.0.1", 0) as port, ClientSession() as session:

        async def fetch_page(path: str, languages: str = "") -> PageResponse:
            url, headers = URL(f"http://127.0.0.1:{port}{path}", encoded=True), {"Accept-Language": languages}
            async with session.get(url, headers=headers, allow_redirects=False) as response:
                return PageResponse(response.status, response.headers, await response.read())

        yield fetch_page


async def test_the_archive_leads_from_topics_to_digests(get: Get) -> None:
    assert "Protein Design" in (await get("/")).text
    assert "../topics/protein-design/2026-11-23" in (await get("/topics/protein-design")).text
    assert "LoopSmith" in (await get("/topics/protein-design/2026-11-23")).text
    found = feedparser.parse((await get("/topics/protein-design/feed.xml")).text)
    assert [e.id.rsplit(":", 1)[1] for e in found.entries] == ["2026-11-23", "2026-11-22", "2026-11-21", "2026-11-20"]


async def test_every_page_says_what_a_browser_may_do_with_it(get: Get, folder: Path) -> None:
    [figure] = FigureFolder(folder, "https://bot.example.org").save_figures((CutFigure(b"\x89PNG..."),))
    picture = figure.url.removeprefix("https://bot.example.org")
    for path in ("/", "/topics/protein-design", "/topics/protein-design/2026-11-23", picture):
        headers = (await get(path)).headers
        policy = dict(one.split(maxsplit=1) for one in headers["content-security-policy"].split("; "))
        assert policy == {
            "default-src": "'none'",
            "img-src": "'self' https: http:",
            "style-src": "'unsafe-inline'",
            "frame-ancestors": "'none'",
            "base-uri": "'none'",
            "form-action": "'none'",
        }, path
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        lasting = "public, max-age=31536000, immutable" if path == picture else "public, max-age=300"
        assert headers["cache-control"] == lasting
        kind = "image/png" if path == picture else "text/html; charset=utf-8"
        assert headers["content-type"] == kind
    feed = (await get("/topics/protein-design/feed.xml")).headers
    assert feed["content-type"].partition(";")[0] == "application/atom+xml"
    assert feed["cache-control"] == "public, max-age=300"


async def test_a_topic_without_digests_is_not_in_the_archive_and_a_feed_has_the_newest_ten(get: Get, app: App) -> None:
    await app.store.digests.define_topics([Topic("empty", "Nothing yet")])
    for day in range(1, 13):
        await load_digest(app, 1, f"2026-10-{day:02}", "Many")
    top = (await get("/")).text
    assert ("Nothing yet" in top, "/topics/many" in top) == (False, True)
    assert (await get("/topics/empty")).status == (await get("/topics/empty/feed.xml")).status == 404
    dates = LexborHTMLParser((await get("/topics/many")).text).css("li a")
    assert len(dates) == 12
    found = feedparser.parse((await get("/topics/many/feed.xml")).text)
    assert [e.id[-10:] for e in found.entries] == [f"2026-10-{day:02}" for day in range(12, 2, -1)]


@pytest.mark.parametrize(
    "path",
    ["/nothing", "/topics/nothing", "/topics/protein-design/2020-01-01", "/topics/protein-design/x", "/figures/x.png"],
)
@pytest.mark.parametrize(
    ("languages", "language"),
    [("", "en"), ("fr", "en"), ("zh-CN,zh;q=0.9,en;q=0.8", "zh"), ("de, en;q=0.7, zh;q=0.9", "zh"), ("zh;q=0", "en")],
)
async def test_what_is_not_there_is_404_in_the_visitors_language_and_leads_back(
    get: Get, path: str, languages: str, language: str
) -> None:
    answer = await get(path, languages)
    tree = LexborHTMLParser(answer.text)
    assert (answer.status, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert [node.attributes["lang"] for node in tree.css("html")] == [language]
    assert [node.text() for node in tree.css("h1")] == [translate(language, "web.not_found")]
    [back] = [str(node.attributes["href"]) for node in tree.css("a")]
    assert URL(f"http://127.0.0.1{path}").join(URL(back)).path == "/"


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [
        ("/topics/Protein-Design", "/topics/protein-design"),
        ("/topics/PROTEIN%20design/2026-11-23", "/topics/protein-design/2026-11-23"),
        ("/topics/Protein-design/feed.xml", "/topics/protein-design/feed.xml"),
        ("/topics/Embodied%20AI", "/topics/%E5%85%B7%E8%BA%AB%E6%99%BA%E8%83%BD"),
    ],
)
async def test_another_name_of_a_topic_leads_to_its_page(get: Get, app: App, path: str, leads_to: str) -> None:
    await app.store.digests.define_topics([Topic("具身智能", "具身智能", ("Embodied AI",))])
    answer = await get(path)
    assert answer.status == 307
    assert URL(f"http://127.0.0.1{path}").join(URL(answer.headers["location"], encoded=True)).raw_path == leads_to
    assert (await get(leads_to)).status == 200


async def test_every_link_inside_the_archive_is_relative_and_leads_to_a_page(get: Get) -> None:
    seen, waiting = set[str](), ["/"]
    while waiting:
        seen.add(path := waiting.pop())
        page = await get(path)
        assert page.status == 200, path
        if page.headers["content-type"].startswith("text/html"):
            for node in LexborHTMLParser(page.text).css("nav a, .list a, header a, head link, .muted a[href^='.']"):
                link = URL(str(node.attributes["href"]), encoded=True)
                assert not link.absolute, (path, link)
                linked = URL(f"http://127.0.0.1{path}", encoded=True).join(link).raw_path
                waiting += [linked] if linked not in {*seen, *waiting} else []
    topics = [path for path in seen if path.count("/") == 2]
    assert len(topics) == 4
    for topic in topics:
        assert {f"{topic}/feed.xml", f"{topic}/2026-11-23", f"{topic}/2026-11-20"} <= seen


async def test_a_page_is_in_its_digests_language_and_the_list_in_the_default(get: Get) -> None:
    chinese = "/topics/%E5%85%B7%E8%BA%AB%E6%99%BA%E8%83%BD"
    for path, language in (
        ("/", "en"),
        ("/topics/protein-design", "en"),
        ("/topics/protein-design/2026-11-23", "en"),
        (chinese, "zh"),
        (f"{chinese}/2026-11-23", "zh"),
    ):
        tree = LexborHTMLParser((await get(path, "zh" if language == "en" else "en")).text)
        assert [node.attributes["lang"] for node in tree.css("html")] == [language], path
        assert translate(language, "arxiv.thanks") in tree.text(), path
    feed = ET.fromstring((await get(f"{chinese}/feed.xml")).text)
    assert {node.get("{http://www.w3.org/XML/1998/namespace}lang") for node in feed.iter() if node.attrib} >= {"zh"}
    assert 'href="https://bot.example.org/topics/%E5%85%B7' in (await get(f"{chinese}/feed.xml")).text


async def test_the_list_says_what_it_is_how_many_digests_there_are_and_when_the_newest_came(get: Get) -> None:
    tree = LexborHTMLParser((await get("/")).text)
    assert translate("en", "web.about") in tree.text()
    lines = {node.text().split("\n")[0]: " ".join(node.text().split()) for node in tree.css(".list li")}
    assert lines["Protein Design"] == "Protein Design 4 digests · newest 2026-11-23"


async def test_figures_that_the_bot_serves_are_seen_wherever_the_page_is(get: Get, app: App, folder: Path) -> None:
    [figure] = FigureFolder(folder, "https://bot.example.org").save_figures((CutFigure(b"\x89PNG..."),))
    other = Figure("https://elsewhere.example/figures/1.png")
    digest = make_digest("Own", entries=[make_entry(figures=(figure, other))])
    text = render.render_digest_page(Topic("own", "Own"), digest, "en", "../..", public_url="https://bot.example.org")
    own, elsewhere = (str(node.attributes["src"]) for node in LexborHTMLParser(text).css("figure img"))
    assert elsewhere == other.url
    assert (await get(URL("http://127.0.0.1/topics/own/2026-11-23").join(URL(own)).path)).status == 200


async def test_figures_are_served_by_their_names_and_nothing_else_is(get: Get, folder: Path) -> None:
    [figure] = FigureFolder(folder, "https://bot.example.org/").save_figures((CutFigure(b"\x89PNG...", "Figure 1: x"),))
    assert figure == Figure(figure.url, (), "Figure 1: x")
    (folder / "secret.txt").write_text("no")
    (folder.parent / "outside.png").write_bytes(b"no")
    got = await get(figure.url.removeprefix("https://bot.example.org"))
    assert (got.content, got.headers["content-type"]) == (b"\x89PNG...", "image/png")
    (folder / "kept.png").write_bytes(b"no")
    for name in ("secret.txt", "kept.png", "..%2Foutside.png", "0" * 40 + ".png", "%00.png"):
        assert (await get(f"/figures/{name}")).status == 404
    assert FigureFolder(folder, "").save_figures((CutFigure(b"\x89PNG..."),)) == ()


async def test_a_long_page_is_rendered_beside_the_event_loop(get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[threading.Thread] = []

    def render_and_note(*_: object, **__: object) -> str:
        threads.append(threading.current_thread())
        return "<html></html>"

    monkeypatch.setattr(render, "render_feed", render_and_note)
    monkeypatch.setattr(render, "render_digest_page", render_and_note)
    for path in ("/topics/protein-design/feed.xml", "/topics/protein-design/2026-11-23"):
        assert (await get(path)).status == 200
    assert len(threads) == 2
    assert threading.main_thread() not in threads
