"""What was said is not said again: under another number or label, with hardly a word changed, or in a fuller form."""

from __future__ import annotations

import pytest

from digestbot.domain.digest import Section, Summary
from digestbot.domain.paper import Paper
from digestbot.quality.checks import REPEAT, Evidence
from digestbot.quality.repeats import RepeatFinder, SaidText
from digestbot.quality.sanitize import sanitize

_PAPER = Paper("2611.00001", 1, "LoopNet: Loops from Epitopes", ("Ada Moreno",), "We design loops.")
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
        (_RESULT, f"{_RESULT.replace('该方法', 'LoopNet')}。"),
        (_METHOD, _METHOD.replace("本文", "我们").replace("生成方法", "生成的方法") + "。"),
        (_METHOD, _METHOD.replace("，再逐个选出残基的类型", "") + "。"),
        (_ENGLISH, f"(2) Innovation point: {_ENGLISH}."),
        (_ENGLISH, f"In addition, {_ENGLISH.replace('The method', 'it')}."),
    ],
)
def test_a_sentence_is_a_repeat_whatever_label_or_opening_it_has(first: str, again: str) -> None:
    rest = f"{_OTHER}。打分器按结合能排序，只留下最好的十条环，并去掉彼此相似的。\n{_WORK}"
    shown = sanitize(Summary("", (f"{first}.",), (Section("结论", f"{again}\n{rest}"),)), Evidence(_PAPER))
    assert shown.sections[0].body == rest
    assert REPEAT in shown.flags


@pytest.mark.parametrize(
    ("first", "other"),
    [
        (_RESULT, _RESULT.replace("一半", "四成")),
        (_RESULT, _RESULT.replace("公开靶点集", "公开靶点集和两个私有靶点集")),
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
        (
            "Lsky 仅具有两个平移自由度和一个旋转自由度，并具有固定的厚度",
            "Lroad 仅具有两个平移自由度和一个旋转自由度，并具有固定的厚度",
        ),
        (
            "该网络以残基的位置和一个编码表位的代码作为输入，并输出变形后残基的位置和缩放因子",
            "该网络以残基的位置和一个编码表位的代码作为输入，并输出转换后残基的位置和旋转矩阵",
        ),
        (_ENGLISH, _ENGLISH.replace("needs no structure", "predicts the whole structure and its energy")),
        ("环很短，也很稳定。", "环很短，也很稳定。"),
    ],
)
def test_a_sentence_with_something_new_is_none(first: str, other: str) -> None:
    said = SaidText()
    said.add(first)
    assert not said.covers(other)


def test_of_two_that_say_the_same_the_fuller_one_stays() -> None:
    fuller = f"{_METHOD}，最后按结合能排序并只留下最好的十条环"
    body = f"（1）方法：{_METHOD}。\n（2）结果：{_RESULT}。\n（3）步骤：{fuller}。\n（4）消融：{_OTHER}。"
    shown = sanitize(Summary("", (), (Section("摘要", body),)), Evidence(_PAPER))
    assert shown.sections[0].body == f"- 结果：{_RESULT}。\n- 步骤：{fuller}。\n- 消融：{_OTHER}。"


def test_a_takeaway_that_says_what_the_headline_says_and_more_becomes_the_headline() -> None:
    fuller = f"{_METHOD}，最后按结合能排序。"
    shown = sanitize(Summary(f"{_METHOD}。", (f"{_RESULT}。", fuller)), Evidence(_PAPER))
    assert (shown.headline, shown.takeaways) == (fuller, (f"{_RESULT}。",))


def test_a_part_all_of_which_was_said_goes_with_its_label() -> None:
    body = f"（1）：{_OTHER}。\n（2）：创新点：\n- {_METHOD}。\n性能：\n- {_RESULT}。\n{_WORK}"
    shown = sanitize(Summary("", (_METHOD, _RESULT), (Section("结论", body),)), Evidence(_PAPER))
    assert shown.sections[0].body == f"{_OTHER}。\n{_WORK}"


def test_a_part_in_one_line_goes_without_its_neighbours() -> None:
    body = f"（1）创新点：{_METHOD}；性能：{_OTHER}；工作量：训练需要八块显卡，共约十二个小时；"
    shown = sanitize(Summary("", (_METHOD,), (Section("结论", body),)), Evidence(_PAPER))
    assert shown.sections[0].body == f"性能：{_OTHER}。\n工作量：训练需要八块显卡，共约十二个小时。"


def test_a_new_result_survives_its_part() -> None:
    body = f"性能：\n- {_RESULT}。\n- 成功率为 41.5%。"
    shown = sanitize(Summary("", (_RESULT,), (Section("结论", body + f"\n（3）{_OTHER}。"),)), Evidence(_PAPER))
    assert shown.sections[0].body == f"性能：\n- 成功率为 41.5%。\n{_OTHER}。"


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        (f"{_METHOD}。这种分解使训练更稳定。{_OTHER}。", f"{_METHOD}。这种分解使训练更稳定。{_OTHER}。"),
        (f"{_METHOD}。此外，环的长度可以变化。", f"{_METHOD}。此外，环的长度可以变化。"),
        (f"{_METHOD}。位置编码让骨架不会偏离表位太远。", "位置编码让骨架不会偏离表位太远。"),
        (f"过去的方法：{_METHOD}。位置编码让骨架不会偏离。", f"过去的方法：{_METHOD}。位置编码让骨架不会偏离。"),
        (f"位置编码让骨架不会偏离表位太远。{_METHOD}。", "位置编码让骨架不会偏离表位太远。"),
    ],
)
def test_what_is_left_of_a_paragraph_stands_by_itself(line: str, kept: str) -> None:
    found = RepeatFinder().drop_repeats(
        Summary("", (f"{_METHOD}。", f"{_RESULT}。"), (Section("方法", f"{line}\n{_OTHER.replace('约', '近')}。"),))
    )
    assert found.sections[0].body.split("\n")[0] == kept


def test_a_restatement_goes_whole() -> None:
    body = f"（1）{_METHOD}。\n（2）{_RESULT}。\n（3）环的长度可以变化。"
    assert not sanitize(Summary("", (_METHOD, _RESULT), (Section("结论", body),)), Evidence(_PAPER)).sections


def test_a_section_that_lost_less_than_half_keeps_the_rest() -> None:
    body = f"(1) {_METHOD}。\n(2) 位置编码给出每个残基到表位的距离，让骨架不会偏离表位太远。\n"
    body += f"(3) 打分器按结合能排序，只留下最好的十条环，并去掉彼此相似的。\n(4) {_OTHER}。"
    shown = sanitize(Summary("", (_METHOD, _RESULT), (Section("方法", body),)), Evidence(_PAPER))
    assert [line[:3] for line in shown.sections[0].body.split("\n")] == ["- 位", "- 打", "- 消"]


def test_a_sentence_of_the_summary_that_the_headline_does_not_show_was_not_said() -> None:
    summary = Summary(f"{_METHOD}。" + "它很快，" * 30 + f"。{_OTHER}。", (f"{_OTHER}。",))
    assert sanitize(summary, Evidence(_PAPER)).takeaways == (f"{_OTHER}。",)


def test_what_says_all_once_is_given_back_as_it_is() -> None:
    summary = Summary(f"{_METHOD}。", (f"{_RESULT}。",), (Section("方法", f"{_OTHER}。"),))
    assert RepeatFinder().drop_repeats(summary) is summary
    assert sanitize(summary, Evidence(_PAPER)) == summary
