"""Forms: what opens at a button that asks for words, and what was written there.

A form is opened as the first answer to a tap, within three seconds. It has the ``custom_id`` of its button, so that
one of before a restart can be sent off (discord.com/developers/docs/interactions/receiving-and-responding).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import discord
from discord import ui

from digestbot.cards.callback_data import FORM_PREFIX
from digestbot.platforms.common.text import truncate

_MAX_TITLE, _MAX_DESCRIPTION, _MAX_WORDS = 45, 100, 900
"""Characters of a form's title and of its field's label, of what stands below that, and of what may be written: Discord
takes 4,000, but a command takes fewer."""
_FORM_SECONDS = 900.0
"""How long discord.py remembers a form, which it does not need to."""
_MAX_DEPTH = 5


class WordForm(ui.Modal):
    """A form with one field. It is answered by the ``interaction`` event, as one of before a restart is."""

    def __init__(self, data: str, prompt: str, label: str) -> None:
        super().__init__(title=truncate(prompt, _MAX_TITLE), custom_id=data, timeout=_FORM_SECONDS)
        field: ui.TextInput[WordForm] = ui.TextInput(
            style=discord.TextStyle.paragraph, custom_id="words", max_length=_MAX_WORDS
        )
        rest = truncate(prompt, _MAX_DESCRIPTION) if len(prompt) > _MAX_TITLE else None
        self.add_item(ui.Label(text=truncate(label, _MAX_TITLE), description=rest, component=field))


def is_form(data: str) -> bool:
    """Whether the data of a button or of a form asks for words."""
    return data.startswith(FORM_PREFIX)


def read_words(interaction: discord.Interaction) -> str:
    """What somebody wrote into a form, as one line; empty if it is none of ours."""
    data: Any = interaction.data or {}
    return " ".join(" ".join(_iter_values(data.get("components"), 0)).split())[:_MAX_WORDS]


def _iter_values(part: Any, depth: int) -> Iterator[str]:  # noqa: ANN401  (Discord's JSON)
    if depth > _MAX_DEPTH:
        return
    if isinstance(part, list):
        for item in part:
            yield from _iter_values(item, depth + 1)
    elif isinstance(part, dict):
        if isinstance(part.get("value"), str):
            yield part["value"]
        yield from _iter_values(part.get("components"), depth + 1)
        yield from _iter_values(part.get("component"), depth + 1)
