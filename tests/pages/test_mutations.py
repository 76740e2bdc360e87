"""Pages that were damaged: no crash, and no loss of the entries that were not touched."""

from __future__ import annotations

import contextlib
import random
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from digestbot.domain.digest import Entry
from digestbot.errors import PageError
from digestbot.pages.markdown import ParsedPage, decode_page, parse_page
from tests.conftest import SAMPLES, SHARED

_SEVERAL = [p for p in sorted(SAMPLES.rglob("*.md")) if p.read_text("utf-8").count("\n## ") > 1]
_REAL = random.Random(7).sample(sorted(SHARED.rglob("*.md")), 12) if SHARED.is_dir() else []
PAGES = [text for p in (*_SEVERAL, *_REAL) if (text := p.read_text("utf-8")).count("\n## ") > 1]
JUNK = ["", "xxx", "<ol>", "</details>", "# note", "**", "- ", "[PDF](", "|", "\u200b", "## ", "1. ", "> ", "$", "```"]


def keep_first_entries(text: str) -> str:
    """The page with its first five entries, which are as good as thirty where one of them is damaged."""
    return "\n## ".join(text.split("\n## ")[:6])


def map_entries(page: ParsedPage) -> dict[str, Entry]:
    return {entry.paper.arxiv_id: entry for digest in page.digests for entry in digest.entries}


@cache
def parse_undamaged(text: str) -> dict[str, Entry]:
    return map_entries(parse_page(text))


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_damage_inside_one_entry_leaves_the_others_as_they_were(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from([keep_first_entries(page) for page in PAGES]))
    whole = parse_undamaged(text)
    lines = text.split("\n")
    heads = [i for i, line in enumerate(lines) if line.startswith("## ")]
    which = data.draw(st.integers(0, len(heads) - 2))  # not the last: damage at the end is a page cut off
    at = data.draw(st.integers(heads[which], heads[which + 1] - 1))
    change = data.draw(st.sampled_from(["drop", "double", "junk", "garble"]))
    if change == "drop":
        lines[at : at + 1] = []
    elif change == "double":
        lines[at : at + 1] = [lines[at]] * 2
    elif change == "junk":
        junk = data.draw(st.sampled_from([word for word in JUNK if word != "# note"]))
        lines[at : at + 1] = [junk + lines[at]] if junk != "## " else [junk, lines[at]]
    else:
        lines[at] = data.draw(st.text(max_size=40)).replace("\n", " ") + lines[at][::-1]
    touched = {
        number for number in whole if any(number in line for line in text.split("\n")[heads[which] : heads[which + 1]])
    }
    found = map_entries(parse_page("\n".join(lines)))
    for number, entry in whole.items():
        if number not in touched:
            assert found.get(number) == entry


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_any_damage_anywhere_is_read_or_refused_never_a_crash(data: st.DataObject) -> None:
    raw = bytearray(data.draw(st.sampled_from(PAGES)).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(raw) - 1))
        end = min(len(raw), start + data.draw(st.integers(0, 400)))
        raw[start:end] = data.draw(st.binary(max_size=30))
    try:
        page = parse_page(decode_page(bytes(raw)))
    except PageError as refused:
        page, reason = None, str(refused)
    assert page.digests if page else reason


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=300))
def test_any_text_at_all_is_read_or_refused(text: str) -> None:
    for page in (text, f"---\ntitle: a\ndate: 2026-01-01\n---\n{text}"):
        with contextlib.suppress(PageError):
            assert parse_page(page).digests
