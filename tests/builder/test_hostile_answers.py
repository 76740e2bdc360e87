"""What a model, a feed or an archive says in a form that nobody expects is read, or refused in its own words."""

from __future__ import annotations

import json

import pytest

from digestbot.builder.models.answer_reader import read_text
from digestbot.builder.models.completions import CompletionError, read_completion
from digestbot.builder.sources.feeds import parse_feed
from digestbot.builder.sources.oai import split_authors
from tests.worst_cases import WorstCase, explodes


@pytest.mark.parametrize("unit", ['{"', "{'", "{“", "[{", '{"a":['])
def test_an_answer_of_brackets_takes_no_more_time_than_its_length(unit: str) -> None:
    assert not explodes(read_text, WorstCase("", unit))


def test_a_field_of_the_schema_may_have_several_types() -> None:
    answer = read_text('{"headline": {"type": ["string", "null"], "value": "Loops bind."}}')
    assert answer
    assert answer.form["headline"] == "Loops bind."


@pytest.mark.parametrize("text", ['{"headline": "x \ud83d', "{a\ud800"])
def test_half_of_a_character_is_no_answer_and_no_fault(text: str) -> None:
    assert read_text(text) is None


@pytest.mark.parametrize(
    "body",
    [
        {"choices": [{"delta": {"tool_calls": [{"index": [], "function": {}}]}}]},
        {"choices": [{"message": {"content": [{"functionCall": "x"}]}}]},
        {"error": {"code": "4" * 4301}},
    ],
)
def test_a_completion_in_no_known_form_is_refused_as_one(body: object) -> None:
    with pytest.raises(CompletionError):
        read_completion(json.dumps(body).encode(), "m")


def test_a_date_that_is_none_costs_no_feed() -> None:
    (found,) = parse_feed(b'[{"title": "t", "doi": "10.1000/abc", "date": []}]').papers
    assert found.paper.arxiv_id == "10.1000/abc"


def test_brackets_in_brackets_leave_the_names_and_take_no_more_time_than_their_length() -> None:
    assert split_authors("Ada Moreno (1 and 2), Chen Xu ((1) Ghent, (2) Oslo)") == ["Ada Moreno", "Chen Xu"]
    assert not explodes(split_authors, WorstCase("", "(", ")"))
    assert not explodes(lambda text: split_authors(text + ")" * len(text)), WorstCase("", "("))
