"""Rules for messages that Discord has beside its specification; what breaks one is named.

discord.com/developers/docs/components/reference: 40 components and 4,000 characters in all, each ``custom_id`` once.
discord.com/developers/docs/resources/message#embed-object-embed-limits: 6,000 characters in all embeds. Without the
flag of the second version a message has at most five rows, each of five buttons or one menu.
"""

from __future__ import annotations

import json
from typing import Any

from tests.platforms.discord import message_view

_COMPONENTS_V2 = 1 << 15
_MODAL = 9


def is_modal(body: Any) -> bool:
    """Whether an interaction is answered with a form, which is no message."""
    return isinstance(body, dict) and body.get("type") == _MODAL


def find_broken_rules(path: str, body: Any) -> list[str]:
    """What a message in a request's body does wrong."""
    message = body
    if is_modal(body):
        return []
    if isinstance(body, dict):
        message = body.get("data", body)
        message = message.get("message", message) if isinstance(message, dict) else message
    if not isinstance(message, dict) or not any(message.get(part) for part in ("components", "embeds", "content")):
        return []
    parts = list(message_view.walk_components(message.get("components") or []))
    ids = [part["custom_id"] for part in parts if part.get("custom_id")]
    rules = {
        f"a custom_id twice: {ids}": len(ids) == len(set(ids)),
        "it may call people": _calls_only_what_it_shows_first(message),
        "a button without words": all(part.get("label") for part in parts if part["type"] == message_view.BUTTON),
        "a character of no text": "\\u0000" not in json.dumps(message),
    }
    is_second = int(message.get("flags") or 0) & _COMPONENTS_V2
    rules |= _check_second_form(message, parts) if is_second else _check_first_form(message)
    return [f"{path}: {rule}" for rule, kept in rules.items() if not kept]


def _calls_only_what_it_shows_first(message: dict[str, Any]) -> bool:
    """Whether nobody can be called, or only the people of the one role that it begins with."""
    allowed = message.get("allowed_mentions")
    if not isinstance(allowed, dict) or allowed.get("parse") != [] or not allowed.keys() <= {"parse", "roles"}:
        return False
    roles = allowed.get("roles", [])
    texts = message_view.get_text(message)
    first = message.get("content") or texts
    return len(roles) <= 1 and all(first.startswith(f"<@&{role}>") for role in roles)


def _check_second_form(message: dict[str, Any], parts: list[dict[str, Any]]) -> dict[str, bool]:
    characters = sum(_count(part["content"]) for part in parts if part["type"] == message_view.TEXT)
    return {
        f"{len(parts)} components": len(parts) <= 40,
        f"{characters} characters": characters <= 4000,
        "content or embeds beside components": not message.get("content") and not message.get("embeds"),
    }


def _check_first_form(message: dict[str, Any]) -> dict[str, bool]:
    rows, embeds = message.get("components") or [], message.get("embeds") or []
    texts = [text for embed in embeds for text in message_view.list_embed_texts(embed)]
    characters = sum(map(_count, texts))
    return {
        "components of the second version without their flag": all(row["type"] == message_view.ROW for row in rows),
        f"{len(rows)} rows": len(rows) <= 5,
        "a row of no buttons, or of more than five": all(1 <= len(row["components"]) <= 5 for row in rows),
        "a menu beside others": all(
            len(row["components"]) == 1
            for row in rows
            if any(part["type"] == message_view.SELECT for part in row["components"])
        ),
        f"{len(embeds)} embeds": len(embeds) <= 10,
        f"{characters} characters in embeds": characters <= 6000,
        "a title of over 256": all(_count(embed.get("title", "")) <= 256 for embed in embeds),
        "a description of over 4096": all(_count(embed.get("description", "")) <= 4096 for embed in embeds),
        "a footer of over 2048": all(_count(embed.get("footer", {}).get("text", "")) <= 2048 for embed in embeds),
        "more than 25 fields": all(len(embed.get("fields", ())) <= 25 for embed in embeds),
        "an embed of nothing": all(
            any(embed.get(part) for part in ("title", "description", "image", "fields")) for embed in embeds
        ),
        "content of over 2000": _count(message.get("content") or "") <= 2000,
    }


def _count(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
