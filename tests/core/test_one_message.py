"""One morning, one message: what a chat receives at one time is one message, whatever else happens to it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from digestbot.app import App
from digestbot.cards.card import Button, Card, Heading, Paragraph, to_plain_text
from digestbot.core.answers.shown_lists import list_numbered_papers
from digestbot.core.delivery.planner import plan_deliveries
from digestbot.core.ports import IncomingMessage, Reply
from digestbot.domain.subscription import Address, PostMode
from digestbot.errors import AmbiguousDeliveryError, RejectedMessageError
from digestbot.store.deliveries.outbox import PlanningPolicy
from digestbot.store.digests.digest_writer import PageKey
from digestbot.store.tables import digests, metadata, outbox, topics
from tests.factories import make_digest, make_entry
from tests.fakes import ManualClock, RecordingPlatform

ADA, BO = Address("console", "ada"), Address("console", "bo")


class Mornings:
    """A bot and its readers; topics are called by a letter, and their papers have a number each."""

    def __init__(self, app: App, clock: ManualClock) -> None:
        self.app, self.clock, self.inbox = app, clock, RecordingPlatform()
        self.service = app.build_delivery_service([self.inbox])

    async def load(self, at: str, **papers: str) -> None:
        """Load digests of the day, each with papers by their numbers."""
        self.clock.set(f"2026-{at}")
        day = date.fromisoformat(f"2026-{at[:5]}").isoformat()
        pages = [
            (
                PageKey(f"{topic}/{day}", "", {}),
                [make_digest(f"Topic {topic}", day, list(map(make_paper, all_.split())))],
            )
            for topic, all_ in papers.items()
        ]
        await self.app.store.digests.save_pages(pages, self.clock.now())

    async def ask(self, text: str, address: Address = ADA) -> Reply:
        self.clock.advance(seconds=1)
        return await self.app.dispatcher.handle_message(IncomingMessage(address, text, "en"))

    async def say(self, *texts: str, address: Address = ADA) -> None:
        for text in texts:
            reply = await self.ask(text, address)
            assert reply.card.ok, reply.card

    async def deliver(self, at: str, address: Address = ADA) -> list[list[str]]:
        """The messages that come at a time, each as the topics that it has and their papers."""
        self.clock.set(f"2026-{at}")
        before = len(self.inbox.sent)
        await self.service.run_cycle()
        return [read_sections(card) for to, card in self.inbox.sent[before:] if to == address]

    async def read_states(self) -> dict[str, str]:
        """The states of the deliveries by their topics' letters and days."""
        query = select(topics.c.title, digests.c.date, outbox.c.state).select_from(outbox.join(digests).join(topics))
        async with self.app.store.database.read() as connection:
            rows = await connection.execute(query.order_by(topics.c.title, digests.c.date))
            return {f"{row.title[-1]}{row.date.day}": row.state for row in rows}


def make_paper(number: str) -> Any:
    return make_entry(f"2611.{int(number):05}", title=f"Paper {number}")


def read_sections(card: Card) -> list[str]:
    """Each section of a card as its topic's letter and its papers: ``A 1 2``; ``A 1 (2)`` where 2 is in another."""
    titles = [block for block in card.blocks if isinstance(block, Heading) and "Topic" in to_plain_text(block.line)]
    found: list[str] = []
    for block in card.blocks:
        if block in titles and isinstance(block, Heading):
            found.append(to_plain_text(block.line).split(" · ")[0][-1])
        elif isinstance(block, Paragraph) and (text := to_plain_text(block.line)).startswith("Also in this topic"):
            found[-1] += f" ({' '.join(one.split()[-1] for one in text.split(' · '))})"
        found[-1:] = [one + read_number(block) for one in found[-1:]]
    return found


def read_number(block: Any) -> str:
    return f" {int(block.url.split('.')[-1].split('v')[0])}" if hasattr(block, "position") else ""


@pytest.fixture
async def mornings(empty_app: App, clock: ManualClock) -> Mornings:
    return Mornings(empty_app, clock)


async def two_topics(mornings: Mornings) -> None:
    await mornings.load("11-23 06:00", A="1 2", B="2 3")
    await mornings.say("/subscribe topic-a 08:00", "/subscribe topic-b 08:00")


async def topics_of_one_time_come_together(mornings: Mornings) -> None:
    await two_topics(mornings)
    await mornings.say("/subscribe topic-a 08:00", address=BO)
    assert await mornings.deliver("11-23 08:00") == [["A 1 2", "B 3 (2)"]]
    title, *_ = (to_plain_text(b.line) for b in mornings.inbox.sent[0][1].blocks if isinstance(b, Heading))
    assert title == "Mon 23 Nov · 2 topics · 3 papers"
    assert [to.chat for to, _ in mornings.inbox.sent] == ["ada", "bo"]
    assert await mornings.deliver("11-24 08:00") == []


async def topics_of_two_times_come_apart(mornings: Mornings) -> None:
    await mornings.load("11-23 06:00", A="1", B="2", C="3")
    await mornings.say("/subscribe topic-a 08:00", "/subscribe topic-b 09:00")
    await mornings.say("/subscribe topic-c 10:00 Europe/Berlin")  # which is 09:00 too
    assert await mornings.deliver("11-23 08:00") == [["A 1"]]
    assert await mornings.deliver("11-23 09:00") == [["B 2", "C 3"]]
    await mornings.load("11-24 06:00", A="4", B="5")  # and after a morning without the bot it is one
    assert await mornings.deliver("11-24 12:00") == [["A 4", "B 5"]]


async def days_that_were_missed_come_with_them(mornings: Mornings) -> None:
    await two_topics(mornings)
    await mornings.deliver("11-23 08:00")
    await mornings.load("11-24 06:00", A="4", B="5")
    await mornings.load("11-25 06:00", A="6 5")
    assert await mornings.deliver("11-25 07:00") == [["A 6 5 4", "B (5)"]]
    assert set((await mornings.read_states()).values()) == {"sent"}


async def who_wants_one_each_gets_one_each(mornings: Mornings) -> None:
    await two_topics(mornings)
    await mornings.say("/settings bundle off")
    assert await mornings.deliver("11-23 08:00") == [["A 1 2"], ["B 2 3"]]
    await mornings.say("/undo")
    await mornings.load("11-24 06:00", A="4", B="5")
    assert await mornings.deliver("11-24 08:00") == [["A 4", "B 5"]]


async def forums_get_a_post_for_each(mornings: Mornings) -> None:
    await two_topics(mornings)
    ada = await mornings.app.subscriptions.find(ADA)
    assert ada
    await mornings.app.subscriptions.update_preferences(ada, post_mode=PostMode.FORUM)
    await mornings.deliver("11-23 08:00")
    posts = [card.new_thread for _, card in mornings.inbox.sent if card.new_thread]
    assert [post.tag for post in posts] == ["Topic A", "Topic B"]


async def instant_topics_come_at_once(mornings: Mornings) -> None:
    await mornings.load("11-22 06:00", A="1", B="2")
    await mornings.say("/subscribe topic-a instant", "/subscribe topic-b instant")
    await mornings.load("11-23 06:00", A="3")
    assert await mornings.deliver("11-23 06:01") == [["A 3"]]
    await mornings.load("11-23 06:02", B="4")
    assert await mornings.deliver("11-23 06:03") == [["B 4"]]
    await mornings.load("11-24 06:00", A="5", B="6")
    assert await mornings.deliver("11-24 06:01") == [["A 5", "B 6"]]


async def what_is_refused_is_sent_one_by_one(mornings: Mornings) -> None:
    await two_topics(mornings)
    mornings.inbox.errors = [RejectedMessageError("too long"), RejectedMessageError("too long")]
    assert await mornings.deliver("11-23 08:00") == []
    assert await mornings.read_states() == {"A23": "due", "B23": "due"}
    assert await mornings.deliver("11-23 08:00") == [["B 2 3"]]
    assert await mornings.read_states() == {"A23": "failed", "B23": "sent"}
    assert await mornings.app.store.report.retry_given_up(datetime.min.replace(tzinfo=UTC), mornings.clock.now())
    assert await mornings.deliver("11-23 08:01") == [["A 1 2"]]
    assert "Already sent in Topic B" in str(mornings.inbox.sent[-1])


async def who_leaves_a_topic_gets_the_others(mornings: Mornings) -> None:
    """Whichever it is: the lead, or what comes with it."""
    await mornings.load("11-23 06:00", A="1", B="2", C="3")
    for who in (ADA, BO):
        await mornings.say(*(f"/subscribe topic-{one} 08:00" for one in "abc"), address=who)
    mornings.clock.set("2026-11-23 08:00")
    await plan_deliveries(mornings.app.store, mornings.clock.now(), PlanningPolicy(timedelta(0)))
    await mornings.say("/unsubscribe topic-a")
    await mornings.say("/pause topic-c", address=BO)
    assert await mornings.deliver("11-23 08:01") == [["B 2", "C 3"]]
    assert read_sections(mornings.inbox.sent[-1][1]) == ["A 1", "B 2"]
    await mornings.say("/resume topic-c", address=BO)
    assert await mornings.deliver("11-24 08:00", BO) == [["C 3"]]


async def what_was_tried_stays_whole(mornings: Mornings) -> None:
    """A message that may have arrived is the same again, though its first topic was left meanwhile."""
    await two_topics(mornings)
    mornings.inbox.errors = [AmbiguousDeliveryError("no answer")]
    assert await mornings.deliver("11-23 08:00") == []
    await mornings.say("/unsubscribe topic-a")
    assert await mornings.read_states() == {"A23": "due", "B23": "bundled"}
    assert await mornings.deliver("11-23 08:01") == [["A 1 2", "B 3 (2)"]]


async def what_was_tried_and_dropped_goes_on_for_the_others(mornings: Mornings) -> None:
    await two_topics(mornings)
    for at in ("11-23 08:00", "11-23 09:00"):
        mornings.inbox.errors = [AmbiguousDeliveryError("no answer")]
        assert await mornings.deliver(at) == []
    mornings.inbox.errors = [AmbiguousDeliveryError("no answer")] * 9
    await mornings.say("/unsubscribe topic-a")
    await mornings.deliver("11-24 08:01")
    assert await mornings.read_states() == {"A23": "dropped", "B23": "bundled"}
    mornings.inbox.errors = []
    assert await mornings.deliver("11-25 08:00") == [["A 1 2", "B 3 (2)"]]
    await mornings.say("/unsubscribe topic-b")
    assert set((await mornings.read_states()).values()) == {"sent"}


async def a_chat_that_was_paused_gets_all_it_missed_in_one(mornings: Mornings) -> None:
    await two_topics(mornings)
    await mornings.say("/settings bundle off")
    mornings.clock.set("2026-11-23 08:00")
    await plan_deliveries(mornings.app.store, mornings.clock.now(), PlanningPolicy(timedelta(0)))
    await mornings.say("/pause")
    assert await mornings.deliver("11-23 08:01") == []
    assert await mornings.read_states() == {"A23": "dropped", "B23": "dropped"}
    await mornings.say("/settings bundle on", "/resume")
    await mornings.load("11-24 06:00", A="4")
    assert await mornings.deliver("11-24 08:00") == [["A 4 1 2", "B 3 (2)"]]


async def the_rest_is_behind_a_button(mornings: Mornings) -> None:
    await mornings.load("11-23 06:00", A=" ".join(map(str, range(1, 31))), B="31 32")
    await mornings.say("/subscribe topic-a 08:00", "/subscribe topic-b 08:00")
    await mornings.deliver("11-23 08:00")
    sent = [card for _, card in mornings.inbox.sent]
    numbers = {number: paper for card in sent for number, paper in list_numbered_papers(card).items()}
    assert sorted(numbers) == list(range(1, 21))
    assert [numbers[19], numbers[20]] == ["2611.00031", "2611.00032"]
    (more,) = [button for card in sent for button in card.buttons if isinstance(button, Button)]
    assert more.label == "12 more"
    rest = (await mornings.ask(f"/{more.command}")).card
    after = (await mornings.ask("next")).card
    beyond = list_numbered_papers(rest) | list_numbered_papers(after)
    assert beyond == {number: f"2611.{number - 2:05}" for number in range(21, 33)}
    assert (await mornings.ask("/paper 21")).card.command.startswith("paper 2611.00019")
    assert not (await mornings.ask(f"/{more.command}", BO)).card.ok  # what a chat gets, no other sees
    assert not (await mornings.ask(f"/{more.command[:-1]}9")).card.ok


async def a_new_name_puts_nothing_elsewhere(mornings: Mornings) -> None:
    await two_topics(mornings)
    await mornings.deliver("11-23 08:00")
    shown = list_numbered_papers((await mornings.ask("/latest sent-1")).card)
    await mornings.say("/rename topic-a Zoo Topic A", "/settings language zh")
    again = (await mornings.ask("/latest sent-1")).card
    assert "Zoo Topic A" in str(again)
    assert list_numbered_papers(again) == shown
    assert shown == {1: "2611.00001", 2: "2611.00002", 3: "2611.00003"}


async def what_no_digest_can_be_is_not_known(mornings: Mornings) -> None:
    await two_topics(mornings)
    for number in (0, 2**31 - 1, 2**31, 10**18 - 1):
        answer = (await mornings.ask(f"/latest sent-{number}")).card
        assert "I have no such message" in str(answer)


Case = Callable[[Mornings], Awaitable[None]]
CASES: list[Case] = [
    *(topics_of_one_time_come_together, topics_of_two_times_come_apart, days_that_were_missed_come_with_them),
    *(who_wants_one_each_gets_one_each, forums_get_a_post_for_each, instant_topics_come_at_once),
    *(what_is_refused_is_sent_one_by_one, who_leaves_a_topic_gets_the_others, what_was_tried_stays_whole),
    *(what_was_tried_and_dropped_goes_on_for_the_others, a_chat_that_was_paused_gets_all_it_missed_in_one),
    *(the_rest_is_behind_a_button, a_new_name_puts_nothing_elsewhere, what_no_digest_can_be_is_not_known),
]
ON_SERVER: list[Case] = [
    *(days_that_were_missed_come_with_them, what_is_refused_is_sent_one_by_one, who_leaves_a_topic_gets_the_others),
    *(what_was_tried_and_dropped_goes_on_for_the_others, a_chat_that_was_paused_gets_all_it_missed_in_one),
    what_no_digest_can_be_is_not_known,
]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize("case", CASES)
async def test_one_morning_is_one_message(case: Case, mornings: Mornings) -> None:
    await case(mornings)


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_one_morning_is_one_message_on_postgresql(engine: str, empty_app: App, clock: ManualClock) -> None:
    for case in ON_SERVER:
        async with empty_app.store.database.write() as connection:
            for table in reversed(metadata.sorted_tables):
                await connection.execute(table.delete())
        await case(Mornings(empty_app, clock))
