"""Which words of a paper tell what it is about."""

from __future__ import annotations

import pytest

from digestbot.domain.text.telling_words import count_telling_words, find_stem


def test_where_the_code_is_tells_nothing() -> None:
    words = count_telling_words("Gaussian rivers", "Rivers flow. Code: https://github.com/example/splatting.")
    assert "rivers" in words
    assert not {"https", "github", "example", "splatting"} & set(words)


@pytest.mark.parametrize(("one", "other"), [("model", "models"), ("animated", "animates"), ("map", "maps")])
def test_forms_of_a_word_are_one(one: str, other: str) -> None:
    assert find_stem(one) == find_stem(other)


def test_what_papers_of_any_field_say_tells_nothing() -> None:
    words = count_telling_words("Six models against noise", "Our method shows results on six models. Noise is sparse.")
    assert {"noise", "sparse"} <= set(words)
    assert not {"six", "models", "against", "method", "results"} & set(words)
