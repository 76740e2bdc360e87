"""arXiv's categories, found as people name them."""

from __future__ import annotations

import json
import re

import pytest

from digestbot.domain.arxiv.categories import (
    find_category,
    get_category_of,
    index_categories,
    list_archives,
    list_categories,
    list_in_archive,
    match_category_words,
)
from digestbot.domain.queries import parse_query, print_query
from tests.places import REAL

_DIVIDED = {"cs": 40, "econ": 3, "eess": 4, "math": 32, "astro-ph": 6, "cond-mat": 9, "nlin": 5, "physics": 22,
            "q-bio": 10, "q-fin": 9, "stat": 6}  # fmt: skip


def test_the_table_is_arxivs_taxonomy() -> None:
    categories = list_categories()
    assert len({one.code for one in categories}) == len(categories)
    assert sum(not one.has_categories for one in categories) == 155
    assert {one.code: len(list_in_archive(one.code)) for one in list_archives() if one.has_categories} == _DIVIDED
    assert all(one.english_name and re.search("[一-鿿]", one.chinese_name) for one in categories)


def test_every_category_is_found_by_its_code_and_by_its_names_in_both_languages() -> None:
    shared = {"Information Theory", "Numerical Analysis", "Systems and Control", "Mathematical Physics", "Economics",
              "Machine Learning", "Statistics Theory"}  # fmt: skip  # the first of two is found
    for one in list_categories():
        names = {one.code, one.code.upper(), one.code.lower(), one.code.replace(".", "").replace("-", "")}
        unique = {one.english_name, one.english_name.upper(), one.chinese_name, *one.aliases}
        for name in names | (set() if one.english_name in shared else unique):
            found = find_category(name).topic
            assert found, name
            assert found.expression == one.expression, name
        assert get_category_of(one.expression) == one
        assert print_query(parse_query(one.expression)) == one.expression


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("computer vision", "cs.CV"), ("计算机视觉", "cs.CV"), ("natural language processing", "cs.CL"),
        ("nlp", "cs.CL"),
        ("robtics", "cs.RO"), ("computer visoin", "cs.CV"), ("机器学习", "cs.LG"), ("quantum computing", "quant-ph"),
        ("天文学", "astro-ph"), ("cond-mat", "cond-mat"), ("Superconductivit", "cond-mat.supr-con"),
    ],
)  # fmt: skip
def test_a_category_is_what_people_call_it_or_nearly_so(name: str, code: str) -> None:
    match = find_category(name)
    topic = match.topic or match.guess
    assert topic
    assert topic.expression == f"cat:{code}"


def test_a_category_leads_words_and_is_named_in_the_chats_language() -> None:
    topic, count = match_category_words(("computer", "vision", "8:00"), "zh")
    assert topic
    assert (topic.slug, topic.title, count) == ("cs.CV", "计算机视觉与模式识别（cs.CV）", 2)
    assert match_category_words(("gaussian", "splatting")) == (None, 0)
    assert len(index_categories()) > 500


@pytest.mark.skipif(not REAL.is_dir(), reason="needs ../shared: recorded answers of arXiv")
def test_recorded_papers_have_no_category_that_the_table_lacks() -> None:
    codes = {one.code for one in list_categories()}
    seen = set()
    for file in sorted(REAL.rglob("*"))[:400]:
        if file.is_file() and file.suffix in {".xml", ".atom", ".json", ".html"}:
            text = file.read_text("utf-8", errors="ignore")[:400_000]
            seen |= set(re.findall(r'<category term="([a-z-]+(?:\.[A-Za-z-]+)?)" scheme="http://arxiv', text))
    assert seen
    assert seen <= codes, json.dumps(sorted(seen - codes))
