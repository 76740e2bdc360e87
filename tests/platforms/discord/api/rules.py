"""Rules for messages that Discord has beside its specification; what breaks one is named.

discord.com/developers/docs/components/reference: 40 components and 4,000 characters in all, each ``custom_id`` once.
"""

from __future__ import annotations

import json
from typing import Any

from tests.platforms.discord import message_view

_COMPONENTS_V2 = 1 << 15


def find_broken_rules(path: str, body: Any) -> list[str]:
    """What a message in a request's body does wrong."""
    message = body
    if isinstance(body, dict):
        message = body.get("data", body)
        message = message.get("message", message) if isinstance(message, dict) else message
    if not isinstance(message, dict) or not message.get("components"):
        return []
    parts = list(message_view.walk_components(message["components"]))
    ids = [part["custom_id"] for part in parts if part.get("custom_id")]
    characters = sum(
        len(part["content"].encode("utf-16-le")) // 2 for part in parts if part["type"] == message_view.TEXT
    )
    rules = {
        f"{len(parts)} components": len(parts) <= 40,
        f"{characters} characters": characters <= 4000,
        f"a custom_id twice: {ids}": len(ids) == len(set(ids)),
        "components of the second version without their flag": bool(int(message.get("flags") or 0) & _COMPONENTS_V2),
        "content beside components": not message.get("content"),
        "it may call people": message.get("allowed_mentions") == {"parse": []},
        "a button without words": all(part.get("label") for part in parts if part["type"] == message_view.BUTTON),
    }
    wrong = [f"{path}: {rule}" for rule, kept in rules.items() if not kept]
    return wrong + [f"{path}: {json.dumps(part)[:200]}" for part in parts if "\u0000" in json.dumps(part)]
