"""Where summaries that somebody asked for are shown, and what they never take the place of."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from digestbot.announcements.day_matching import match_day
from digestbot.app import App
from digestbot.core.delivery.rendered_digests import RenderedDigestCache
from digestbot.core.papers.requested_summaries import choose_summary
from digestbot.domain.delivery import Delivery
from digestbot.domain.digest import EXTRACT_WRITER, Entry, Figure, Section, Summary
from digestbot.domain.paper import Paper
from digestbot.store import Store
from digestbot.store.papers.paper_summaries import StoredSummary
from tests.announced import announce, make_announced
from tests.core.commands.asking import ADDRESS, load_page, send_text
from tests.factories import make_page, make_page_entry
from tests.fakes import ManualClock, RecordingPlatform

NUMBER = "2611.00001"
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
ENGLISH = Summary("Nine designs bind.", ("Loops are designed.",), (Section("Method", "Folded."),), (), "html", "small")
CHINESE = Summary("九个设计能结合。", ("设计抗体环。",), (), (), "html", "small")
FIGURES = (Figure("https://arxiv.org/html/2611.00001/x1.png", (), "A loop."),)


async def add_paper(store: Store, number: str = NUMBER, title: str = "Loops in the dark") -> int:
    await announce(store, "2026-11-23", [make_announced(number, title, abstract="We measure loops. They hold.")])
    found = await store.digests.get_paper(number)
    assert found
    return found.paper_id


async def keep(
    store: Store, paper_id: int, summary: Summary, language: str, version: int = 1, number: str = NUMBER
) -> None:
    entry = Entry(Paper(NUMBER, version, "", (), "", ""), summary, FIGURES)
    await store.paper_summaries.save(paper_id, language, entry, NOW)


async def test_a_summary_is_kept_by_paper_version_and_language(store: Store) -> None:
    paper_id = await add_paper(store)
    await keep(store, paper_id, CHINESE, "en")
    await keep(store, paper_id, ENGLISH, "en")  # in its place
    await keep(store, paper_id, CHINESE, "zh", 2)
    found = await store.paper_summaries.find(paper_id, 1, "en")
    assert found == StoredSummary(paper_id, 1, "en", ENGLISH, FIGURES, NOW)
    assert await store.paper_summaries.find(paper_id, 1, "zh") is None
    kept = (await store.paper_summaries.list_for_papers([paper_id]))[paper_id]
    assert [(one.version, one.language) for one in kept] == [(2, "zh"), (1, "en")]


async def test_the_licence_that_was_found_is_kept_with_the_paper(store: Store) -> None:
    paper_id = await add_paper(store)
    licence = "https://creativecommons.org/licenses/by/4.0/"
    entry = Entry(Paper(NUMBER, 1, "", (), "", "", licence=licence), ENGLISH)
    await store.paper_summaries.save(paper_id, "en", entry, NOW)
    found = await store.digests.get_paper(NUMBER)
    assert found
    assert found.entry.paper.licence == licence


async def test_a_paper_with_a_summary_outlives_its_announcement(store: Store) -> None:
    paper_id = await add_paper(store)
    await add_paper(store, "2611.00002", "Nobody asked")
    await keep(store, paper_id, ENGLISH, "en")
    assert await store.announcements.delete_before(date(2026, 12, 1)) == 1
    assert (await store.paper_summaries.list_for_papers([paper_id]))[paper_id]


@pytest.mark.parametrize("line", [f"/paper {NUMBER}", "/search loops", "/saved"])
async def test_everyone_sees_a_summary_in_their_language_from_then_on(empty_app: App, line: str) -> None:
    paper_id = await add_paper(empty_app.store)
    await send_text(empty_app, f"/save {NUMBER}")
    assert "Nine designs bind" not in (await send_text(empty_app, line))[1]
    await keep(empty_app.store, paper_id, CHINESE, "zh")
    assert "九个设计能结合" not in (await send_text(empty_app, line))[1]  # who reads English is not served Chinese
    await keep(empty_app.store, paper_id, ENGLISH, "en")
    assert "Nine designs bind" in (await send_text(empty_app, line))[1]
    await send_text(empty_app, "/settings language zh")
    assert "九个设计能结合" in (await send_text(empty_app, line))[1]


async def test_who_reads_chinese_sees_english_rather_than_an_extract(empty_app: App) -> None:
    await keep(empty_app.store, await add_paper(empty_app.store), ENGLISH, "en")
    assert "Nine designs bind" in (await send_text(empty_app, f"/paper {NUMBER}", "zh"))[1]


async def test_the_summary_of_a_digest_page_stays(empty_app: App, tmp_path) -> None:
    (tmp_path / "loops.md").write_text(make_page(make_page_entry(NUMBER), title="Loops"), "utf-8")
    await load_page(empty_app, tmp_path)
    found = await empty_app.catalog.get_paper(NUMBER)
    assert found
    await keep(empty_app.store, found.paper_id, ENGLISH, "en")
    await keep(empty_app.store, found.paper_id, CHINESE, "zh")
    assert "Nine designs bind" not in (await send_text(empty_app, f"/paper {NUMBER}"))[1]
    # but who reads another language gets it in theirs
    assert "九个设计能结合" in (await send_text(empty_app, f"/paper {NUMBER}", "zh"))[1]


async def test_digests_of_follows_come_with_it(empty_app: App, clock: ManualClock) -> None:
    clock.set("2026-11-22 12:00")
    await send_text(empty_app, "/follows add loops")
    clock.set("2026-11-23 02:00")
    paper_id = await add_paper(empty_app.store)
    await match_day(empty_app.store, date(2026, 11, 23), clock.now())
    subscriber = await empty_app.subscriptions.find(ADDRESS)
    topic = (await empty_app.catalog.for_one_answer(subscriber).list_topics())[0].topic
    stored = await empty_app.store.digests.get_latest(topic.slug)
    assert subscriber
    assert stored
    due_at = datetime(2026, 11, 23, 8, tzinfo=UTC)
    delivery = Delivery(1, subscriber, stored.id, 1, due_at)
    await keep(empty_app.store, paper_id, ENGLISH, "en")  # after it was due: an interrupted message goes on as it began
    assert "Nine designs bind" not in await render(empty_app, delivery)
    assert "Nine designs bind" in await render(empty_app, replace(delivery, due_at=NOW))
    assert "Nine designs bind" in (await send_text(empty_app, "/latest"))[1]


async def render(app: App, delivery: Delivery) -> str:
    cache = RenderedDigestCache(app.store, RecordingPlatform())
    return str(await cache.render_delivery(delivery, {}))


def make_stored(language: str, made_at: datetime = NOW) -> StoredSummary:
    return StoredSummary(1, 1, language, CHINESE if language == "zh" else ENGLISH, (), made_at)


def test_a_withdrawn_paper_keeps_what_its_authors_say() -> None:
    paper = Paper(NUMBER, 2, "Loops", (), "", "This paper has been withdrawn by the authors.")
    entry = Entry(paper, Summary("x", writer=EXTRACT_WRITER))
    assert choose_summary(entry, [make_stored("en")], "en") is None


def test_the_newest_version_in_the_own_language_is_chosen() -> None:
    entry = Entry(Paper(NUMBER, 2, "Loops", (), "", ""), Summary("x", writer=EXTRACT_WRITER))
    newest = replace(make_stored("zh"), version=2)
    assert choose_summary(entry, [newest, make_stored("en")], "en") == make_stored("en")
    assert choose_summary(entry, [newest, make_stored("zh")], "zh") is newest
