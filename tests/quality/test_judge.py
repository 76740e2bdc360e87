"""Sentences that are not about the paper go, in both languages; what is about it stays, whatever words it has."""

from __future__ import annotations

import json

import pytest

from digestbot.domain.digest import Section, Summary
from digestbot.domain.paper import Paper
from digestbot.quality.checks import OFF_TOPIC, REPEAT, RUN_ON, Evidence, find_rot
from digestbot.quality.cleanup import find_flags
from digestbot.quality.judge import is_off_topic, list_pieces, score_sentence
from digestbot.quality.sanitize import sanitize

_PAPER = Paper("2611.00001", 1, "Loops from Epitopes", ("Ada Moreno",), "We design loops.")
_ROT = (
    "暂无具体信息，建议自行查阅原文核实。",
    "您可能需要自行核实以上信息是否准确。",
    "如有其他需要调整的地方，请随时告知。",
    "该部分应说明论文所用数据集的来源。",
    "请您提供论文的全文，以便我继续总结。",
    "（此段可酌情删减）",
    "由于给定的信息有限，无法判断该方法的性能。",
    "好的，下面我将按照您的格式为您总结。",
    "Please provide the full text so that I can summarise it for you.",
    "I hope this summary meets your requirements and is helpful to you.",
    "The affiliation of the authors is not specified in the given text.",
)
_FIT = (
    "我们提出一种由表位设计抗体环的方法，并在三个靶点上验证。",
    "用户可以用一句话描述场景，系统据此生成三维模型。",
    "为避免手动输入标签，作者用大模型自动标注数据。",
    "模型先对缺失区域进行填充，再细化边界。",
    "注：误差为五次重复的标准差。",
    "该方法要求输入图像已经校准。",
    "请求被发送到最近的服务器，因此延迟降低了40%。",
    "The model is asked to fill in the missing words of a sentence.",
    "Users can request that the assistant adjust the format of a table.",
    "You only look once detectors are compared on three data sets.",
    "The code is not released, but all settings are given in the appendix.",
)


@pytest.mark.parametrize("sentence", _ROT)
def test_what_is_not_about_the_paper_is_shown_nowhere(sentence: str) -> None:
    assert find_flags(sentence) or find_rot(sentence)
    good = "Loops are designed from six residues of the epitope."
    shown = sanitize(
        Summary(f"{good} {sentence}", (sentence, "It works."), (Section("M", f"{good}\n{sentence}"),)), Evidence(_PAPER)
    )
    assert sentence not in repr(shown)
    assert (shown.headline, len(shown.takeaways)) == (good, 1)


@pytest.mark.parametrize("sentence", _FIT)
def test_what_is_about_the_paper_stays(sentence: str) -> None:
    shown = sanitize(Summary("", (sentence,)), Evidence(_PAPER))
    assert (shown.takeaways, shown.flags) == ((sentence,), ())


def test_the_judge_reads_the_answers_of_models_too() -> None:
    assert is_off_topic("如有其他需要调整的地方，请随时告知。")
    assert not is_off_topic("One.")  # too short to be judged
    assert find_rot("图像恢复" * 40) == RUN_ON
    assert find_rot("关键词：扩散模型；图像生成") == OFF_TOPIC


def test_digits_and_spaces_are_judged_alike() -> None:
    assert list_pieces("约  12 个") == list_pieces("约 34 个")
    assert score_sentence("共 12 个样本。") == score_sentence("共 99 个样本。")


def test_a_long_sentence_is_said_once() -> None:
    long = "该方法在三个公开数据集上均优于现有方法，并且推理速度提高了两倍以上，显存占用减少了一半左右。"
    other = "消融实验说明，各模块对最后的结果都有贡献，其中位置编码的贡献最大，约占三分之一。"
    shown = sanitize(Summary(long, (), (Section("结论", f"（1）{long}\n（2）{other}"),)), Evidence(_PAPER))
    assert repr(shown).count("显存占用") == 1
    assert REPEAT in shown.flags
    assert shown.sections[0].body == other


def test_what_is_left_is_looked_at_until_nothing_has_to_go() -> None:
    body = "\n".join((*_ROT, *_FIT, "（1）意义：", "（2）创新点：", "）以上。", "工作量：xxx；"))
    once = sanitize(Summary(_FIT[0], _ROT + _FIT, (Section("方法", body),)), Evidence(_PAPER))
    assert sanitize(once, Evidence(_PAPER)) == once


def test_the_weights_are_whole_numbers_of_short_pieces() -> None:
    from digestbot.quality import judge

    stored = json.loads(judge._WEIGHTS.read_text("utf-8"))  # the file that training writes
    assert 1_000 < len(stored["weights"]) <= 8_000
    assert all(len(piece) <= 3 and isinstance(weight, int) for piece, weight in stored["weights"].items())


@pytest.mark.parametrize(
    ("line", "left"),
    [
        (
            "局限性：文中未提及。该方法在六个数据集上提高了准确率和召回率。",
            "该方法在六个数据集上提高了准确率和召回率。",
        ),
        ("Side effects: not specified. The drug cured 92% of the patients.", "The drug cured 92% of the patients."),
    ],
)
def test_the_label_of_what_is_not_known_goes_with_it(line: str, left: str) -> None:
    shown = sanitize(Summary("", (), (Section("结果", line),)), Evidence(_PAPER))
    assert [section.body for section in shown.sections] == [left]
