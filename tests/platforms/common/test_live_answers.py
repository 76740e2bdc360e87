"""Work beside a platform's messages: so much of it at most, never unclosed, and ended in time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest

from digestbot.cards.card import Card, list_sentences
from digestbot.core.ports import Reply
from digestbot.domain.subscription import Preferences
from digestbot.errors import (
    AmbiguousDeliveryError,
    DeliveryError,
    PermanentDeliveryError,
    RateLimitedError,
    RejectedMessageError,
    TemporaryDeliveryError,
)
from digestbot.platforms.common.live_answers import LiveAnswers, LiveLimits, LiveScreen
from digestbot.platforms.common.live_message import LiveMessage
from tests.live_work import make_card
from tests.waiting import wait_until


class Screen:
    """Keeps what it is shown."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.last = ""

    async def wait_for_turn(self) -> None:
        """Everything at once."""

    async def show(self, card: Card) -> bool:
        self.shown.append(list_sentences(card)[-1])
        return True

    async def finish(self, card: Card, *, is_shown: bool) -> None:
        self.last = list_sentences(card)[-1]


class Source:
    """Cards as a test gives them."""

    def __init__(self) -> None:
        self.cards: asyncio.Queue[Card | None] = asyncio.Queue()
        self.is_closed = False
        self.reply = Reply(make_card("First"), Preferences(language="en"), self._iter_cards(), "topics")

    async def _iter_cards(self) -> AsyncGenerator[Card]:
        try:
            while card := await self.cards.get():
                yield card
        finally:
            self.is_closed = True


async def present_source(answers: LiveAnswers, person: str, chat: str = "") -> tuple[Screen, Source, str]:
    """Begin some work; its screen, where its cards come from, and what is said first."""
    screen, source, said = Screen(), Source(), []

    async def show(card: Card) -> LiveScreen:
        said.append(list_sentences(card)[-1])
        return screen

    await answers.present_reply(source.reply, person, chat, show)
    return screen, source, said[0]


@pytest.mark.parametrize(
    ("limits", "people", "chat"),
    [
        (LiveLimits(of_person=2), ["ada", "ada"], ""),
        (LiveLimits(in_chat=2), ["ada", "ben"], "lab"),
        (LiveLimits(in_all=2), ["ada", "ben"], ""),
    ],
)
async def test_one_too_many_is_not_begun_until_another_ends(limits: LiveLimits, people: list[str], chat: str) -> None:
    answers = LiveAnswers(limits)
    begun = [await present_source(answers, person, chat) for person in people]
    _, _, said = await present_source(answers, people[0], chat)
    assert "Too much is being worked on" in said
    begun[0][1].cards.put_nowait(None)
    await wait_until(lambda: answers.count == 1)
    assert (await present_source(answers, people[0], chat))[2] == "First"
    await answers.close(0.1)


async def test_what_cannot_be_shown_is_closed_and_leaves_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    answers, source = LiveAnswers(LiveLimits(of_person=1)), Source()
    assert source.reply.updates
    source.cards.put_nowait(make_card("Begun"))
    await anext(source.reply.updates)

    async def fail(_: Card) -> LiveScreen:
        raise TemporaryDeliveryError("away")

    with pytest.raises(TemporaryDeliveryError):
        await answers.present_reply(source.reply, "ada", "", fail)
    assert source.is_closed
    assert (await present_source(answers, "ada"))[2] == "First"
    await answers.close(0.1)


async def test_the_end_interrupts_what_goes_on_and_begins_nothing_more() -> None:
    answers = LiveAnswers()
    screen, source, _ = await present_source(answers, "ada")
    await answers.close(0.5)
    assert "being restarted" in screen.last
    assert source.is_closed
    assert "being restarted" in (await present_source(answers, "ada"))[2]
    assert answers.count == 0


async def test_what_takes_too_long_is_given_up() -> None:
    screen, source, _ = await present_source(LiveAnswers(LiveLimits(seconds=0.02)), "ada")
    await wait_until(lambda: screen.last)
    assert "took too long" in screen.last
    assert source.is_closed


async def test_work_without_a_card_leaves_the_first_one() -> None:
    answers = LiveAnswers()
    screen, source, _ = await present_source(answers, "ada")
    source.cards.put_nowait(None)
    await wait_until(lambda: answers.count == 0)
    assert (screen.shown, screen.last) == ([], "")


# A message that is edited


class Chat:
    """A message and those below it; ``edit_errors`` and ``send_errors`` come first."""

    def __init__(self, edit_errors: list[DeliveryError] | None = None, send_errors: list[DeliveryError] | None = None):
        self.edit_errors, self.send_errors = edit_errors or [], send_errors or []
        self.text, self.below = "First", list[str]()

    def open_message(self) -> LiveMessage[str]:
        return LiveMessage(lambda card: [list_sentences(card)[-1], "more"], self._edit, self._send, self._wait)

    async def _edit(self, text: str) -> None:
        if self.edit_errors:
            raise self.edit_errors.pop(0)
        self.text = text

    async def _send(self, text: str) -> None:
        if self.send_errors:
            raise self.send_errors.pop(0)
        self.below.append(text)

    async def _wait(self) -> None:
        """At once."""


PASSING: list[DeliveryError] = [
    TemporaryDeliveryError("away"),
    AmbiguousDeliveryError("maybe"),
    RateLimitedError("wait", 0.01),
]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digestbot.platforms.common.live_message._PAUSES", (0.001,) * 6)


async def test_the_last_card_gets_through_all_that_passes() -> None:
    chat = Chat(list(PASSING), list(PASSING))
    await chat.open_message().finish(make_card("Done"), is_shown=False)
    assert (chat.text, chat.below) == ("Done", ["more"])


async def test_a_message_that_is_gone_is_not_tried_again_and_the_last_card_is_sent() -> None:
    chat = Chat([RejectedMessageError("gone")])
    message = chat.open_message()
    assert await message.show(make_card("One")) is False
    assert await message.show(make_card("Two")) is False
    await message.finish(make_card("Done"), is_shown=False)
    assert (chat.text, chat.below) == ("First", ["Done", "more"])


async def test_a_card_that_is_there_already_is_not_put_there_again() -> None:
    chat = Chat()
    message = chat.open_message()
    assert await message.show(make_card("Done"))
    chat.edit_errors = [TemporaryDeliveryError("away")]
    await message.finish(make_card("Done"), is_shown=True)
    assert (chat.text, chat.below, len(chat.edit_errors)) == ("Done", ["more"], 1)


async def test_nobody_is_worked_for_who_cannot_be_reached() -> None:
    chat = Chat([PermanentDeliveryError("blocked")])
    answers, source = LiveAnswers(), Source()

    async def show(_: Card) -> LiveScreen:
        return chat.open_message()

    await answers.present_reply(source.reply, "ada", "", show)
    source.cards.put_nowait(make_card("One"))
    await wait_until(lambda: answers.count == 0)
    assert source.is_closed
