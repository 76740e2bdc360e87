"""What was said is not said again: under another number or label, in other words, or as a part of an appraisal."""

from __future__ import annotations

import pytest

from digestbot.domain.digest import Section, Summary
from digestbot.domain.paper import Paper
from digestbot.quality.checks import REPEAT, Evidence
from digestbot.quality.repeats import RepeatFinder, SaidText
from digestbot.quality.sanitize import sanitize

_PAPER = Paper("2611.00001", 1, "Loops from Epitopes", ("Ada Moreno",), "We design loops.")
_METHOD = "本文提出了一种由表位设计抗体环的生成方法，先预测骨架的走向，再逐个选出残基的类型"
_RESULT = "该方法在三个公开靶点集上均优于以往的设计方法，并且每条环的设计时间缩短到了原来的一半"
_OTHER = "消融实验说明位置编码贡献最大，去掉它之后成功率下降了约三分之一，而其余模块的影响都很小"
_WORK = "工作量：\n- 训练需要八块显卡，共约十二个小时。"
_ENGLISH = "The method designs loops from six residues of the epitope and needs no structure of the antigen at all"


@pytest.mark.parametrize(
    ("first", "again"),
    [
        (_METHOD, f"（4）任务和性能：{_METHOD}。"),
        (_METHOD, f"- {_METHOD}；"),
        (_RESULT, f"实验结果表明，{_RESULT}。"),
        (_RESULT, f"此外，{_RESULT.replace('该方法', '我们的方法')}。"),
        (_METHOD, _METHOD.replace("本文", "我们").replace("的生成方法", "的方法") + "。"),
        (_ENGLISH, f"(2) Innovation point: {_ENGLISH}."),
        (_ENGLISH, f"In addition, {_ENGLISH.replace('The method', 'it')}."),
    ],
)
def test_a_sentence_is_a_repeat_whatever_label_or_opening_it_has(first: str, again: str) -> None:
    shown = sanitize(Summary("", (f"{first}.",), (Section("结论", f"{again}\n{_OTHER}。"),)), Evidence(_PAPER))
    assert shown.sections[0].body == f"{_OTHER}。"
    assert REPEAT in shown.flags


@pytest.mark.parametrize(
    ("first", "other"),
    [
        (_RESULT, _RESULT.replace("一半", "四成")),
        (
            "该方法在靶点集上的成功率为 41%，明显高于以往的各种方法",
            "该方法在靶点集上的成功率为 73%，明显高于以往的各种方法",
        ),
        (
            "模型可以从单个序列推断出抗体环的完整骨架走向和残基类型",
            "模型不可以从单个序列推断出抗体环的完整骨架走向和残基类型",
        ),
        (
            "该方法的训练成本低于以往的各种生成方法，如扩散模型和自回归模型",
            "该方法的重建质量高于以往的各种生成方法，如扩散模型和自回归模型",
        ),
        (_ENGLISH, _ENGLISH.replace("needs no structure", "predicts the whole structure and its energy")),
        ("环很短，也很稳定。", "环很短，也很稳定。"),
    ],
)
def test_a_sentence_with_something_new_is_none(first: str, other: str) -> None:
    if first == _RESULT:
        other = other.replace("四成", "四成，误差条由五次重复得出，并与湿实验的结果一致")
    said = SaidText()
    said.add(first)
    assert not said.covers(other)


def test_a_part_of_an_appraisal_that_mostly_repeats_goes_with_its_label() -> None:
    body = f"（1）：{_OTHER}。\n（2）：创新点：\n- {_METHOD}。\n- 环的长度可变。\n性能：\n- {_RESULT}。\n{_WORK}"
    shown = sanitize(Summary("", (_METHOD, _RESULT), (Section("结论", body),)), Evidence(_PAPER))
    assert shown.sections[0].body == f"（1）：{_OTHER}。\n{_WORK}"


def test_a_part_in_one_line_goes_without_its_neighbours() -> None:
    body = f"（1）创新点：{_METHOD}；性能：{_OTHER}；工作量：训练需要八块显卡，共约十二个小时；"
    shown = sanitize(Summary("", (_METHOD,), (Section("结论", body),)), Evidence(_PAPER))
    assert shown.sections[0].body == f"（1）性能：{_OTHER}；工作量：训练需要八块显卡，共约十二个小时。"


def test_what_has_a_new_number_stays_though_its_part_goes() -> None:
    body = f"性能：\n- {_RESULT}。\n- 成功率为 41.5%。"
    shown = sanitize(Summary("", (_RESULT,), (Section("结论", body + f"\n（3）{_OTHER}。"),)), Evidence(_PAPER))
    assert shown.sections[0].body.startswith("性能：\n- 成功率为 41.5%。")


def test_numbers_close_up_and_a_label_before_a_list_of_its_own_stays() -> None:
    body = f"(1) {_METHOD}。\n(2) {_OTHER}。\n(3) 训练需要八块显卡，共约十二个小时。\n（2）：创新点：\n"
    body += (
        "(1) 环的长度可变，最长可达二十个残基，最短只有六个。\n(2) 不需要抗原的结构，只需要表位的序列，这降低了门槛。"
    )
    shown = sanitize(Summary("", (_METHOD,), (Section("方法", body),)), Evidence(_PAPER))
    lines = shown.sections[0].body.split("\n")
    assert [line[:3] for line in lines if line[0] == "("] == ["(1)", "(2)", "(1)", "(2)"]
    assert any(line.endswith("创新点：") for line in lines)


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        (f"{_METHOD}。这种分解使训练更稳定。{_OTHER}。", f"{_OTHER}。"),
        (f"{_METHOD}。此外，环的长度可以变化。", "环的长度可以变化。"),
        (f"{_METHOD}。这使成功率达到 41.5%。", f"{_METHOD}。这使成功率达到 41.5%。"),
        (f"{_METHOD}。它包含编码器、解码器和打分器三个部分。", "该方法包含编码器、解码器和打分器三个部分。"),
        (f"在三个靶点集上对该方法进行了评估。结果表明，{_RESULT}。{_OTHER}。", f"{_OTHER}。"),
    ],
)
def test_no_sentence_is_left_that_points_at_one_that_went(line: str, kept: str) -> None:
    found = RepeatFinder().drop_repeats(
        Summary("", (f"{_METHOD}。", f"{_RESULT}。"), (Section("方法", f"{line}\n{_OTHER.replace('约', '近')}"),))
    )
    assert found.sections[0].body.split("\n")[0] == kept


def test_a_repeat_is_no_rot_so_that_a_section_keeps_the_rest() -> None:
    body = f"(1) {_METHOD}。\n(2) {_RESULT}。\n(3) {_METHOD}，{_RESULT}。\n(4) 位置编码给出每个残基到表位的距离，"
    body += "让骨架不会偏离表位太远。\n(5) 打分器按结合能排序，只留下最好的十条环，并去掉彼此相似的。"
    shown = sanitize(Summary("", (_METHOD, _RESULT), (Section("方法", body),)), Evidence(_PAPER))
    assert [line[:3] for line in shown.sections[0].body.split("\n")] == ["(1)", "(2)"]


def test_a_sentence_of_the_summary_that_the_headline_does_not_show_was_not_said() -> None:
    summary = Summary(f"{_METHOD}。" + "它很快，" * 30 + f"。{_OTHER}。", (f"{_OTHER}。",))
    assert sanitize(summary, Evidence(_PAPER)).takeaways == (f"{_OTHER}。",)


def test_what_says_all_once_is_given_back_as_it_is() -> None:
    summary = Summary(f"{_METHOD}。", (f"{_RESULT}。",), (Section("方法", f"（1）{_OTHER}。"),))
    assert RepeatFinder().drop_repeats(summary) is summary
    assert sanitize(summary, Evidence(_PAPER)) == summary
