"""Lines without a command that ask something."""

from __future__ import annotations

from digestbot.core.lines.plain_questions import drop_asked_it, is_surely_question, may_be_question
from tests.patterns import find_mismatches, load_samples


def test_what_asks_something_is_a_question_and_nothing_else_is_one() -> None:
    def read(text: str) -> str:
        return "no" if not may_be_question(text) else "surely" if is_surely_question(text) else "may"

    assert not (wrong := find_mismatches(read, load_samples("plain_questions"))), "\n".join(map(str, wrong))


def test_it_before_a_question_is_the_paper_and_no_word_of_it() -> None:
    table = [
        ("it what BLEU it reaches", "what BLEU it reaches"),
        ("this paper how many GPUs", "how many GPUs"),
        ("它 用了什么数据", "用了什么数据"),
        ("it works", "it works"),
        ("this or that", "this or that"),
    ]
    assert not find_mismatches(lambda text: " ".join(drop_asked_it(tuple(text.split()))), table)
