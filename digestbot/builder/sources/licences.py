"""Licences of papers: read where arXiv and feeds name them."""

from __future__ import annotations

import re

from digestbot.domain.papers.licence import ARXIV_LICENCE

_CREATIVE_COMMONS_URL = re.compile(
    r"https?://(?:www\.)?creativecommons\.org/(?P<kind>licenses|publicdomain)/(?P<name>[a-z-]{2,20})/"
    r"(?P<version>\d\.\d)\b",
    re.IGNORECASE,
)
_CREATIVE_COMMONS_NAME = re.compile(
    r"\bCC[ _-]?(?:(?P<zero>0|zero)|(?P<name>BY(?:[ _-](?:NC|ND|SA)){0,2}))(?:[ _-]?(?P<version>\d\.\d))?(?![\w])",
    re.IGNORECASE,
)
_ARXIV_LICENCE = re.compile(r"(?i)arxiv\.org/licenses/|arXiv\.org perpetual|nonexclusive-distrib")
_HTML_LICENCE = re.compile(rb"id=\"license-tr\"[^<>]{0,300}>\s{0,50}(?P<text>[^<>]{1,200})<")
_HTML_HEAD_BYTES = 400_000
"""Where arXiv's HTML names the licence: before the paper's text, but after its table of contents."""


def normalize_licence(text: str) -> str:
    """The URL of a licence that is named or linked in a text: Creative Commons' or arXiv's own; empty for others."""
    if match := _CREATIVE_COMMONS_URL.search(text[:1000]):
        return f"https://creativecommons.org/{match['kind'].lower()}/{match['name'].lower()}/{match['version']}/"
    if _ARXIV_LICENCE.search(text[:1000]):
        return ARXIV_LICENCE
    if match := _CREATIVE_COMMONS_NAME.search(text[:1000]):
        if match["zero"]:
            return "https://creativecommons.org/publicdomain/zero/1.0/"
        name = re.sub(r"[ _]", "-", match["name"].lower())
        return f"https://creativecommons.org/licenses/{name}/{match['version'] or '4.0'}/"
    return ""


def find_html_licence(raw: bytes) -> str:
    """The licence that arXiv's HTML version of a paper names; empty if it names none."""
    match = _HTML_LICENCE.search(raw[:_HTML_HEAD_BYTES])
    return normalize_licence(match["text"].decode("utf-8", "replace")) if match else ""
