"""Drafts: the result for one paper, stored by key so that nothing is read or paid for twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from digestbot.builder.models.prompts import fingerprint_instructions
from digestbot.domain.digest import Figure, Section, Summary
from digestbot.domain.paper import Paper


@dataclass(frozen=True, slots=True)
class Draft:
    """A paper's summary and figures, and its licence as far as it is known."""

    summary: Summary
    figures: tuple[Figure, ...] = ()
    licence: str = ""

    def to_json(self) -> dict[str, Any]:
        """The draft as JSON for the store."""
        summary = self.summary
        return {
            "headline": summary.headline,
            "takeaways": list(summary.takeaways),
            "sections": [[section.title, section.body] for section in summary.sections],
            "flags": list(summary.flags),
            "basis": summary.basis,
            "writer": summary.writer,
            "licence": self.licence,
            "figures": [[figure.url, figure.caption, *figure.mirrors] for figure in self.figures],
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Draft:
        """The draft from its stored JSON."""
        summary = Summary(
            stored["headline"],
            tuple(stored["takeaways"]),
            tuple(Section(title, body) for title, body in stored["sections"]),
            tuple(stored["flags"]),
            stored["basis"],
            stored["writer"],
        )
        figures = (Figure(url, tuple(mirrors), caption) for url, caption, *mirrors in stored["figures"])
        return cls(summary, tuple(figures), stored.get("licence", ""))


def build_draft_key(paper: Paper, language: str, models: Sequence[str], *, full_text: bool) -> str:
    """The key of a draft: the paper's version, the prompt, the models, and the language.

    The quality checks are not part of it: stored summaries are checked again whenever they are used.
    """
    parts = (
        str(paper.identifier),
        str(paper.version),
        language,
        fingerprint_instructions(language),
        *models,
        str(full_text),
    )
    return sha256("\n".join(parts).encode()).hexdigest()
