"""The numbered papers of a message that somebody replies to."""

from __future__ import annotations

import pytest

from digestbot.core.lines.plain_questions import NumberedQuestion, split_numbered_question
from digestbot.core.lines.quoted_lists import number_named_papers, number_written_papers

FIRST, SECOND, THIRD = (f"2611.9011{number}" for number in range(3))


def _number(*parts: str | tuple[str, str]) -> dict[int, str]:
    """The papers of a text whose pairs are words with a link behind them."""
    text, links = "", []
    for part in parts:
        if isinstance(part, tuple):
            links.append((len(text), part[1]))
        text += part if isinstance(part, str) else part[0]
    return number_written_papers(text, links)


def _link(number: str) -> str:
    return f"https://arxiv.org/abs/{number}"


def test_each_number_has_the_paper_whose_link_follows_it() -> None:
    lead = "Digest\n1. What it does\n"
    assert _number(lead, ("Title", _link(FIRST)), "\n\n2. ", ("Other", _link(SECOND))) == {1: FIRST, 2: SECOND}
    assert _number("**8. ", ("Title", _link(FIRST)), "**\n**9. Lead**\n", ("Other", _link(SECOND))) == {
        8: FIRST,
        9: SECOND,
    }


def test_what_a_papers_own_words_begin_with_is_no_number_of_the_list() -> None:
    text = ("1. ", ("A", _link(FIRST)), "\n7. steps are taken\n1. again\n2. ", ("B", _link(SECOND)))
    assert _number(*text) == {1: FIRST, 2: SECOND}
    assert _number("In 2026, ", ("A", _link(FIRST))) == {}
    assert _number("1. no link\n2. ", ("B", _link(SECOND)), "\n3. ", ("C", "https://example.org")) == {2: SECOND}


def test_buttons_of_papers_begin_with_their_numbers() -> None:
    buttons = [("1 LoopSmith", _link(FIRST)), ("12 Other", _link(THIRD)), ("Back", ""), ("3D scenes", _link(SECOND))]
    assert number_named_papers(buttons) == {1: FIRST, 12: THIRD}


@pytest.mark.parametrize(
    ("line", "number", "question"),
    [
        ("1 what data?", 1, "what data?"),
        ("#2 how many GPUs", 2, "how many GPUs"),
        ("2: 用了什么数据？", 2, "用了什么数据？"),
        ("第二篇用了多少张显卡？", 2, "用了多少张显卡？"),
        ("3. is the code there?", 3, "is the code there?"),
        ("2", 0, ""),
        ("3D scenes?", 0, ""),
        ("10 GPUs", 0, ""),
        ("第二篇讲什么？", 0, ""),
        ("1, 2 and 3?", 0, ""),
    ],
)
def test_a_question_may_begin_with_the_number_of_its_paper(line: str, number: int, question: str) -> None:
    assert split_numbered_question(line) == NumberedQuestion(number, question)
