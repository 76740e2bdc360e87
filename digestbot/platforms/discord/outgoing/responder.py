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
from digestbot.i18n import translate
from digestbot.platforms.discord import errors
from digestbot.platforms.discord.outgoing.components import ComponentBuilder
from digestbot.platforms.discord.outgoing.layout import lay_out_card
from digestbot.platforms.discord.outgoing.message import OutgoingMessage
from digestbot.platforms.discord.outgoing.render import render_layout
from digestbot.store.callback_tokens import CallbackTokenStore

_DEFER_AFTER_SECONDS = 1.2
"""Seconds after which the response is deferred; Discord allows three."""
_FIGURE_TIMEOUT_SECONDS = 1.0
"""Longest wait in seconds for figure hosts."""
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Response:
    """A response: ``ephemeral`` if only the user sees it, ``in_place`` if it replaces the tapped message."""

    messages: list[OutgoingMessage]
    ephemeral: bool = True
    in_place: bool = False


@dataclass(slots=True)
class InteractionResponder:
    """Responds to interactions."""

    callback_tokens: CallbackTokenStore
    clock: Clock

    async def respond(
        self,
        interaction: discord.Interaction,
        build_response: Coroutine[Any, Any, Response],
        *,
        ephemeral: bool,
        in_place: bool = False,
    ) -> None:
        """Respond with the work's result; ``ephemeral`` and ``in_place`` tell how to defer it if it takes long.

        It is shown as soon as it is there. What the platform does not take is logged: there is nobody else to tell.
        """
        task = asyncio.create_task(build_response)
        try:
            await asyncio.wait({task}, timeout=_DEFER_AFTER_SECONDS)
            if not task.done():
                await _defer(interaction, ephemeral=ephemeral, in_place=in_place)
            response = await task
            await self._send_response(interaction, response)
        except discord.HTTPException as error:
            task.cancel()
            _log.info("discord_answer_failed", reason=errors.describe_error(error))
        except Exception:  # noqa: BLE001  # a person waits for an answer, whatever went wrong
            _log.exception("discord_interaction_failed", interaction=interaction.id)
            await self._send_internal_error(interaction)

    async def acknowledge(self, interaction: discord.Interaction) -> None:
        """Acknowledge an interaction that needs no response."""
        try:
            await interaction.response.defer()
        except (discord.HTTPException, *errors.CONNECTION_ERRORS) as error:
            _log.info("discord_answer_failed", reason=errors.describe_error(error))

    async def _send_internal_error(self, interaction: discord.Interaction) -> None:
        language = str(interaction.locale)[:2]
        card = replies.error_card(translate(language, "error.title"), translate(language, "error.internal"), "", ())
        (layout,) = lay_out_card(card, with_share_button=False)
        view = render_layout(layout, ComponentBuilder(card.command), lambda _: "")
        try:
            if interaction.response.is_done():
                await interaction.followup.send(view=view, ephemeral=True)
            else:
                await interaction.response.send_message(view=view, ephemeral=True)
        except (discord.HTTPException, *errors.CONNECTION_ERRORS) as error:
            _log.info("discord_answer_failed", reason=errors.describe_error(error))

    async def _send_response(self, interaction: discord.Interaction, response: Response) -> None:
        for index, message in enumerate(response.messages):
            view = await message.get_view(_FIGURE_TIMEOUT_SECONDS)
            if message.long_callbacks:
                owner = f"discord {interaction.user.id}"
                await self.callback_tokens.save(message.long_callbacks, self.clock.now(), owner)
            if index == 0:
                await _send_first_message(interaction, view, response)
            else:
                await interaction.followup.send(view=view, ephemeral=response.ephemeral)


async def _defer(interaction: discord.Interaction, *, ephemeral: bool, in_place: bool) -> None:
    if in_place:
        await interaction.response.defer()
    else:
        await interaction.response.defer(ephemeral=ephemeral, thinking=True)


async def _send_first_message(
    interaction: discord.Interaction, view: discord.ui.LayoutView, response: Response
) -> None:
    """Send the first message: in place of the tapped one, or as a new one if that is gone."""
    try:
        await _send_where_it_belongs(interaction, view, response)
    except discord.NotFound as error:
        if not (response.in_place and errors.is_unknown_message(error)):
            raise
        await _send_where_it_belongs(interaction, view, replace(response, in_place=False, ephemeral=True))


async def _send_where_it_belongs(
    interaction: discord.Interaction, view: discord.ui.LayoutView, response: Response
) -> None:
    """Where it belongs; what was announced is seen by whom it was announced to."""
    initial_response = interaction.response
    if initial_response.type is discord.InteractionResponseType.deferred_message_update and not response.in_place:
        await interaction.followup.send(view=view, ephemeral=response.ephemeral)
    elif initial_response.is_done():
        await interaction.edit_original_response(view=view)
    elif response.in_place:
        await initial_response.edit_message(view=view)
    else:
        await initial_response.send_message(view=view, ephemeral=response.ephemeral)
