"""What says nothing, is announced and not there, or is in another language than its card, is shown nowhere."""

from __future__ import annotations

import pytest

from digestbot.domain.digest import Section, Summary
from digestbot.domain.paper import Paper
from digestbot.quality.checks import Evidence, find_rot
from digestbot.quality.fillers import drop_filler_clause, is_filler, only_offers_code
from digestbot.quality.headlines import choose_headline
from digestbot.quality.ruins import is_cut_off
from digestbot.quality.sanitize import sanitize

_PAPER = Paper("2611.00001", 1, "Loops from Epitopes", ("Ada Moreno",), "We design loops.")
_GOOD = "该方法由表位的六个残基设计抗体环，并在三个靶点上验证。"


def _show(body: str, headline: str = "我们由表位设计抗体环。") -> str:
    sections = sanitize(Summary(headline, (), (Section("方法", body),)), Evidence(_PAPER)).sections
    return "\n".join(section.body for section in sections)


@pytest.mark.parametrize(
    "sentence",
    [
        "局限性和未来工作。",
        "（3）：本文提出的研究方法。",
        "性能结果支持了方法的有效性。",
        "这些性能支持了本文提出的方法能够有效地设计抗体环。",
        "文中提供了详细的实验结果和性能评估数据来证明其方法的有效性。",
        "我们密切关注该项目的最新进展。",
        "该方法的实现相对简单，但需要对扩散模型的深入理解。",
        "工作量方面，文章对于模型的实现进行了较为详细的描述。",
        "文章可能设计了一系列实验来验证所提出方法的有效性。",
        "通过对比分析，文章将证明所提出方法的优越性。",
        "此外，文章未涉及该方法的实际应用。",
        "创新点：文章提出了新观点或新方法，推动了该领域的发展。",
        "本文的方法motivated by这些问题。",
        "The performance supports the goals of the paper.",
    ],
)
def test_what_would_stand_under_any_paper_goes(sentence: str) -> None:
    assert is_filler(sentence)
    assert find_rot(sentence)
    assert _show(f"{_GOOD}{sentence}") == _GOOD


@pytest.mark.parametrize(
    "sentence",
    [
        "实验结果支持了环的长度决定亲和力的假设。",
        "该方法可以支持四种抗体格式的设计。",
        "局限性在于训练数据较少。",
        "该模型可能会漏掉很短的环，因为训练数据里没有。",
        "注意力图可能包括背景区域，作者因此加入了掩码。",
        "本文详细比较了 LoopNet 与 EpiDock 的采样步数。",
        "持续更新的码本使模型在 12 天内适应新靶点。",
        "该方法减少了标注者的工作量，每张图像只需 3 秒。",
    ],
)
def test_what_says_something_of_this_paper_stays(sentence: str) -> None:
    assert not is_filler(sentence)
    assert _show(sentence) == sentence


@pytest.mark.parametrize(
    ("sentence", "left"),
    [
        ("该方法更快，满足了其提高设计效率和质量的目标。", "该方法更快。"),
        ("该方法更快，并且可以很好地支持我们的目标，即快速设计抗体环。", "该方法更快。"),
        ("作者在三个靶点上验证了环，并提供了相关项目页面链接。", "作者在三个靶点上验证了环。"),
        ("作者综述了环的设计，并提供了我们精心策划的存储库：https://a.example/b。", "作者综述了环的设计。"),
        ("目标是提高环的稳定性，并缩短设计时间。", "目标是提高环的稳定性，并缩短设计时间。"),
        ("作者公开了一个新的数据集，并提供了基线。", "作者公开了一个新的数据集，并提供了基线。"),
    ],
)
def test_a_last_clause_that_says_nothing_goes(sentence: str, left: str) -> None:
    assert drop_filler_clause(sentence) == left


def test_that_there_is_code_is_no_takeaway() -> None:
    assert only_offers_code("提供开源代码和预训练模型。")
    assert only_offers_code("即将开源代码。")
    assert not only_offers_code("提供一种由表位设计抗体环的方法。")


def test_a_sentence_that_ends_with_a_conjunction_is_cut_off() -> None:
    assert is_cut_off("这些方法依赖于广泛的标注数据集，但")
    assert is_cut_off("该框架由两个阶段组成，其中。")
    assert not is_cut_off("这些方法依赖于广泛的标注数据集，但成本很高。")
    assert not is_cut_off("三条链都在其中。")


def test_a_formula_that_was_lost_takes_its_announcement_and_its_symbols_along() -> None:
    body = f"{_GOOD}损失函数表示为：\n其中 λ 是权重。训练用了三天，环的长度为六。"
    assert _show(body) == f"{_GOOD}\n训练用了三天，环的长度为六。"
    listed = "该方法分为三步，步骤如下：\n（1）切分。\n（2）对齐。\n（3）拼接。"
    assert _show(listed) == listed


def test_paragraphs_of_flattened_formulas_go() -> None:
    body = f"{_GOOD}\n给定提示 p，得到 c=Et(p)，再由 z=Ea(x) 加噪，于是 h=Eu(z) 成立。"
    assert _show(body) == _GOOD
    plain = "批大小 B=16，学习率 r=0.1，训练了三天，环的长度为六。"
    assert _show(plain) == plain


def test_a_title_without_its_text_goes_where_others_have_theirs() -> None:
    body = "（1）数据采集\n- 采集 2407 名受试者的图像。\n（2）先验学习\n- 由图像学习先验模型。\n（3）两个分支"
    assert _show(body) == body.removesuffix("\n（3）两个分支")
    assert _show("性能：环更短。\n创新点：SRGS。") == "性能：环更短。"


def test_a_summary_that_begins_anew_goes() -> None:
    items = f"（1）{_GOOD}\n（2）实验在六个数据集上进行，亲和力提高了两倍。"
    assert _show(f"{items}\n摘要：本文研究了抗体环的设计，并提出了由表位出发的方法。") == items
    assert _show(f"{items}\n摘要部分：\n这篇论文研究了抗体环的设计，并提出了由表位出发的方法。") == items


def test_letters_with_a_gap_become_dots() -> None:
    assert _show("a) 切分表位并对齐。\nc) 拼接抗体环。") == "- 切分表位并对齐。\n- 拼接抗体环。"
    whole = "a) 切分表位并对齐。\nb) 拼接抗体环。"
    assert _show(whole) == whole
    assert _show("② 切分表位并对齐。\n③ 拼接抗体环。") == "- 切分表位并对齐。\n- 拼接抗体环。"


def test_a_second_language_goes_and_so_does_what_is_only_in_it() -> None:
    english = "Recent methods design loops from epitopes, but they suffer from inadequate control of their length."
    assert _show(f"{_GOOD}\n{english}") == _GOOD
    assert _show(english) == ""
    assert _show(english, headline="We design loops from epitopes.") == english
    assert _show(f"{_GOOD}\nLoopNet, EpiDock") == f"{_GOOD}\nLoopNet, EpiDock"


def test_a_takeaway_that_the_headline_says_goes() -> None:
    headline = "LoopNet 由表位设计抗体环，并在三个靶点上验证了它们的亲和力。"
    shown = sanitize(
        Summary(headline, ("LoopNet 由表位设计抗体环，在三个靶点上验证了亲和力。", _GOOD, "环很短。", "配")),
        Evidence(_PAPER),
    )
    assert shown.takeaways == (_GOOD, "环很短。")


def test_a_headline_points_at_no_problem_that_it_does_not_name() -> None:
    assert choose_headline("本文提出了由表位设计环的方法，以解决这些问题。") == "本文提出了由表位设计环的方法。"
    told = "本文提出了一种由表位设计抗体环的方法，并在三个靶点上验证。"
    pointing = "本文提出了一种新颖的框架，通过微调和采样来解决这两个问题。"
    assert choose_headline(pointing, (), (Section("摘要", told),)) == told
    named = "环的设计难以控制，本文提出了新的框架来解决这个问题。"
    assert choose_headline(named, (), (Section("摘要", told),)) == named
    assert choose_headline("环的设计是药物研究中的关键一步。", (told,)) == told
