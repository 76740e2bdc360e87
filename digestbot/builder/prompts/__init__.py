"""What models are told, a file a language. A change of one makes new summaries: it is part of the drafts' keys."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib.resources import files

from digestbot.domain.paper import Paper

FULL_TEXT_CHARACTERS = 36_000
"""Characters of a full text that a model is shown: some 9,000 tokens of English."""


@cache
def load_instructions(language: str) -> str:
    """What the model is to do."""
    return (files(__name__) / f"{language}.md").read_text("utf-8")


def fingerprint_instructions(language: str) -> str:
    """The instructions in short."""
    return sha256(load_instructions(language).encode()).hexdigest()[:16]


def build_question(paper: Paper, text: str) -> str:
    """The paper, as data: between lines that it cannot know."""
    fence = "-" * 20 + sha256(f"{paper.identifier}\n{paper.abstract}\n{text}".encode()).hexdigest()[:16] + "-" * 20
    shown = f"Title: {paper.title}\n\nAbstract: {paper.abstract}"
    if paper.comment:
        shown = f"{shown}\n\nComment: {paper.comment}"
    if text:
        shown = f"{shown}\n\n{text}"
    return f"{fence}\n{shown}\n{fence}"
