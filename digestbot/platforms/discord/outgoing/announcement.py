"""How a message makes itself heard: whom it calls, and whether with a sound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import discord


@dataclass(frozen=True, slots=True)
class Announcement:
    """Whom a message calls: the people of one role, or nobody. Nothing else that is written in it can call anybody.

    ``role_id`` is 0 for nobody; unless it ``calls`` the role, the message only shows its name.
    """

    role_id: int = 0
    calls: bool = True
    is_silent: bool = False

    @property
    def mention(self) -> str:
        """The role as a message names it (discord.com/developers/docs/reference#message-formatting)."""
        return f"<@&{self.role_id}>" if self.role_id else ""

    @property
    def allowed_mentions(self) -> discord.AllowedMentions:
        """The only ones that Discord may call, whatever the message says."""
        roles = [discord.Object(self.role_id)] if self.role_id and self.calls else False
        return discord.AllowedMentions(everyone=False, users=False, roles=roles, replied_user=False)

    def build_options(self) -> dict[str, Any]:
        """What a new message is sent with."""
        return {"allowed_mentions": self.allowed_mentions, "silent": self.is_silent}

    def write_line(self, words: str) -> str:
        """The line of text over a message, with these words in it."""
        return " ".join(filter(None, (self.mention, words)))
