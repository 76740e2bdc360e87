"""What somebody follows is theirs: no door that others can open names it, though its papers are found."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime

import pytest
from aiohttp import ClientSession
from starlette.applications import Starlette

from digestbot.app import App
from digestbot.core.ports import IncomingMessage
from digestbot.domain.subscription import Address
from digestbot.store.digests.digest_writer import PageKey
from digestbot.web.archive import ArchiveEndpoints
from digestbot.web.server import open_server
from tests.factories import make_digest, make_entry
from tests.store.announced import announce, save_follow

SECRET = "Wombat burrows"
SLUG = "wombat-burrows"
NUMBER = "2611.00077"
STRANGER = Address("test", "7")
PUBLIC = "Bilbies"


@pytest.fixture
async def followed(empty_app: App) -> App:
    """An app with a public topic, and a follow's digest with a paper that nothing else shows."""
    entry = make_entry(NUMBER, title="Digging at night", headline="It digs.", abstract="Marsupials dig.")
    public = make_digest(PUBLIC, entries=[make_entry("2611.00001", title="Ears")])
    await empty_app.store.digests.save_pages([(PageKey("a", "", {}), [public])], datetime(2026, 11, 24, tzinfo=UTC))
    await save_follow(empty_app.store, "burrow wombat", make_digest(SECRET, "2026-11-24", [entry]))
    await announce(empty_app.store, entry.paper, day=date(2026, 11, 24))
    return empty_app


async def ask(app: App, text: str) -> str:
    return repr((await app.dispatcher.handle_message(IncomingMessage(STRANGER, text, "en"))).card)


@pytest.mark.parametrize(
    "text",
    [
        "/latest", "/latest all", "/topics", "/search dig", f"/paper {NUMBER}", f"/save {NUMBER}", "/saved", "/start",
        "/subscribe", "/digest today", "/help", "/settings", "/latest wom", "what is new today?", "/digest 2026-11-24",
    ],
)  # fmt: skip
async def test_no_answer_to_a_stranger_names_a_follow(followed: App, text: str) -> None:
    told = await ask(followed, text)
    assert SECRET.casefold() not in told.casefold()
    assert SLUG not in told


@pytest.mark.parametrize("text", [f"/latest {SECRET}", f"/digest {SLUG} 2026-11-24", f"/subscribe {SLUG}", SECRET])
async def test_who_names_a_follow_is_not_given_it(followed: App, text: str) -> None:
    told = await ask(followed, text)
    assert "It digs." not in told
    assert f"subscribe {SLUG}" not in told.replace(text, "")
    assert followed.store.search  # the paper itself is no secret:
    assert "It digs." in await ask(followed, "/search marsupials dig")


async def test_a_paper_of_a_follow_is_said_to_be_announced_with_its_categories(followed: App) -> None:
    told = await ask(followed, f"/paper {NUMBER}")
    assert "Announced Tue 24 Nov · cs.CV cs.GR" in told
    assert "It digs." in told


@asynccontextmanager
async def open_archive(app: App) -> AsyncIterator[ClientSession]:
    archive = ArchiveEndpoints(app.catalog, "en", "https://archive.example.org")
    served = Starlette(routes=archive.build_routes())
    async with open_server(served, "127.0.0.1", 0) as port, ClientSession(f"http://127.0.0.1:{port}") as session:
        yield session


async def test_the_archive_and_its_feeds_have_no_page_of_a_follow(followed: App) -> None:
    paths = ("/", "/topics/bilbies", *(f"/topics/{SLUG}{rest}" for rest in ("", "/feed.xml", "/2026-11-24")))
    async with open_archive(followed) as session:
        pages = {}
        for path in paths:
            async with session.get(path) as answer:
                pages[path] = answer.status, await answer.text()
    assert PUBLIC in pages["/"][1]
    assert [pages[path][0] for path in paths] == [200, 200, 404, 404, 404]
    assert not any(SECRET in text or "It digs." in text for _, text in pages.values())


async def test_neither_an_export_nor_the_newest_papers_know_a_follow(followed: App) -> None:
    assert [one.topic.title for one in await followed.catalog.list_topics()] == [PUBLIC]
    assert (await followed.catalog.find_topic(SLUG)).topic is None  # what an export, a feed and a file are found by
    newest = await followed.catalog.list_newest_papers(10)
    assert [one.entry.paper.title for one in newest] == ["Ears"]
