"""One interaction, one answer: acknowledged within three seconds, whatever the work takes.

discord.com/developers/docs/interactions/receiving-and-responding: three seconds for the first response, and fifteen
minutes for what follows it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from typing import Any

import discord
import structlog

from digestbot.cards import replies
from digestbot.core.ports import Clock
from digestbot.locale import translate
from digestbot.platforms.discord import errors
from digestbot.platforms.discord.keys import Keys
from digestbot.platforms.discord.pages import pages
from digestbot.platforms.discord.part import Part
from digestbot.platforms.discord.render import render
from digestbot.store.shortcuts import Shortcuts

_ACKNOWLEDGED_AFTER = 1.2
"""Seconds after which the answer is announced, if it is not there: three are allowed."""
_FIGURES = 1.0
"""Seconds that somebody waits for the hosts of figures."""
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
        except (discord.HTTPException, *errors.LOST) as error:
            _log.info("discord_answer_failed", reason=errors.words(error))

    async def _apologise(self, interaction: discord.Interaction) -> None:
        language = str(interaction.locale)[:2]
        card = replies.error_card(translate(language, "error.title"), translate(language, "error.internal"), "", ())
        (page,) = pages(card, shares=False)
        view = render(page, Keys(card.command), lambda _: "")
        try:
            if interaction.response.is_done():
                await interaction.followup.send(view=view, ephemeral=True)
            else:
                await interaction.response.send_message(view=view, ephemeral=True)
        except (discord.HTTPException, *errors.LOST) as error:
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
    """The first message of an answer: in the place of the tapped one, or beside it where that is gone by now."""
    try:
        await _put(interaction, view, showing)
    except discord.NotFound as error:
        if not (showing.in_place and errors.message_gone(error)):
            raise
        await _put(interaction, view, replace(showing, in_place=False, aside=True))


async def _put(interaction: discord.Interaction, view: discord.ui.LayoutView, showing: Showing) -> None:
    """Where it belongs; what was announced is seen by whom it was announced to."""
    response = interaction.response
    if response.type is discord.InteractionResponseType.deferred_message_update and not showing.in_place:
        await interaction.followup.send(view=view, ephemeral=showing.aside)
    elif response.is_done():
        await interaction.edit_original_response(view=view)
    elif showing.in_place:
        await response.edit_message(view=view)
    else:
        await response.send_message(view=view, ephemeral=showing.aside)
