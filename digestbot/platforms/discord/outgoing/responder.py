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
from digestbot.domain.subscription import CardStyle
from digestbot.i18n import translate
from digestbot.platforms.discord import errors
from digestbot.platforms.discord.outgoing import markup
from digestbot.platforms.discord.outgoing.body import MessageBody
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

        It is shown as soon as it is there. What the platform does not take is logged, and the person is told.
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
            await self._explain_refusal(interaction, error)
        except Exception:  # noqa: BLE001  # a person waits for an answer, whatever went wrong
            _log.exception("discord_interaction_failed", interaction=interaction.id)
            await self._send_internal_error(interaction)

    async def open_form(self, interaction: discord.Interaction, form: discord.ui.Modal) -> None:
        """Open a form as the answer to a tap."""
        try:
            await interaction.response.send_modal(form)
        except (discord.HTTPException, *errors.CONNECTION_ERRORS) as error:
            _log.info("discord_form_not_opened", reason=errors.describe_error(error))

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
        first, *others = response.messages
        await self._send_first_message(interaction, first, response)
        try:
            for message in others:
                body = await self._prepare_body(interaction, message, message.style)
                await interaction.followup.send(**body.build_new(), ephemeral=response.ephemeral)
        except discord.HTTPException as error:
            await self._explain_refusal(interaction, error, is_begun=True)

    async def _prepare_body(
        self, interaction: discord.Interaction, message: OutgoingMessage, style: CardStyle
    ) -> MessageBody:
        """The message in a form, after what its buttons stand for is stored."""
        body = await message.get_body(style, _FIGURE_TIMEOUT_SECONDS)
        if message.long_callbacks:
            await self.callback_tokens.save(message.long_callbacks, self.clock.now(), f"discord {interaction.user.id}")
        return body

    async def _send_first_message(
        self, interaction: discord.Interaction, message: OutgoingMessage, response: Response
    ) -> None:
        """Send the first message: in place of the tapped one, or as a new one if that is gone."""
        if response.in_place:
            style = _get_style(interaction.message) or message.style
            body = await self._prepare_body(interaction, message, style)
            try:
                return await _edit_tapped_message(interaction, body)
            except discord.NotFound as error:
                if not errors.is_unknown_message(error):
                    raise
        body = await self._prepare_body(interaction, message, message.style)
        await _send_new_message(interaction, body, ephemeral=response.ephemeral or response.in_place)
        return None

    async def _explain_refusal(
        self, interaction: discord.Interaction, error: discord.HTTPException, *, is_begun: bool = False
    ) -> None:
        """Tell the person beside the refused answer what to do; ``is_begun`` if a part of it is there."""
        _log.info("discord_answer_failed", reason=errors.describe_error(error))
        key = errors.find_refusal_key(error)
        if not key:
            return
        text = markup.escape(translate(str(interaction.locale)[:2], key, code=error.code))
        response = interaction.response
        try:
            if not response.is_done():
                await response.send_message(text, ephemeral=True)
                return
            if response.type is discord.InteractionResponseType.deferred_channel_message and not is_begun:
                await interaction.delete_original_response()  # else what follows would be seen by whom it announced
            await interaction.followup.send(text, ephemeral=True)
        except (discord.HTTPException, *errors.CONNECTION_ERRORS) as second_error:
            _log.info("discord_refusal_not_explained", reason=errors.describe_error(second_error))


async def _defer(interaction: discord.Interaction, *, ephemeral: bool, in_place: bool) -> None:
    if in_place:
        await interaction.response.defer()
    else:
        await interaction.response.defer(ephemeral=ephemeral, thinking=True)


def _get_style(message: discord.Message | None) -> CardStyle | None:
    """The form that a message has, and keeps."""
    if message is None:
        return None
    return CardStyle.RICH if message.flags.components_v2 else CardStyle.CLASSIC


async def _edit_tapped_message(interaction: discord.Interaction, body: MessageBody) -> None:
    if interaction.response.is_done():
        await interaction.edit_original_response(**body.build_edit())
    else:
        await interaction.response.edit_message(**body.build_edit())


async def _send_new_message(interaction: discord.Interaction, body: MessageBody, *, ephemeral: bool) -> None:
    """Where it belongs; what was announced is seen by whom it was announced to."""
    initial_response = interaction.response
    if initial_response.type is discord.InteractionResponseType.deferred_message_update:
        await interaction.followup.send(**body.build_new(), ephemeral=ephemeral)
    elif initial_response.is_done():
        await interaction.edit_original_response(**body.build_new())
    else:
        await initial_response.send_message(**body.build_new(), ephemeral=ephemeral)
