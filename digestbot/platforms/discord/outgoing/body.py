"""What a message of Discord's is made of, in either form, as discord.py takes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import discord
from discord import ui


@dataclass(frozen=True, slots=True)
class MessageBody:
    """Components V2 alone (rich), or embeds with rows of buttons under them (classic).

    What was sent rich stays rich: Discord does not take that flag back. A classic message may become rich.
    """

    view: ui.LayoutView | ui.View | None
    embeds: tuple[discord.Embed, ...] = ()

    @property
    def is_rich(self) -> bool:
        """Whether it is Components V2."""
        return isinstance(self.view, ui.LayoutView)

    def build_new(self, content: str = "") -> dict[str, Any]:
        """What a new message of this is sent with; ``content`` stands over the embeds."""
        view: dict[str, Any] = {} if self.view is None else {"view": self.view}
        if self.is_rich:
            return view
        return {"embeds": list(self.embeds), **view, **({"content": content} if content else {})}

    def build_edit(self) -> dict[str, Any]:
        """What a message of the same form is edited with."""
        return {"view": self.view} if self.is_rich else self.build_change()

    def build_change(self) -> dict[str, Any]:
        """What any message is edited with: nothing stays of what was there."""
        return {"content": None, "embeds": list(self.embeds), "view": self.view}
