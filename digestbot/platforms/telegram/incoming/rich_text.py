"""What a rich message says that somebody forwards or writes: it has neither text nor caption.

python-telegram-bot does not know the field yet. Its blocks hold their words in ``text`` at any depth
(core.telegram.org/bots/api#richmessage).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from telegram import Message

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
