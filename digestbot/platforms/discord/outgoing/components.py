"""Buttons and menus: their ``custom_id`` is a command, in at most 100 characters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import discord
from discord import ui

from digestbot.cards.callback_data import NO_HISTORY, NavigationHistory
from digestbot.cards.card import Button
from digestbot.cards.titles import measure_width
from digestbot.platforms.common.callbacks import encode_action, format_label
from digestbot.platforms.discord.outgoing.markup import check_web_address

_MAX_CUSTOM_ID_CHARACTERS = 100
"""Characters of a ``custom_id`` (discord.com/developers/docs/components/reference)."""
_RESERVED_CHARACTERS = 8
"""Kept of them for the bars that make two of the same different: in one message every ``custom_id`` is another."""
_MAX_LABEL_CHARACTERS, _MAX_URL_CHARACTERS = 80, 512
_BUTTONS_PER_ROW, _MAX_OPTIONS = 5, 25
_ROW_CELLS, _BUTTON_CELLS = 47, 5
"""Cells of a line of a phone, of which a letter takes one and a Chinese character two, and those around a label."""


@dataclass(slots=True)
class ComponentBuilder:
    """The buttons of one message.

    ``long_callbacks`` collects the data that is too long for a button and has to be stored before the message is sent,
    by its token.
    """

    command: str
    """The command that shows this card."""
    history: NavigationHistory = NO_HISTORY
    long_callbacks: dict[str, str] = field(default_factory=dict)
    _used_ids: set[str] = field(default_factory=set)

    def build_rows(self, buttons: Sequence[Button]) -> Iterator[ui.ActionRow[ui.LayoutView]]:
        """Rows of up to five buttons, and of no more than stand beside each other on a phone."""
        return (ui.ActionRow(*row) for row in self.batch_buttons(buttons))

    def batch_buttons(self, buttons: Sequence[Button]) -> Iterator[list[ui.Button[Any]]]:
        """The buttons that Discord can show, row by row."""
        rest = [self.build_button(button) for button in buttons if is_usable(button)]
        for size in list_row_sizes(buttons):
            yield rest[:size]
            rest = rest[size:]

    def build_button(self, button: Button) -> ui.Button[Any]:
        """One button."""
        label = format_label(button.label, _MAX_LABEL_CHARACTERS)
        if button.url:
            return ui.Button(label=label, url=button.url)
        style = discord.ButtonStyle.success if button.is_on else discord.ButtonStyle.secondary
        component: ui.Button[ui.LayoutView] = ui.Button(
            label=label, style=style, custom_id=self._encode_custom_id(button)
        )
        return ActionButton(component)  # type: ignore[return-value]  # a dynamic item stands where its item does

    def build_menu(self, buttons: Sequence[Button], placeholder: str) -> ui.ActionRow[ui.LayoutView]:
        """At most 25 buttons as a menu, in its row."""
        return ui.ActionRow(self.build_select(buttons, placeholder))

    def build_select(self, buttons: Sequence[Button], placeholder: str) -> ui.Select[Any]:
        """At most 25 buttons as a menu."""
        options = [
            discord.SelectOption(
                label=format_label(button.label, _MAX_CUSTOM_ID_CHARACTERS),
                value=self._encode_custom_id(button),
                default=False,
            )
            for button in buttons[:_MAX_OPTIONS]
        ]
        custom_id = self._make_unique(f"1?{self.command}"[: _MAX_CUSTOM_ID_CHARACTERS - _RESERVED_CHARACTERS])
        select: ui.Select[ui.LayoutView] = ui.Select(
            custom_id=custom_id, placeholder=format_label(placeholder, _MAX_CUSTOM_ID_CHARACTERS), options=options
        )
        return ActionMenu(select)  # type: ignore[return-value]  # a dynamic item stands where its item does

    def _encode_custom_id(self, button: Button) -> str:
        if button.share_query:
            return self._make_unique(f"1^{button.share_query}"[: _MAX_CUSTOM_ID_CHARACTERS - _RESERVED_CHARACTERS])
        action = self.history.action_for(self.command, button)
        limit = _MAX_CUSTOM_ID_CHARACTERS - _RESERVED_CHARACTERS
        return self._make_unique(encode_action(action, limit, self.long_callbacks))

    def _make_unique(self, data: str) -> str:
        while data in self._used_ids:
            data += "|"
        self._used_ids.add(data)
        return data


def is_usable(button: Button) -> bool:
    """Whether Discord can show the button: URLs have a limit of their own."""
    return not button.url or (len(button.url) <= _MAX_URL_CHARACTERS and bool(check_web_address(button.url)))


def list_row_sizes(buttons: Sequence[Button]) -> list[int]:
    """How many buttons each row has: five, or where a phone would break rows of five, as many in each as fit there."""
    cells = [measure_width(button.label) + _BUTTON_CELLS for button in buttons if is_usable(button)]
    fives = _split_sizes(len(cells), -(-len(cells) // _BUTTONS_PER_ROW), _BUTTONS_PER_ROW)
    if all(sum(row) <= _ROW_CELLS for row in _take(cells, fives)):
        return fives
    narrow = len(fives) + 1
    for count in (len(fives), narrow):
        sizes = _split_sizes(len(cells), count, -(-len(cells) // count))
        if all(sum(row) <= _ROW_CELLS for row in _take(cells, sizes)):
            return sizes
    return fives


def _split_sizes(number: int, rows: int, size: int) -> list[int]:
    return [min(size, number - at * size) for at in range(rows) if number > at * size]


def _take(cells: Sequence[int], sizes: Sequence[int]) -> Iterator[Sequence[int]]:
    at = 0
    for size in sizes:
        yield cells[at : at + size]
        at += size


def count_components(buttons: Sequence[Button]) -> int:
    """The number of components for a number of buttons, including their rows."""
    return sum(map(is_usable, buttons)) + len(list_row_sizes(buttons))


class ActionButton(ui.DynamicItem[ui.Button[ui.LayoutView]], template=r"1[>!#^=].+"):
    """A button of the bot on any message, also from before a restart: taps dispatch ``on_button_action``."""

    @classmethod
    async def from_custom_id(  # noqa: D102  # discord.py's own
        cls,
        interaction: discord.Interaction,  # noqa: ARG003
        item: ui.Item[ui.LayoutView],
        match: object,  # noqa: ARG003
        /,
    ) -> ActionButton:
        return cls(item)  # type: ignore[arg-type]  # the template fits buttons' data alone

    async def callback(self, interaction: discord.Interaction) -> None:
        """Dispatch the tap."""
        interaction.client.dispatch("button_action", interaction, self.item.custom_id or "")


class ActionMenu(ui.DynamicItem[ui.Select[ui.LayoutView]], template=r"1\?.*"):
    """A menu of the bot: choosing an option is a tap on its button."""

    @classmethod
    async def from_custom_id(  # noqa: D102  # discord.py's own
        cls,
        interaction: discord.Interaction,  # noqa: ARG003
        item: ui.Item[ui.LayoutView],
        match: object,  # noqa: ARG003
        /,
    ) -> ActionMenu:
        return cls(item)  # type: ignore[arg-type]  # the template fits menus' data alone

    async def callback(self, interaction: discord.Interaction) -> None:
        """Dispatch the choice."""
        interaction.client.dispatch("button_action", interaction, self.item.values[0] if self.item.values else "")
