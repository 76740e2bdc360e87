"""What a rich message says that somebody forwards or writes: it has neither text nor caption.

python-telegram-bot does not know the field yet. Its blocks hold their words in ``text`` at any depth
(core.telegram.org/bots/api#richmessage).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from telegram import Message

_WORDS = ("text", "summary")
_MAX_DEPTH = 40
"""Rich messages have 16 levels of blocks, and their texts levels of their own."""


def is_rich(message: Message) -> bool:
    """Whether it is a rich message."""
    return bool(_get_rich_message(message))


def read_rich_text(message: Message) -> str:
    """The words of a rich message in their order; empty for another message."""
    return " ".join(" ".join(iter_rich_strings(message, "text")).split())


def iter_rich_strings(message: Message, name: str) -> Iterator[str]:
    """The strings of a rich message in fields of this name, and in lists below them."""
    yield from _iter_strings(_get_rich_message(message), name, is_named=False, depth=0)


def read_rich_links(message: Message) -> tuple[str, list[tuple[int, str]]]:
    """The words of a rich message, each run on a line of its own, and its addresses with the places where they are."""
    text: list[str] = []
    links: list[tuple[int, str]] = []
    length = 0
    for name, value in _iter_named_strings(_get_rich_message(message), "", depth=0):
        if name == "url":
            links.append((max(length - 1, 0), value))  # inside of its words, which come first
        elif name in _WORDS:
            text.append(value)
            length += len(value) + 1
    return "\n".join(text), links


def _iter_named_strings(value: Any, name: str, *, depth: int) -> Iterator[tuple[str, str]]:  # noqa: ANN401
    """All strings in their order, each with the field that it is in, or in a list of."""
    if isinstance(value, str):
        yield name, value
    items: list[tuple[str, Any]] = [*value.items()] if isinstance(value, dict) else []
    items += [(name, item) for item in value] if isinstance(value, list) else []
    for key, item in items if depth <= _MAX_DEPTH else ():
        yield from _iter_named_strings(item, key, depth=depth + 1)


def _get_rich_message(message: Message) -> Any:  # noqa: ANN401  (the Bot API's JSON)
    return message.api_kwargs.get("rich_message")


def _iter_strings(value: Any, name: str, *, is_named: bool, depth: int) -> Iterator[str]:  # noqa: ANN401
    if depth > _MAX_DEPTH:
        return
    match value:
        case str() if is_named:
            yield value
        case list():
            for item in value:
                yield from _iter_strings(item, name, is_named=is_named, depth=depth + 1)
        case dict():
            for key, item in value.items():
                yield from _iter_strings(item, name, is_named=key == name, depth=depth + 1)
