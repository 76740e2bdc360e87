"""What buttons and menus carry: a command again, in Discord's hundred characters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import discord
from discord import ui

from digestbot.cards.callback_data import NO_HISTORY, NavigationHistory, compute_token, encode_token
from digestbot.cards.card import Button
from digestbot.cards.text import drop_control_characters
from digestbot.platforms.discord.markup import web_address

_MOST_DATA = 100
"""Characters of a ``custom_id`` (discord.com/developers/docs/components/reference)."""
_ROOM = 8
"""Kept of them for the bars that make two of the same different: in one message every ``custom_id`` is another."""
_LABEL, _MOST_URL = 80, 512
_ROW, _OPTIONS = 5, 25


@dataclass(slots=True)
class Keys:
    """The buttons of one message.

    ``long`` collects what has to be kept in the store before the message is sent: data that is too long, by its word.
    """

    here: str
    """The command that shows the card."""
    way: NavigationHistory = NO_HISTORY
    long: dict[str, str] = field(default_factory=dict)
    _used: set[str] = field(default_factory=set)

    def rows(self, buttons: Sequence[Button]) -> Iterator[ui.ActionRow[ui.LayoutView]]:
        """Buttons side by side, five a row."""
        shown = [self.button(button) for button in buttons if usable(button)]
        for at in range(0, len(shown), _ROW):
            yield ui.ActionRow(*shown[at : at + _ROW])

    def button(self, button: Button) -> ui.Button[ui.LayoutView]:
        """One button."""
        label = _cut(button.label, _LABEL)
        if button.url:
            return ui.Button(label=label, url=button.url)
        style = discord.ButtonStyle.success if button.is_on else discord.ButtonStyle.secondary
        own: ui.Button[ui.LayoutView] = ui.Button(label=label, style=style, custom_id=self._data(button))
        return PressButton(own)  # type: ignore[return-value]  # a dynamic item stands where its item does

    def menu(self, buttons: Sequence[Button], placeholder: str) -> ui.ActionRow[ui.LayoutView]:
        """At most 25 buttons as a menu."""
        options = [
            discord.SelectOption(label=_cut(button.label, _MOST_DATA), value=self._data(button), default=False)
            for button in buttons[:_OPTIONS]
        ]
        own = self._unique(f"1?{self.here}"[: _MOST_DATA - _ROOM])
        select: ui.Select[ui.LayoutView] = ui.Select(
            custom_id=own, placeholder=_cut(placeholder, _MOST_DATA), options=options
        )
        return ui.ActionRow(PressMenu(select))  # type: ignore[arg-type]  # a dynamic item stands where its item does

    def _data(self, button: Button) -> str:
        if button.share_query:
            return self._unique(f"1^{button.share_query}"[: _MOST_DATA - _ROOM])
        data = self.way.action_for(self.here, button).encode()
        if len(data) > _MOST_DATA - _ROOM:
            word = compute_token(data)
            self.long[word] = data
            data = encode_token(word)
        return self._unique(data)

    def _unique(self, data: str) -> str:
        while data in self._used:
            data += "|"
        self._used.add(data)
        return data


def usable(button: Button) -> bool:
    """Whether Discord can show the button: an address has its own limit."""
    return not button.url or (len(button.url) <= _MOST_URL and bool(web_address(button.url)))


def room(buttons: Sequence[Button]) -> int:
    """How many components so many buttons are, with their rows."""
    count = sum(map(usable, buttons))
    return count + -(-count // _ROW)


def _cut(text: str, most: int) -> str:
    shown = drop_control_characters(text).replace("\n", " ").strip() or "…"
    return shown if len(shown) <= most else shown[: most - 1] + "…"


class PressButton(ui.DynamicItem[ui.Button[ui.LayoutView]], template=r"1[>!#^].+"):
    """A button of ours on any message, of before a restart too: a tap is handed to the client's presses."""

    @classmethod
    async def from_custom_id(  # noqa: D102  # discord.py's own
        cls,
        interaction: discord.Interaction,  # noqa: ARG003
        item: ui.Item[ui.LayoutView],
        match: object,  # noqa: ARG003
        /,
    ) -> PressButton:
        return cls(item)  # type: ignore[arg-type]  # the template fits buttons' data alone

    async def callback(self, interaction: discord.Interaction) -> None:
        """Do what it says."""
        interaction.client.dispatch("press", interaction, self.item.custom_id or "")


class PressMenu(ui.DynamicItem[ui.Select[ui.LayoutView]], template=r"1\?.*"):
    """A menu of ours: the option that was chosen is the button that was tapped."""

    @classmethod
    async def from_custom_id(  # noqa: D102  # discord.py's own
        cls,
        interaction: discord.Interaction,  # noqa: ARG003
        item: ui.Item[ui.LayoutView],
        match: object,  # noqa: ARG003
        /,
    ) -> PressMenu:
        return cls(item)  # type: ignore[arg-type]  # the template fits menus' data alone

    async def callback(self, interaction: discord.Interaction) -> None:
        """Do what the option says."""
        interaction.client.dispatch("press", interaction, self.item.values[0] if self.item.values else "")
