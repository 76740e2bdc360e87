"""Pages that people write by hand, with the habits of Hugo, Jekyll and Hexo."""

from __future__ import annotations

from pathlib import Path

import pytest

from digestbot.cards.context import RenderContext
from digestbot.cards.paper_blocks import format_notice
from digestbot.domain.digest import Entry, Figure
from digestbot.errors import PageError
from digestbot.figures.folder import FigureFolder
from digestbot.pages.markdown import ParsedPage, format_page, parse_page
from digestbot.pages.page_pictures import PictureFiles
from tests.factories import make_page, make_page_entry

LINK = "[PDF](https://arxiv.org/abs/2611.00001)"
PNG = b"\x89PNG\r\n\x1a\n"


def write_page(*papers: str, notice: str = "", front: str = "") -> str:
    return "\n\n".join((f"---\ntitle: Hands\ndate: 2026-11-23\n{front}---", notice, *papers, ""))


def read_entry(paper: str) -> Entry:
    (digest,) = parse_page(write_page(paper)).digests
    (entry,) = digest.entries
    return entry


# -- papers without a link ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "before",
    [
        f"## One\n**Ann Lee, Bob Ray**\n\nHands.\n\n{LINK}\n\n**Summary**\nMeasured.\n\n**Key Takeaways**\n- a\n- b",
        f"## One\nHands.\n\n{LINK}\n\nMeasured.",
        f"## One\nHands.\n\n{LINK}\n\n## Summary\nMeasured.\n\n## Key Takeaways\n- a\n- b",
        f"## One\nHands.\n\n{LINK}\n\n## Résumé\nMeasured.\n\n## À retenir\n- a\n- b",
        make_page_entry().strip(),
        f"## One\n\n{LINK}\n\nMeasured.\n\n<details>\n<img src='https://a.example/1.png'>\n</details>",
    ],
)
@pytest.mark.parametrize(
    "after",
    ["", "## Three\n\n[PDF](https://arxiv.org/abs/2611.00003)\n\nMeasured.\n\n<img src='https://a.example/3.png'>"],
)
def test_a_paper_without_a_link_is_named_and_not_read_into_the_one_before_it(before: str, after: str) -> None:
    text = write_page(before, "## No link at all\n\nSome text.", after)
    page = parse_page(text)
    assert "Some text" not in repr(page.digests)
    (problem,) = page.problems
    assert "“No link at all”" in problem.reason
    assert problem.line == text.split("\n").index("## No link at all") + 1


@pytest.mark.parametrize(
    "part",
    [
        "## Methods\n\nSome text.\n\n## What else there is\n\nMore.",
        "## Notes\n\nSome text.",
        "## 3. 实验结果\n\nSome text.",
        "## Ce qui compte\n- Some text.",
    ],
)
def test_a_heading_of_a_papers_own_part_is_no_paper(part: str) -> None:
    page = parse_page(write_page(f"## One\n\n{LINK}\n\nMeasured.\n\n- a\n- b\n\n{part}"))
    assert not page.problems
    assert len(page.digests[0].entries) == 1


def test_of_several_papers_without_a_link_each_is_named() -> None:
    page = parse_page(write_page(f"## One\n\n{LINK}\n\nMeasured.", "## Two\n\nText.", "## Three\n\nText."))
    assert [str(problem).split("”")[0] for problem in page.problems] == ["line 14: “Two", "line 18: “Three"]


def test_a_page_that_breaks_off_in_a_paper_without_a_link_was_cut_off() -> None:
    with pytest.raises(PageError, match="cut off in its last paper, “Two”"):
        parse_page(write_page(f"## One\n\n{LINK}\n\nMeasured.", "## Two\n\nTex").rstrip("\n"))


# -- authors and links -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "authors"),
    [
        ("**Ann Lee, Bob Ray**", ("Ann Lee", "Bob Ray")),
        ("__Ann Lee and Bob Ray__", ("Ann Lee", "Bob Ray")),
        ("*Carla de Souza, Émile Żak, A. van der Berg*", ("Carla de Souza", "Émile Żak", "A. van der Berg")),
        ("**Ann Lee**", ("Ann Lee",)),
        ("**Ann Lee et al.**", ("Ann Lee et al.",)),
        ("**A. Smith, Jr., Bo Lin**", ("A. Smith, Jr.", "Bo Lin")),
        ("**王一、李二小**", ("王一", "李二小")),
        ("- **Authors**: Ann Lee, Bob Ray", ("Ann Lee", "Bob Ray")),
        ("**Authors**: Ann Lee", ("Ann Lee",)),
    ],
)
def test_authors_need_no_label(line: str, authors: tuple[str, ...]) -> None:
    entry = read_entry(f"## One\n\n{line}\n\nWe measure.\n\n{LINK}\n\nMeasured.")
    assert (entry.paper.authors, entry.paper.abstract) == (authors, "We measure.")


@pytest.mark.parametrize(
    "line",
    ["**Best Paper Award**", "**We measure hands.**", "**核心贡献**", "**Abstract**", "**Large Language Models**"],
)
def test_a_bold_line_that_names_nobody_names_no_authors(line: str) -> None:
    assert read_entry(f"## One\n\n{line}\n\nWe measure.\n\n{LINK}\n\nMeasured.").paper.authors == ()


def test_a_title_may_be_the_link() -> None:
    page = parse_page(
        write_page(
            "## [One](https://arxiv.org/abs/2611.00001v2) (CoRL 2026)\n**Ann Lee, Bob Ray**\n\nMeasured.\n\n- a\n- b",
            "## [Two](https://arxiv.org/abs/2611.00002)\n\nMeasured too.",
        )
    )
    one, two = page.digests[0].entries
    assert (one.paper.title, one.paper.version, one.paper.authors) == ("One", 2, ("Ann Lee", "Bob Ray"))
    assert (one.summary.headline, one.summary.takeaways) == ("Measured.", ("a", "b"))
    assert (two.paper.title, two.paper.arxiv_id, two.summary.headline) == ("Two", "2611.00002", "Measured too.")


def test_a_badge_may_be_the_link() -> None:
    badge = "[![arXiv](https://img.shields.io/badge/x.svg)](https://arxiv.org/abs/2611.00001)"
    entry = read_entry(f"## One\n\nWe measure.\n\n{badge}\n\nMeasured.")
    assert (entry.paper.arxiv_id, entry.figures) == ("2611.00001", ())


# -- front matter ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "front",
    [
        '+++\ntitle = "Hands"\ndate = 2026-11-23T07:30:00+08:00\ntags = ["robots"]\ndraft = false\n+++',
        '+++\ndate = "2026-11-23"\ntags = ["Hands"]\n[params]\nmath = true\n+++',
        "---\nlayout: post\ntitle: Hands\ndate: 2026-11-23 07:30:00 +0800\ncategories: [papers, robots]\n---",
        "---\ntitle: 'Hands'\ndate: 2026-11-23T07:30:00Z\n---",
        "---\ntitle: Hands\ndate: 2026-11-23 07:30:00 UTC\ntoc: true\nmathjax: true\n---",
    ],
)
def test_front_matter_is_read_as_hugo_jekyll_and_hexo_have_it(front: str) -> None:
    (digest,) = parse_page(f"{front}\n\n## One\n\n{LINK}\n\nMeasured.\n").digests
    assert (digest.topic, str(digest.date)) == ("Hands", "2026-11-23")


def test_broken_toml_is_named_with_its_reason() -> None:
    with pytest.raises(PageError, match=r"line 2: front matter between \+\+\+ is no TOML: .*line 1"):
        parse_page(f"+++\ntitle = Hands\n+++\n\n## One\n\n{LINK}\n\nMeasured.\n")


# -- pictures ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("embedded", "caption"),
    [
        ("![The hand](https://a.example/1.png)", "The hand"),
        ('![](https://a.example/1.png "The hand"){width=50%}', "The hand"),
        ("[![The hand](https://a.example/1.png)](https://a.example/)", "The hand"),
        ("![image](https://a.example/1.png)", ""),
        ("![1.png](<https://a.example/1.png>)", ""),
        ('<img src="https://a.example/1.png" alt="Figure 1">', "Figure 1"),
        ('<p align="center"><img src="https://a.example/1.png" title="The hand"></p>', "The hand"),
        ("<figure>\n<img src='https://a.example/1.png'>\n<figcaption>The hand</figcaption>\n</figure>", "The hand"),
        ('{{< figure src="https://a.example/1.png" caption="The hand" >}}', "The hand"),
        ('{% include figure.html path="https://a.example/1.png" title="The hand" %}', "The hand"),
        ("{% asset_img https://a.example/1.png The hand %}", "The hand"),
    ],
)
@pytest.mark.parametrize(
    "place", ["\n{}\n\nMeasured.", "{}\n\nMeasured.", "\nMeasured.\n\n{}", "\nMeasured.\n\n- a\n\n{}"]
)
def test_a_picture_is_one_wherever_and_however_it_is_embedded(embedded: str, caption: str, place: str) -> None:
    entry = read_entry(f"## One\n\nWe measure.\n\n{LINK}\n{place.format(embedded)}")
    assert entry.figures == (Figure("https://a.example/1.png", (), caption),)
    assert (entry.summary.headline, entry.summary.flags, entry.paper.comment) == ("Measured.", (), "")


@pytest.mark.parametrize("tag", ["{{< toc >}}", "{% raw %}", "{:.no_toc}"])
def test_other_tags_of_site_generators_are_no_text(tag: str) -> None:
    assert read_entry(f"## One\n\nWe measure.\n\n{LINK}\n\n{tag}\nMeasured.").summary.headline == "Measured."


def test_a_picture_that_is_not_there_is_named_and_no_text(tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "1.png").write_bytes(PNG)
    (tmp_path / "outside.png").write_bytes(PNG)
    pictures = PictureFiles(tmp_path / "pages" / "a.md", FigureFolder(tmp_path / "served", "https://bot.example.org"))
    text = write_page(f"## One\n\n{LINK}\n\n![](gone.png)\n![x](../outside.png)\n![The hand](1.png)\n\nMeasured.")
    (entry,) = parse_page(text, locate_picture=pictures.locate).digests[0].entries
    assert [(figure.caption, figure.url.split("/")[2]) for figure in entry.figures] == [("The hand", "bot.example.org")]
    assert (entry.summary.headline, entry.summary.flags) == ("Measured.", ())
    assert (pictures.missing, pictures.hidden) == (["gone.png", "../outside.png"], 0)


# -- who wrote it ------------------------------------------------------------------------------------------------------

ONE = f"## One\n\n{LINK}\n\nMeasured."


def read_notice(page: ParsedPage, language: str = "en") -> str:
    return format_notice([entry for digest in page.digests for entry in digest.entries], RenderContext(language))


@pytest.mark.parametrize(
    ("front", "notice", "says"),
    [
        ("", "", "Summary from the source page"),
        ("", "> Our weekly reading list on language models.", "Summary from the source page"),
        ("summaries: ai\n", "", "AI summary"),
        ("summaries: human\n", "> Summaries by ChatGPT.", "Summary written by a person"),
        ("", "> Summaries written by ChatGPT, so check them.", "AI summary"),
        ("", "These summaries are AI-generated.", "AI summary"),
        ("", "> 以下所有内容总结都来自于 Google的大语言模型[Gemini-Pro](https://a.example)的能力", "AI summary"),
        ("", "> 摘要由 AI 生成，仅供参考", "AI summary"),
        ("categories: [AI Generated, Papers]\n", "", "AI summary"),
        ("", "> Written by hand, without AI.", "Summary written by a person"),
        ("", "> 摘要均为人工撰写，没有使用AI", "Summary written by a person"),
        ("", "> Written by hand, without AI.\n> The translations are from DeepSeek.", "AI summary"),
    ],
)
def test_the_page_says_who_wrote_its_summaries(front: str, notice: str, says: str) -> None:
    assert read_notice(parse_page(write_page(ONE, front=front, notice=notice))) == says


def test_a_writer_that_is_neither_is_refused_with_its_line() -> None:
    with pytest.raises(PageError, match="line 4: summaries “robot” is neither ai nor human"):
        parse_page(write_page(ONE, front="summaries: robot\n"))


@pytest.mark.parametrize("front", ["", "summaries: ai\n", "summaries: human\n"])
def test_who_wrote_it_is_written_and_read_back(front: str) -> None:
    page = parse_page(write_page(ONE, front=front))
    assert parse_page(format_page(page.digests[0])) == page


def test_a_page_of_ours_without_a_writer_is_by_a_model_as_it_was() -> None:
    (digest,) = parse_page(make_page(make_page_entry())).digests
    written = format_page(digest)
    assert "summaries: ai\n" in written
    assert parse_page(written.replace("summaries: ai\n", "")).digests == (digest,)


def test_aliases_that_multiply_cost_nothing() -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)
    )
    assert parse_page(write_page(f"## One\nHands.\n\n{LINK}\n\nMeasured.", front=f"{bomb}tags: *a8\n")).digests


def test_a_number_that_nobody_can_write_is_named() -> None:
    with pytest.raises(PageError, match="front matter between"):
        parse_page(f"+++\ntitle = 'Hands'\ndate = 2026-11-23\nx = {'9' * 5_000}\n+++\n\n## One\nHands.\n\n{LINK}\n")
