"""The addresses in the bot's own message that somebody replies to, so that a reply can be about its paper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import discord

from digestbot.cards.callback_data import ButtonAction
from digestbot.core.lines.card_replies import choose_named_addresses, find_named_address
from digestbot.core.lines.quoted_lists import number_named_papers, number_written_papers

_MAX_DEPTH = 10
_WEB_ADDRESS = re.compile(r"https?://[^\s<>()\[\]{}\"']+")


def list_web_addresses(text: str) -> list[str]:
    """The addresses that are written in a text, without the punctuation or markup after them."""
    return [address.rstrip(".,;:!?*_~|`'") for address in _WEB_ADDRESS.findall(text)]


def list_quoted_papers(message: discord.Message, bot_id: int) -> dict[int, str]:
    """The papers by number of the bot's list that is replied to."""
    answered = _find_answered(message, bot_id)
    if answered is None:
        return {}
    parts = [component.to_dict() for component in answered.components]
    if named := number_named_papers(_iter_named_labels(parts)):
        return named
    texts = [
        answered.content,
        *(embed.description or "" for embed in answered.embeds),
        *_iter_strings(parts, "content"),
    ]
    text = "\n".join(texts)
    return number_written_papers(text, ((match.start(), match[0]) for match in _WEB_ADDRESS.finditer(text)))


def list_quoted_links(message: discord.Message, bot_id: int) -> tuple[str, ...]:
    """The addresses of the bot's message that is replied to: that of the one paper that its buttons name, if so."""
    answered = _find_answered(message, bot_id)
    if answered is None:
        return ()
    parts = [component.to_dict() for component in answered.components]
    named = choose_named_addresses(_iter_named_addresses(parts))
    if len(named) == 1:
        return named
    texts = [answered.content, *(embed.url or "" for embed in answered.embeds), *_iter_strings(parts, "content")]
    texts += [embed.description or "" for embed in answered.embeds]
    links = (address for text in texts for address in list_web_addresses(text))
    return tuple(dict.fromkeys((*named, *links, *_iter_strings(parts, "url"))))


def _find_answered(message: discord.Message, bot_id: int) -> discord.Message | None:
    """The bot's message that is replied to; ``None`` for anybody else's."""
    answered = message.reference.resolved if message.reference else None
    return answered if isinstance(answered, discord.Message) and answered.author.id == bot_id else None


def _iter_named_labels(value: Any, depth: int = 0) -> Iterator[tuple[str, str]]:  # noqa: ANN401  (Discord's JSON)
    """The options of menus, each by its label and the address of the paper that its command names."""
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, dict) and isinstance(value.get("value"), str):
        action = ButtonAction.decode(value["value"])
        if action:
            yield str(value.get("label", "")), find_named_address(action.command)
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for item in items:
        if isinstance(item, dict | list):
            yield from _iter_named_labels(item, depth + 1)


def _iter_named_addresses(parts: Any) -> Iterator[str]:  # noqa: ANN401  (Discord's JSON)
    """The papers that the commands of buttons and menus name."""
    for data in (*_iter_strings(parts, "custom_id"), *_iter_strings(parts, "value")):
        action = ButtonAction.decode(data)
        if action:
            yield find_named_address(action.command)


def _iter_strings(value: Any, name: str, depth: int = 0) -> Iterator[str]:  # noqa: ANN401
    """The strings of components in fields of this name."""
    if depth > _MAX_DEPTH:
        return
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        if key == name and isinstance(item, str):
            yield item
        elif isinstance(item, dict | list):
            yield from _iter_strings(item, name, depth + 1)
