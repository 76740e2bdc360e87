"""Entries, digests and pages for tests, each with only what the test is about written out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from digestbot.cards.card import Card, Heading, to_plain_text
from digestbot.domain.digest import Digest, Entry, Figure, Section, Summary
from digestbot.domain.paper import Paper


def make_entry(number: str = "2611.00001", **changes: Any) -> Entry:
    paper: dict[str, Any] = {
        "title": f"A paper {number}",
        "authors": ("Ada Moreno", "Bo Lin"),
        "abstract": "We measure what was only believed.",
        "comment": "",
        "version": 1,
    } | {key: value for key, value in changes.items() if key in ("title", "authors", "abstract", "comment", "version")}
    summary = Summary(
        changes.get("headline", "It measures what was only believed."),
        tuple(changes.get("takeaways", ("One thing.", "Another thing."))),
        tuple(changes.get("sections", (Section("Methods", "(1) Measure."),))),
        tuple(changes.get("flags", ())),
    )
    figures: tuple[Figure, ...] = tuple(changes.get("figures", (Figure(f"https://figures.example.org/{number}.png"),)))
    return Entry(Paper(arxiv_id=number, **paper), summary, figures)


def make_digest(topic: str = "Topic A", day: str = "2026-11-23", entries: Sequence[Entry] | None = None) -> Digest:
    return Digest(topic, date.fromisoformat(day), tuple(entries if entries is not None else (make_entry(),)))


ENTRY = """## {title}

**Authors:{authors}**

{abstract}

[PDF](http://arxiv.org/abs/{number}v1) {comment}

{blocks}

<details>
<summary>Figures</summary>
<img src="https://figures.example.org/{number}.png" align="middle">
</details>
"""
BLOCKS = "**Summary**\nIt measures.\n\n**Key Takeaways**\n- One.\n- Two."


def make_page(
    *entries: str, title: str = "Topic A", date: str = "2026-11-23 08:00:00", update: str = "2026-11-23"
) -> str:
    body = "\n\n".join(entries)
    return f"---\ntitle: {title}\ndate: {date}\nkeywords:\n---\n\n> Summaries by an LLM.\n\n# {update} Update\n\n{body}"


def make_page_entry(number: str = "2611.00001", **changes: str) -> str:
    values = {
        "title": f"A paper {number}",
        "authors": "Ada Moreno, Bo Lin",
        "abstract": "We measure what was only believed.",
        "comment": "",
        "blocks": BLOCKS,
    }
    return ENTRY.format(number=number, **(values | changes))


def list_days(card: Card) -> list[str]:
    """The days of a card's digests as YYYY-MM-DD: those over its papers, or that of its heading."""
    headings = [block for block in card.blocks if isinstance(block, Heading)]
    days = [to_plain_text(block.line) for block in headings if block.level > 1]
    titles = [to_plain_text(block.line) for block in headings if block.level == 1]
    written = days or [title.split(" · ")[1] for title in titles]
    return [datetime.strptime(f"{day} 2026", "%a %d %b %Y").date().isoformat() for day in written]  # noqa: DTZ007
