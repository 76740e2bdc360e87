"""What people see of a message: its texts, buttons, menus and pictures, in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

ROW, BUTTON, SELECT, TEXT, THUMBNAIL, GALLERY, CONTAINER = 1, 2, 3, 10, 11, 12, 17


def get_components(message: Any) -> list[dict[str, Any]]:
    """A message's components as JSON, whatever holds them."""
    found = message.get("components") if isinstance(message, dict) else message.components
    return [one if isinstance(one, dict) else one.to_dict() for one in found or ()]


def walk_components(parts: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for part in parts:
        yield part
        yield from walk_components(part.get("components") or [])
        if part.get("accessory"):
            yield part["accessory"]


def get_embeds(message: Any) -> list[dict[str, Any]]:
    """A message's embeds as JSON, whatever holds them."""
    found = message.get("embeds") if isinstance(message, dict) else getattr(message, "embeds", None)
    return [one if isinstance(one, dict) else one.to_dict() for one in found or ()]


def list_embed_texts(embed: dict[str, Any]) -> list[str]:
    fields = [text for field in embed.get("fields", ()) for text in (field["name"], field["value"])]
    footer, author = embed.get("footer", {}).get("text"), embed.get("author", {}).get("name")
    return [text for text in (author, embed.get("title"), embed.get("description"), *fields, footer) if text]


def get_text(message: Any) -> str:
    """The text of the message's components, and of its embeds; not its content."""
    parts = walk_components(get_components(message))
    texts = [text for embed in get_embeds(message) for text in list_embed_texts(embed)]
    return "\n".join([*texts, *(part["content"] for part in parts if part["type"] == TEXT)])


def list_cards(messages: Iterable[Any]) -> list[Any]:
    """The messages that show a card: a notice is a line before it becomes one."""
    return [message for message in messages if get_text(message)]


def get_heading(message: Any) -> str:
    return get_text(message).split("\n")[0].removeprefix("## ")


def list_buttons(message: Any) -> list[dict[str, Any]]:
    return [part for part in walk_components(get_components(message)) if part["type"] == BUTTON]


def list_labels(message: Any) -> list[str]:
    return [part["label"] for part in list_buttons(message)]


def find_button_id(message: Any, label: str, which: int = 0) -> str:
    """The ``custom_id`` of a button with these words on it, or in its command."""
    fitting = [part for part in list_buttons(message) if label in part["label"]]
    fitting = fitting or [part for part in list_buttons(message) if label in part.get("custom_id", "")]
    assert len(fitting) > which, f"no button {label!r} among {list_labels(message)}"
    custom_id: str = fitting[which]["custom_id"]
    return custom_id


def list_menus(message: Any) -> list[dict[str, Any]]:
    return [part for part in walk_components(get_components(message)) if part["type"] == SELECT]


def list_pictures(message: Any) -> list[str]:
    found = [embed[kind]["url"] for embed in get_embeds(message) for kind in ("thumbnail", "image") if kind in embed]
    for part in walk_components(get_components(message)):
        if part["type"] == GALLERY:
            found += [item["media"]["url"] for item in part["items"]]
        elif part["type"] == THUMBNAIL:
            found.append(part["media"]["url"])
    return found


def list_paper_menus(message: Any) -> list[dict[str, Any]]:
    """The menus of a list's papers."""
    return [menu for menu in list_menus(message) if menu["placeholder"] in ("Open a paper…", "打开一篇论文…")]


def list_papers(message: Any) -> list[dict[str, Any]]:
    """What there is to choose in them."""
    return [option for menu in list_paper_menus(message) for option in menu["options"]]
