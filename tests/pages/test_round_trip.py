"""What is written as a page is read back the same, whatever is in any field."""

from __future__ import annotations

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from digestbot.cards.text import drop_control_characters
from digestbot.domain.digest import Digest, Entry, Figure, Section, Summary
from digestbot.domain.paper import Paper, find_links
from digestbot.pages.markdown import format_page, parse_page
from digestbot.quality.checks import Evidence
from digestbot.quality.sanitize import sanitize
from tests.factories import make_digest
from tests.places import TIMES

_PIECES = (
    "## T", "# 2020-01-01", "### x", "#", "- ", "1. ", "(1) ", "* ", "**b**", "**", "__",
    "[x](http://arxiv.org/abs/2611.00009v1)", "http://arxiv.org/abs/2611.00009v1", "![x](https://e.example/1.png)",
    '<img src="https://e.example/1.png">', "<details>", "</details>", "<!-- digestbot:analysis -->",
    "<!-- digestbot:made basis=pdf writer=x updated -->", "<!-- digestbot:flags chatter -->", "Q&amp;A", "&lt;",
    "&#35;", "&", ";", ", ", " and ", "Jr.", "**Authors:Eve**", "Authors: Eve", "[PDF](https://doi.org/10.1101/1)",
    "**Summary**", "Summary:", "6. Methods:", "> q", "---", "\\", "\\# x", "'", '"', "`", "$x$", "<b>", "|", "x",
    "word", "中文", "。", "😀", "\u2028", " ", "  ", "&#999999999999;", "&nbsp;",
    "<ol>", "www", "：", "!", "[", "]", "(",
)  # fmt: skip
_LINE = st.lists(st.sampled_from(_PIECES) | st.text(max_size=4), min_size=1, max_size=5).map(
    lambda parts: " ".join(drop_control_characters("".join(parts)).replace("\u200b", "").split())
)
_BODY = st.lists(_LINE, min_size=1, max_size=3).map("\n".join)
_URL = _LINE.map(lambda text: "https://a.example/" + "".join(text.split()))


@st.composite
def entries(draw: st.DrawFn, number: str) -> Entry:
    title, abstract, comment = draw(_LINE.filter(bool)), draw(_LINE), draw(_LINE)
    names = tuple(draw(st.lists(_LINE.filter(lambda name: name.strip(" *_") == name != ""), max_size=2)))
    paper = Paper(number, 1, title, names, abstract, comment, find_links(abstract, comment))
    sections = tuple(draw(st.lists(st.builds(Section, _LINE, _BODY), max_size=2)))
    summary = Summary(draw(_LINE), tuple(draw(st.lists(_LINE, max_size=2))), sections)
    summary = sanitize(summary, Evidence(paper))
    assume(sanitize(summary, Evidence(paper)) == summary)
    urls = draw(st.lists(_URL, max_size=2, unique=True))
    return Entry(paper, summary, tuple(Figure(url, (f"{url}2",), draw(_LINE)) for url in urls))


@settings(max_examples=40 * TIMES, deadline=None)
@given(st.data(), _LINE.filter(lambda text: text.strip(" '\"") == text != ""))
def test_a_digest_with_hostile_text_in_every_field_is_read_back_the_same(data: st.DataObject, topic: str) -> None:
    made = [data.draw(entries(number)) for number in ("2611.00001", "10.1101/2026.11.20.123456")]
    wanted = Digest(topic, make_digest().date, tuple(made))
    assert parse_page(format_page(wanted)).digests == (wanted,)
