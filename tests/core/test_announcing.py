"""How a chat's digests are announced: kept on both databases, undone, and said with each message of a delivery."""

from __future__ import annotations

from dataclasses import dataclass, field

from digestbot.app import App
from digestbot.cards.capabilities import Capabilities
from digestbot.cards.card import Card
from digestbot.core.answers.trials import MAX_TRIALS, TrialPace
from digestbot.core.ports import STANDALONE, ChatRole, IncomingMessage, SendContext
from digestbot.domain.subscription import Address, CardStyle
from tests.fakes import ManualClock, RecordingPlatform
from tests.platforms.mornings import load_digest, read_rows

CHANNEL = Address("console", "server", "channel")
CAN = Capabilities(page_size=5, can_be_quiet=True, can_mention=True)
ROLES = [ChatRole("7", "Readers"), ChatRole("8", "Writers", can_be_called=False), ChatRole("9", "Writers")]


@dataclass
class NotingPlatform(RecordingPlatform):
    """Keeps how each message is announced."""

    name: str = "console"
    contexts: list[SendContext] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def capabilities_for(self, card_style: CardStyle) -> Capabilities:
        return CAN

    async def send(self, address: Address, message: Card, context: SendContext = STANDALONE) -> str:
        self.contexts.append(context)
        return await super().send(address, message, context)


def find_roles(text: str) -> list[ChatRole]:
    return [role for role in ROLES if text.removeprefix("@") in ("", role.id, role.name)]


async def say(app: App, text: str, platform: NotingPlatform) -> Card:
    message = IncomingMessage(
        CHANNEL, text, "en", title="#papers", capabilities_for=lambda _: CAN, sender=platform, find_roles=find_roles
    )
    return (await app.dispatcher.handle_message(message)).card


async def test_the_first_message_alone_makes_a_sound_and_mentions_the_role(empty_app: App, clock: ManualClock) -> None:
    await load_digest(empty_app, count=12)
    platform = NotingPlatform()
    await say(empty_app, "/subscribe topic-a 10:00", platform)
    await say(empty_app, "/settings mention @Readers", platform)
    clock.set("2026-11-24 10:00")
    assert (await empty_app.build_delivery_service([platform]).run_cycle()).sent == 1
    assert [(one.is_silent, one.mention_role) for one in platform.contexts] == [(False, "7"), (True, ""), (True, "")]


async def test_what_is_chosen_is_kept_shown_and_undone(empty_app: App) -> None:
    platform = NotingPlatform()
    await load_digest(empty_app)
    await say(empty_app, "/subscribe topic-a", platform)
    await say(empty_app, "/settings mention 8", platform)
    assert (await say(empty_app, "/settings mention Writers", platform)).ok is False, "two are called so"
    await say(empty_app, "/settings quiet on", platform)
    subscriber = await empty_app.subscriptions.find(CHANNEL)
    assert subscriber
    assert (subscriber.preferences.quiet, subscriber.preferences.mention_role) == (True, "8")
    await say(empty_app, "/settings mention off", platform)
    for expected in ((True, "8"), (False, "8"), (False, "")):
        assert (await say(empty_app, "/undo", platform)).ok
        subscriber = await empty_app.subscriptions.find(CHANNEL)
        assert subscriber
        assert (subscriber.preferences.quiet, subscriber.preferences.mention_role) == expected


async def test_a_test_is_a_quiet_chats_delivery_without_a_row(empty_app: App) -> None:
    await load_digest(empty_app, count=6)
    platform = NotingPlatform()
    await say(empty_app, "/subscribe topic-a", platform)
    await say(empty_app, "/settings quiet on", platform)
    assert (await say(empty_app, "/test topic-a", platform)).ok
    assert [(one.is_silent, one.is_test) for one in platform.contexts] == [(True, True)] * 2
    assert len({one.idempotency_key for one in platform.contexts}) == 2
    assert await read_rows(empty_app) == []
    assert [(await say(empty_app, "/test", platform)).ok for _ in range(MAX_TRIALS)] == [True, True, False]
    assert len(platform.contexts) == 6


def test_a_chat_has_a_few_tests_an_hour_and_no_other_chat_less(clock: ManualClock) -> None:
    pace = TrialPace(clock)
    assert [pace.begin(CHANNEL) for _ in range(MAX_TRIALS)] == [None] * MAX_TRIALS
    next_at = pace.begin(CHANNEL)
    assert next_at
    assert pace.begin(Address("console", "other")) is None
    pace.take_back(CHANNEL)
    assert pace.begin(CHANNEL) is None
    clock.moment = next_at
    assert pace.begin(CHANNEL) is None
