"""A delivery that was cut between two of its messages, and the pages and numbers of one that is out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from digestbot.app import App
from digestbot.cards.capabilities import Capabilities
from digestbot.cards.card import Card, ListItem
from digestbot.core.answers.shown_lists import list_numbered_papers
from digestbot.core.ports import IncomingMessage
from digestbot.domain.subscription import CardStyle, Subscriber
from digestbot.errors import TemporaryDeliveryError
from digestbot.store.digests.digest_writer import PageKey
from tests.core.workers import add_reader, make_worker, plan_due
from tests.factories import make_digest, make_entry
from tests.fakes import ManualClock, RecordingPlatform

NUMBERS = [f"2611.{number:05}" for number in range(1, 31)]
SHOWN = 20


class PagingPlatform(RecordingPlatform):
    """Has room for five papers in a message."""

    def capabilities_for(self, card_style: CardStyle) -> Capabilities:
        return replace(Capabilities(), page_size=5)

    def list_papers(self) -> dict[int, str]:
        """All papers that came, by number; none came twice."""
        found = [pair for _, card in self.sent for pair in list_numbered_papers(card).items()]
        assert len(found) == len({number for number, _ in found}) == len({paper for _, paper in found})
        return dict(found)


async def load_two_topics(app: App) -> Subscriber:
    for topic, numbers in (("Topic A", NUMBERS[:15]), ("Topic B", NUMBERS[15:])):
        entries = [
            make_entry(one, title=f"Paper {int(one[-2:])} {'odd' if int(one[-1]) % 2 else 'even'}") for one in numbers
        ]
        await app.store.digests.save_pages([(PageKey(topic, "1", {}), [make_digest(topic, "2026-11-24", entries)])],
                                           app.clock.now())  # fmt: skip
    return await add_reader(app, "ada", "Topic A", "Topic B")


async def ask(app: App, reader: Subscriber, line: str) -> Card:
    app.clock.advance(seconds=5)  # type: ignore[attr-defined]
    return (await app.dispatcher.handle_message(IncomingMessage(reader.address, line, "en"))).card


def find_more(platform: RecordingPlatform) -> str:
    """The command of the button that shows the other papers."""
    return next(one.command for one in platform.sent[-1][1].buttons if "sent-" in one.command)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize("before", ["", "/mute survey", "/mute odd"])
@pytest.mark.parametrize("meanwhile", ["/mute odd", "/filter topic a even", "/mute off odd", "/undo"])
async def test_what_was_cut_goes_on_as_it_began_and_loses_and_repeats_nothing(
    empty_app: App, clock: ManualClock, before: str, meanwhile: str
) -> None:
    reader = await load_two_topics(empty_app)
    if before:
        await ask(empty_app, reader, before)
    whole = PagingPlatform("telegram")
    await plan_due(empty_app, clock)
    whole.errors = []
    platform = PagingPlatform("telegram")
    worker = make_worker(empty_app, platform)
    platform.acquire = _stop_after(platform, 1)  # type: ignore[method-assign]
    await worker.drain()
    assert len(platform.sent) == 1
    await ask(empty_app, reader, meanwhile)
    del platform.acquire
    clock.advance(hours=1)
    await make_worker(empty_app, platform).drain()
    wanted = [one for one in NUMBERS if not (before == "/mute odd" and int(one[-1]) % 2)]
    assert list(platform.list_papers()) == list(range(1, min(SHOWN, len(wanted)) + 1))
    assert set(platform.list_papers().values()) <= set(wanted)


def _stop_after(platform: RecordingPlatform, count: int):
    async def acquire(address: object) -> None:
        if len(platform.sent) >= count:
            raise TemporaryDeliveryError("stopped")

    return acquire


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize("after", ["", "/mute odd", "/filter topic b even", "/rename topic a Morning"])
async def test_numbers_mean_what_is_on_the_screen_after_more_papers_were_shown(
    empty_app: App, clock: ManualClock, after: str
) -> None:
    reader = await load_two_topics(empty_app)
    platform = RecordingPlatform("telegram")
    await plan_due(empty_app, clock)
    await make_worker(empty_app, platform).drain()
    sent = {number: paper for _, card in platform.sent for number, paper in list_numbered_papers(card).items()}
    assert list(sent) == list(range(1, SHOWN + 1))
    if after:
        await ask(empty_app, reader, after)
    more = list_numbered_papers(await ask(empty_app, reader, f"/{find_more(platform)}"))
    hidden = {"": 0, "/mute odd": 5, "/filter topic b even": 2}.get(after, 0)
    assert len(more) == 10 - hidden
    assert min(more) > SHOWN
    assert not set(more.values()) & set(sent.values())
    for number, paper in [*sent.items(), *more.items()][::4]:
        for line in (str(number), f"/paper {number}"):
            card = await ask(empty_app, reader, line)
            assert card.command.split()[1] == paper, line
            assert not [block for block in card.blocks if isinstance(block, ListItem)]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_pages_of_a_message_hide_what_is_muted_since(empty_app: App, clock: ManualClock) -> None:
    reader = await load_two_topics(empty_app)
    platform = RecordingPlatform("telegram")
    await plan_due(empty_app, clock)
    await make_worker(empty_app, platform).drain()
    await ask(empty_app, reader, "/mute paper")
    card = await ask(empty_app, reader, f"/{find_more(platform)}")
    assert card.ok
    assert list_numbered_papers(card) == {}
