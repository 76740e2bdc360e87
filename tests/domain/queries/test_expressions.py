"""What people may follow, in the words that they know from search engines."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digestbot.domain.queries import (
    Field,
    Query,
    QueryError,
    Term,
    explain_match,
    parse_filter,
    parse_query,
    parse_stored,
    print_query,
    print_term,
    read_stored,
    show_expression,
)
from digestbot.domain.queries.parser import MAX_EXPRESSION, MAX_TERMS
from digestbot.domain.queries.plurals import to_singular
from digestbot.domain.queries.typed import MAX_STORED_BYTES
from digestbot.i18n import LANGUAGES, translate
from tests.factories import make_entry
from tests.places import ROOT, TIMES

LINES = [
    tuple(line.split("\t"))
    for line in (ROOT / "tests" / "samples" / "queries.tsv").read_text("utf-8").splitlines()
    if not line.startswith("#")
]


def read_query(line: str) -> Query | QueryError:
    try:
        return parse_query(line)
    except QueryError as error:
        return error


def find_meaning(line: str) -> str:
    query = read_query(line)
    if isinstance(query, Query):
        return print_query(query)
    return " ".join(filter(None, ("!", query.key, str(query.position), str(query.length), query.likely)))


@pytest.mark.parametrize(("line", "meaning"), LINES)
def test_lines_mean_what_people_mean_by_them(line: str, meaning: str) -> None:
    assert find_meaning(line) == meaning


@pytest.mark.parametrize(
    "lines",
    [
        ("gaussian splatting", "Splatting GAUSSIAN", "gaussian AND splatting", "splattings gaussian gaussian"),
        ('"gaussian splatting"', "gaussian-splatting", "“Gaussian Splattings”", "「gaussian splatting」"),
        ("nerf OR slam", "SLAM | NeRF", "(slams, nerf)", "nerf 或 slam"),
        ("nerf -(a1 OR b1)", "nerf -a1 -b1", "NOT b1 nerf -a1"),
        ("nerf (slam OR nerf)", "nerf", "nerf OR (nerf slam)", "-(-nerf)", "((nerf))"),
        ("author:Gómez", "作者:Gomez", "au:GOMEZ", "AUTHOR: Gòmez"),
        ('author:"Kerbl, B."', 'author:"B. Kerbl"', 'author:"Kerbl B"'),
        ("cat:cs.CV", "cs.cv", "分类：cs.CV", "cat:“computer vision”"),
        ("venue:NIPS", "会议:NeurIPS", "conf:neurips"),
        ("高斯泼溅", "“高斯泼溅”", "高斯泼溅 高斯泼溅"),
    ],
)
def test_equal_meanings_print_equal(lines: tuple[str, ...]) -> None:
    assert len({print_query(parse_query(line)) for line in lines}) == 1


WORDS = (
    "gaussian",
    "splattings",
    "3dgs",
    "the",
    "or",
    "OR",
    "NOT",
    "高斯",
    "泼溅",
    "或",
    "pre-training",
    "H₂O",
    "ﬁeld",
    "Ⅻ",
    "not",
    "without",
    "and",
    "不含",
    "math",
    "cs",
    "hep-th",
    "但不含",
)
PIECES = (*WORDS, "(", ")", "|", ",", "、", "-", '"', "“", "「", "」", "author:", "作者：", "cat:cs.CV", "cat:",
          "venue:", "Kerbl", "Müller", "B.", "title:", "foo:", "*", " ", " ", " ", "'", "!", "[au]")  # fmt: skip
QUOTES = "\"“”„‟«»‹›「」『』《》〈〉〝〞〟＂'‘’‚‛＇`´′″"
FULL_WIDTH = "：；，。、．！？（）［］｛｝【】〔〕〖〗｜＊－＋＝＆＃＠＜＞／＼～＿　·…—–−―‐‑‒﹕﹔"
CONTROLS = "".join(
    map(chr, (0, 7, 9, 10, 13, 27, 0x7F, 0x85, 0xAD, 0x200B, 0x200D, 0x2028, 0x202E, 0x2066, 0xFEFF, 0xD800))
)
VENUES = ("NeurIPS", "neurips", "NIPS", "CVPRW", "Phys. Rev. Lett.", "Workshop", "2026", "'26", "Proceedings of the")
SIGNS = (*QUOTES, *FULL_WIDTH, *CONTROLS)
quoted_value = st.builds(
    lambda field, pieces, quote: f"{field}{quote}{''.join(pieces)}{quote}",
    st.sampled_from(("venue:", "会议：", "author:", "title:", "cat:", "")),
    st.lists(st.sampled_from((*VENUES, *WORDS, *SIGNS, " ", " ")), max_size=8),
    st.sampled_from(('"', "")),
)
any_line = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from((*PIECES, *VENUES, *SIGNS)), max_size=20).map("".join),
    st.lists(quoted_value, max_size=3).map(" ".join),
)


@pytest.mark.parametrize(
    "pattern", ["venue:{}NeurIPS", 'venue:"{}NeurIPS"', 'venue:"CVPR{} NIPS workshop"', 'author:"{}Kerbl"']
)
def test_signs_in_a_value_change_nothing_of_how_it_is_read_again(pattern: str) -> None:
    queries = [query for sign in SIGNS if isinstance(query := read_query(pattern.format(sign)), Query)]
    assert len(queries) > len(SIGNS) // 2
    assert [parse_stored(print_query(query)) for query in queries] == queries


@settings(max_examples=150 * TIMES, deadline=None)
@given(any_line)
def test_every_line_is_a_query_that_prints_as_itself_or_an_error_with_a_place(line: str) -> None:
    query = read_query(line)
    if isinstance(query, QueryError):
        assert 0 <= query.position <= query.position + query.length <= max(len(line), query.position)
        assert all(translate(language, f"error.{query.key}", **query.values) for language in LANGUAGES)
        return
    printed = print_query(query)
    assert parse_stored(printed) == query, printed
    assert parse_stored(print_query(query, "zh")) == query, printed
    assert print_query(parse_stored(printed)) == printed
    assert "\0" not in printed.encode().decode()  # as a database takes it
    for term in query.terms:
        assert parse_query(print_term(term)) == Query(term)


word = st.text(st.characters(categories=("L", "N", "Mn", "Mc", "Me", "Sk", "Lm")), max_size=12)
marked_word = st.lists(st.one_of(word, st.sampled_from(("\u0301", "\u20dd", "\u3099", "\u094d", *WORDS))), max_size=3)
field_list = st.builds(
    lambda name, words, sign: f"{name}({sign.join(words)})",
    st.sampled_from(("author:", "title:", "abs:", "venue:", "")),
    st.lists(marked_word.map("".join), min_size=1, max_size=MAX_TERMS),
    st.sampled_from((",", " | ", " ", " -")),
)


@settings(max_examples=80 * TIMES, deadline=None)
@given(st.lists(st.one_of(field_list, marked_word.map(" ".join)), min_size=1, max_size=3).map(" ".join))
def test_what_is_accepted_can_be_read_again_however_long_it_prints(line: str) -> None:
    query = read_query(line[:MAX_EXPRESSION])
    if isinstance(query, Query):
        assert parse_stored(print_query(query)) == query


def test_long_and_deep_queries_can_be_read_again() -> None:
    names = [f"{chr(97 + number % 26) * 4}{chr(97 + number // 26)}" for number in range(MAX_TERMS)]
    deep = "z1 " + "(x1 OR y1 " * 11 + "cs.CV+cs.LG"
    for line in (f"author:({','.join(names)})", deep, "title:(" + "|".join("ﷺ" * n for n in range(1, 8)) + ")"):
        query = parse_query(line)
        assert parse_stored(print_query(query)) == query
    assert find_meaning(print_query(parse_query(deep))).startswith("! query_too_deep")
    assert find_meaning(print_query(parse_query(f"author:({','.join(names)})"))).startswith("! query_too_long")


def test_what_no_version_can_read_is_none() -> None:
    assert read_stored("cat:nothing") is None
    assert read_stored("") is None


@pytest.mark.parametrize("accent", ["\u0301", "\u0301\u0308", "\u20dd"])
def test_an_accent_alone_is_no_name(accent: str) -> None:
    assert find_meaning(f'author:"{accent}"').startswith("! query_empty_field")
    assert find_meaning(f'author:"Kerbl {accent}"') == "author:Kerbl"
    assert not parse_query("author:Kerbl").matches(make_entry(authors=(accent,)).paper)


def test_what_is_too_much_is_refused() -> None:
    assert find_meaning("a" * MAX_EXPRESSION)[0] != "!"
    assert find_meaning("a" * (MAX_EXPRESSION + 1)) == f"! query_too_long {MAX_EXPRESSION} 1"
    many = [f"w{number}" for number in range(MAX_TERMS + 1)]
    assert find_meaning(" ".join(many[:-1]))[0] != "!"
    assert find_meaning(" ".join(many)).startswith("! query_too_many_terms")
    assert find_meaning("(" * 11 + "a" + ")" * 11)[0] != "!"
    assert find_meaning("(" * 12 + "a").startswith("! query_too_deep 11 1")
    assert find_meaning("nerf " + "-" * 250 + "a") == 'nerf -"a"'
    assert find_meaning("NOT " * 50 + "a").startswith("! query_too_deep")


def test_what_prints_too_long_to_be_kept_is_refused() -> None:
    longest = "标题:(" + ",".join(chr(0x4E00 + number) * 8 for number in range(MAX_TERMS)) + ")"
    assert len(longest) <= MAX_EXPRESSION
    assert MAX_STORED_BYTES / 2 < len(find_meaning(longest).encode()) <= MAX_STORED_BYTES
    spread = " OR ".join("ﷺ" * 4 + letter for letter in "abcdefghijklmnopqrstuvwxyz")
    assert find_meaning(spread) == f"! query_too_much 0 {len(spread)}"
    with pytest.raises(QueryError):
        parse_filter(f"-({spread})")


def test_what_narrows_a_topic_may_do_nothing_but_exclude() -> None:
    query = parse_filter("-survey -(LLM OR agents)")
    assert print_query(query) == "-agent -llm -survey"
    assert parse_filter(print_query(query)) == query
    assert query.matches(make_entry(title="Gaussian splatting").paper)
    assert not query.matches(make_entry(title="A survey of splatting").paper)
    assert find_meaning("-survey").startswith("! query_only_exclusions")


def test_a_mended_expression_is_offered() -> None:
    with pytest.raises(QueryError) as caught:
        parse_query("splatting autor:Kerbl")
    assert caught.value.mended == "splatting author:Kerbl"
    assert translate("en", f"error.{caught.value.key}", **caught.value.values) == (
        "There is no field “autor:” (character 11). Did you mean author:?"
    )


@pytest.mark.parametrize(
    ("plural", "singular"),
    [
        pair.split()
        for pair in (
            "networks network",
            "studies study",
            "classes class",
            "boxes box",
            "meshes mesh",
            "patches patch",
            "caches cache",
            "viruses virus",
            "causes cause",
            "biases bias",
            "analyses analysis",
            "matrices matrix",
            "bias bias",
            "gans gan",
            "analysis analysis",
            "physics physics",
            "metrics metric",
            "series series",
            "3dgs 3dgs",
            "loss loss",
            "gas gas",
            "nerfs nerf",
            "bayes bayes",
            "phases phase",
            "sizes size",
            "news news",
            "movies movie",
            "ties tie",
        )
    ],
)
def test_plurals_meet_their_singular(plural: str, singular: str) -> None:
    assert to_singular(plural) == to_singular(singular) == singular


def test_it_is_said_why_a_paper_came() -> None:
    paper = make_entry(title="Gaussian splatting of avatars", authors=("Bernhard Kerbl",)).paper
    query = parse_query("(gaussian-splatting OR nerf) author:Kerbl -slam")
    assert [print_term(term) for term in explain_match(query, paper)] == ["author:Kerbl", '"gaussian splatting"']
    assert explain_match(parse_query("slam"), paper) == ()
    assert query.terms[0] == Term(Field.AUTHOR, ("kerbl",))


def test_expressions_are_read_in_the_readers_language() -> None:
    stored = print_query(parse_query("(nerf or slam) author:Kerbl cat:cs.GR -title:survey"))
    assert show_expression(stored, "zh") == "作者:Kerbl 分类:cs.GR (nerf 或 slam) -标题:survey"
    assert show_expression(stored, "en") == stored
    assert show_expression("神经辐射场 OR 高斯泼溅", "zh") == "神经辐射场 或 高斯泼溅"
    assert show_expression("no ) longer", "zh") == "no ) longer"


def test_what_the_documentation_shows_can_be_written() -> None:
    page = (ROOT / "docs" / "following.md").read_text("utf-8").partition("## What may be written")[2]
    rows = [line.split(" | ")[0] for line in page.splitlines() if line.startswith("| `")]
    shown = [span.replace("\\|", "|") for row in rows for span in re.findall("`([^`]+)`", row)]
    assert len(shown) > 15
    assert {line for line in shown if find_meaning(line).startswith("!")} == set()
    assert find_meaning("autor:Kerbl").endswith("author:")
    assert find_meaning("a1 b1 OR c1") == find_meaning("(a1 b1) OR c1")
