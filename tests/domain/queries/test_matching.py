"""Which papers match: one by one, and many at once, in both languages."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digestbot.domain.arxiv.announcement import AnnouncedPaper
from digestbot.domain.paper import Paper
from digestbot.domain.queries import PaperMatcher, QueryError, explain_match, parse_query
from tests.places import TIMES

PAPER = AnnouncedPaper(
    Paper(
        "2611.00001",
        1,
        "3D Gaussian Splattings: pre-training and GPT-4 for CO$_2$",
        ("Bernhard Kerbl", "Xiao-Long Wang", "L. van der Maaten", "Thomas Müller", "José Gómez", "张 伟", "Y. LeCun"),
        "We propose GaussianAvatars, of many sizes. 本文提出高斯泼溅的新方法。 Alzheimer's disease, Kähler geometry.",
        "Accepted at NeurIPS 2026, 12 pages",
    ),
    ("cs.GR", "astro-ph.GA"),
)


def find_both(expression: str) -> bool:
    """Whether the paper matches, by the matcher and word by word, which must agree."""
    query = parse_query(expression)
    found = PaperMatcher([PAPER]).find(query) == [0]
    assert query.matches(PAPER.paper, PAPER.categories) == found
    return found


@pytest.mark.parametrize(
    "expression",
    [
        "gaussian splatting", '"gaussian splatting"', "gaussian-splatting", "pretraining", "pre-trainings", "gpt4",
        "GPT-4", '"gaussian avatars"', "GaussianAvatar", "size", "高斯泼溅", "高斯 方法", "泼溅的新方法", "co2", "CO₂",
        "kahler", "Alzheimer", "alzheimers OR alzheimer", "title:splatting", "abs:高斯", "cat:cs.GR", "cat:CS",
        "astro-ph.ga", "cat:astro-ph.*", "venue:NIPS", 'venue:"NeurIPS 2026"', "author:Kerbl", "author:kerbl",
        'author:"Kerbl, B."', 'author:"B. Kerbl"', "author:Bernhard Kerbl", 'author:"Kerbl Bernhard"',
        "author:Xiaolong Wang", 'author:"Xiao Long Wang"', 'author:"X. Wang"', 'author:"X.-L. Wang"',
        "author:Laurens van der Maaten", "author:Maaten", "author:Mueller", "author:Muller", "author:MÜLLER",
        "author:Gomez", "author:Gómez", "作者：张伟", 'author:"Yann LeCun"', 'author:"Y LeCun"', "nerf OR gaussian",
        "gaussian -nerf", 'author:"Bernhard M. Kerbl"',
    ],
)  # fmt: skip
def test_a_paper_is_found(expression: str) -> None:
    assert find_both(expression)


@pytest.mark.parametrize(
    "expression",
    [
        '"splatting gaussian"', "高斯方法", "title:高斯", "abs:splatting", "cat:cs.CV", "cs.LG",
        "venue:ICML", "venue:2025", "author:Bernhard", "author:Wei Kerbl", 'author:"A. Kerbl"', 'author:"Y. Wang"',
        "author:Zhang", "gaussian -splattings", "gaussian -cat:cs", "kerbl", "neurips", "train", "author:Kerb",
        "splat", "avatar", 'author:"Wang Li"', "-gaussian geometry",
    ],
)  # fmt: skip
def test_a_paper_is_not_found(expression: str) -> None:
    assert not find_both(expression)


WORDS = ("gaussian", "splatting", "splattings", "pre-training", "pretraining", "training", "nets", "net", "the", "高斯",
         "泼溅", "高斯泼溅", "斯泼", "3D", "GPT-4", "gpt4", "Kähler")  # fmt: skip
NAMES = ("Wei Wang", "W. Wang", "Wang", "Wang Wei", "Li Wei", "Jürgen Müller", "J. Mueller", "Müller", "X.-L. Li",
         "Xiaolong Li", "Li, X.", "张伟", "van der Berg", "J. R. R. Tolkien", "R. Tolkien")  # fmt: skip
CATEGORIES = ("cs.CV", "cs.GR", "math.CO", "hep-th")
texts = st.lists(st.sampled_from((*WORDS, ".", ",")), max_size=8).map(" ".join)
papers = st.builds(
    lambda title, abstract, authors, categories, comment: AnnouncedPaper(
        Paper("1", 1, title, tuple(authors), abstract, comment), tuple(categories)
    ),
    texts,
    texts,
    st.lists(st.sampled_from(NAMES), max_size=3),
    st.lists(st.sampled_from(CATEGORIES), max_size=2),
    st.sampled_from(("", "Accepted at CVPR 2026", "NeurIPS 2025")),
)
terms = st.one_of(
    st.sampled_from(WORDS),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(lambda words: f'"{" ".join(words)}"'),
    st.sampled_from(NAMES).map(lambda name: f'author:"{name}"'),
    st.sampled_from((*CATEGORIES, "cs")).map(lambda code: f"cat:{code}"),
    st.sampled_from(("venue:CVPR", 'venue:"NeurIPS 2025"', "venue:2026")),
    st.sampled_from(WORDS).map(lambda word: f"title:{word}"),
)
queries = st.recursive(
    terms,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' '.join(parts)})"),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' OR '.join(parts)})"),
        inner.map(lambda part: f"-{part}"),
    ),
    max_leaves=6,
)


@settings(max_examples=60 * TIMES, deadline=None)
@given(st.lists(papers, max_size=6), st.lists(queries, min_size=1, max_size=6))
def test_the_matcher_of_many_agrees_with_reading_word_by_word(found: list[AnnouncedPaper], lines: list[str]) -> None:
    matcher = PaperMatcher(found)
    for line in lines:
        try:
            query = parse_query(line)
        except QueryError:
            continue
        expected = [place for place, one in enumerate(found) if query.matches(one.paper, one.categories)]
        assert matcher.find(query) == expected, line
        assert matcher.count(query) == len(expected)
        for place, one in enumerate(found):
            assert matcher.explain(query, place) == explain_match(query, one.paper, one.categories), line


def test_how_many_people_have_a_name_is_told() -> None:
    authors = ("Wei Wang", "W. Wang", "Wang Li", "Xin Wang", "Bernhard Kerbl")
    matcher = PaperMatcher([AnnouncedPaper(Paper("1", 1, "T", authors, "A"))])
    assert matcher.count_names(parse_query("author:Wang").terms[0]) == 3
    assert matcher.count_names(parse_query("author:Kerbl").terms[0]) == 1
    assert matcher.count_names(parse_query("author:Nobody").terms[0]) == 0
