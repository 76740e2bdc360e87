"""PDFs that people send to be summarised for themselves."""

from __future__ import annotations

from dataclasses import dataclass

from digestbot.domain.digest import Section, Summary

PDF_PREFIX = "pdf:"
"""What the names of sent PDFs begin with in commands; only who sent one can use its name."""


@dataclass(frozen=True, slots=True)
class SentPdf:
    """A summarised PDF of one person: ``file_name`` is as it was sent, ``arxiv_id`` of the paper that it is a copy of.

    ``sections`` is its text, of at most the pages that are read of a PDF.
    """

    token: str
    file_name: str
    title: str
    page_count: int
    arxiv_id: str
    summary: Summary
    sections: tuple[Section, ...] = ()

    @property
    def name(self) -> str:
        """Its name in commands."""
        return f"{PDF_PREFIX}{self.token}"
