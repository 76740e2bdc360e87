"""Work on text from outside grows with the text's size, not with its square: every expression, and what parses.

Only the ratio of the times for two sizes in the same run counts, never a time itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from digestbot.builder.models.answer_reader import read_text
from digestbot.builder.sources.feeds import _parse_entry as parse_entry
from digestbot.cards.card import parse_inline
from digestbot.cards.paper_blocks import truncate_text
from digestbot.cards.text import math_to_text
from digestbot.cards.titles import format_short_title
from digestbot.core.lines.typed_line import parse_list_numbers, read_line
from digestbot.core.lines.whole_lines import find_phrase
from digestbot.core.lines.wishes import find_schedule_wish
from digestbot.domain.digest import Section, Summary
from digestbot.domain.paper import Paper, find_links, find_paper_ids, trim_url
from digestbot.domain.queries.names import split_asked_name
from digestbot.domain.queries.words import find_compounds
from digestbot.domain.text.tex import normalize_tex
from digestbot.domain.venues import parse_venue
from digestbot.errors import PageError
from digestbot.pages.markdown import format_page, parse_page
from digestbot.platforms.discord.outgoing.markup import escape, render_line
from digestbot.quality.checks import Evidence, find_violations
from digestbot.quality.extracts import split_sentences
from digestbot.quality.names import parse_names
from digestbot.quality.sanitize import sanitize
from tests.factories import make_digest, make_entry
from tests.worst_cases import UNITS, UsedPattern, WorstCase, build_worst_cases, explodes, find_patterns

_LINK = "[PDF](http://arxiv.org/abs/2611.00001v1) A comment.\n"
_HEAD = "---\ntitle: T\ndate: 2026-11-23\n---\n"
_FIGURES = '<details>\n<img src="https://a.example/1.png">\n</details>\n'
_LINE_UNITS = (
    "## \n", "##x\n", "## T\n", "# x\n", "# 2026-11-23\n", "- x\n", " x\n",
    "1. x\n", "**x**\n", "[a](http://x)\n", _LINK,
    _LINK + _FIGURES, f"## T\n{_LINK}", "<img", "![", "<li>\n", "### x\n",
    "</details>\n**Authors:x**\n",
    "http://a.b)",
    "a, A., ", "&#1;", "xxx ", "[x: ", "- [", "你 ", "请根据", "1,000 ", "12.5% ", "Aa et al ", "\\url{http://<",
    "[[", "{a: ",
    "- &a ", "Code: http://a.b ", "e.g. A ", "待补充", "<script", "<style ", "accepted as a ", "Ada Moreno, ",
    "www.a.b ", "t.me/a ", "\\textbf{", "\\(x", "$$x", "{\\'e}", "\\href{u}{", "$1 a", "\\$", "``a", "CVPR 2024 ",
    "A at ", "Aa, ", "at AA ", "(AA ", "workshop at ",
)  # fmt: skip
_PAPER = Paper("2611.00001", 1, "T", ("Ada Moreno", "Bo Lin"), "See https://a.example.")


def _parse_page(text: str) -> object:
    try:
        return parse_page(text)
    except PageError as error:
        return error


def _build_summary(text: str) -> Summary:
    return Summary(text, (text, "b"), (Section("作者", text), Section("Methods", text)))


_WORK: dict[str, Callable[[str], object]] = {
    "a page's front matter": lambda text: _parse_page(f"---\ntitle: T\n{text}\ndate: {text}\n---\n## T\n{_LINK}"),
    "a page's title": lambda text: _parse_page(f"{_HEAD}## {text}\n\n{_LINK}{_FIGURES}"),
    "a page's authors": lambda text: _parse_page(f"{_HEAD}## T\n\n**Authors:{text}**\n\n{_LINK}{_FIGURES}"),
    "a page's abstract": lambda text: _parse_page(f"{_HEAD}## T\n\n{text}\n\n{_LINK}{_FIGURES}"),
    "a page's comment": lambda text: _parse_page(f"{_HEAD}## T\n\n{_LINK[:-1]}{text}\n\n{_FIGURES}"),
    "a page's summary": lambda text: _parse_page(f"{_HEAD}## T\n\n{_LINK}\n**Summary**\n{text}\n{_FIGURES}"),
    "a page's takeaways": lambda text: _parse_page(f"{_HEAD}## T\n\n{_LINK}\n**S**\nx\n\n**K**\n- {text}\n{_FIGURES}"),
    "a page's analysis": lambda text: _parse_page(
        f"{_HEAD}## T\n\n{_LINK}\n**S**\nx\n\n**K**\n- y\n\n6. Summary:\n\n{text}\n{_FIGURES}"
    ),
    "writing a page": lambda text: format_page(make_digest(entries=[make_entry(title=text, abstract=text)])),
    "sanitizing a summary": lambda text: sanitize(_build_summary(text), Evidence(_PAPER)),
    "checking a model's answer": lambda text: find_violations(_build_summary(text), Evidence(_PAPER, text, "en")),
    "reading a model's answer": read_text,
    "names": parse_names,
    "papers in a line": find_paper_ids,
    "a line": read_line,
    "a polite line": lambda text: read_line(f"please {text}"),
    "a line in other words": find_phrase,
    "a wish for a time": find_schedule_wish,
    "numbers of a list": parse_list_numbers,
    "the venue": parse_venue,
    "words with hyphens": find_compounds,
    "an author's name": split_asked_name,
    "the venue after a word of acceptance": lambda text: parse_venue(f"Accepted by {text}"),
    "TeX": normalize_tex,
    "TeX in a group": lambda text: normalize_tex(f"\\textbf{{{text}"),
    "links": find_links,
    "the end of a link": lambda text: trim_url(f"https://a.example/{text}"),
    "the first sentences": truncate_text,
    "formulas and links": parse_inline,
    "formulas as text": math_to_text,
    "a short title": lambda text: format_short_title(parse_inline(text), 17),
    "sentences": split_sentences,
    "a feed's entry": lambda text: parse_entry(
        {"id": "doi:10.1101/1", "title": text, "summary": text, "authors": [{"name": text}]}
    ),
    "Discord's markup": lambda text: (escape(text), render_line(parse_inline(text))),
}


def test_no_expression_takes_the_square_of_the_text_for_what_is_worst_for_it() -> None:
    slow = {
        used.place: (used.pattern.pattern, case)
        for used in find_patterns()
        for case in build_worst_cases(used.pattern)
        if explodes(used.scan, case)
    }
    assert slow == {}


@pytest.mark.parametrize(
    ("pattern", "is_anchored"),
    [
        (r"\s*,", False),
        (r"<[^>]+>", False),
        (r"!\[[^\]]*\]\(", False),
        (r"[\w.]+@", False),
        (r"(?:[a-z]+)*!", True),
    ],
)
def test_what_is_worst_for_an_expression_is_found(pattern: str, is_anchored: bool) -> None:
    used = UsedPattern("here", re.compile(pattern), is_anchored)
    assert any(explodes(used.scan, case) for case in build_worst_cases(used.pattern))


def test_expressions_are_found_wherever_they_are() -> None:
    places = {used.place.split(":")[0] for used in find_patterns()}
    assert "digestbot.quality.cleanup._RULES" in places, "in a tuple"
    assert "digestbot.domain.topic" in places, "in a call"
    assert "digestbot.settings.platforms.TelegramSettings.token_pattern" in places, "in a class"


@pytest.mark.parametrize("name", _WORK)
def test_nothing_that_parses_takes_the_square_of_the_text(name: str) -> None:
    cases = [WorstCase("", unit) for unit in (*UNITS, *_LINE_UNITS)]
    assert [case for case in cases if explodes(_WORK[name], case)] == []
