"""No label without content, no bracket without its other half, no run without a stop; and headlines of one line."""

from __future__ import annotations

import pytest

from digestbot.domain.digest import Section, Summary
from digestbot.domain.paper import Paper
from digestbot.quality.checks import Evidence
from digestbot.quality.headlines import MAX_HEADLINE_CHARACTERS, choose_headline, shorten_takeaway
from digestbot.quality.lists import read_units, write_units
from digestbot.quality.ruins import (
    drop_marks,
    drop_preambles,
    has_placeholder,
    is_run_on,
    mend_line,
    repeats_data,
)
from digestbot.quality.sanitize import sanitize


@pytest.mark.parametrize(
    ("line", "mended"),
    [
        ("，因此误差减小。", "因此误差减小。"),
        ("）为本文提供了背景。", "为本文提供了背景。"),
        ("- ）提供了图片。", "- 提供了图片。"),
        ("（1）：", ""),
        ("（1）方法：先分解，再重建（见图2。", "（1）方法：先分解，再重建见图2。"),
        ("包括1）分解，2）重建。", "包括1）分解，2）重建。"),
        ("两个模块（a）和（b）。", "两个模块（a）和（b）。"),
        ("It has two parts (a and b).", "It has two parts (a and b)."),
        ("It has two parts a and b).", "It has two parts a and b."),
        ("“环”很短。", "“环”很短。"),
    ],
)
def test_half_brackets_and_leading_marks_go(line: str, mended: str) -> None:
    assert mend_line(line) == mended
    assert mend_line(mended) == mended


@pytest.mark.parametrize(
    ("lines", "kept"),
    [
        (["(1) 意义：", "(2) 创新点：环。"], ["创新点：环。"]),
        (["(1) 意义：", "很大。", "(2) 创新点："], ["意义：", "很大。"]),
        (["优缺点总结：", "- 环。"], ["优缺点总结：", "- 环。"]),
        (["方法：", "结论："], []),
        (["主要步骤如下：", "1. 分解。", "2. 重建。"], ["主要步骤如下：", "1. 分解。", "2. 重建。"]),
        (["Results:", "It works."], ["Results:", "It works."]),
    ],
)
def test_a_label_without_content_goes(lines: list[str], kept: list[str]) -> None:
    assert write_units(read_units("\n".join(lines))) == "\n".join(kept)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("#### (1) 意义", "(1) 意义"),
        ("一\\n二", "一 二"),
        ("**环**很短", "环很短"),
        ("# 1 of 3", "# 1 of 3"),
        ("见[](#a)图", "见图"),
    ],
)
def test_what_was_meant_as_markup_goes(text: str, kept: str) -> None:
    assert drop_marks(text) == kept


def test_a_run_without_a_stop_is_one_only_in_chinese_and_only_if_it_is_long() -> None:
    assert is_run_on("研究" * 40)
    assert is_run_on("研究方法，" * 70)
    assert not is_run_on("研究方法，" * 20)
    assert not is_run_on("a long English sentence goes on " * 12)


@pytest.mark.parametrize(
    "sentence",
    [
        "标题：环",
        "1. 作者：张三",
        "所属机构：某大学",
        "关键词：环；表位",
        "论文链接：无，代码链接：无",
        "Keywords: loops",
        "GitHub代码链接：无",
        "**作者**：张三",
    ],
)
def test_a_label_of_the_papers_own_data_is_known(sentence: str) -> None:
    assert repeats_data(sentence)


@pytest.mark.parametrize(
    "sentence", ["作者提出：环很短。", "方法：环。", "链接预测：一种新方法。", "It links: a and b."]
)
def test_other_labels_are_none_of_them(sentence: str) -> None:
    assert not repeats_data(sentence) or sentence.startswith("链接")


def test_words_in_square_brackets_are_placeholders_in_chinese_only() -> None:
    assert has_placeholder("本文在[领域]有新意。")
    assert not has_placeholder("as shown in [12] and [loops]")
    assert not has_placeholder("见[项目主页](https://a.example)")


@pytest.mark.parametrize(
    ("summary", "headline"),
    [
        ("环很难设计。本文提出一种新方法。", "本文提出一种新方法。"),
        (
            "Loops matter. We propose a method that designs them. It works.",
            "We propose a method that designs them. It works.",
        ),
        ("Loops matter.", "Loops matter."),
        ("", ""),
    ],
)
def test_a_headline_says_what_the_paper_does(summary: str, headline: str) -> None:
    assert choose_headline(summary) == headline
    assert choose_headline(headline) == headline


@pytest.mark.parametrize(
    "text", ["本文提出一种方法，" + "它很好，" * 60, "We propose a method, " + "and more, " * 40, "字" * 400]
)
def test_a_headline_and_a_takeaway_are_no_longer_than_is_read(text: str) -> None:
    for short, limit in ((choose_headline(text), MAX_HEADLINE_CHARACTERS), (shorten_takeaway(text), 200)):
        assert 20 < len(short) <= limit
        assert short.endswith("…")
        assert choose_headline(short) == short or limit == 200


@pytest.mark.parametrize(
    "sentence",
    [
        "N/A",
        "未提及。",
        "（2）过去的方法：没有提及",
        "Not mentioned.",
        "Workload: not specified.",
        "The result improves by XX%.",
        "Accuracy rises by [X] on COCO.",
    ],
)
def test_what_was_left_unfilled_is_known_by_itself(sentence: str) -> None:
    assert has_placeholder(sentence)


@pytest.mark.parametrize(
    "sentence", ["The nation adapts.", "未知物体的姿态。", "It is unknown why.", "The factor is [12]."]
)
def test_what_only_looks_so_is_not(sentence: str) -> None:
    assert not has_placeholder(sentence)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("好的，以下是总结：PosePal达到73.2 AP，并且很快。", "PosePal达到73.2 AP，并且很快。"),
        ("Sure! Here is the summary you asked for: A fast method works.", "A fast method works."),
        ("以下是主要步骤：", "以下是主要步骤："),
        ("Here are the steps:\nOne.", "Here are the steps:\nOne."),
    ],
)
def test_an_announcement_goes_and_what_it_announces_stays(text: str, kept: str) -> None:
    assert drop_preambles(text) == kept


def test_the_number_of_an_item_stays_when_its_first_sentence_goes() -> None:
    section = Section("方法", "(1) 以上内容仅供参考，希望对您有帮助。 The method is fast.\n(2) It is small.")
    shown = sanitize(Summary("", (), (section,)), Evidence(Paper("2611.00001", 1, "T", (), "")))
    assert shown.sections[0].body == "(1) The method is fast.\n(2) It is small."
