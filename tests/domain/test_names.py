"""Who is an author, however a list writes the name."""

import pytest

from digestbot.domain.names import named, strangers

AUTHORS = ("Jiahe Li", "Kim Sung-Bin", "Lizeth Fuentes", "Zoë Müller-Ørsted", "XuDong Ling", "Duong H. Le")


@pytest.mark.parametrize(
    "claim",
    [
        "Jiahe Li, Kim Sung-Bin and Lizeth Fuentes",
        "Jiahe Li∗1,2, Kim Sung-Bin2†、 Lizeth Fuentes³",
        "J. Li; L. Fuentes-Perez",
        "Li Jiahe，Sung-Bin Kim 等人",
        "Zoe Muller-Orsted",
        "Xu DongLing",
        "Duong Le和Jiahe Li为共同第一作者",
        "Li, J., Fuentes, L., & Le, D.",
        "Jiahe Lee",  # a slip of spelling
        "Jiahe Li (Tsinghua University), li@example.org",
        "Authors: Jiahe Li et al.",
        "See supplementary material for names of all authors.",
        "李嘉和（Jiahe Li）、金秀彬（Kim Sung-Bin）",
        "李嘉和、金秀彬等（Jiahe Li, Kim Sung-Bin等）",
        "未知",
        "",
    ],
)
def test_a_list_that_names_only_authors_has_no_strangers(claim: str) -> None:
    assert strangers(claim, AUTHORS) == ()


@pytest.mark.parametrize(
    ("claim", "who"),
    [
        ("Jiahe Li, Yebin Liu", ("Yebin Liu",)),
        ("Yang, Q., Liu, Y.", ("Q. Yang", "Y. Liu")),
        ("金秀彬1*，李彩妍2*等", ("金秀彬", "李彩妍")),
        ('<a href="https://example.org">Felix Heide</a>', ("Felix Heide",)),
        ("Jiahe Li和Jie Chen", ("Jie Chen",)),
        ("李嘉和、刘天添（Jiahe Li, Tiantian Liu）", ("Tiantian Liu",)),
        ("Authors: Jonathan Krause", ("Jonathan Krause",)),
    ],
)
def test_whoever_is_not_an_author_is_named(claim: str, who: tuple[str, ...]) -> None:
    assert strangers(claim, AUTHORS) == who


def test_universities_and_remarks_are_no_names() -> None:
    assert named("Tsinghua University, 清华大学, T2IModel, Not Provided, 作者信息缺失") == ()
