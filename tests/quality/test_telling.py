"""The sentence of an abstract that tells what is new."""

from __future__ import annotations

import pytest

from digestbot.domain.paper import Paper
from digestbot.quality.extracts import extract_summary, split_sentences
from digestbot.quality.telling import find_telling_sentence
from tests.places import ROOT, SHARED

LEAST_SHARE = 0.9


def find_headline(abstract: str) -> str:
    return extract_summary(Paper("2611.00001", 1, "T", ("A",), abstract), "abstract").headline


@pytest.mark.parametrize(
    ("abstract", "headline"),
    [
        (
            "Hands are hard. However, methods are slow. In this work, we present Hander, a fast model of hands.",
            "We present Hander, a fast model of hands.",
        ),
        ("Sets are old. We prove that every finite set of this kind has a smallest member in the order of its size.",
         "We prove that every finite set of this kind has a smallest member in the order of its size."),
        ("Proteins fold. A method that predicts how they do is proposed here for all lengths. It is fast.",
         "A method that predicts how they do is proposed here for all lengths."),
        ("This survey reviews how robots learn from people who show them. We release our code at https://a.example.",
         "This survey reviews how robots learn from people who show them."),
        ("We introduce Splats, which draw scenes in real time. To this end, we propose an additional loss for it.",
         "We introduce Splats, which draw scenes in real time."),
        ("近年来，三维重建备受关注。然而现有方法速度很慢。本文提出一种实时的三维重建方法。实验表明其效果很好。",
         "本文提出一种实时的三维重建方法。"),
        ("Nothing here says it. It was so.", "Nothing here says it."),
        ("", ""),
    ],
)  # fmt: skip
def test_the_headline_says_what_is_new(abstract: str, headline: str) -> None:
    assert find_headline(abstract) == headline


def test_what_follows_the_headline_is_told_below_it() -> None:
    abstract = "Hands are hard. We present Hander, a fast model of hands. It draws them well. It is small."
    summary = extract_summary(Paper("2611.00001", 1, "T", ("A",), abstract), "abstract")
    assert summary.takeaways == ("It draws them well.", "It is small.")


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the digests in ../shared")
def test_people_would_have_chosen_the_same_sentence_of_nearly_every_abstract() -> None:
    lines = (ROOT / "tests" / "samples" / "telling.tsv").read_text("utf-8").splitlines()
    chosen = dict(line.split("\t") for line in lines if not line.startswith("#"))
    found: dict[str, str] = {}
    for file in sorted(SHARED.glob("*/*.md")):
        before = ""
        for line in filter(None, file.read_text("utf-8").split("\n")):
            if "arxiv.org/abs/" in line and (number := line.partition("arxiv.org/abs/")[2][:10]) in chosen:
                found.setdefault(number, before)
            before = line
    right = [
        str(find_telling_sentence(split_sentences(abstract))) in chosen[number].split()
        for number, abstract in found.items()
    ]
    assert len(right) == len(chosen)
    assert sum(right) >= LEAST_SHARE * len(right)
