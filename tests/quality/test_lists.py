"""Lists after their items were judged: no number after a gap, no announcement of nothing, stops at the end."""

from __future__ import annotations

import pytest

from digestbot.domain.digest import Section
from digestbot.quality.headlines import choose_headline
from digestbot.quality.lists import drop_pseudocode, keep_counted, read_units, write_units
from digestbot.quality.ruins import drop_marks, is_run_on, mend_line


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("(1) 切开了环。\n(3) 拼回了环。\n(4) 给环打分。", "- 切开了环。\n- 拼回了环。\n- 给环打分。"),
        ("（2）：切开：切开了环。\n（4）：拼回了环。", "- 切开：切开了环。\n- 拼回了环。"),
        ("1. a is it.\n3. b is it.", "- a is it.\n- b is it."),
        ("（2）：环更短。", "环更短。"),
        ("(1) 分解；(2) 重建了它。", "(1) 分解。\n(2) 重建了它。"),
        ("(1) 有两步：(1) 先切。(2) 再拼，它更快。", "(1) 有两步：(1) 先切。(2) 再拼，它更快。"),
        ("（1）环更短；性能：环更稳定；", "（1）环更短。\n性能：环更稳定。"),
        ("(1) 分解：\n(1) 先切。\n(2) 再拼。\n(2) 重建。", "(1) 分解：\n(1) 先切。\n(2) 再拼。\n(2) 重建。"),
        ("（1）环是一种结构。\n（2）2D 环也是。", "（1）环是一种结构。\n（2）2D 环也是。"),
        ("(1) 意义：环更短。\n（2）性能：环更稳定。", "(1) 意义：环更短。\n（2）性能：环更稳定。"),
        ("误差为 2.5 倍。\n3.5 倍更好。", "误差为 2.5 倍。\n3.5 倍更好。"),
        ("环更短；", "环更短。"),
        ("总结：\n(1) 环更短。\n(2) 环更稳定。", "(1) 环更短。\n(2) 环更稳定。"),
        ("(1) 主流程：超图的高斯；(2) 几何精炼器。", ""),
        ("环更短。它有以下问题：", "环更短。"),
        ("（1）：创新点：\n性能：环更短。", "性能：环更短。"),
    ],
)
def test_a_list_announces_nothing_that_is_not_there_and_has_no_false_numbers(text: str, mended: str) -> None:
    assert write_units(read_units(text)) == mended
    assert write_units(read_units(mended)) == mended


def test_pseudocode_goes_with_what_announces_it() -> None:
    units = read_units("（1）先将环切开。\n（2）伪代码如下：\nwhile x do\nx = f(x)\n（3）再将环拼回。")
    drop_pseudocode(units)
    assert write_units(units) == "- 先将环切开。\n- 再将环拼回。"


def test_what_is_counted_stays_whole() -> None:
    units = read_units("环有三个部分：\n- 头。\n- 身。\n- 尾。")
    units[2].is_kept = False
    keep_counted(units)
    assert [unit.is_kept for unit in units] == [True] * 4


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("*(1)* 研究背景：环。", "(1) 研究背景：环。"),
        ("\\*(1)\\* 研究背景：环。", "(1) 研究背景：环。"),
        ("*(2) 方法概述：*", "(2) 方法概述："),
        ("1 - 提出方法：环。", "1. 提出方法：环。"),
        ("见 3 - 5 页", "见 3 - 5 页"),
    ],
)
def test_a_number_between_stars_or_before_a_dash_is_a_number(text: str, plain: str) -> None:
    assert drop_marks(text) == plain


@pytest.mark.parametrize(
    ("line", "mended"),
    [
        ("环更短。。", "环更短。"),
        ("环（KDBTS）。；性能：快。", "环（KDBTS）。性能：快。"),
        ("环（ - ）更短。", "环更短。"),
    ],
)
def test_stops_are_not_doubled_and_brackets_not_empty(line: str, mended: str) -> None:
    assert mend_line(line) == mended


def test_latin_letters_do_not_make_a_sentence_run_on() -> None:
    assert not is_run_on(
        "大量实验验证了GaussianCubeAndSomeOtherVeryLongNameOfThisMethodInLatinLetters的有效性与先进性。" * 1
    )
    assert is_run_on("研究" * 31)


@pytest.mark.parametrize(
    ("summary", "takeaways", "headline"),
    [
        ("环很难得到，仍面临挑战。", ("环很短。", "提出了一种设计环的方法。"), "提出了一种设计环的方法。"),
        ("一种设计环的新方法，速度更快。", ("提出了另一种说法。",), "一种设计环的新方法，速度更快。"),
        ("环很难设计。从这一观察出发，我们提出了新方法。", (), "我们提出了新方法。"),
        ("为了允许直观地编辑，我们设计了一个编码器。", (), "我们设计了一个编码器。"),
        (
            "我们建议把环分成三段。环很短。我们设计了一个编码器。",
            (),
            "我们建议把环分成三段。环很短。我们设计了一个编码器。",
        ),
        (
            "Loops remain challenging.",
            ("We propose a method that designs them.",),
            "We propose a method that designs them.",
        ),
        ("Loops are long. To address this problem, we propose a method.", (), "We propose a method."),
    ],
)
def test_a_headline_begins_with_what_the_paper_does(summary: str, takeaways: tuple[str, ...], headline: str) -> None:
    assert choose_headline(summary, takeaways) == headline
    assert choose_headline(headline, takeaways) == headline


def test_a_headline_that_only_tells_what_is_wanted_gives_way_to_the_analysis() -> None:
    sections = (Section("摘要", "（1）背景：环很长。\n（3）方法：本文提出了一种设计环的方法。它很快。"),)
    assert choose_headline("近年来，环备受关注，但设计它仍然很难。", (), sections) == "本文提出了一种设计环的方法。"


def test_a_headline_does_not_begin_after_a_semicolon() -> None:
    text = "表位和环是两种结构；本文提出了一种在两者之间转换的方法。"
    assert choose_headline(text) == text


def test_a_headline_is_not_cut_within_a_word() -> None:
    assert choose_headline("We propose " + "antibodies" * 5 + " loops" * 40).endswith(" loops…")
