"""Model instructions, one file per language. They are part of the drafts' keys: changing them makes new summaries."""

from __future__ import annotations

import secrets
from functools import cache
from hashlib import sha256
from importlib.resources import files

from digestbot.domain.paper import Paper

FULL_TEXT_CHARACTERS = 36_000
"""Maximum characters of a full text shown to a model: about 9,000 tokens of English."""
_FENCE_BYTES = 8


@cache
def load_instructions(language: str) -> str:
    """The instructions for a language."""
    return (files(__name__) / f"{language}.md").read_text("utf-8")


def fingerprint_instructions(language: str) -> str:
    """A hash of the instructions."""
    return sha256(load_instructions(language).encode()).hexdigest()[:16]


@cache
def load_asking_instructions(language: str) -> str:
    """The instructions for answering questions, in a language."""
    return (files(__name__) / f"ask_{language}.md").read_text("utf-8")


def fence_data(shown: str) -> str:
    """Data between two lines that whoever wrote it cannot know: they are drawn by lot, each time anew."""
    fence = f"{'-' * 20}{secrets.token_hex(_FENCE_BYTES)}{'-' * 20}"
    return f"{fence}\n{shown}\n{fence}"


def build_question(paper: Paper, text: str) -> str:
    """The paper as data, between delimiters that its text cannot predict."""
    shown = f"Title: {paper.title}\n\nAbstract: {paper.abstract}"
    if paper.comment:
        shown = f"{shown}\n\nComment: {paper.comment}"
    if text:
        shown = f"{shown}\n\n{text}"
    return fence_data(shown)
