"""Who is an author, however a list writes the name."""

import pytest

from digestbot.quality import names
from digestbot.quality.names import find_unknown_authors, parse_names
from tests.patterns import find_mismatches, find_unsampled, load_samples

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
    assert find_unknown_authors(claim, AUTHORS) == ()


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
    assert find_unknown_authors(claim, AUTHORS) == who


def test_universities_and_remarks_are_no_names() -> None:
    assert parse_names("Tsinghua University, 清华大学, T2IModel, Not Provided, 作者信息缺失") == ()


NO_NAMES = """None Unknown Null Author Authors Name Names University Universities Institute Institutes Department
Departments School College Colleges Laboratory Laboratories Lab Labs Research Researcher Researchers Center Centre
Centers Centres Technology Science Sciences Engineering See Supplementary Material Paper Anonymous Group Team Company
Academy Google Meta Microsoft Nvidia Adobe Tencent Alibaba Huawei Apple Intel Corporation Inc Ltd China Usa Not Provided
Available Mentioned Given Specified The This Of For In From To With First Co Corresponding Equal Contribution All Listed
Full List"""
NO_HAN_NAMES = """作者 大学 学院 研究 公司 实验室 未知 机构 提供 邮箱 单位 名单 列表 论文 无法 暂无 文中 姓名 中国 美国
团队 标题 以及 科技 学者 人员"""
PARTICLES = "van von der den de del della di da dos du la le el al bin ben ibn ter ten zu af y e"


def test_a_line_with_a_word_that_is_no_name_names_nobody() -> None:
    assert parse_names("Ada Moreno, 李嘉") == ("Ada Moreno", "李嘉")
    assert [word for word in NO_NAMES.split() if parse_names(f"Ada {word}")] == []
    assert [
        word for word in NO_HAN_NAMES.split() if parse_names(word) or (len(word) == 2 and parse_names(f"李{word}"))
    ] == []


def test_the_small_words_of_a_name_belong_to_it() -> None:
    assert [word for word in PARTICLES.split() if parse_names(f"Ada {word} Moreno") != (f"Ada {word} Moreno",)] == []
    assert parse_names("Ada of Moreno, Ada or Moreno, ada Moreno") == ()


@pytest.mark.parametrize("number", [1, 2, 5, 6])
def test_a_name_has_two_to_five_words(number: int) -> None:
    name = " ".join(["Ada", "Bo", "Cy", "Di", "Ed", "Flo"][:number])
    assert parse_names(name) == ((name,) if 2 <= number <= 5 else ())


@pytest.mark.parametrize(
    ("author", "claimed", "same"),
    [
        ("Abcde Fghij", "Abcde Fghxy", True),  # eight of ten letters: 0.8
        ("Abcde Fghij", "Abcde Fgxyz", False),
        ("Ada Lin", "Ada Linde", True),  # eight and six letters, six in common: 0.86
        ("Q. Fuen", "Q. Fuentes", True),  # a family name of four letters may be the half of a double one
        ("Q. Fue", "Q. Fuentes", False),
        ("Jiahe Li", "J. Li", True),
        ("Jiahe Li", "K. Li", False),
        ("Jiahe Li", "Ji Li", False),  # no initial
        ("Jiahe Maria Li", "Jiahe Li", True),
        ("Jiahe Li", "Li Jiahe", True),
        ("Xu DongLing", "XuDong Ling", True),
        ("Zoë Müller", "Zoe Muller", True),
        ("Łukasz Øster", "Lukasz Oster", True),
        ("Anna Weiß", "Anna Weiss", True),
        ("Ada Moreno Bo Lin", "Ada Moreno", True),  # two that lost the comma between them
        ("Ada Moreno Bo Lin", "Bo Lin", True),
        ("Ada Moreno Bo Lin", "Moreno Bo", False),
    ],
)
def test_a_name_is_the_same_up_to_a_slip_of_spelling(author: str, claimed: str, same: bool) -> None:
    assert find_unknown_authors(claimed, (author,)) == (() if same else (claimed,))


def test_each_part_of_each_pattern_reads_names_as_they_are_written() -> None:
    assert find_mismatches(lambda text: list(parse_names(text)), load_samples("names")) == []


@pytest.mark.parametrize(
    ("pattern", "covered"),
    [
        ("_HTML_TAG", set()),
        ("_BRACKETS", set()),
        ("_FOOTNOTE_MARKS", set()),
        ("_ET_AL", set()),
        ("_NAME_SEPARATOR", {"&"}),  # a second one has the sign alone
        ("_MIXED_SCRIPTS", set()),
        ("_HAN_NAME", set()),
        ("_AUTHORS_LABEL", set()),
    ],
)
def test_no_alternative_of_a_pattern_is_without_a_sample(
    pattern: str, covered: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [text for text, _ in load_samples("names")]
    assert find_unsampled(monkeypatch, names, pattern, parse_names, texts) == covered
