"""What the server and the bot turned out to be able to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class ServerFeatures:
    """Shared by all that is sent: what the server refused once is not asked for again.

    ``rich_messages`` are those of Bot API 10.1, ``inner_buttons`` buttons inside their text (newer still),
    ``inline_mode`` is which @BotFather turns on; ``username`` is the bot's, for links to it.
    """

    username: str = ""
    rich_messages: bool = True
    inner_buttons: bool = True
    inline_mode: bool = True
