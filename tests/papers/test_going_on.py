"""Plain questions in a private chat: about the paper that was asked about or opened just before."""

from __future__ import annotations

import pytest

from digestbot.cards.card import Card
from digestbot.domain.subscription import Address
from digestbot.settings import Settings
from tests.builder.archive import ArxivServer
from tests.builder.endpoint import ModelEndpoint
from tests.fakes import ManualClock
from tests.papers.asked import GPUS, ME, NUMBER, OTHER, add_page, ask, count_asked, open_desk, store_paper

ASKED = f"/ask {NUMBER} how many GPUs?"
OPENED = f"/paper {NUMBER}"
SEARCHED = "/search other"


def _is_answer(cards: list[Card]) -> bool:
    """Whether the cards tell how far an answer about the paper is, and end with it."""
    return len(cards) > 1 and cards[-1].command == f"paper {NUMBER}"


@pytest.mark.parametrize(
    ("lines", "is_answered"),
    [
        ((ASKED, "and for how long?"), True),
        ((ASKED, "训练了多久？"), True),
        ((ASKED, SEARCHED, "and for how long?"), True),
        ((ASKED, SEARCHED, "/ask and for how long?"), True),
        ((OPENED, "how many GPUs?"), True),
        ((OPENED, "ask how many GPUs?"), True),
        ((OPENED, "ask it how many GPUs"), True),
        ((f"{NUMBER} how many GPUs are used?",), True),
        ((f"{NUMBER} 用了多少张显卡？",), True),
        ((OPENED, "smaller models?"), False),
        ((OPENED, "GPU clusters"), False),
        ((ASKED, "GPU clusters"), False),
        ((ASKED, "any papers about agents?"), False),
        (("how many GPUs?",), False),
    ],
)
async def test_a_plain_question_is_about_the_paper_that_is_open(
    settings: Settings,
    clock: ManualClock,
    archive: ArxivServer,
    endpoint: ModelEndpoint,
    lines: tuple[str, ...],
    is_answered: bool,
) -> None:
    add_page(archive)
    endpoint.answer = GPUS
    async with open_desk(settings, clock, archive, endpoint) as app:
        await store_paper(app, "2611.90201")
        cards: list[Card] = []
        for line in lines:
            clock.advance(seconds=1)
            cards = (await ask(app, line))[0]
        others = (await ask(app, lines[-1], OTHER))[0] if len(lines) > 1 else []
    assert _is_answer(cards) == is_answered, cards[-1]
    assert not _is_answer(others)


@pytest.mark.parametrize("count", [1, 2])
async def test_after_a_list_it_is_asked_which_paper_a_plain_question_is_about(
    settings: Settings, clock: ManualClock, archive: ArxivServer, endpoint: ModelEndpoint, count: int
) -> None:
    add_page(archive)
    endpoint.answer = GPUS
    async with open_desk(settings, clock, archive, endpoint) as app:
        await store_paper(app, "2611.90201")
        for number in (NUMBER, "2611.90201")[:count]:
            await ask(app, f"/save {number}")
        clock.advance(seconds=1)
        await ask(app, "/saved")
        clock.advance(seconds=1)
        cards, text = await ask(app, "how many GPUs does it need?")
        assert "Which paper do you ask about?" in text
        commands = [button.command for button in cards[0].buttons]
        assert commands[-1] == "search how many GPUs does it need?"
        choices = [f"ask {number} how many GPUs does it need?" for number in (NUMBER, "2611.90201")[:count]]
        assert sorted(commands[:-1]) == choices
        assert _is_answer((await ask(app, choices[0]))[0])
        clock.advance(minutes=61)
        assert "Which paper" not in (await ask(app, "how many GPUs does it need?"))[1]


async def test_a_reply_to_a_list_is_about_that_lists_papers(
    settings: Settings, clock: ManualClock, archive: ArxivServer, endpoint: ModelEndpoint
) -> None:
    add_page(archive)
    endpoint.answer = GPUS
    listed = {1: "2611.90201", 2: NUMBER}
    async with open_desk(settings, clock, archive, endpoint) as app:
        await store_paper(app, "2611.90201")
        for number, text in enumerate(("2 how many GPUs?", "第二篇用了多少张显卡？", "/ask 2 how many GPUs?"), 1):
            assert (await ask(app, text, quoted_list=listed))[0][-1].command == f"paper {NUMBER}", text
            assert await count_asked(app) == number, text
        for text in ("how many GPUs?", "/ask how many GPUs?"):
            cards, said = await ask(app, text, quoted_list=listed)
            assert "Which paper do you ask about?" in said
            assert [button.command for button in cards[0].buttons] == [
                f"ask {number} how many GPUs?" for number in listed.values()
            ]
        assert (await ask(app, "2", quoted_list=listed))[0][0].command == f"paper {NUMBER}"
        assert "Which paper do you ask about?" not in (await ask(app, "any agents?", quoted_list=listed))[1]


async def test_after_an_hour_a_plain_question_is_a_search_again(
    settings: Settings, clock: ManualClock, archive: ArxivServer, endpoint: ModelEndpoint
) -> None:
    add_page(archive)
    endpoint.answer = GPUS
    async with open_desk(settings, clock, archive, endpoint) as app:
        await ask(app, ASKED)
        clock.advance(minutes=61)
        assert not _is_answer((await ask(app, "and for how long?"))[0])


async def test_in_a_group_a_plain_line_stays_what_it_is(
    settings: Settings, clock: ManualClock, archive: ArxivServer, endpoint: ModelEndpoint
) -> None:
    add_page(archive)
    endpoint.answer = GPUS
    group = Address("telegram", "-5")
    async with open_desk(settings, clock, archive, endpoint) as app:
        await ask(app, ASKED, group, user=OTHER)
        assert not _is_answer((await ask(app, "and for how long?", group, user=OTHER))[0])


async def test_in_a_thread_it_goes_on_from_what_was_asked_in_its_channel(
    settings: Settings, clock: ManualClock, archive: ArxivServer, endpoint: ModelEndpoint
) -> None:
    add_page(archive)
    endpoint.answer = GPUS
    channel, thread = Address("discord", "1", "2"), Address("discord", "1", "3")
    async with open_desk(settings, clock, archive, endpoint) as app:
        await ask(app, ASKED, channel, user=OTHER)
        _, said = await ask(app, "/ask and for how long?", thread, user=OTHER, parent_place=channel)
        assert "Eight H100 GPUs" in said
        assert "how many GPUs?" in str(endpoint.asked[-1])
        asked = len(endpoint.asked)
        cards, _ = await ask(app, "/ask and for how long?", thread, user=ME, parent_place=channel)
        assert cards[-1].command == f"paper {NUMBER}"  # the thread is about it, for all of its people
        assert len(endpoint.asked) == asked + 1
        assert "how many GPUs?" not in str(endpoint.asked[-1])
