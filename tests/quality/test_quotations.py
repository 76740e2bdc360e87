"""Quotations are found word for word, however the text is set, and nothing else is taken for one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digestbot.quality.quotations import MAX_CHARACTERS, find_quotation

TEXT = (
    "We trained on 15 GPUs for 3-5 epochs. The self-supervised model does not outperform the baseline on long-\nterm "
    "tasks. Our ﬁeld uses “client-supplied” data of 1.5 million rows, and −5 degrees. It compressesto 14% of its "
    "original size. 我们在八个数据集上进行了实验，结果没有显著提升。 Gómez’s rule was used ... in all runs of it."
)


@pytest.mark.parametrize(
    ("quoted", "shown"),
    [
        ("We trained on 15 GPUs", "We trained on 15 GPUs"),
        ("“we trained on 15  GPUs.”", "We trained on 15 GPUs"),
        ("does not outperform the baseline on longterm tasks", "does not outperform the baseline on long- term tasks"),
        ('Our field uses "client-supplied" data', "Our ﬁeld uses “client-supplied” data"),
        ("million rows, and -5 degrees", "million rows, and −5 degrees"),
        ("It compresses to 14% of its original", "It compressesto 14% of its original"),
        ("在八个数据集上进行了实验", "在八个数据集上进行了实验"),
        ("Gomez's rule was used ... in all runs", "Gómez’s rule was used ... in all runs"),
        (
            "We trained on 15 GPUs … self-supervised model does not",
            "We trained on 15 GPUs … self-supervised model does not",
        ),
        ("We trained on [...] for 3-5 epochs", "We trained on … for 3-5 epochs"),
    ],
)
def test_a_quotation_is_shown_in_the_texts_own_words(quoted: str, shown: str) -> None:
    found = find_quotation(quoted, TEXT)
    assert found is not None
    assert found.text == shown
    assert TEXT[found.place] == shown[0]


@pytest.mark.parametrize(
    "quoted",
    [
        "",
        "GPUs",
        "We trained",
        "trained on 5 GPUs for",  # another number
        "5 GPUs for 3-5 epochs",  # a part of a number
        "5 epochs. The self-supervised model",  # of a span
        "5 million rows, and -5 degrees",  # of a decimal
        "5 degrees. It compressesto 14%",  # without its sign
        "supervised model does not outperform",  # a part of a compound
        "outperform the baseline on long-term tasks",  # cut off behind its “not”
        "The self-supervised model … outperform the baseline",  # with the “not” left out
        "显著提升显著提升",
        "结果显著提升了很多",
        "On 15 GPUs for 3-5 epochs … we trained on tasks",  # the wrong way round
        "We train on 15 GPUs",
        "We trained on 15 TPUs",
    ],
)
def test_what_does_not_stand_there_is_no_quotation(quoted: str) -> None:
    assert find_quotation(quoted, TEXT) is None


def test_pieces_far_from_each_other_are_none() -> None:
    text = f"The first words stand here. {'Much stands between them. ' * 30}The last words stand there."
    assert find_quotation("The first words stand here … The last words stand there", text) is None


def test_a_copy_of_a_page_is_no_quotation() -> None:
    text = "One sentence after another is copied. " * 40
    assert find_quotation(text[: MAX_CHARACTERS + 20], text) is None
    assert find_quotation(text[:189], text) is not None


@given(st.text(max_size=60), st.text(max_size=300))
def test_whatever_is_quoted_what_is_shown_stands_in_the_text(quoted: str, text: str) -> None:
    found = find_quotation(quoted, text)
    if found:
        pieces = found.text.split(" … ")
        assert all("".join(piece.split()) in "".join(text.split()) for piece in pieces)


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("None of our models outperform the baseline.", "our models outperform the baseline"),
        ("It did not significantly and consistently outperform it on ImageNet.", "outperform it on ImageNet"),
        ("It is false that our method outperforms all.", "our method outperforms all"),
        ("We doubt that the drug cures cancer in mice.", "the drug cures cancer in mice"),
        ("We do not know whether GPT-4 was trained on 8 GPUs.", "GPT-4 was trained on 8 GPUs"),
        ("The model lacks support for 8 GPUs per node.", "support for 8 GPUs per node"),
        ("The drug cures cancer in mice is a myth.", "The drug cures cancer in mice"),
        ("我们并不认为该模型优于所有基线模型。", "该模型优于所有基线模型"),
        ("没有证据表明该模型优于所有基线模型。", "该模型优于所有基线模型"),
    ],
)
def test_what_turns_the_sense_farther_off_is_shown_with_it(text: str, quoted: str) -> None:
    found = find_quotation(quoted, f"It was tried. {text}")
    assert found is not None
    assert found.text == text.rstrip(".。")
    assert found.is_turned


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("It does not see labels, but our model outperforms all.", "our model outperforms all"),
        ("It was never tried. Our model outperforms all.", "Our model outperforms all"),
        ("该模型与不同基线相比，在八个数据集上优于基线。", "在八个数据集上优于基线"),
    ],
)
def test_what_another_clause_denies_turns_nothing(text: str, quoted: str) -> None:
    found = find_quotation(quoted, text)
    assert found is not None
    assert found.text == quoted
    assert not found.is_turned


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("We outperform BERT on CIFAR. GPT-4 is far better on ImageNet.", "We outperform BERT … on ImageNet"),
        ("It has 10⁵ samples in the set.", "It has 105 samples in the set"),
        ("The rate is 5 10 per second.", "The rate is 510 per second"),
        ("A loss of ±5 dB for all users.", "5 dB for all users"),
    ],
)
def test_joined_sentences_and_numbers_are_no_quotation(text: str, quoted: str) -> None:
    assert find_quotation(quoted, text) is None
