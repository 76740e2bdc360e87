"""Passages: paragraphs that know their pages, and those of them that a question is about."""

from __future__ import annotations

import pytest

from digestbot.builder.texts.paragraphs import divide_section, divide_sections
from digestbot.builder.texts.pdf_reader import read_pdf_text
from digestbot.domain.digest import Section
from digestbot.domain.papers.paper_paragraphs import PaperParagraph
from digestbot.domain.papers.passage_ranking import find_excerpt, find_passages, index_paragraphs, rank_paragraphs
from digestbot.domain.text.research_words import translate_to_chinese, translate_to_english
from tests.builder.papers import build_pdf
from tests.papers.pairs import look_for, read_pairs
from tests.places import REAL

FILLING = "Nothing of interest is told in this sentence about the weather. " * 12


def make_text(*texts: str) -> list[PaperParagraph]:
    """What is given, each between much else."""
    return [
        PaperParagraph(f"Part {number}", text, number + 1)
        for number, one in enumerate(texts)
        for text in (FILLING, one, FILLING)
    ]


@pytest.mark.skipif(not REAL.is_dir(), reason="the real files (../shared/real) are not beside the checkout")
def test_the_passage_that_answers_is_among_those_found_of_fifty_questions() -> None:
    outcomes = [look_for(pair) for pair in read_pairs()]
    assert len(outcomes) == 50
    for part, least in (("tuned", 20 * 0.9), ("held", 30 * 0.9)):
        assert sum(one.is_found for one in outcomes if one.pair.part == part) >= least
    same = [one for one in outcomes if one.pair.languages == "same"]
    assert sum(one.is_found for one in same) >= 0.95 * len(same)


def test_the_fifty_questions_are_whole_and_quote_a_few_words_only() -> None:
    pairs = read_pairs()
    assert len({(pair.file, pair.question) for pair in pairs}) == 50
    assert sum(pair.part == "held" for pair in pairs) == 30
    assert all(len(fragment.split()) <= 12 for pair in pairs for fragment in pair.fragments)


@pytest.mark.parametrize(
    ("question", "passage"),
    [
        ("how many GPUs were used?", "Training ran on 8 GPU cards."),
        ("how does it scale?", "Scaling was linear up to ten nodes."),
        ("which data sets did they use", "The dataset has ten thousand rows."),
        ("学习率是多少？", "The learning rate was 0.1 in all runs."),
        ("用了多少显卡？", "Training ran on 8 GPU cards."),
        ("why did it fail?", "It failed because of a broken cable."),
    ],
)
def test_a_question_finds_its_passage_in_whatever_form_its_words_are(question: str, passage: str) -> None:
    paragraphs = index_paragraphs(make_text("Rabbits were fed.", passage, "The moon was seen.", *["Bread."] * 12))
    assert rank_paragraphs(paragraphs, question)[0].paragraph.text == passage
    found = find_passages(paragraphs, question, max_characters=3_000)
    assert passage in [one.paragraph.text for one in found]
    assert [one.position for one in found] == sorted(one.position for one in found)
    assert sum(len(one.paragraph.text) for one in found) <= 3_000


def test_a_chinese_paper_is_asked_in_both_languages() -> None:
    others = [f"第{number}章讲的是别的内容，与此无关。" * 20 for number in range(12)]
    paragraphs = index_paragraphs(
        [PaperParagraph("", text) for text in (*others, "我们在两个数据集上做了实验。", *others)]
    )
    assert rank_paragraphs(paragraphs, "用了几个数据集？")[0].position == 12
    assert rank_paragraphs(paragraphs, "which dataset?")[0].position == 12


def test_what_was_asked_before_and_other_words_help_to_find() -> None:
    paragraphs = index_paragraphs(
        make_text("The selector took two days.", "The crawler took four days.", *["Bread."] * 9)
    )
    best = rank_paragraphs(paragraphs, "and how many days?", context="how was the crawler trained?")[0]
    assert best.paragraph.text == "The crawler took four days."
    assert (
        rank_paragraphs(paragraphs, "zzz", more_words=("selector",))[0].paragraph.text == "The selector took two days."
    )
    assert rank_paragraphs(paragraphs, "zzz") == []


def test_a_list_of_references_comes_behind_the_paper() -> None:
    cited = PaperParagraph("References", "Attention, attention and attention. A paper on attention.")
    told = PaperParagraph("Method", "Attention is computed by heads.")
    assert rank_paragraphs(index_paragraphs([cited, told]), "attention")[0].paragraph is told


def test_an_excerpt_is_the_sentence_that_has_the_words() -> None:
    [one] = index_paragraphs([PaperParagraph("", f"{FILLING}The batch size was 32. {FILLING}")])
    start, end = find_excerpt(one, "what batch size?", 200)
    assert one.paragraph.text[start:end].startswith("The batch size was 32.")
    assert end - start <= 200


def test_the_table_of_research_words_is_read_both_ways() -> None:
    assert "learning rate" in translate_to_english("学习率是多少")
    assert "attention head" in translate_to_english("注意力头有几个")
    assert "数据集" in translate_to_chinese("which dataset is it")
    assert translate_to_english("hello") == ()


# -- paragraphs -------------------------------------------------------------------------------------------------


def test_a_paragraph_that_goes_on_on_the_next_page_knows_where() -> None:
    [one] = divide_section("Method", [(3, "It begins on this page and"), (4, "goes on on the next one.")])
    assert (one.page, one.find_page(0), one.find_page(len(one.text) - 1)) == (3, 3, 4)
    assert one.text[one.next_page_at :] == "goes on on the next one."


def test_nothing_of_a_text_is_lost_and_no_paragraph_is_long() -> None:
    texts = ["word " * 2_000, "One. Two? Three! " * 200, "字" * 5_000, "short\n\nlines\nof it"]
    for text in texts:
        paragraphs = divide_sections([Section("A", text)])
        assert "".join("".join(one.text.split()) for one in paragraphs) == "".join(text.split())
        assert max(len(one.text) for one in paragraphs) <= 1_700


def test_a_pdf_of_many_pages_is_read_with_the_page_of_each_paragraph() -> None:
    page = b"BT /F1 10 Tf 60 400 Td (What page %d tells is told here in a sentence of its own and no other.) Tj ET"
    text = read_pdf_text(build_pdf(*(page % number for number in range(1, 61))))
    found = next(one for one in text.paragraphs if "page 57 tells" in one.text)
    assert found.find_page(found.text.index("page 57 tells")) == 57
