"""What is asked twice, what cannot be answered, and what is said beside an answer."""

from __future__ import annotations

from typing import Any

from digestbot.cards.callback_data import NavigationHistory
from digestbot.cards.capabilities import Capabilities
from digestbot.cards.card import Button
from digestbot.settings import Settings
from tests.builder.archive import ArxivServer
from tests.builder.endpoint import ModelEndpoint
from tests.core.commands.asking import list_commands
from tests.fakes import ManualClock
from tests.papers.asked import GPUS, HARDWARE, ME, NUMBER, add_page, ask, claims, count_left, open_desk

FORMS: dict[str, Any] = {"capabilities_for": lambda _: Capabilities(forms=True)}
CARD = (f"https://arxiv.org/abs/{NUMBER}v1",)


async def test_the_same_question_in_the_same_talk_is_asked_of_the_model_once(
    settings: Settings, clock: ManualClock, archive: ArxivServer, endpoint: ModelEndpoint
) -> None:
    add_page(archive)
    endpoint.answer = GPUS
    async with open_desk(settings, clock, archive, endpoint) as app:
        await ask(app, f"/ask {NUMBER} how many GPUs does it use?")
        asked = len(endpoint.asked)
        for text, links in (("/ask how many GPUs does it use?", ()), ("How many GPUs does it use?", CARD)):
            _, said = await ask(app, text, quoted_links=links)
            assert "Eight H100 GPUs" in said
        assert len(endpoint.asked) == asked
        assert await count_left(app, ME) == 4
        await ask(app, "/ask and in which room?")
        await ask(app, "/ask how many GPUs does it use?")
        assert len(endpoint.asked) == asked + 1


async def test_a_question_whose_words_the_paper_does_not_have_shows_no_passages_of_the_one_before(
    settings: Settings, clock: ManualClock, archive: ArxivServer
) -> None:
    add_page(archive)
    async with open_desk(settings, clock, archive) as app:
        _, said = await ask(app, f"/ask {NUMBER} how many GPUs?")
        assert HARDWARE in said
        _, said = await ask(app, f"/ask {NUMBER} quantum chromodynamics?")
        assert "Nothing in the paper’s text has any of these words." in said
        assert HARDWARE not in said


async def test_no_tokens_a_day_are_no_model_at_all(
    settings: Settings, clock: ManualClock, archive: ArxivServer, endpoint: ModelEndpoint
) -> None:
    add_page(archive)
    async with open_desk(settings, clock, archive, endpoint, daily_token_limit=0) as app:
        cards, _ = await ask(app, f"/paper {NUMBER}")
        assert f"summarize {NUMBER}" not in list_commands(cards[-1])
        _, said = await ask(app, f"/summarize {NUMBER}", language="en")
        assert "used up" not in said
        _, said = await ask(app, f"/ask {NUMBER} how many GPUs?")
        assert "No language model is set up here" in said
        assert HARDWARE in said
    assert not endpoint.asked


async def test_a_withdrawn_paper_is_asked_only_with_a_warning(
    settings: Settings, clock: ManualClock, archive: ArxivServer
) -> None:
    add_page(archive)
    withdrawn = "This paper has been withdrawn by the authors due to an error in the main theorem."
    async with open_desk(settings, clock, archive, abstract=withdrawn) as app:
        cards, _ = await ask(app, f"/paper {NUMBER}", **FORMS)
        assert f"ask {NUMBER}" not in list_commands(cards[-1])
        _, said = await ask(app, f"/ask {NUMBER} how many GPUs?")
        assert "This paper is withdrawn" in said


async def test_arxiv_that_is_away_keeps_the_question_for_who_tries_again(
    settings: Settings, clock: ManualClock, archive: ArxivServer
) -> None:
    archive.fail_next("/api", *["503-later"] * 4)
    archive.fail_next("/oai", *["503-later"] * 4)
    async with open_desk(settings, clock, archive) as app:
        cards, _ = await ask(app, "/ask 2501.10120 how many GPUs?")
    assert "ask 2501.10120 how many GPUs?" in list_commands(cards[-1])


async def test_a_number_that_no_paper_has_is_said_as_everywhere(
    settings: Settings, clock: ManualClock, archive: ArxivServer
) -> None:
    async with open_desk(settings, clock, archive) as app:
        _, asked = await ask(app, "/ask 2611.12345 how many GPUs?")
        _, cited = await ask(app, "/cite 2611.12345")
    assert "arXiv has no paper 2611.12345" in asked
    assert "arXiv has no paper 2611.12345" in cited


def test_the_way_back_from_a_summary_is_not_the_same_card_again() -> None:
    opened = NavigationHistory(("search loops",))
    summarize = Button("Summarise", "summarize 2410.18974")
    assert opened.history_after("paper 2410.18974", summarize) == ("search loops",)
    other = Button("Summarise", "summarize 2410.00001")
    assert opened.history_after("paper 2410.18974", other)[0] == "paper 2410.18974"


async def test_from_the_paper_one_gets_back_to_the_answer_for_nothing(
    settings: Settings, clock: ManualClock, archive: ArxivServer, endpoint: ModelEndpoint
) -> None:
    add_page(archive)
    endpoint.answer = GPUS
    async with open_desk(settings, clock, archive, endpoint) as app:
        cards, _ = await ask(app, f"/ask {NUMBER} how many GPUs?")
        opens = next(button for button in cards[-1].buttons if button.command == f"paper {NUMBER}")
        [back] = NavigationHistory().action_for(cards[-1].way_back, opens).history
        asked = len(endpoint.asked)
        _, said = await ask(app, f"/{back}")
        assert "Eight H100 GPUs" in said
        assert len(endpoint.asked) == asked
        endpoint.answer = claims(("It flies.", "it flies to the moon"))
        cards, _ = await ask(app, f"/ask {NUMBER} does it fly?")
        assert cards[-1].way_back == f"paper {NUMBER}"  # a question without an answer is not asked again to go back
