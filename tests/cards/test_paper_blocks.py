"""What cards show of a paper, alone or in a list: each limit at its edge."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from digestbot.cards import paper_blocks
from digestbot.cards.capabilities import Capabilities
from digestbot.cards.card import Bullets, Button, Card, Details, Figures, Heading, Paragraph, to_plain_text
from digestbot.cards.context import RenderContext
from digestbot.cards.papers import figures_card, paper_card, section_card
from digestbot.domain.digest import EXTRACT_WRITER, Entry, Figure, Section
from digestbot.domain.paper import PaperLink
from digestbot.domain.topic import Topic
from digestbot.quality.cleanup import INSTRUCTIONS, PLACEHOLDER
from tests.factories import make_entry

TOPIC, DAY = Topic("topic-a", "Topic A"), date(2026, 11, 23)


@pytest.mark.parametrize(
    ("count", "line"),
    [(1, "A1"), (6, "A1, A2, A3, A4, A5, A6"), (7, "A1, A2, A3, A4, A5, A6 and 1 more")],
)
def test_six_authors_are_named_and_the_rest_counted(count: int, line: str) -> None:
    assert paper_blocks.format_authors([f"A{number}" for number in range(1, count + 1)], RenderContext()) == line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("x" * 160, "x" * 160),
        ("x" * 161, "x" * 159 + "…"),
        ("长" * 80, "长" * 80),  # a Chinese character is as wide as two
        ("长" * 81, "长" * 79 + "…"),
        ("One. Two.", "One. Two."),
        ("x" * 79 + ". " + "y" * 78 + ".", "x" * 79 + ". " + "y" * 78 + "."),  # 160 with the space
        ("x" * 79 + ". " + "y" * 79 + ".", "x" * 79 + "."),
        ("第一句。" + "长" * 75 + "。", "第一句。" + "长" * 75 + "。"),
        ("第一句。" + "长" * 76 + "。", "第一句。"),
        ("At 3.5 dB it is better! " + "y" * 150, "At 3.5 dB it is better!"),
        (
            "先把环分成三段，" + "再把每一段拼回去" * 12 + "。",
            "先把环分成三段，" + "再把每一段拼回去" * 8 + "再把每一段拼回…",
        ),
        ("先" * 50 + "，" + "后" * 60 + "。", "先" * 50 + "…"),
        ("a" * 100 + ", and " + "b " * 60, "a" * 100 + "…"),
        ("", ""),
    ],
)
def test_a_headline_is_as_many_whole_sentences_as_a_line_takes(text: str, shown: str) -> None:
    assert paper_blocks.truncate_text(text) == shown


@pytest.mark.parametrize("before", [144, 150, 157, 158])
def test_a_cut_goes_through_no_formula_and_leaves_no_comma(before: int) -> None:
    assert paper_blocks.truncate_text("x" * before + " $a + b + c + d$ and more words of it") == "x" * before + "…"
    assert paper_blocks.truncate_text("x" * before + ", " + "y" * 90) == "x" * before + "…"


def test_a_formula_that_is_whole_before_the_cut_stays() -> None:
    assert paper_blocks.truncate_text("$x$ is " + "y" * 130 + " and " + "z" * 60) == "$x$ is " + "y" * 130 + " and…"


CC = "https://creativecommons.org"


def make_summarized_entry(**of_summary: object) -> Entry:
    return replace(make_entry(), summary=replace(make_entry().summary, **of_summary))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("summary", "line"),
    [
        ({}, ""),
        ({"writer": "small-model"}, ""),
        ({"basis": "html"}, "Summary of the full text (HTML)"),
        ({"basis": "pdf", "writer": "small-model"}, "Summary of the full text (PDF), written by small-model"),
        ({"basis": "abstract", "writer": "m"}, "Summary of the abstract only, written by m"),
        (
            {"basis": "abstract", "writer": EXTRACT_WRITER},
            "From the abstract",
        ),
        ({"basis": "html", "writer": EXTRACT_WRITER}, "From the abstract"),
    ],
)
def test_what_a_summary_was_made_from_and_by_whom(summary: dict[str, str], line: str) -> None:
    assert to_plain_text(paper_blocks.provenance_line(make_summarized_entry(**summary), RenderContext())) == line


@pytest.mark.parametrize(
    ("licence", "basis", "line"),
    [
        (
            "https://creativecommons.org/licenses/by/4.0/",
            "html",
            "Summary of the full text (HTML) · Licence: CC BY 4.0",
        ),
        (f"{CC}/licenses/by-nc-nd/4.0/", "", "Licence: CC BY-NC-ND 4.0"),
        ("http://arxiv.org/licenses/nonexclusive-distrib/1.0/", "", "Licence: arXiv.org"),
        ("https://example.org/terms", "", ""),
    ],
)
def test_a_paper_shows_its_licence(licence: str, basis: str, line: str) -> None:
    entry = make_summarized_entry(basis=basis)
    shown = paper_blocks.provenance_line(replace(entry, paper=replace(entry.paper, licence=licence)), RenderContext())
    assert to_plain_text(shown).replace(f" ({licence})", "") == line


@pytest.mark.parametrize(
    ("comment", "language", "line"),
    [
        ("Withdrawn by the authors: Lemma 2 is wrong", "en", "Withdrawn: Lemma 2 is wrong"),
        ("This paper has been withdrawn", "en", "Withdrawn: This paper has been withdrawn"),
        ("Withdrawn.", "en", "This paper has been withdrawn."),
        ("Paper withdrawn", "zh", "已撤稿：Paper withdrawn"),
    ],
)
def test_a_withdrawn_paper_says_so_in_its_authors_words(comment: str, language: str, line: str) -> None:
    entry = make_entry(comment=comment)
    for limit in (None, 160):
        assert to_plain_text(paper_blocks.headline_line(entry, RenderContext(language), limit)) == line


def test_the_byline_is_authors_venue_version_and_number_each_where_there_is_one() -> None:
    one = make_entry(comment="Accepted by NeurIPS 2026", version=3)
    assert to_plain_text(paper_blocks.paper_byline(replace(one, is_updated=True), RenderContext())) == (
        "Ada Moreno, Bo Lin · NeurIPS 2026 · new version · 2611.00001v3"
    )
    assert to_plain_text(paper_blocks.paper_byline(make_entry(authors=()), RenderContext())) == "2611.00001v1"


def test_figures_go_by_their_captions_or_by_their_number() -> None:
    figures = (
        Figure("https://a.example/1.png", caption="A loop."),
        Figure("https://a.example/2.png"),
        Figure("https://a.example/3.png", caption="x" * 200),
        Figure("https://a.example/4.png", caption="x" * 201),
    )
    (shown,) = paper_blocks.figure_blocks(make_entry(figures=figures), RenderContext())
    assert shown == Figures(figures, ("A loop", "Figure 2", "x" * 200, "x" * 199 + "…"))
    assert paper_blocks.figure_blocks(make_entry(figures=()), RenderContext()) == ()


def test_an_analysis_has_its_lists_as_lists() -> None:
    section = Section("Methods", "First.\n\n- one\n* two\n• three\n-four\n  - five")
    heading, *blocks = paper_blocks.analysis_blocks(make_entry(sections=(section,)))
    assert isinstance(heading, Heading)
    assert (to_plain_text(heading.line), heading.level) == ("Methods", 3)
    shown = [(type(b), to_plain_text(b.items[0] if isinstance(b, Bullets) else b.line)) for b in blocks]  # type: ignore[union-attr]
    assert shown == [
        (Paragraph, "First."), (Bullets, "one"), (Bullets, "two"), (Bullets, "three"), (Paragraph, "-four"),
        (Bullets, "five"),
    ]  # fmt: skip


def test_what_is_folded_says_how_much_it_is_and_how_to_see_it() -> None:
    abstract, analysis = paper_blocks.detail_blocks(make_entry(abstract="x" * 1234), RenderContext(), is_expanded=False)
    assert isinstance(abstract, Details)
    assert isinstance(analysis, Details)
    assert (abstract.summary, abstract.command) == ("Abstract", "paper 2611.00001 full")
    assert abstract.hint == "1,234 characters; /paper 2611.00001 full shows them"
    assert (analysis.summary, analysis.hint) == ("Analysis", "12 characters; /paper 2611.00001 full shows them")


LINKS = tuple(PaperLink(f"https://{kind}.example", kind) for kind in ("link", "project", "code"))


def make_linked_entry(*links: PaperLink) -> Entry:
    return replace(make_entry(), paper=replace(make_entry().paper, links=links))


def test_links_stand_in_the_order_code_project_and_the_rest() -> None:
    line = paper_blocks.links_line(make_linked_entry(*LINKS), RenderContext())
    assert to_plain_text(line) == "PDF · Code · Project page · Link"
    assert [part.url for part in line if hasattr(part, "url")] == [
        "https://arxiv.org/pdf/2611.00001v1", "https://code.example", "https://project.example", "https://link.example",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("links", "url"), [(LINKS, "https://project.example"), (LINKS[2:], "https://code.example"), (LINKS[:1], "")]
)
def test_a_button_leads_to_the_project_page_or_else_the_code(links: tuple[PaperLink, ...], url: str) -> None:
    keep, pdf, *led, share = paper_blocks.action_buttons(make_linked_entry(*links).paper, RenderContext())
    assert keep == Button("Save", "save 2611.00001", keeps_card=True)
    assert pdf == Button("PDF", url="https://arxiv.org/pdf/2611.00001v1")
    assert [button.url for button in led] == ([url] if url else [])
    assert share == Button("Share", share_query="2611.00001")


# -- a paper's own card -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flags", "told"),
    [((PLACEHOLDER,), True), ((INSTRUCTIONS,), True), ((PLACEHOLDER, INSTRUCTIONS), True), (("chatter",), False)],
)
def test_a_reader_is_told_of_forms_and_orders_that_were_left_out(flags: tuple[str, ...], told: bool) -> None:
    assert ("was left out" in str(paper_card(make_entry(flags=flags), TOPIC, DAY, RenderContext()))) is told


def list_commands(card: Card) -> list[str]:
    return [button.command for button in card.buttons if button.command]


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("kept", [False, True])
@pytest.mark.parametrize("figures", [False, True])
@pytest.mark.parametrize("details", [False, True])
def test_a_paper_offers_what_it_does_not_show(full: bool, kept: bool, figures: bool, details: bool) -> None:
    card = paper_card(
        make_entry(),
        TOPIC,
        DAY,
        RenderContext(capabilities=Capabilities(details=details, figures=figures)),
        is_expanded=full,
        is_saved=kept,
    )
    assert list_commands(card) == [
        *(["paper 2611.00001 full"] if not full and not details else []),
        "unsave 2611.00001" if kept else "save 2611.00001",
        "cite 2611.00001",
        "related 2611.00001",
        *([] if figures else ["paper 2611.00001 figures"]),
    ]
    saving = Button("Unsave" if kept else "Save", f"{'unsave' if kept else 'save'} 2611.00001", keeps_card=True)
    assert saving in card.buttons
    assert not any(button.url for button in card.buttons)  # each link stands once, in its line
    assert card.command == ("paper 2611.00001 full" if full else "paper 2611.00001")
    assert card.topic == "topic-a"
    assert "In Topic A, Mon 23 Nov" in str(card)


def test_a_paper_without_figures_offers_none_and_says_so_when_asked() -> None:
    bare = make_entry(figures=())
    view = RenderContext(capabilities=Capabilities(figures=False))
    assert list_commands(paper_card(bare, TOPIC, DAY, view)) == [
        "save 2611.00001",
        "cite 2611.00001",
        "related 2611.00001",
    ]
    assert "No figures are available for this paper" in str(figures_card(bare, view))
    shown = figures_card(make_entry(), view)
    assert shown.command == "paper 2611.00001 figures"
    assert isinstance(shown.blocks[1], Figures)


BEHIND_BUTTONS = RenderContext(capabilities=Capabilities(section_buttons=True))


def test_the_abstract_and_the_analysis_are_behind_buttons_where_nothing_folds() -> None:
    card = paper_card(make_entry(), TOPIC, DAY, BEHIND_BUTTONS)
    sections = ["paper 2611.00001 abstract", "paper 2611.00001 analysis"]
    assert list_commands(card) == [*sections, "save 2611.00001", "cite 2611.00001", "related 2611.00001"]
    assert not any(isinstance(block, Details) for block in card.blocks)
    bare = make_entry(abstract="", sections=())
    assert list_commands(paper_card(bare, TOPIC, DAY, BEHIND_BUTTONS)) == [
        "save 2611.00001",
        "cite 2611.00001",
        "related 2611.00001",
    ]
    assert "This paper has none here." in str(section_card(bare, "analysis", BEHIND_BUTTONS))


def test_a_long_analysis_comes_a_page_at_a_time_and_whole() -> None:
    sections = tuple(Section(f"Part {n}", f"{n} {'word ' * 150}".strip()) for n in range(9))
    entry = make_entry(sections=sections)
    pages: list[Card] = []
    command = "paper 2611.00001 analysis"
    while command:
        pages.append(section_card(entry, "analysis", BEHIND_BUTTONS, len(pages) + 1))
        assert pages[-1].command == command
        command = next((b.command for b in pages[-1].buttons if b.command.endswith(f" p{len(pages) + 1}")), "")
    assert len(pages) == 3
    text = [to_plain_text(block.line) for page in pages for block in page.blocks[2:]]  # type: ignore[union-attr]
    assert text == [words for section in sections for words in (section.title, section.body)]
    assert not any(isinstance(page.blocks[-1], Heading) for page in pages)
    assert section_card(entry, "analysis", BEHIND_BUTTONS, 99) == pages[-1]
    assert to_plain_text(pages[1].blocks[1].line) == "Analysis · page 2 of 3"  # type: ignore[union-attr]
