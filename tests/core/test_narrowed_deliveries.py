"""Deliveries to chats that filter, mute and rename; one of which nothing is left ends without a message."""

from __future__ import annotations

import pytest

from digestbot.app import App
from digestbot.cards.card import Card, Heading, ListItem, to_plain_text
from digestbot.core.delivery.decisions import NOTHING_LEFT
from digestbot.core.delivery.metrics import DeliveryOutcome
from digestbot.core.ports import IncomingMessage
from digestbot.domain.delivery import DeliveryState
from digestbot.domain.subscription import Address, Schedule
from digestbot.i18n import translate
from digestbot.store.digests.digest_writer import PageKey
from tests.core.workers import add_reader, make_worker, plan_due, read_rows
from tests.factories import make_digest, make_entry
from tests.fakes import ManualClock, RecordingPlatform

PAPERS = {
    "2611.00001": "Gaussian splatting", "2611.00002": "Diffusion for video", "2611.00003": "A survey of splatting",
}  # fmt: skip


async def load(app: App, topic: str, *numbers: str) -> None:
    entries = [make_entry(number, title=PAPERS[number], abstract="") for number in numbers]
    await app.store.digests.save_pages([(PageKey(topic, "1", {}), [make_digest(topic, "2026-11-24", entries)])],
                                       app.clock.now())  # fmt: skip


def read_items(card: Card) -> list[tuple[int | None, str]]:
    items = [block for block in card.blocks if isinstance(block, ListItem)]
    return [(item.position, to_plain_text(item.title)) for item in items]


def read_title(card: Card) -> str:
    return to_plain_text(next(block for block in card.blocks if isinstance(block, Heading)).line)


async def test_each_chat_gets_what_it_does_not_hide_numbered_through(empty_app: App, clock: ManualClock) -> None:
    app, followed = empty_app, empty_app.store.followed_topics
    await load(app, "Topic A", *PAPERS)
    readers = {name: await add_reader(app, name, "Topic A") for name in ("all", "filtered", "muted", "named", "none")}
    await followed.set_filter(readers["filtered"].id, "topic-a", "splatting")
    await followed.set_mutes(readers["muted"].id, ["survey", "gaussian"])
    await followed.rename(readers["named"].id, "topic-a", "Morning")
    await followed.set_filter(readers["none"].id, "topic-a", "quantum")
    cards = RecordingPlatform("telegram")
    await plan_due(app, clock)
    outcomes = await make_worker(app, cards).drain()
    sent = {address.chat: card for address, card in cards.sent}
    titles = list(PAPERS.values())
    assert {chat: read_items(card) for chat, card in sent.items()} == {
        "all": list(enumerate(titles, 1)), "named": list(enumerate(titles, 1)),
        "filtered": [(1, titles[0]), (2, titles[2])], "muted": [(1, titles[1])],
    }  # fmt: skip
    assert read_title(sent["filtered"]) == "Topic A · Tue 24 Nov · 2 papers"
    assert read_title(sent["named"]).startswith("Morning ·")
    for chat, number, opened in (("filtered", 2, titles[2]), ("muted", 1, titles[1]), ("all", 2, titles[1])):
        asked = IncomingMessage(Address("telegram", chat), str(number), "en")
        assert opened in str((await app.dispatcher.handle_message(asked)).card), chat
    row = (await read_rows(app))[readers["none"].id]
    assert (row.state, row.reason) == (DeliveryState.SENT.value, NOTHING_LEFT)
    assert (outcomes[DeliveryOutcome.EMPTY], DeliveryOutcome.EMPTY.is_failure) == (1, False)
    assert await plan_due(app, clock, 11) == 0  # it is not planned again


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize("lines", [["/mute gaussian"], ["/filter topic a survey"], ["/mute gaussian", "/undo"]])
async def test_numbers_stay_those_of_the_message_whatever_is_hidden_after_it(
    empty_app: App, clock: ManualClock, lines: list[str]
) -> None:
    await load(empty_app, "Topic A", *PAPERS)
    reader = await add_reader(empty_app, "ada", "Topic A")
    await plan_due(empty_app, clock)
    await make_worker(empty_app, RecordingPlatform("telegram")).drain()
    for line in (*lines, "/save 2"):
        clock.advance(minutes=1)
        card = (await empty_app.dispatcher.handle_message(IncomingMessage(reader.address, line, "en"))).card
        assert card.ok, line
    assert [saved.entry.paper.arxiv_id for saved in await empty_app.catalog.list_saved(reader)] == ["2611.00002"]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_what_was_left_out_of_one_topic_is_shown_in_full_by_another(empty_app: App, clock: ManualClock) -> None:
    app = empty_app
    await load(app, "Topic A", *PAPERS)
    await load(app, "Topic B", *PAPERS)
    for name in ("plain", "filtered"):
        reader = await add_reader(app, name, "Topic A")
        await add_reader(app, name, "Topic B", hour=11)
        await app.store.followed_topics.set_filter(reader.id, "topic-a", "diffusion" if name == "filtered" else "")
    cards = RecordingPlatform("telegram")
    worker = make_worker(app, cards)
    for hour in (10, 11):
        await plan_due(app, clock, hour)
        await worker.drain()
    later = {address.chat: str(card).count("Already sent in") for address, card in cards.sent[2:]}
    assert later == {"plain": 3, "filtered": 1}


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize("language", ["en", "zh"])
async def test_a_follows_papers_say_why_they_came_and_a_categorys_need_not(
    empty_app: App, clock: ManualClock, language: str
) -> None:
    app = empty_app
    reader = await add_reader(app, "ada")
    await app.subscriptions.update_preferences(reader, language=language)
    schedule = Schedule(clock.now().time().replace(hour=10), "UTC")
    for expression in ("author:Moreno OR nerf", "cat:cs.CV"):
        topic = await app.store.follows.get_or_create(expression)
        await app.subscriptions.subscribe(reader, topic, schedule)
        await write_digest(app, topic.slug)
    cards = RecordingPlatform("telegram")
    await plan_due(app, clock)
    await make_worker(app, cards).drain()
    told = " ".join(str(card) for _, card in cards.sent)
    author = translate(language, "reason_field.author", words="Moreno")
    why = translate(language, "list.reason", reason=author)
    name = {"en": "Computer Vision and Pattern Recognition (cs.CV)", "zh": "计算机视觉与模式识别（cs.CV）"}[language]
    assert (why in told, told.count(why[:3]), name in told) == (True, 1, True)


async def write_digest(app: App, slug: str) -> None:
    """Give a follow a digest of a paper of its own, as the day's matching does."""
    from sqlalchemy import select, update

    from digestbot.store.tables import digests, topics

    number = "2611.00001" if slug.startswith("follow") else "2611.00003"
    await load(app, f"Made for {slug}", number)
    async with app.store.database.write() as connection:
        id_ = select(topics.c.id).where(topics.c.slug == slug).scalar_subquery()
        made = select(topics.c.id).where(topics.c.title == f"Made for {slug}").scalar_subquery()
        await connection.execute(update(digests).where(digests.c.topic_id == made).values(topic_id=id_))
