"""Buttons: their callback data, and navigation between cards."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from digestbot.cards.callback_data import (
    ButtonAction,
    compute_token,
    decode_token,
    encode_token,
    list_references,
    restore_commands,
    restore_prompt,
    shorten_commands,
    shorten_history,
    store_prompt,
)
from digestbot.cards.card import Button, Card
from digestbot.cards.text import drop_control_characters
from digestbot.core.commands.registry import only_shows
from digestbot.i18n import translate
from digestbot.platforms.common.text import truncate
from digestbot.store.chats.callback_tokens import CallbackTokenStore

_CHAT_PREFIX = re.compile(r"(?:channel (?:@\w+|-?\d+)|in \d+) ")
"""What stands before a command that acts on another chat than its message's, on either platform."""


def encode_action(
    action: ButtonAction, limit: int, long_callbacks: dict[str, str], measure: Callable[[str], int] = len
) -> str:
    """A button's callback data, at most ``limit`` long by the platform's ``measure``.

    Where the action is longer, its commands are replaced by tokens, those of the way back first, and added to
    ``long_callbacks``, which are stored before the message is sent. A list's pages and all that is opened from them
    share one token.
    """
    if action.prompt:
        action, prompts = store_prompt(action)
        long_callbacks |= prompts
    data = action.encode()
    if measure(data) <= limit:
        return data
    for shortened, commands in (shorten_history(action), shorten_commands(action)):
        if measure(short_data := shortened.encode()) <= limit:
            long_callbacks |= commands
            return short_data
    token = compute_token(data)
    long_callbacks[token] = data
    return encode_token(token)


async def decode_action(callback_tokens: CallbackTokenStore, data: str) -> ButtonAction | None:
    """Decode a button's callback data; ``None`` if no button of this version sends it."""
    token = decode_token(data)
    encoded = await callback_tokens.get_command(token) if token else data
    action = ButtonAction.decode(encoded) if encoded else None
    if action is None:
        return None
    commands = {token: await callback_tokens.get_command(token) or "" for token in list_references(action)}
    restored = restore_commands(action, commands)
    if restored and restored.prompt:
        return restore_prompt(restored, await callback_tokens.get_command(restored.prompt.removeprefix("#")))
    return replace(restored, history=tuple(filter(_is_way_back, restored.history))) if restored else None


def _is_way_back(command: str) -> bool:
    """Whether a command shows a card again.

    Telegram's clients may send any data for a message that has buttons: what changes anything must never become
    somebody else's Back button (core.telegram.org/bots/api#callbackquery).
    """
    prefix = _CHAT_PREFIX.match(command)
    plain = command[prefix.end() :] if prefix else command
    return plain == "channel" or only_shows(plain)


def add_back_button(card: Card, language: str, command: str) -> Card:
    """The card with a last button that leads back to the card that ``command`` shows."""
    return replace(card, buttons=(*card.buttons, Button(translate(language, "button.back"), command)))


def format_label(label: str, limit: int) -> str:
    """A button's label on one line, cut to ``limit`` characters; never empty."""
    return truncate(drop_control_characters(label).replace("\n", " ").strip() or "…", limit)
