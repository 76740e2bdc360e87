"""Slash commands in all of Discord's languages, that all bots of a test process share.

discord.py translates each command for 30 languages at each start, twice, and the same comes of it each time.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from copy import deepcopy
from typing import Any

from discord import app_commands

_kept: dict[tuple[type, type, str], dict[str, Any]] = {}


def share_translated_commands() -> None:
    """From now on, a command that is defined as one before it is not translated again. Call it once."""
    kinds: tuple[Any, ...] = (app_commands.Command, app_commands.ContextMenu)
    for kind in kinds:
        kind.get_translated_payload = _build_sharing(kind.get_translated_payload)


def _build_sharing(translate: Callable[..., Awaitable[dict[str, Any]]]) -> Callable[..., Awaitable[dict[str, Any]]]:
    async def look_up(command: Any, tree: Any, translator: Any) -> dict[str, Any]:
        key = (type(command), type(translator), json.dumps(command.to_dict(tree), sort_keys=True))
        if key not in _kept:
            _kept[key] = await translate(command, tree, translator)
        return deepcopy(_kept[key])

    return look_up
