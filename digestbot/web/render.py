"""Digests as web pages and Atom feeds (RFC 4287). Templates escape all untrusted text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date
from functools import cache
from typing import Any

import structlog
from jinja2 import Environment, PackageLoader, select_autoescape
from markupsafe import Markup

from digestbot.cards.card import Bullets, Heading, Link, Math, merge_bullets, parse_inline, to_plain_text
from digestbot.cards.context import RenderContext
from digestbot.cards.paper_blocks import (
    analysis_blocks,
    format_notice,
    format_pdf_label,
    headline_line,
    paper_byline,
    provenance_line,
)
from digestbot.cards.text import drop_control_characters, math_to_text
from digestbot.core.catalog import TopicSummary
from digestbot.domain.digest import Digest, find_language
from digestbot.domain.topic import Topic
from digestbot.net.addresses import find_host
from digestbot.web.formulas import render_formula

FEED_DIGEST_COUNT = 10
"""Maximum number of digests in a feed."""
_log = structlog.get_logger(__name__)


def render_digest_page(topic: Topic, digest: Digest, language: str, base_url: str = "", *, public_url: str = "") -> str:
    """Render a digest as a page, in its own language; ``language`` is that of one that has none.

    ``base_url`` is where the archive begins, without a trailing slash: its URL, or as it is seen from the page; empty
    for a page that leads nowhere. Figures at ``public_url`` are shown from there too.
    """
    own, moves = find_language(digest, language), (f"{public_url}/figures/", f"{base_url}/figures/")
    return _render_template("digest.html", own, base_url, topic=topic, digest=digest, moves=moves if public_url else ())


def render_topic_page(topic: Topic, dates: Sequence[date], language: str, base_url: str) -> str:
    """Render the list of a topic's digests."""
    return _render_template("topic.html", language, base_url, topic=topic, dates=dates)


def render_topics_page(summaries: Sequence[TopicSummary], language: str, base_url: str) -> str:
    """Render the list of topics."""
    return _render_template(
        "topics.html", language, base_url, summaries=[summary for summary in summaries if summary.latest_date]
    )


def render_not_found_page(language: str, base_url: str) -> str:
    """Render what is shown where there is nothing."""
    return _render_template("not_found.html", language, base_url)


def render_feed(topic: Topic, digests: Sequence[Digest], language: str, base_url: str = "") -> str:
    """Render a topic's digests as an Atom feed, newest first, each in its own language."""
    languages = [find_language(digest, language) for digest in digests]
    contents = [
        (digest, own, str(_render_entries(digest, RenderContext(own), is_feed=True)))
        for digest, own in zip(digests, languages, strict=True)
    ]
    updated = _format_timestamp(digests[0]) if digests else "1970-01-01T00:00:00Z"
    newest = languages[0] if languages else language
    return _render_template("feed.xml", newest, base_url, topic=topic, digests=contents, updated=updated)


def _render_template(name: str, language: str, base_url: str, **values: Any) -> str:  # noqa: ANN401
    template = _get_environment().get_template(name)
    return template.render(language=language, context=RenderContext(language), base_url=base_url, **values)


def _render_entries(
    digest: Digest, context: RenderContext, moves: tuple[str, ...] = (), *, is_feed: bool = False
) -> Markup:
    """The digest's entries, without any that cannot be rendered: it must not take the page and the feed with it."""
    template, parts = _get_environment().get_template("entry.html"), []
    for entry in digest.entries:
        try:
            parts.append(template.render(entry=entry, context=context, is_feed=is_feed, moves=moves))
        except Exception:  # noqa: BLE001  # whatever its text does to a template
            _log.exception("entry_not_rendered", topic=digest.topic, date=str(digest.date), paper=entry.paper.arxiv_id)
    return Markup("".join(parts))  # noqa: S704  # the template has escaped it


@cache
def _get_environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("digestbot.web"),
        autoescape=select_autoescape(("html", "xml")),
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize_value,
    )
    environment.filters |= {
        "entries": _render_entries,
        "inline": parse_inline,
        "formula": _render_math,
        "analysis": lambda entry: merge_bullets(analysis_blocks(entry)),
        "pdf_label": format_pdf_label,
        "safe_url": _to_safe_url,
        "picture_url": _find_picture,
        "byline": lambda entry, context: to_plain_text(paper_byline(entry, context)),
        "headline": headline_line,
        "provenance": provenance_line,
        "notice": lambda digest, context: format_notice(digest.entries, context),
        "timestamp": _format_timestamp,
    }
    types = {"math": Math, "link": Link, "heading": Heading, "bullets": Bullets}
    environment.tests |= {name: _build_type_test(cls) for name, cls in types.items()}
    return environment


def _finalize_value(value: Any) -> Any:  # noqa: ANN401  (whatever a template shows)
    """Drop control characters: XML cannot represent them, and one would make the whole feed invalid."""
    return drop_control_characters(value) if type(value) is str else value


def _build_type_test(cls: type) -> Callable[[object], bool]:
    return lambda value: isinstance(value, cls)


def _to_safe_url(url: str) -> str | Markup:
    """The URL if it is one of HTTP(S), else an empty string: never ``javascript:``."""
    return url if url.lower().startswith(("http://", "https://")) and find_host(url) else ""


def _find_picture(url: str, moves: tuple[str, ...]) -> str:
    """A picture's URL; for one that the bot serves itself, as it is seen from the page."""
    if moves and url.startswith(moves[0]):
        return moves[1] + url.removeprefix(moves[0])
    return _to_safe_url(url)


def _render_math(math: Math, is_feed: bool) -> str:  # a template's filter
    """A formula: set on a page, and as text in a feed, whose readers leave out the markup of formulas."""
    return math_to_text(math.source) if is_feed else render_formula(math.source)


def _format_timestamp(digest: Digest) -> str:
    if digest.published_at:
        return digest.published_at.replace(tzinfo=UTC).isoformat().replace("+00:00", "Z")
    return f"{digest.date.isoformat()}T00:00:00Z"
