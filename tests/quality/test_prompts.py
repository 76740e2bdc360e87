"""The prompt's questions become plain labels, and what only answers them, thanks or gives a link goes."""

from __future__ import annotations

import pytest

from digestbot.domain.digest import Section, Summary
from digestbot.domain.paper import Paper
from digestbot.quality.checks import Evidence, find_rot
from digestbot.quality.prompts import (
    drop_answer_clauses,
    drop_link_clause,
    is_about_writing,
    is_prompt_answer,
    only_tells_links,
    simplify_labels,
)
from digestbot.quality.sanitize import sanitize

_PAPER = Paper("2611.00001", 1, "Loops from Epitopes", ("Ada Moreno",), "See https://a.example/loops.")


@pytest.mark.parametrize(
    ("sentence", "plain"),
    [
        ("（4）方法在什么任务上取得了怎样的性能，性能是否能支撑其目标：环更短。", "（4）性能：环更短。"),
        ("(4) 方法在何种任务上取得了何种性能：环更短。", "(4) 性能：环更短。"),
        ("(4)：方法在什么任务上取得了什么性能？", "(4)：性能："),
        ("（2）过去方法及其问题，本文方法的动机是否充分：环太长。", "（2）过去的方法：环太长。"),
        ("（2）过去方法及其问题：本文方法的动机充分：环太长。", "（2）过去方法及其问题：环太长。"),
        ("（1）本工作的意义是什么：环更短。", "（1）意义：环更短。"),
        ("（1）本工作的重要意义：环更短。", "（1）意义：环更短。"),
        ("（2）本文优缺点总结（三个维度）：", "（2）"),
        ("（2）创新点、性能、工作量总结：", "（2）"),
        ("（4）：性能：性能：环更短。", "（4）：性能：环更短。"),
        ("Performance：LoopNet 设计的环更短。", "性能：LoopNet 设计的环更短。"),
        ("Performance: LoopNet designs short loops.", "Performance: LoopNet designs short loops."),
        ("(4) On what task does the method perform, and does the performance support its goal: loops are short.",
         "(4) Performance: loops are short."),
        ("(1) What is the significance of this work? Loops are short.", "(1) Significance: Loops are short."),
        ("（2）过去的方法及其问题：环太长。", "（2）过去的方法及其问题：环太长。"),
        ("ProvNeRF 提出一个问题：每个点是从哪里看到的？", "ProvNeRF 提出一个问题：每个点是从哪里看到的？"),
    ],
)  # fmt: skip
def test_a_question_of_the_prompt_becomes_a_plain_label(sentence: str, plain: str) -> None:
    assert simplify_labels(sentence) == plain
    assert simplify_labels(plain) == plain


@pytest.mark.parametrize(
    "sentence",
    [
        "这些性能支持了他们的目标。",
        "该性能可以支持其目标，即设计更短的环。",
        "该方法的动机充分，因为以往的环太长。",
        "动机明确。",
        "工作量：中等。",
        "- 工作量：......",
        "本文的工作量较大。",
        "Workload: moderate.",
        "These results support the goal of designing short loops.",
        "The approach is well-motivated.",
        "这些性能支持了实时设计抗体环并与人类专家交互的目标。",
        "本文提出的方法合理，因为它：",
        "工作量较大，需要进行复杂的模型设计和实验验证。",
        "在工作量方面，文章详细介绍了实验方法。",
        "文中提出的这些新方法具有很好的动机性。",
    ],
)
def test_an_answer_that_says_nothing_of_the_paper_goes(sentence: str) -> None:
    assert is_prompt_answer(sentence)
    assert find_rot(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "目标检测的性能提高了 3 点。",
        "工作量：训练需要八块显卡。",
        "该方法支持多个目标的同时跟踪。",
        "该方法把标注的工作量减少了一半。",
        "自动标注大大减少了人工的工作量，使数据集更大。",
        "性能：优于以往方法。",
        "The model supports goals that users state in words.",
    ],
)
def test_what_only_has_the_same_words_stays(sentence: str) -> None:
    assert not is_prompt_answer(sentence)
    assert drop_answer_clauses(sentence) == sentence


@pytest.mark.parametrize(
    ("sentence", "left"),
    [
        ("成功率达到 41%，这支持了他们的目标。", "成功率达到 41%。"),
        ("该方法动机明确，针对环太长的问题，提出了一种新框架。", "针对环太长的问题，提出了一种新框架。"),
        ("工作量：中等，需要八块显卡。", "工作量：需要八块显卡。"),
        ("环在运行时设计，工作量较小。", "环在运行时设计。"),
        ("此方法是环设计的新发展，为解决现有问题提供了动机。", "此方法是环设计的新发展。"),
        ("成功率达到 41%，证明了其能够达到设计短环的目标。", "成功率达到 41%。"),
        ("实验结果表明，该方法可以很好地支持其目标。", ""),
    ],
)
def test_a_clause_that_only_answers_goes_and_the_rest_stays(sentence: str, left: str) -> None:
    assert drop_answer_clauses(sentence) == left


@pytest.mark.parametrize(
    ("body", "left"),
    [
        ("环更短。\n工作量：\n- 实现相对复杂。\n- 需要大量的数据。", "环更短。"),
        ("环更短。\n工作量：\n- 实现相对复杂。\n- 训练需要 12 小时。", "环更短。\n工作量：\n- 训练需要 12 小时。"),
        ("环更短。\nWorkload: It needs much data.", "环更短。"),
        ("Loops are short.\nWorkload: two wet-lab rounds.", "Loops are short.\nWorkload: two wet-lab rounds."),
        ("（1）性能：环更短；工作量：实现相对复杂；", "性能：环更短。"),
    ],
)
def test_how_much_work_it_was_goes_but_for_figures(body: str, left: str) -> None:
    assert sanitize(Summary("", (), (Section("结论", body),)), Evidence(_PAPER)).sections[0].body == left


@pytest.mark.parametrize(
    "takeaway",
    [
        "项目主页：https://a.example/loops。",
        "代码可在 GitHub 上获取。",
        "代码和模型将在论文接受后公开。",
        "Github代码暂未提供。",
        "更多示例请访问项目网站 https://a.example/loops。",
        "LoopNet 的存储库位于 https://a.example/loops。",
        "Code is available at https://a.example/loops.",
        "The dataset and code will be released.",
    ],
)
def test_a_takeaway_that_only_tells_links_goes(takeaway: str) -> None:
    assert only_tells_links(takeaway)
    assert sanitize(Summary("", (takeaway, "环更短。")), Evidence(_PAPER)).takeaways == ("环更短。",)


@pytest.mark.parametrize(
    "takeaway",
    [
        "发布了包含一万条抗体环的数据集。",
        "模型在公开数据集上获得了最高的成功率。",
        "仅用一行代码就能把成功率提高三成。",
        "该模型可以在保持质量的同时获得更快的速度。",
        "We release a data set of ten thousand loops.",
        "The code is not released, but all settings are given in the appendix.",
    ],
)
def test_a_takeaway_about_data_or_code_stays(takeaway: str) -> None:
    assert not only_tells_links(takeaway)


def test_an_address_at_the_end_goes_without_the_sentence_before_it() -> None:
    assert drop_link_clause("环可以编辑，项目主页：https://a.example/loops") == "环可以编辑"


@pytest.mark.parametrize(
    "sentence",
    [
        "致谢：这项工作得到了国家自然科学基金（62202199）的部分支持。",
        "这项工作得到 ERC 高级补助金的资助。",
        "This work was supported by the National Science Foundation.",
        "We thank Ada Moreno for helpful discussions.",
        "然而，文章的部分描述可能略显简略。",
        "该文章没有详细阐述一些关键细节和实现过程。",
        "此外，文章篇幅可能略显不足。",
    ],
)
def test_thanks_and_marks_for_the_article_go(sentence: str) -> None:
    assert is_about_writing(sentence)
    shown = sanitize(Summary("", (), (Section("结论", f"环更短。\n{sentence}"),)), Evidence(_PAPER))
    assert shown.sections[0].body == "环更短。"


@pytest.mark.parametrize(
    "sentence",
    ["图像描述过于粗略，无法捕捉细节。", "实验结果支持了位置编码的作用。", "在医学基础模型中，数据由三家医院提供。"],
)
def test_a_statement_of_the_paper_is_none_of_them(sentence: str) -> None:
    assert not is_about_writing(sentence)
