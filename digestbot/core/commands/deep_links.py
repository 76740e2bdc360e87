"""Deep links: commands encoded as one word of letters, digits, ``_`` and ``-``.

Telegram passes up to 64 such characters after ``/start`` (core.telegram.org/bots/features#deep-linking).
"""

from __future__ import annotations

import base64
import binascii

from digestbot.late_patterns import compile_late

_MAX_PAYLOAD_LENGTH = 64
_PLAIN_SLUG = compile_late(r"[A-Za-z0-9-]+")
_TOPIC_COMMANDS = {"topic": "subscribe", "latest": "latest"}
_PAPER_COMMANDS = ("paper", "save")
_ARXIV_ID = compile_late(r"\d{4}-\d{4,5}")
_SHOWN_KIND = "show"


def encode_topic(slug: str, kind: str = "topic") -> str | None:
    """The payload that subscribes to a topic; ``None`` if the slug is too long."""
    is_plain = _PLAIN_SLUG.fullmatch(slug) is not None
    payload = f"{kind}_{slug}" if is_plain else f"{kind}_b_{_encode_text(slug)}"
    return payload if len(payload) <= _MAX_PAYLOAD_LENGTH else None


def encode_paper(arxiv_id: str, kind: str = "paper") -> str | None:
    """The payload that shows (``paper``) or saves (``save``) a paper; ``None`` for arXiv IDs from before 2007."""
    value = arxiv_id.replace(".", "-")
    return f"{kind}_{value}" if _ARXIV_ID.fullmatch(value) else None


def encode_command(command: str) -> str | None:
    """The payload equivalent to a command, if there is one."""
    name, _, rest = command.partition(" ")
    if name in _PAPER_COMMANDS:
        return encode_paper(rest, name)
    return encode_topic(rest) if name == "subscribe" and rest and " " not in rest else None


def encode_shown_command(command: str) -> str | None:
    """The payload of any command that only shows something; ``None`` if it is too long."""
    payload = encode_command(command) or f"{_SHOWN_KIND}_{_encode_text(command)}"
    return payload if len(payload) <= _MAX_PAYLOAD_LENGTH else None


def decode_command(payload: str) -> str | None:
    """The command that a payload stands for; ``None`` for any other word."""
    kind, _, value = payload.partition("_")
    if kind in _TOPIC_COMMANDS and value:
        slug = _decode_text(value.removeprefix("b_")) if value.startswith("b_") else value
        return f"{_TOPIC_COMMANDS[kind]} {slug}" if slug else None
    if kind in _PAPER_COMMANDS and _ARXIV_ID.fullmatch(value):
        return f"{kind} {value.replace('-', '.')}"
    return (_decode_text(value) or None) if kind == _SHOWN_KIND else None


def is_shown_command(payload: str) -> bool:
    """Whether the payload stands for a command that may only show something: anybody can write such a link."""
    return payload.startswith(f"{_SHOWN_KIND}_")


def _encode_text(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode_text(value: str) -> str:
    try:
        return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)).decode()
    except (binascii.Error, ValueError):
        return ""
