"""People and institutions in running text: who is named and not in the source is found, and nobody else."""

from __future__ import annotations

import pytest

from digestbot.quality.mentions import find_unknown_people, find_unknown_places

SOURCE = (
    "We use the limits of metadata. Large language models show that Gaussian Splatting works; Kerbl et al. agree. "
    "Work done at Tsinghua University, ETH Zurich and Google. We thank the Ghent team. 由上海人工智能实验室完成。"
)
AUTHORS = ("Ada Moreno", "Bo Lin")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Stanford researchers made it.", "Stanford"),
        ("MIT's researchers made it.", "MIT"),
        ("Researchers at MIT made it.", "MIT"),
        ("The Meta team made it.", "Meta"),
        ("A team of the University of Oslo made it.", "University of Oslo"),
        ("OpenAI's research team made it.", "OpenAI"),
        ("Princeton's lab made it.", "Princeton"),
        ("The Mayo Clinic made it.", "Mayo Clinic"),
        ("Made with the Institute of Physics.", "Institute of Physics"),
        ("Moreno and colleagues at Stanford made it.", "Stanford"),
        ("Microsoft Research scientists made it.", "Microsoft Research"),
        ("由 OpenAI 提出。", "OpenAI"),
        ("由OpenAI团队提出。", "OpenAI"),
        ("微软团队提出了它。", "微软"),
        ("来自微软的方法。", "微软"),
        ("微软亚洲研究院的研究人员提出。", "微软亚洲研究院"),
        ("北京大学的研究者提出。", "北京大学"),
        ("由约翰霍普金斯大学提出。", "约翰霍普金斯大学"),
        ("DeepMind 的研究人员提出。", "DeepMind"),
    ],
)
def test_an_institution_that_the_source_has_not_is_found(text: str, place: str) -> None:
    assert place in list(find_unknown_places(text, SOURCE))
    assert list(find_unknown_places(text, f"{SOURCE} {text}")) == []


@pytest.mark.parametrize(
    "text",
    [
        "Researchers at Tsinghua University made it.",
        "Tsinghua researchers made it.",
        "The ETH Zurich team made it.",
        "Google's team made it.",
        "The researchers and our team made it; other researchers agree.",
        "AI researchers and medical scientists can use it.",
        "Chinese researchers use it.",
        "A research team made it. The group of integers is cyclic.",
        "清华大学的研究者提出了它。",
        "由谷歌提出。",
        "谷歌团队提出。",
        "苏黎世联邦理工学院的研究者提出。",
        "由上海人工智能实验室完成。",
        "研究团队提出了方法，由编码器和解码器组成。",
        "由 Transformer 和 MLP 组成，数据来自公开网站。",
        "用于大学教育和公司管理。",
    ],
)
def test_an_institution_that_the_source_has_and_what_is_none_are_let_through(text: str) -> None:
    assert list(find_unknown_places(text, SOURCE)) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Kaiming He proposes it.", "Kaiming He"),
        ("In 2016, Geoffrey Hinton introduced it.", "Geoffrey Hinton"),
        ("Terence Tao and others proved it.", "Terence Tao"),
        ("何恺明等人提出了它。", "何恺明"),
        ("由何恺明等人提出。", "何恺明"),
        ("李飞飞团队训练了它。", "李飞飞"),
        ("陶哲轩证明了它。", "陶哲轩"),
    ],
)
def test_somebody_whom_nobody_knows_is_found(text: str, name: str) -> None:
    assert list(dict.fromkeys(find_unknown_people(text, SOURCE, AUTHORS))) == [name]
    assert list(find_unknown_people(text, f"{SOURCE} {text}", AUTHORS)) == []


@pytest.mark.parametrize(
    "text",
    [
        "Ada Moreno proposes it.",
        "Gaussian Splatting shows it.",
        "Large Models show it.",
        "This paper proposes it. The method introduces it.",
        "本文提出了方法，作者提出了证明。",
        "方法提出了约束，文章证明了定理。",
        "研究团队与项目团队等人力投入。",
        "王者荣耀中的角色，高效团队。",
    ],
)
def test_who_is_known_and_what_is_nobody_are_let_through(text: str) -> None:
    assert list(find_unknown_people(text, SOURCE, AUTHORS)) == []
