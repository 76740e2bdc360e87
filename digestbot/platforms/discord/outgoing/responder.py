"""One interaction, one answer: acknowledged within three seconds, whatever the work takes.

discord.com/developers/docs/interactions/receiving-and-responding: three seconds for the first response, and fifteen
minutes for what follows it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import discord
import structlog

from digestbot.cards import replies
from digestbot.cards.card import Attachment, Card
from digestbot.core.ports import Clock, Reply
from digestbot.domain.subscription import CardStyle
from digestbot.errors import RejectedMessageError
from digestbot.i18n import translate
from digestbot.platforms.common.live_answers import LiveAnswers, LiveLimits, close_updates
from digestbot.platforms.common.live_message import LiveMessage
from digestbot.platforms.discord import errors
from digestbot.platforms.discord.outgoing import markup
from digestbot.platforms.discord.outgoing.body import MessageBody
from digestbot.platforms.discord.outgoing.components import ComponentBuilder
from digestbot.platforms.discord.outgoing.layout import lay_out_card
from digestbot.platforms.discord.outgoing.message import OutgoingMessage, build_file
from digestbot.platforms.discord.outgoing.render import render_layout
from digestbot.store.chats.callback_tokens import CallbackTokenStore

_DEFER_AFTER_SECONDS = 1.2
"""Seconds after which the response is deferred; Discord allows three."""
_LONGEST_WORK_SECONDS = 14 * 60.0
"""How long work may go on: a minute less than an interaction's token is good for. What one person alone sees can be
changed with nothing else (discord-api-docs issue 3090).
"""
_CHANGE_SECONDS = 1.5
"""Seconds between two changes of a message that could as well stay."""
_FIGURE_TIMEOUT_SECONDS = 1.0
"""Longest wait in seconds for figure hosts."""
_BodyChange = Callable[[MessageBody], Awaitable[object]]
"""Changes a message that was sent."""
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ShownReply:
    """A reply, and how its cards become messages."""

    reply: Reply
    build: Callable[[Card], list[OutgoingMessage | Attachment]]


@dataclass(frozen=True, slots=True)
class Response:
    """A response: ``ephemeral`` if only the user sees it, ``in_place`` if it replaces the tapped message."""

    replies: list[ShownReply]
    ephemeral: bool = True
    in_place: bool = False


@dataclass(slots=True)
class InteractionResponder:
    """Responds to interactions; ``live`` are the answers whose work goes on."""

    callback_tokens: CallbackTokenStore
    clock: Clock
    live: LiveAnswers = field(default_factory=lambda: LiveAnswers(LiveLimits(seconds=_LONGEST_WORK_SECONDS)))

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
        waiting = list(response.replies)
        try:
            await self._show_reply(interaction, waiting.pop(0), response, is_first=True)
            while waiting:
                await self._show_reply(interaction, waiting.pop(0), response, is_first=False)
        finally:
            for shown in waiting:
                await close_updates(shown.reply)

    async def _show_reply(
        self, interaction: discord.Interaction, shown: ShownReply, response: Response, *, is_first: bool
    ) -> None:
        """Send a reply's messages, and go on with it if it goes on."""
        channel = "" if interaction.guild_id is None else str(interaction.channel_id)
        show = partial(self._send_messages, interaction, shown, response, is_first=is_first)
        await self.live.present_reply(shown.reply, str(interaction.user.id), channel, show)

    async def _send_messages(
        self, interaction: discord.Interaction, shown: ShownReply, response: Response, card: Card, *, is_first: bool
    ) -> LiveMessage[OutgoingMessage | Attachment]:
        """Send a card's messages; the first one is where later cards are shown."""
        first, *others = shown.build(card)
        assert isinstance(first, OutgoingMessage), "a card has a message before its file"  # noqa: S101  # for the type checker
        send = partial(self._send_below, interaction, ephemeral=response.ephemeral)
        if is_first:
            style, change = await self._send_first_message(interaction, first, response)
        else:
            style, change = first.style, _change_sent_message(await send(first))
        try:
            for message in others:
                await send(message)
        except discord.HTTPException as error:
            await self._explain_refusal(interaction, error, is_begun=True)

        async def edit(message: OutgoingMessage | Attachment) -> None:
            if isinstance(message, Attachment):
                raise RejectedMessageError("no file can take the place of a text")
            with _translate_errors():
                await change(await self._prepare_body(interaction, message, style))

        async def send_and_explain(message: OutgoingMessage | Attachment) -> None:
            with _translate_errors():
                try:
                    await send(message)
                except discord.HTTPException as error:
                    if errors.is_answer_of_discord(error):
                        await self._explain_refusal(interaction, error, is_begun=True)
                    raise

        return LiveMessage(shown.build, edit, send_and_explain, _wait_between_changes)

    async def _send_below(
        self, interaction: discord.Interaction, message: OutgoingMessage | Attachment, *, ephemeral: bool
    ) -> discord.WebhookMessage:
        if isinstance(message, Attachment):
            return await interaction.followup.send(file=build_file(message), ephemeral=ephemeral, wait=True)
        body = await self._prepare_body(interaction, message, message.style)
        return await interaction.followup.send(**body.build_new(), ephemeral=ephemeral, wait=True)

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
    ) -> tuple[CardStyle, _BodyChange]:
        """Send the first message: in place of the tapped one, or as a new one if that is gone. The form that it has,
        and what changes it.
        """
        if response.in_place:
            style = _get_style(interaction.message) or message.style
            body = await self._prepare_body(interaction, message, style)
            try:
                await _edit_tapped_message(interaction, body)
                return style, _change_response(interaction)
            except discord.NotFound as error:
                if not errors.is_unknown_message(error):
                    raise
        body = await self._prepare_body(interaction, message, message.style)
        ephemeral = response.ephemeral or response.in_place
        return message.style, await _send_new_message(interaction, body, ephemeral=ephemeral)

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


async def _send_new_message(interaction: discord.Interaction, body: MessageBody, *, ephemeral: bool) -> _BodyChange:
    """Where it belongs; what was announced is seen by whom it was announced to. What changes it later."""
    initial_response = interaction.response
    if initial_response.type is discord.InteractionResponseType.deferred_message_update:
        return _change_sent_message(await interaction.followup.send(**body.build_new(), ephemeral=ephemeral, wait=True))
    if initial_response.is_done():
        await interaction.edit_original_response(**body.build_new())
    else:
        await initial_response.send_message(**body.build_new(), ephemeral=ephemeral)
    return _change_response(interaction)


def _change_response(interaction: discord.Interaction) -> _BodyChange:
    """Changes what the interaction was answered with first: a tapped message, where that was changed."""

    async def edit(body: MessageBody) -> object:
        return await interaction.edit_original_response(**body.build_edit())

    return edit


def _change_sent_message(message: discord.WebhookMessage) -> _BodyChange:
    async def edit(body: MessageBody) -> object:
        return await message.edit(**body.build_edit())

    return edit


@contextmanager
def _translate_errors() -> Iterator[None]:
    try:
        yield
    except (discord.DiscordException, *errors.CONNECTION_ERRORS) as error:
        raise errors.to_answer_error(error) from None


async def _wait_between_changes() -> None:
    """Discord's buckets have been seen to take five changes in five seconds, and discord.py waits for them."""
    await asyncio.sleep(_CHANGE_SECONDS)
