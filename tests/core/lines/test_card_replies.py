"""Replies to the card of one paper: questions about it, numbers and commands."""

from __future__ import annotations

from dataclasses import replace

import pytest

from digestbot.app import App
from digestbot.cards import replies
from digestbot.cards.card import Card
from digestbot.core.commands import registry
from digestbot.core.commands.base import Command, CommandRequest
from digestbot.core.lines.card_replies import find_quoted_paper, is_card_question
from digestbot.core.ports import IncomingMessage
from tests.core.commands.asking import ADDRESS, send_message
from tests.patterns import find_mismatches, load_samples

ON_SQLITE = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
CARD, OTHER = "https://arxiv.org/abs/2611.90112", "https://arxiv.org/abs/2611.90127v2"


async def answer_question(request: CommandRequest) -> Card:
    return replies.message_card("", f"asked: {request.argument_text}")


@pytest.fixture
def with_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let there be a command for questions, whatever it does."""
    monkeypatch.setitem(registry.COMMANDS_BY_NAME, "ask", Command("ask", (), "ask", answer_question))


@ON_SQLITE
async def test_a_reply_to_a_papers_card_is_a_question_unless_it_says_a_command(app: App) -> None:
    catalog = app.catalog.for_one_answer()
    table = load_samples("card_replies")
    found = {text: await is_card_question(text, catalog) for text, _ in table}
    assert not (wrong := find_mismatches(found.get, table)), "\n".join(map(str, wrong))


def test_a_card_of_one_paper_names_no_other() -> None:
    assert find_quoted_paper((CARD, f"{CARD}v1", "https://example.org")) == "2611.90112"
    assert find_quoted_paper((CARD, OTHER)) == ""
    assert find_quoted_paper(("https://example.org/2611",)) == ""


@ON_SQLITE
async def test_a_question_is_asked_about_the_paper_of_the_card_alone(app: App, with_questions: None) -> None:
    message = IncomingMessage(ADDRESS, "how many GPUs?", "en", quoted_links=(CARD,))
    assert "asked: 2611.90112 how many GPUs?" in (await send_message(app, message))[1]
    for other in (replace(message, quoted_links=(CARD, OTHER)), replace(message, quoted_links=())):
        assert "asked:" not in (await send_message(app, other))[1]
    assert "asked:" not in (await send_message(app, replace(message, text="/paper 2611.90127")))[1]


@ON_SQLITE
async def test_what_is_said_of_it_in_reply_to_a_card_is_about_that_paper(app: App) -> None:
    await send_message(app, IncomingMessage(ADDRESS, "/paper 2611.90127", "en"))  # opened after that card
    for text in ("/save", "save it", "/save this paper", "收藏这篇", "/paper it abstract"):
        answer = (await send_message(app, IncomingMessage(ADDRESS, text, "en", quoted_links=(CARD,))))[1]
        assert "LoopSmith" in answer, text
    for text, tags in (("#nlp", "#nlp"), ("#nlp #待读", "#nlp #待读")):
        answer = (await send_message(app, IncomingMessage(ADDRESS, text, "en", quoted_links=(CARD,))))[1]
        assert f"Your tags: {tags}" in answer, text
    await send_message(app, IncomingMessage(ADDRESS, "/paper 2611.90127", "en"))
    assert "Does a Fold" in (await send_message(app, IncomingMessage(ADDRESS, "save it", "en")))[1]
