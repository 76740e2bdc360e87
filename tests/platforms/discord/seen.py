"""What people see of a message: its texts, buttons, menus and pictures, in order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

BUTTON, SELECT, TEXT, THUMBNAIL, GALLERY, CONTAINER = 2, 3, 10, 11, 12, 17


def components(message: Any) -> list[dict[str, Any]]:
    """A message's components as JSON, whatever holds them."""
    found = message["components"] if isinstance(message, dict) else message.components
    return [one if isinstance(one, dict) else one.to_dict() for one in found]


def walk(parts: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for part in parts:
        yield part
        yield from walk(part.get("components") or [])
        if part.get("accessory"):
            yield part["accessory"]


def text(message: Any) -> str:
    return "\n".join(part["content"] for part in walk(components(message)) if part["type"] == TEXT)


def heading(message: Any) -> str:
    return text(message).split("\n")[0].removeprefix("## ")


def buttons(message: Any) -> list[dict[str, Any]]:
    return [part for part in walk(components(message)) if part["type"] == BUTTON]


def labels(message: Any) -> list[str]:
    return [part["label"] for part in buttons(message)]


def button(message: Any, label: str, which: int = 0) -> str:
    """The ``custom_id`` of a button with these words on it, or in its command."""
    fitting = [part for part in buttons(message) if label in part["label"]]
    fitting = fitting or [part for part in buttons(message) if label in part.get("custom_id", "")]
    assert len(fitting) > which, f"no button {label!r} among {labels(message)}"
    custom_id: str = fitting[which]["custom_id"]
    return custom_id


def menus(message: Any) -> list[dict[str, Any]]:
    return [part for part in walk(components(message)) if part["type"] == SELECT]


def pictures(message: Any) -> list[str]:
    found = []
    for part in walk(components(message)):
        if part["type"] == GALLERY:
            found += [item["media"]["url"] for item in part["items"]]
        elif part["type"] == THUMBNAIL:
            found.append(part["media"]["url"])
    return found


def folded(message: Any) -> str:
    """What is behind a spoiler."""
    hidden = [part for part in components(message) if part["type"] == CONTAINER and part.get("spoiler")]
    return "\n".join(part["content"] for part in walk(hidden) if part["type"] == TEXT)
