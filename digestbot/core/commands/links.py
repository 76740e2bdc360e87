"""Commands as one word of letters, digits, ``_`` and ``-``: what a link into a chat can carry.

Telegram passes 64 such characters after ``/start`` (core.telegram.org/bots/features#deep-linking).
"""

from __future__ import annotations

import base64
import binascii
import re

_LONGEST = 64
_PLAIN = re.compile(r"[A-Za-z0-9-]+")
_TOPICS = {"topic": "subscribe", "latest": "latest"}
_PAPERS = ("paper", "save")
_ARXIV = re.compile(r"\d{4}-\d{4,5}")


def topic_link(slug: str, kind: str = "topic") -> str | None:
    """The word that subscribes to a topic; ``None`` for a slug that is too long for one."""
    plain = _PLAIN.fullmatch(slug) is not None
    word = f"{kind}_{slug}" if plain else f"{kind}_b_{base64.urlsafe_b64encode(slug.encode()).decode().rstrip('=')}"
    return word if len(word) <= _LONGEST else None


def paper_link(number: str, kind: str = "paper") -> str | None:
    """The word that shows (``paper``) or keeps (``save``) a paper; ``None`` for an identifier of before 2007."""
    word = number.replace(".", "-")
    return f"{kind}_{word}" if _ARXIV.fullmatch(word) else None


def linked_command(command: str) -> str | None:
    """The word that does what a command does, where there is one."""
    name, _, rest = command.partition(" ")
    if name in _PAPERS:
        return paper_link(rest, name)
    return topic_link(rest) if name == "subscribe" and rest and " " not in rest else None


def linked(word: str) -> str | None:
    """The command that a word means; ``None`` for any other word."""
    kind, _, value = word.partition("_")
    if kind in _TOPICS and value:
        slug = _decoded(value.removeprefix("b_")) if value.startswith("b_") else value
        return f"{_TOPICS[kind]} {slug}" if slug else None
    if kind in _PAPERS and _ARXIV.fullmatch(value):
        return f"{kind} {value.replace('-', '.')}"
    return None


def _decoded(value: str) -> str:
    try:
        return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)).decode()
    except (binascii.Error, ValueError):
        return ""
