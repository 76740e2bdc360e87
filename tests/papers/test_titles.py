"""Papers by their titles: looked for on arXiv and at Crossref, where what somebody wrote can be one."""

from __future__ import annotations

import pytest

from digestbot.app import App
from digestbot.core.ports import IncomingMessage
from digestbot.domain.papers.title_words import can_be_title, is_private, is_same_title, is_surely_title
from digestbot.domain.subscription import Address
from tests.builder.archive import ArxivServer, Submission
from tests.papers.asking import ADA, ask_last
from tests.papers.registrar import Registrar, make_work

TITLE = "Attention Is All You Need"


@pytest.mark.parametrize(
    "line", [f"/paper {TITLE}", "/paper attention is all you need", TITLE, f"/save {TITLE.lower()}"]
)
async def test_a_title_that_is_not_here_is_found_on_arxiv(
    looking_app: App, arxiv: ArxivServer, registrar: Registrar, line: str
) -> None:
    card = await ask_last(looking_app, line)
    assert card.ok
    assert TITLE in str(card)
    assert [asked.partition("?")[0] for asked in arxiv.asked] == ["/api/query"]
    assert registrar.asked == []


async def test_a_title_that_arxiv_does_not_have_is_found_at_crossref(looking_app: App, registrar: Registrar) -> None:
    registrar.add(make_work())
    card = await ask_last(looking_app, "/paper salt marsh accretion")
    assert "Journal of Tides" in str(card)


async def test_similar_titles_are_choices(looking_app: App, arxiv: ArxivServer) -> None:
    arxiv.add(Submission("2611.00007", "Attention Is All You Need in Speech Separation and Much Else"))
    arxiv.papers.pop(0)
    card = await ask_last(looking_app, f"/paper {TITLE}")
    assert not card.ok
    assert [button.command for button in card.buttons] == ["paper 2611.00007"]


@pytest.mark.parametrize(
    "line",
    [
        *("/paper hello", "/paper two words", "hello there", "What should I cook for dinner tonight?"),
        *("please send me my Invoice Of Last Month", "my password is Correct Horse Battery Staple"),
        *("attention is all you need", "/search Attention Is All You Need", "/paper mail ada@example.org about it"),
        *("/save call me at +1 555 0100 about the merger", "/paper the results of ward 7 555-010-4477"),
        *("/cite tell my boss about the merger with Acme", "/paper 我的体检报告结果出来了"),
        *("Please Call Me Back Tomorrow Morning", "The Meeting With Doctor Moreno Is At Noon."),
    ],
)
async def test_what_nobody_calls_a_title_is_sent_nowhere(
    looking_app: App, arxiv: ArxivServer, registrar: Registrar, line: str
) -> None:
    await ask_last(looking_app, line)
    assert (arxiv.asked, registrar.asked) == ([], [])


@pytest.mark.parametrize("line", ["/paper Deep learning", "/cite Deep Learning", "/paper 深度学习方法综述"])
async def test_a_title_after_a_command_may_have_two_words_and_who_was_asked_is_said(
    looking_app: App, arxiv: ArxivServer, registrar: Registrar, line: str
) -> None:
    card = await ask_last(looking_app, line)
    assert "arXiv and Crossref have none with this title" in str(card)
    assert arxiv.asked
    assert registrar.asked


async def test_a_title_is_looked_for_though_other_papers_have_its_words(looking_app: App, arxiv: ArxivServer) -> None:
    await ask_last(looking_app, f"/paper {TITLE}")
    arxiv.add(Submission("2611.00008", "Attention Is All Need"))
    arxiv.asked.clear()
    assert "2611.00008" in str(await ask_last(looking_app, "Attention Is All Need"))
    assert arxiv.asked
    arxiv.asked.clear()
    assert TITLE in str(await ask_last(looking_app, TITLE))
    assert arxiv.asked == []
    card = await ask_last(looking_app, "/search Attention Is Need All")
    assert "paper Attention Is Need All" in [button.command for button in card.buttons]
    assert arxiv.asked == []


async def test_a_question_without_a_paper_is_no_title_and_nothing_to_follow(looking_app: App) -> None:
    card = await ask_last(looking_app, "how many zostera meadows?")
    assert not [button for button in card.buttons if button.command.startswith(("follow", "paper"))]


async def test_in_a_group_a_line_is_no_title_unless_it_is_called_one(looking_app: App, arxiv: ArxivServer) -> None:
    group = IncomingMessage(Address("console", "-5"), TITLE, "en", user=ADA)
    await looking_app.dispatcher.handle_message(group)
    assert arxiv.asked == []


async def test_a_line_that_may_be_a_title_gets_a_button_that_looks_for_it(looking_app: App, arxiv: ArxivServer) -> None:
    card = await ask_last(looking_app, "/search zostera meadows nobody measured")
    assert "paper zostera meadows nobody measured" in [button.command for button in card.buttons]
    assert arxiv.asked == []


async def test_when_nobody_answers_about_a_title_it_is_said(looking_app: App, arxiv: ArxivServer) -> None:
    arxiv.fail_next("/api", "503-later")
    card = await ask_last(looking_app, "/paper salt marsh accretion")
    assert "arXiv does not answer now" in str(card)


@pytest.mark.parametrize(
    ("text", "can_be", "is_surely"),
    [
        ("Attention Is All You Need", True, True),
        ("Deep Residual Learning for Image Recognition", True, True),
        ("BERT: Pre-training of Deep Bidirectional Transformers", True, True),
        ("attention is all you need", True, False),
        ("Is attention all you need", True, False),
        ("diffusion", False, False),
        ("x " * 41, False, False),
        ("see https://example.org/My Paper On Tides", False, False),
    ],
)
def test_what_can_be_a_title(text: str, can_be: bool, is_surely: bool) -> None:
    assert (can_be_title(text), is_surely_title(text)) == (can_be, is_surely)


@pytest.mark.parametrize(
    "text",
    [
        "you only look once: unified real-time object detection",
        "I Can't Believe It's Not Better: Failures of Deep Learning",
        "Show Me the Number: Tests of 175B Models in 2023",
        "what do we know about attention",
    ],
)
def test_a_title_that_speaks_to_its_reader_is_one(text: str) -> None:
    assert not is_private(text)


def test_titles_are_the_same_but_for_a_slip() -> None:
    assert is_same_title("Attention Is All You Need", "attention is all you need!")
    assert is_same_title("Attention Is All You Need", "Atention is all you need")
    assert not is_same_title("Attention Is All You Need", "Attention Is All You Need in Speech Separation")
    assert not is_same_title("", "")
