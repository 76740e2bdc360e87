"""Handles interactions: slash commands, buttons, menus, and the “Look up paper” message command."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import discord
import structlog

from digestbot.cards import replies
from digestbot.cards.attachments import build_refusal
from digestbot.cards.callback_data import NO_HISTORY, ButtonAction, NavigationHistory, TapDeduplicator
from digestbot.cards.card import Attachment, Button, Card
from digestbot.core.answers.answer_limiter import Admission, AnswerLimiter
from digestbot.core.answers.live_cards import change_cards
from digestbot.core.commands.base import Command
from digestbot.core.ports import IncomingMessage, Reply
from digestbot.domain.paper import PaperId, find_paper_ids
from digestbot.domain.subscription import Address, Preferences
from digestbot.figures.downloads import FigureAvailability
from digestbot.i18n import translate
from digestbot.platforms.common.callbacks import add_back_button, decode_action
from digestbot.platforms.discord.incoming.context import (
    PLATFORM_NAME,
    InteractionContext,
    TargetChannel,
    build_channel_prefix,
    find_channel,
    get_common_capabilities,
    get_current_channel,
    split_channel_prefix,
)
from digestbot.platforms.discord.incoming.documents import AttachmentReader
from digestbot.platforms.discord.incoming.follow_ups import FollowUpThreads, asks_below_public_answer
from digestbot.platforms.discord.incoming.forms import WordForm, is_form
from digestbot.platforms.discord.incoming.quoted_links import list_quoted_links, list_quoted_papers, list_web_addresses
from digestbot.platforms.discord.outgoing.message import MAX_ATTACHMENT_BYTES, OutgoingMessage, build_messages
from digestbot.platforms.discord.outgoing.render import ComponentLabels
from digestbot.platforms.discord.outgoing.responder import InteractionResponder, Response, ShownReply

_SHARE_DATA = re.compile(r"1\^([^|]+)\|*")
_SHAREABLE = re.compile(r"(?:digest|search|latest|paper) ")
_MAX_SHARED_COMMAND = 80
"""Characters of a command that fits a Share button."""
_SETTING_SECONDS = 0.5
"""How long to wait for a channel's setting before an answer is for the person alone."""
_MAX_LINKED_PAPERS = 5
_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class InteractionHandler:
    """Runs commands and sends the reply to the right place."""

    context: InteractionContext
    responder: InteractionResponder
    figures: FigureAvailability
    limiter: AnswerLimiter
    threads: FollowUpThreads
    attachments: AttachmentReader = field(default_factory=AttachmentReader)
    _deduplicator: TapDeduplicator = field(default_factory=TapDeduplicator)

    # -- commands -----------------------------------------------------------------------------------------------

    async def handle_command(
        self,
        interaction: discord.Interaction,
        command: Command,
        values: dict[str, str],
        channel_id: int | None,
        attachments: Sequence[discord.Attachment] = (),
    ) -> None:
        """Handle a slash command with its options, for another channel if one is named."""
        if not await self._is_admitted(interaction):
            return
        ephemeral = await self._is_ephemeral(interaction, command)
        await self.responder.respond(
            interaction,
            self._answer_command(interaction, command, values, channel_id, attachments, ephemeral=ephemeral),
            ephemeral=ephemeral,
        )

    async def _answer_command(
        self,
        interaction: discord.Interaction,
        command: Command,
        values: dict[str, str],
        channel_id: int | None,
        attachments: Sequence[discord.Attachment],
        *,
        ephemeral: bool,
    ) -> Response:
        target = get_current_channel(interaction) if channel_id is None else find_channel(interaction, channel_id)
        if channel_id is not None and target is None:
            return await self._build_error(interaction, "discord.no_channel")
        message = self.context.build_message(
            interaction,
            command.format_line(values),
            target,
            public=not ephemeral and not _is_private(interaction),
            is_about_server=channel_id is None,
        )
        message = replace(message, documents=self.attachments.list_documents(attachments))
        history = NavigationHistory(prefix=build_channel_prefix(interaction, target))
        answer = await self._reply_about(message, history)
        return self._build_response(answer, history, ephemeral=ephemeral or not answer.card.ok)

    async def _reply_about(self, message: IncomingMessage, history: NavigationHistory) -> Reply:
        """The reply; under the name of the channel that it is about, if that is another one than the person's."""
        answer = await self.context.reply(message)
        is_elsewhere = bool(history.prefix) and answer.card.ok
        return change_cards(answer, partial(replies.add_chat_title, title=message.title)) if is_elsewhere else answer

    async def handle_look_up(self, interaction: discord.Interaction, message: discord.Message) -> None:
        """Show the papers that a message links to, to the user who asked."""
        if not await self._is_admitted(interaction):
            return
        await self.responder.respond(interaction, self._answer_look_up(interaction, message), ephemeral=True)

    async def _answer_look_up(self, interaction: discord.Interaction, message: discord.Message) -> Response:
        papers = find_linked_papers(message)
        if not papers:
            return await self._build_error(interaction, "discord.no_link")
        target = get_current_channel(interaction)
        answers: list[Reply] = []
        for arxiv_id in papers[:_MAX_LINKED_PAPERS]:
            message_ = self.context.build_message(interaction, f"/paper {arxiv_id}", target)
            answers.append(await self.context.reply(message_))
        if len(papers) > _MAX_LINKED_PAPERS:
            language = await self.context.get_language(interaction)
            text = translate(language, "discord.more_links", count=len(papers), shown=_MAX_LINKED_PAPERS)
            answers.append(Reply(replies.message_card("", text), Preferences(language=language)))
        return Response([self._show(answer, NO_HISTORY, ephemeral=True) for answer in answers])

    # -- taps ---------------------------------------------------------------------------------------------------

    async def handle_action(self, interaction: discord.Interaction, data: str) -> None:
        """Handle a tap on a button, or a choice from a menu."""
        if not await self._is_admitted(interaction):
            return
        message = str(interaction.message.id) if interaction.message else ""
        if self._deduplicator.is_duplicate(message, interaction.user.id, data):
            await self.responder.acknowledge(interaction)
            return
        if is_form(data):
            await self._open_form(interaction, data)
            return
        in_place = _can_edit_in_place(interaction)
        is_share = _SHARE_DATA.fullmatch(data) is not None
        answer = self._answer_action(interaction, data, in_place=in_place)
        ephemeral = not (is_share and interaction.permissions.send_messages)
        await self.responder.respond(interaction, answer, ephemeral=ephemeral, in_place=in_place and not is_share)

    async def _open_form(self, interaction: discord.Interaction, data: str) -> None:
        """Ask for the words that a button's command needs."""
        action = await decode_action(self.responder.callback_tokens, data)
        if action is None or not action.prompt:
            await self.responder.respond(interaction, self._build_error(interaction, "discord.stale"), ephemeral=True)
            return
        label = translate(await self.context.get_language(interaction), "discord.form_words")
        await self.responder.open_form(interaction, WordForm(data.rstrip("|"), action.prompt, label))

    async def handle_form(self, interaction: discord.Interaction, data: str, words: str) -> None:
        """Run a form's command with the words, as the person who sent it off."""
        if not await self._is_admitted(interaction):
            return
        is_for_all = asks_below_public_answer(interaction, data) and await self._has_public_answers(interaction)
        thread = self.threads.find_thread(interaction, get_current_channel(interaction)) if is_for_all else None
        ephemeral = not _is_private(interaction) and (not is_for_all or thread is not None)
        answer = self._answer_form(interaction, data, words, is_for_all=is_for_all, thread=thread)
        await self.responder.respond(interaction, answer, ephemeral=ephemeral)

    async def _answer_form(
        self,
        interaction: discord.Interaction,
        data: str,
        words: str,
        *,
        is_for_all: bool,
        thread: TargetChannel | None,
    ) -> Response:
        """Run the form's command; what is for all in the ``thread`` under the tapped message, if there can be one."""
        action = await decode_action(self.responder.callback_tokens, data)
        if action is None or not action.prompt:
            return await self._build_error(interaction, "discord.stale")
        channel_id, command = split_channel_prefix(action.command)
        target = get_current_channel(interaction) if channel_id is None else find_channel(interaction, channel_id)
        if channel_id is not None and target is None:
            return await self._build_error(interaction, "discord.no_channel")
        history = NavigationHistory(prefix=build_channel_prefix(interaction, target))
        message = self.context.build_message(interaction, f"/{command} {words}", thread or target, public=is_for_all)
        answer = await self._reply_about(message, history)
        if thread and target and (answer.card.ok or answer.updates):
            return await self._answer_in_thread(interaction, target, answer)
        ephemeral = not _is_private(interaction) and not (is_for_all and answer.card.ok)
        return self._build_response(answer, history, ephemeral=ephemeral)

    async def _answer_in_thread(
        self, interaction: discord.Interaction, target: TargetChannel, answer: Reply
    ) -> Response:
        """Answer in the thread under the tapped message, and tell the person where that is."""
        shown = self._show(answer, NO_HISTORY, ephemeral=False)
        address = await self.threads.answer(interaction, target.channel_id, shown)
        if not address:
            return await self._build_error(interaction, "discord.no_thread")
        language = answer.preferences.language
        button = Button(translate(language, "button.open_thread"), url=address)
        card = replies.message_card("", translate(language, "discord.in_thread"), buttons=[button])
        return self._build_response(Reply(card, answer.preferences), NO_HISTORY)

    async def _answer_action(self, interaction: discord.Interaction, data: str, *, in_place: bool) -> Response:
        if shared := _SHARE_DATA.fullmatch(data):
            return await self._share_card(interaction, shared[1])
        action = await decode_action(self.responder.callback_tokens, data)
        if action is None:
            return await self._build_error(interaction, "discord.stale")
        channel_id, command = split_channel_prefix(action.command)
        target = get_current_channel(interaction) if channel_id is None else find_channel(interaction, channel_id)
        if channel_id is not None and target is None:
            return await self._build_error(interaction, "discord.no_channel")
        return await self._run_action(interaction, replace(action, command=command), target, in_place=in_place)

    async def _run_action(
        self, interaction: discord.Interaction, action: ButtonAction, target: TargetChannel | None, *, in_place: bool
    ) -> Response:
        """Reply to a button's command."""
        public = in_place and not _is_seen_by_one(interaction)
        history = NavigationHistory(prefix=build_channel_prefix(interaction, target))
        message = self.context.build_message(interaction, f"/{action.command}", target, public=public)
        answer = await self._reply_about(message, history)
        if (answer.card.ok or answer.updates) and not action.keeps_card:
            return self._open_card(interaction, answer, replace(history, commands=action.history), in_place=in_place)
        is_short = answer.card.ok and not answer.updates and not answer.card.attachment
        if is_short and in_place and action.should_refresh_card(in_group=public):
            return await self._refresh_card(interaction, action, target, public=public)
        return self._build_response(answer, history, ephemeral=not _is_private(interaction))

    async def _refresh_card(
        self, interaction: discord.Interaction, action: ButtonAction, target: TargetChannel | None, *, public: bool
    ) -> Response:
        """Redraw a card that stays, after one of its switches was toggled."""
        _, command = split_channel_prefix(action.history[0])
        history = NavigationHistory(action.history[1:], build_channel_prefix(interaction, target))
        message = self.context.build_message(interaction, f"/{command}", target, public=public)
        return self._open_card(interaction, await self._reply_about(message, history), history, in_place=True)

    def _open_card(
        self, interaction: discord.Interaction, answer: Reply, history: NavigationHistory, *, in_place: bool
    ) -> Response:
        """Replace the tapped card by another, or show it as an ephemeral message."""
        if not in_place:
            return self._build_response(answer, replace(history, commands=()))
        back = split_channel_prefix(history.commands[0])[1] if history.commands else ""
        ephemeral = interaction.message is not None and interaction.message.flags.ephemeral
        return Response([self._show(answer, history, ephemeral=ephemeral, back=back)], ephemeral, in_place=True)

    async def _share_card(self, interaction: discord.Interaction, shared: str) -> Response:
        """Post an ephemeral paper or list to the channel, if the user may write there."""
        target = get_current_channel(interaction)
        command = shared if _SHAREABLE.match(shared) else f"paper {shared}"
        answer = await self.context.reply(self.context.build_message(interaction, f"/{command}", target, public=True))
        return self._build_response(
            answer, NO_HISTORY, ephemeral=not (answer.card.ok and interaction.permissions.send_messages)
        )

    async def answer_outdated(self, interaction: discord.Interaction) -> None:
        """Answer a button or option of another version."""
        if not await self._is_admitted(interaction):
            return
        await self.responder.respond(interaction, self._build_error(interaction, "discord.stale"), ephemeral=True)

    # -- showing ------------------------------------------------------------------------------------------------

    async def answer_private_message(self, message: discord.Message) -> ShownReply | None:
        """Reply to a direct message; nothing to who writes too fast and was told so."""
        person = Address(PLATFORM_NAME, str(message.author.id))
        admission = self.limiter.admit(person.chat)
        if admission is Admission.ANSWERED:
            answer = await self.context.reply(
                IncomingMessage(
                    person,
                    message.content,
                    capabilities_for=get_common_capabilities,
                    sender=self.context.sender,
                    documents=self.attachments.find_documents(message),
                    quoted_links=list_quoted_links(message, self.context.get_bot_id()),
                    quoted_list=list_quoted_papers(message, self.context.get_bot_id()),
                )
            )
            return self._show(answer, NO_HISTORY, ephemeral=False)
        if admission is Admission.REFUSED:
            return None
        preferences = await self.context.subscriptions.preferences_for(person, "")
        card = replies.message_card("", translate(preferences.language, "discord.too_fast"))
        return self._show(Reply(card, preferences), NO_HISTORY, ephemeral=False)

    async def _is_ephemeral(self, interaction: discord.Interaction, command: Command) -> bool:
        """Whether only the person sees the reply: in channels, unless it concerns all and the moderators want that."""
        if _is_private(interaction) or interaction.guild_id is None:
            return command.ephemeral and not _is_private(interaction)
        if command.ephemeral:
            return True
        asking = asyncio.create_task(self._has_public_answers(interaction))
        await asyncio.wait({asking}, timeout=_SETTING_SECONDS)
        return not (asking.done() and not asking.exception() and asking.result())

    async def _has_public_answers(self, interaction: discord.Interaction) -> bool:
        """Whether the channel, or a thread's channel where it is nothing to the bot itself, has public answers."""
        for place in (interaction.channel_id, getattr(interaction.channel, "parent_id", None)):
            address = Address(PLATFORM_NAME, str(interaction.guild_id), str(place))
            if place and (subscriber := await self.context.subscriptions.find(address)):
                return subscriber.preferences.public_answers
        return False

    async def _is_admitted(self, interaction: discord.Interaction) -> bool:
        """Whether to answer an interaction; who asks too fast is told so once."""
        channel = "" if interaction.guild_id is None else str(interaction.channel_id)
        admission = self.limiter.admit(str(interaction.user.id), channel)
        if admission is Admission.NOTICED:
            _log.warning("discord_person_rate_limited")
            await self.responder.respond(
                interaction, self._build_error(interaction, "discord.too_fast"), ephemeral=True
            )
        return admission is Admission.ANSWERED

    async def _build_error(self, interaction: discord.Interaction, key: str) -> Response:
        language = await self.context.get_language(interaction)
        card = replies.error_card(translate(language, "error.title"), translate(language, key), "", ())
        return self._build_response(Reply(card, Preferences(language=language)), NO_HISTORY)

    def _build_response(self, answer: Reply, history: NavigationHistory, *, ephemeral: bool = True) -> Response:
        return Response([self._show(answer, history, ephemeral=ephemeral)], ephemeral)

    def _show(self, answer: Reply, history: NavigationHistory, *, ephemeral: bool, back: str = "") -> ShownReply:
        """The answer with how its cards become messages; each leads ``back`` where there is a way."""
        preferences = answer.preferences
        labels = ComponentLabels(
            *(translate(preferences.language, f"discord.{word}") for word in ("choose", "on", "off"))
        )

        def build(card: Card) -> list[OutgoingMessage | Attachment]:
            if card.attachment is None:
                return [*build_parts(card)]
            refusal = build_refusal(preferences.language, card.attachment, MAX_ATTACHMENT_BYTES)
            return [*build_parts(card), *(build_parts(refusal) if refusal else [card.attachment])]

        def build_parts(card: Card) -> list[OutgoingMessage]:
            card = add_back_button(card, preferences.language, back) if back else card
            return build_messages(
                _add_share_button(card, preferences.language) if ephemeral else card,
                self.figures,
                history,
                style=preferences.card_style,
                with_share_button=ephemeral,
                labels=labels,
            )

        return ShownReply(answer, build)


def find_linked_papers(message: discord.Message) -> list[str]:
    """The papers that a message refers to in its text, embeds and components, in order, without duplicates."""
    written = [paper.base_id for paper in find_paper_ids(message.content)]
    texts = [embed.url or "" for embed in message.embeds]
    texts.extend(str(component.to_dict()) for component in message.components)
    addresses = (address for text in texts for address in list_web_addresses(text))
    paper_ids = (PaperId.from_url(address) for address in addresses)
    return list(dict.fromkeys((*written, *(paper.base_id for paper in paper_ids if paper))))


def _is_seen_by_one(interaction: discord.Interaction) -> bool:
    """Whether a message is ephemeral."""
    return _is_private(interaction) or (interaction.message is not None and interaction.message.flags.ephemeral)


def _is_private(interaction: discord.Interaction) -> bool:
    """Whether the channel is a direct message with the bot."""
    return interaction.guild_id is None and not interaction.context.private_channel


def _add_share_button(card: Card, language: str) -> Card:
    """The card with a button that shows its list to everybody; a paper has one of its own."""
    is_shared = any(button.share_query for button in card.buttons)
    if (
        is_shared
        or not card.has_papers
        or not _SHAREABLE.match(card.command)
        or len(card.command) > _MAX_SHARED_COMMAND
    ):
        return card
    button = Button(translate(language, "button.share"), share_query=card.command)
    return replace(card, buttons=(*card.buttons, button))


def _can_edit_in_place(interaction: discord.Interaction) -> bool:
    """Whether the user may replace a message: only they see it, or they requested it."""
    message = interaction.message
    if message is None:
        return False
    if message.flags.ephemeral or interaction.guild_id is None:
        return True
    metadata = message.interaction_metadata
    return metadata is not None and metadata.user.id == interaction.user.id
