"""What only the paper itself can follow: figures, sections, citations, flattened formulas."""

from __future__ import annotations

import pytest

from digestbot.quality.references import drop_author_years, drop_references, is_torn, name_macros


@pytest.mark.parametrize(
    ("sentence", "left"),
    [
        ("具体来说，如图 2 所示，环被分成三段。", "具体来说，环被分成三段。"),
        ("环被分成三段，如表 1 所示。", "环被分成三段。"),
        ("雷达有多种现象，例如镜面反射（第 3.1 节）。", "雷达有多种现象，例如镜面反射。"),
        ("环变成薄环（图 4），再被简化（附录 A.2）。", "环变成薄环，再被简化。"),
        ("我们修改第 3.1 节中描述的环编码器。", "我们修改环编码器。"),
        ("以往的方法 [9,12] 需要结构。", "以往的方法需要结构。"),
        ("遵循 [26] 的基本设计，环被分成三段。", "环被分成三段。"),
        ("As shown in Figure 2, the loop has three parts.", "The loop has three parts."),
        ("The loop has three parts (see Table 1).", "The loop has three parts."),
        ("Prior work [9, 12] needs structures.", "Prior work needs structures."),
    ],
)
def test_a_reference_is_taken_out_where_the_sentence_stands_without_it(sentence: str, left: str) -> None:
    mended = drop_references(sentence)
    assert mended[:1].upper() + mended[1:] == left
    assert drop_references(mended) == mended


@pytest.mark.parametrize(
    "sentence",
    [
        "本文方法的管道如图2所示。",
        "图 3(B) 和 (C) 分别显示了对应关系。",
        "有关细节，请参阅补充材料。",
        "[9,12]提出了结合深度的框架。",
        "我们采用类似于 [49] 和 [50] 的简单损失。",
        "我们借鉴了[19, 28]中的对比损失。",
        "从等式 (5) 可以看出误差很小。",
        "Figure 2 shows the pipeline.",
    ],
)
def test_a_sentence_that_does_not_stand_without_it_goes(sentence: str) -> None:
    assert drop_references(sentence) == ""


@pytest.mark.parametrize(
    "sentence",
    [
        "该方法由多视图 3D 重建得到环。",
        "数值约束在 [0,1] 中。",
        "代表 3 种结构的环。",
        "深度图 2 倍于原图。",
        "从网络视频中生成高质量的补充材料。",
        "特征图 16×16 大小。",
        "交互式 3D 编辑。",
        "It has 3 sections and 2 tables.",
    ],
)
def test_what_only_looks_like_a_reference_stays(sentence: str) -> None:
    assert drop_references(sentence) == sentence


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("采用T5模型（Chung等人，2024）理解文本。", "采用T5模型理解文本。"),
        ("Loops are short (Ho et al., 2020; Song and Lin, 2021).", "Loops are short."),
        ("在 CVPR（2024）上发表，项目 U21B2012（U21B2012）。", "在 CVPR（2024）上发表，项目 U21B2012（U21B2012）。"),
    ],
)
def test_works_in_brackets_go(line: str, left: str) -> None:
    assert drop_author_years(line) == left


@pytest.mark.parametrize(
    "sentence",
    [
        "Σ = RSSTRT。",
        "Σf(γ)=1γγ2···γf−1γ1γ···γf−2γ2γ1",
        "CrossAttn(u, h) = SoftMax(WQSelfAttn(u))(WKh)T√d(WVh),",
        "去噪损失为：L(θ)=Ez0,ϵ,t,ct∥ϵ−ϵθ(zt,t,ct)∥22。",
        "Wang et al. 2022;",
        "速度比以往的方法快 {\\speed} 倍。",
        "主体是一个穿着粉色衣服的人图 5.扩展令牌学习。",
    ],
)
def test_what_lost_its_form_is_torn(sentence: str) -> None:
    assert is_torn(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "误差为 $L = \\sum_i |x_i|$。",
        "学习率 λ = 0.5。",
        "当 t = 0, 1 时插值。",
        "Recall@5 = 41.2 % and AP = 30.",
        "PSNR 达到 32.1 dB。",
        "一种直接方法是找到最大化 p(x)p(c)p(y|x, c) 的估计，但它会把损坏当作场景。",
    ],
)
def test_a_plain_value_and_a_formula_in_dollars_are_not(sentence: str) -> None:
    assert not is_torn(sentence)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("\\algname{} 设计的环更短。", "LoopNet 设计的环更短。"),
        ("{\\methodname} designs loops.", "LoopNet designs loops."),
        ("we present \\algfull (\\algname), which designs loops", "we present LoopNet, which designs loops"),
        ("速度快 {\\speed} 倍。", "速度快 {\\speed} 倍。"),
    ],
)
def test_a_macro_that_stands_for_the_papers_name_is_its_name(text: str, named: str) -> None:
    assert name_macros(text, "LoopNet: Loops from Epitopes") == named
    assert name_macros(text, "Loops from Epitopes") == text
