"""One interaction, one answer: acknowledged within three seconds, whatever the work takes.

discord.com/developers/docs/interactions/receiving-and-responding: three seconds for the first response, and fifteen
minutes for what follows it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

import discord
import structlog

from digestbot.cards import replies
from digestbot.core.ports import Clock
from digestbot.locale import say
from digestbot.platforms.discord import errors
from digestbot.platforms.discord.part import Part, parts_of
from digestbot.sources.figures import Downloads, Shown
from digestbot.store.shortcuts import Shortcuts

_ACKNOWLEDGED_AFTER = 1.2
"""Seconds after which the answer is announced, if it is not there: three are allowed."""
_FIGURES = 1.0
"""Seconds that somebody waits for the hosts of figures."""
_NONE = Shown(Downloads())
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Showing:
    """What to show: ``aside`` for the person's eyes alone, ``in_place`` of the message whose button was tapped."""

    parts: list[Part]
    aside: bool = True
    in_place: bool = False


@dataclass(slots=True)
class Turns:
    """Answers interactions."""

    shortcuts: Shortcuts
    clock: Clock

    async def take(
        self,
        interaction: discord.Interaction,
        work: Coroutine[Any, Any, Showing],
        *,
        aside: bool,
        in_place: bool = False,
    ) -> None:
        """Answer with what the work gives; ``aside`` and ``in_place`` are how it is announced when it takes long.

        It is shown as soon as it is there. What the platform does not take is logged: there is nobody else to tell.
        """
        task = asyncio.create_task(work)
        try:
            await asyncio.wait({task}, timeout=_ACKNOWLEDGED_AFTER)
            if not task.done():
                await _announce(interaction, aside=aside, in_place=in_place)
            showing = await task
            await self._show(interaction, showing)
        except discord.HTTPException as error:
            task.cancel()
            _log.info("discord_answer_failed", reason=errors.words(error))
        except Exception:  # noqa: BLE001  # a person waits for an answer, whatever went wrong
            _log.exception("discord_interaction_failed", interaction=interaction.id)
            await self._apologise(interaction)

    async def hush(self, interaction: discord.Interaction) -> None:
        """Acknowledge what needs no answer."""
        try:
            await interaction.response.defer()
        except discord.HTTPException as error:
            _log.info("discord_answer_failed", reason=errors.words(error))

    async def _apologise(self, interaction: discord.Interaction) -> None:
        language = str(interaction.locale)[:2]
        card = replies.wrong(say(language, "error.title"), say(language, "error.internal"), "", ())
        view = parts_of(card, _NONE)[0].written({})
        try:
            if interaction.response.is_done():
                await interaction.followup.send(view=view, ephemeral=True)
            else:
                await interaction.response.send_message(view=view, ephemeral=True)
        except discord.HTTPException as error:
            _log.info("discord_answer_failed", reason=errors.words(error))

    async def _show(self, interaction: discord.Interaction, showing: Showing) -> None:
        for number, part in enumerate(showing.parts):
            view = await part.view(_FIGURES)
            if part.long:
                await self.shortcuts.keep(part.long, self.clock.now())
            if number == 0:
                await _first(interaction, view, showing)
            else:
                await interaction.followup.send(view=view, ephemeral=showing.aside)


async def _announce(interaction: discord.Interaction, *, aside: bool, in_place: bool) -> None:
    if in_place:
        await interaction.response.defer()
    else:
        await interaction.response.defer(ephemeral=aside, thinking=True)


async def _first(interaction: discord.Interaction, view: discord.ui.LayoutView, showing: Showing) -> None:
    """The first message of an answer: what was announced is seen by whom it was announced to."""
    if not interaction.response.is_done():
        if showing.in_place:
            await _in_place(interaction, view)
        else:
            await interaction.response.send_message(view=view, ephemeral=showing.aside)
        return
    beside = interaction.response.type is discord.InteractionResponseType.deferred_message_update
    if beside and not showing.in_place:
        await interaction.followup.send(view=view, ephemeral=showing.aside)
    else:
        await interaction.edit_original_response(view=view)


async def _in_place(interaction: discord.Interaction, view: discord.ui.LayoutView) -> None:
    """In the place of the message; beside it where that is gone by now."""
    try:
        await interaction.response.edit_message(view=view)
    except discord.NotFound as error:
        if not errors.message_gone(error):
            raise
        await interaction.response.send_message(view=view, ephemeral=True)
