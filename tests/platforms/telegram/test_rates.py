"""How fast Telegram is sent to, by the rates that the bot really has, and what a 429 holds up."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from telegram import Bot

from digestbot.app import App
from digestbot.cards import replies
from digestbot.cards.card import Button
from digestbot.core.delivery.rate_limiter import RateLimiter
from digestbot.domain.subscription import Address, CardStyle
from digestbot.figures.downloads import FigureDownloader
from digestbot.platforms.telegram.adapter import build_rate_limits
from digestbot.platforms.telegram.outgoing.calls import MessageRef
from digestbot.platforms.telegram.outgoing.message import OutgoingMessage
from digestbot.platforms.telegram.outgoing.messenger import Messenger, is_group
from digestbot.platforms.telegram.transport import AiohttpRequest, FloodError
from digestbot.settings import TelegramSettings
from tests.core.test_rate_limiter import SimulatedTime, most_within
from tests.platforms.telegram.botapi.people import Person
from tests.platforms.telegram.botapi.server import TOKEN, BotApi
from tests.platforms.telegram.botapi.world import BOT_ID, Chat


@pytest.mark.parametrize(
    ("chosen", "a_second"),
    [
        ({}, 30),
        ({"paid_broadcast": True}, 1000),
        ({"messages_per_second": 5}, 5),
        ({"messages_per_second": 50, "paid_broadcast": True}, 50),
    ],
)
async def test_a_second_has_what_the_token_allows(
    monkeypatch: pytest.MonkeyPatch, chosen: dict[str, int], a_second: int
) -> None:
    time, sent = SimulatedTime(monkeypatch), []
    limits = RateLimiter(build_rate_limits(TelegramSettings(token=TOKEN, **chosen)), lambda: time.now)

    async def deliver(chat: int) -> None:
        await limits.acquire_for_delivery(str(chat), group=False)
        sent.append(time.now)

    number = min(2 * a_second, 1200)
    await time.run_all(*(deliver(chat) for chat in range(number)))
    assert 0.9 * a_second <= most_within(sent, 1.0) <= a_second


@pytest.mark.parametrize(
    ("chat", "group"), [("-1", True), ("-4242", True), ("-1001234567890", True), ("4242", False), ("1001", False)]
)
def test_groups_and_channels_are_told_by_their_ids(chat: str, group: bool) -> None:
    assert is_group(chat) is group


@dataclass
class PacedMessenger:
    """A messenger in a time that a test moves; what it waited for."""

    messenger: Messenger
    now: list[float]
    waits: list[float] = field(default_factory=list)

    def make_message(self, text: str = "Hello") -> OutgoingMessage:
        card = replies.message_card("", text, buttons=[Button("Go", "topics")])
        return self.messenger.render(card, CardStyle.RICH)[0]


@pytest.fixture
async def pace(app: App, api: BotApi, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PacedMessenger]:
    now = [1000.0]
    async with Bot(TOKEN, base_url=f"{api.url}/bot", request=AiohttpRequest(4)) as bot:
        limits = RateLimiter(build_rate_limits(TelegramSettings(token=TOKEN)), lambda: now[0])
        pace = PacedMessenger(Messenger(bot, limits, app.store.callback_tokens, app.clock, FigureDownloader()), now)

        async def sleep(seconds: float) -> None:
            pace.waits.append(seconds)
            now[0] += seconds

        monkeypatch.setattr("digestbot.core.delivery.rate_limiter.asyncio.sleep", sleep)
        yield pace
        monkeypatch.undo()


def make_chat(ada: Person, kind: str) -> Chat:
    """A new chat of a kind, with the bot in it."""
    chat = Person(ada.api).chat if kind == "private" else ada.create_chat(kind, "Lab")
    chat.members[BOT_ID] = "administrator"
    return chat


@pytest.mark.parametrize("kind", ["group", "supergroup", "channel", "private"])
async def test_a_group_gets_twenty_messages_a_minute_whatever_they_are(
    pace: PacedMessenger, ada: Person, kind: str
) -> None:
    async def deliver(chat: str, number: int) -> None:
        await pace.messenger.acquire(Address("telegram", chat))

    async def answer(chat: str, number: int) -> None:
        await pace.messenger.send_answer(Address("telegram", chat), pace.make_message(f"Hello {number}"))

    async def edit(chat: str, number: int) -> None:
        await pace.messenger.edit_message(MessageRef(chat, 1), pace.make_message(f"Bye {number}"))

    for send in (deliver, answer, edit):
        chat = str(make_chat(ada, kind).id)  # each on its own: a chat's first message decides its rates
        await pace.messenger.send_delivery(Address("telegram", chat), pace.make_message())
        pace.now[0] += 600
        pace.waits.clear()
        for number in range(20):
            await send(chat, number)
            pace.now[0] += 1.1
        assert pace.waits == [], send.__name__
        await send(chat, 20)
        expected = 0.0 if kind == "private" else 60 - 20 * 1.1
        assert sum(pace.waits) == pytest.approx(expected), send.__name__


async def test_a_chat_gets_a_delivery_a_second_and_three_answers_at_once(pace: PacedMessenger, ada: Person) -> None:
    ada.chat.members[BOT_ID] = "member"
    address = Address("telegram", str(ada.id))
    for _ in range(2):
        await pace.messenger.acquire(address)
    assert sum(pace.waits) == pytest.approx(1.0)
    pace.waits.clear()
    pace.now[0] += 60
    for number in range(4):
        await pace.messenger.send_answer(address, pace.make_message(f"Hello {number}"))
    assert sum(pace.waits) == pytest.approx(3.0, abs=0.2)


async def refuse_answer(pace: PacedMessenger, person: Person, seconds: int) -> None:
    """An answer to somebody is refused with a 429."""
    person.chat.members[BOT_ID] = "member"
    person.api.fail_next("sendMessage", 429, chat=person.id, retry_after=seconds)
    with pytest.raises(FloodError):
        await pace.messenger.send_answer(Address("telegram", str(person.id)), pace.make_message())


async def seconds_to_wait(pace: PacedMessenger, person: Person) -> float:
    """How long deliveries to somebody are put off, and what they wait for."""
    waited = sum(pace.waits)
    try:
        await pace.messenger.acquire(Address("telegram", str(person.id)))
    except FloodError as error:
        return error.seconds
    return sum(pace.waits) - waited


async def test_a_429_holds_up_its_chat_alone_and_for_as_long_as_it_says(
    pace: PacedMessenger, api: BotApi, ada: Person
) -> None:
    await refuse_answer(pace, ada, 40)
    pace.now[0] += 39
    assert await seconds_to_wait(pace, ada) == pytest.approx(1.0)
    assert await seconds_to_wait(pace, Person(api)) == 0.0
    pace.now[0] += 2
    assert await seconds_to_wait(pace, ada) == 0.0


async def test_a_429_to_a_delivery_or_an_edit_is_noted_for_its_chat_too(
    pace: PacedMessenger, api: BotApi, ada: Person
) -> None:
    ada.chat.members[BOT_ID] = "member"
    address = Address("telegram", str(ada.id))
    await pace.messenger.send_delivery(address, pace.make_message())
    for method, call in (
        ("sendMessage", lambda: pace.messenger.send_delivery(address, pace.make_message("again"))),
        (
            "editMessageText",
            lambda: pace.messenger.edit_message(MessageRef(address.chat, 1), pace.make_message("anew")),
        ),
    ):
        pace.now[0] += 600
        api.fail_next(method, 429, retry_after=40)
        with pytest.raises(FloodError):
            await call()
        assert await seconds_to_wait(pace, ada) == pytest.approx(40.0), method


async def test_five_chats_that_are_refused_in_a_row_hold_up_the_token(pace: PacedMessenger, api: BotApi) -> None:
    people = [Person(api) for _ in range(11)]
    for person in people[:4]:
        await refuse_answer(pace, person, 40)
    people[4].chat.members[BOT_ID] = "member"
    await pace.messenger.send_delivery(Address("telegram", str(people[4].id)), pace.make_message())
    await refuse_answer(pace, people[5], 40)
    assert await seconds_to_wait(pace, people[10]) < 1.0  # one got through between: it was not the token
    for person in people[6:10]:
        await refuse_answer(pace, person, 40)
    assert await seconds_to_wait(pace, Person(api)) == pytest.approx(40.0, abs=1.0)


@pytest.mark.parametrize(("seconds", "waits"), [(1, True), (10, True), (11, False), (40, False)])
async def test_an_answer_waits_ten_seconds_at_most_and_once(
    pace: PacedMessenger, api: BotApi, ada: Person, seconds: int, waits: bool
) -> None:
    ada.chat.members[BOT_ID] = "member"
    api.fail_next("sendMessage", 429, retry_after=seconds)
    answering = pace.messenger.send_answer(Address("telegram", str(ada.id)), pace.make_message())
    if waits:
        await answering
        assert pace.waits == [seconds]
    else:
        with pytest.raises(FloodError):
            await answering
        assert pace.waits == []
    assert len(ada.chat.messages) == waits
