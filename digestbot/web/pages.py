"""Digests as web pages and as Atom feeds (RFC 4287). All that strangers wrote is text here: templates escape it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, select_autoescape
from markupsafe import Markup

from digestbot.cards.card import Bullets, Heading, Link, Math, merge_bullets, parse_inline, to_plain_text
from digestbot.cards.context import RenderContext
from digestbot.cards.paper_blocks import analysis_blocks, format_notice, format_pdf_label, paper_byline, provenance_line
from digestbot.cards.text import drop_control_characters
from digestbot.core.catalog import TopicSummary
from digestbot.domain.digest import Digest, Entry
from digestbot.domain.topic import Topic

FEED_DIGESTS = 10
"""Digests in a feed."""


def digest_page(topic: Topic, digest: Digest, language: str, base: str = "") -> str:
    """A digest as a page; ``base`` is where the archive is reached, without a slash at its end."""
    return _render("digest.html", language, base, topic=topic, digest=digest)


def topic_page(topic: Topic, dates: Sequence[date], language: str, base: str) -> str:
    """A topic's digests."""
    return _render("topic.html", language, base, topic=topic, dates=dates)


def topics_page(summaries: Sequence[TopicSummary], language: str, base: str) -> str:
    """All topics."""
    return _render("topics.html", language, base, summaries=[summary for summary in summaries if summary.latest_date])


def feed(topic: Topic, digests: Sequence[Digest], language: str, base: str = "") -> str:
    """A topic's digests as an Atom feed, newest first."""
    contents = [(digest, str(_render("entries.html", language, base, digest=digest))) for digest in digests]
    updated = _moment(digests[0]) if digests else "1970-01-01T00:00:00Z"
    return _render("feed.xml", language, base, topic=topic, digests=contents, updated=updated)


def _render(name: str, language: str, base: str, **values: Any) -> str:  # noqa: ANN401
    return (
        _templates().get_template(name).render(language=language, context=RenderContext(language), base=base, **values)
    )


@cache
def _templates() -> Environment:
    templates = Environment(
        loader=PackageLoader("digestbot.web"),
        autoescape=select_autoescape(("html", "xml")),
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_printable,
    )
    templates.filters |= {
        "inline": parse_inline,
        "analysis": lambda entry: merge_bullets(analysis_blocks(entry)),
        "pdf_label": format_pdf_label,
        "address": _address,
        "byline": lambda entry, context: to_plain_text(paper_byline(entry, context)),
        "made": _made,
        "notice": lambda digest, context: format_notice(digest.entries, context),
        "moment": _moment,
    }
    kinds = {"math": Math, "link": Link, "heading": Heading, "bullets": Bullets}
    templates.tests |= {name: _test_of(kind) for name, kind in kinds.items()}
    return templates


def _printable(value: Any) -> Any:  # noqa: ANN401  (whatever a template shows)
    """Text without control characters: XML has no way to write them, and one would cost readers the whole feed."""
    return drop_control_characters(value) if type(value) is str else value


def _test_of(kind: type) -> Callable[[object], bool]:
    return lambda value: isinstance(value, kind)


def _address(url: str) -> str | Markup:
    """A web address; nothing for another kind, such as ``javascript:``."""
    return url if urlsplit(url).scheme in ("http", "https") else ""


def _made(entry: Entry, view: RenderContext) -> str:
    return to_plain_text(provenance_line(entry, view))


def _moment(digest: Digest) -> str:
    if digest.published_at:
        return digest.published_at.replace(tzinfo=UTC).isoformat().replace("+00:00", "Z")
    return f"{digest.date.isoformat()}T00:00:00Z"
