"""Writes citations in each format, as text and as files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module

from digestbot.cards.card import Attachment
from digestbot.citations.record import Citation

_FILES = {
    "bibtex": (".bib", "application/x-bibtex"),
    "ris": (".ris", "application/x-research-info-systems"),
    "csl": (".json", "application/json"),
    "markdown": (".md", "text/markdown"),
}


def write_citations(name: str, citations: Sequence[Citation]) -> str:
    """The citations in one of the :data:`~digestbot.domain.papers.citation_formats.FORMATS`."""
    module = import_module(f"{__package__}.{name}")  # late: each has a library of its own
    write: Callable[[Sequence[Citation]], str] = getattr(module, f"write_{name}")
    return write(citations)


def build_attachment(name: str, stem: str, text: str) -> Attachment:
    """The file of a format."""
    ending, media_type = _FILES[name]
    return Attachment(f"{stem}{ending}", media_type, text.encode())
