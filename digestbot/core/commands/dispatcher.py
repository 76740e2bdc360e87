"""Answers messages and taps: finds the command that each means, and runs it for who may."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta

from digestbot.cards import replies
from digestbot.cards.card import Button, Card
from digestbot.core.answers.live_cards import LiveCard, OwnedUpdates
from digestbot.core.answers.shown_lists import ShownLists, is_noted_card
from digestbot.core.answers.trials import TrialPace
from digestbot.core.catalog import DigestCatalog
from digestbot.core.commands.base import Audience, Command, CommandRequest, HandlerResult, shorten_words
from digestbot.core.commands.deep_links import decode_command, is_shown_command
from digestbot.core.commands.error_cards import explain_error
from digestbot.core.commands.live_answers import answer_in_time
from digestbot.core.commands.meant_commands import find_command
from digestbot.core.commands.registry import COMMANDS, COMMANDS_BY_NAME, only_shows
from digestbot.core.follows.follow_service import FollowService
from digestbot.core.lines.bare_commands import MeantCommand
from digestbot.core.papers.paper_services import NO_PAPER_SERVICES, PaperServices
from digestbot.core.ports import Clock, IncomingMessage, Reply
from digestbot.core.subscriptions import SubscriptionService
from digestbot.domain.subscription import Preferences, Subscriber
from digestbot.domain.text.writable_text import drop_unwritable
from digestbot.errors import CommandError
from digestbot.i18n import LANGUAGES

OPEN_LASTS = timedelta(hours=1)
"""How long after a paper was opened, or a list shown, a plain question is about it."""


class CommandDispatcher:
    """Replies to messages and taps."""

    def __init__(
        self,
        catalog: DigestCatalog,
        subscriptions: SubscriptionService,
        follows: FollowService,
        clock: Clock,
        shown_lists: ShownLists,
        *,
        papers: PaperServices = NO_PAPER_SERVICES,
    ) -> None:
        self._catalog = catalog
        self._follows = follows
        self._subscriptions = subscriptions
        self._clock = clock
        self._shown_lists = shown_lists
        self._papers = papers
        self._trials = TrialPace(clock)

    async def handle_message(self, message: IncomingMessage) -> Reply:
        """The reply to a command, a paper's number or link, a number of the last list, or search words.

        The chat's configured language takes precedence over the user's. Errors are replied to with a card;
        internal errors are logged and get a generic message.
        """
        message = replace(message, text=drop_unwritable(message.text))
        preferences = replace(
            self._subscriptions.default_preferences(message.language), post_mode=message.default_post_mode
        )
        own_language, updates, again = "", None, ""
        try:
            subscriber = await self._subscriptions.find(message.address)
            preferences = subscriber.preferences if subscriber else await self._inherit(message, preferences)
            own_language = await self._find_own_language(message)
            catalog = self._catalog.for_one_answer(subscriber, own_language or preferences.language)
            meant = await self._go_on(message, await find_command(message, catalog), subscriber)
            request = CommandRequest(
                message,
                meant.args,
                subscriber,
                preferences,
                catalog,
                self._subscriptions,
                self._follows,
                self._clock,
                self._shown_lists,
                self._trials,
                COMMANDS,
                own_language if message.is_ephemeral else "",
                is_spoken=not meant.is_named,
                papers=self._papers,
            )
            _note_guess(request, meant)
            result = await _run_command(COMMANDS_BY_NAME[meant.name], request)
            if isinstance(result, LiveCard):
                updates = OwnedUpdates(self._iter_updates(request, result), result.updates)
                result, again = result.card, _format_again(request, meant.name)
            card = replies.add_notes(result, request.notes)
            await self._shown_lists.note(message, card)
            if meant.name in ("settings", "undo"):  # a change takes effect in this very reply
                preferences = await self._subscriptions.preferences_for(message.address, message.language)
        except Exception as error:  # noqa: BLE001  # a person waits for an answer, whatever went wrong
            card = explain_error(error, message, preferences.card_style, own_language or preferences.language)
            if updates:
                await updates.aclose()
            updates = None
        is_own = own_language and (message.is_ephemeral or not card.ok)
        return Reply(card, replace(preferences, language=own_language) if is_own else preferences, updates, again)

    async def _inherit(self, message: IncomingMessage, preferences: Preferences) -> Preferences:
        """The preferences of a thread that has none: it speaks and looks as its channel does."""
        parent = await self._subscriptions.find(message.parent_place) if message.parent_place else None
        if parent is None:
            return preferences
        return replace(preferences, language=parent.preferences.language, card_style=parent.preferences.card_style)

    async def _go_on(
        self, message: IncomingMessage, meant: MeantCommand, subscriber: Subscriber | None
    ) -> MeantCommand:
        """A question that names no paper is about the one that is open, or listed; any other line is what it is."""
        is_plain = meant.name == "search" and not meant.is_named and meant.args == tuple(message.text.split())
        if not is_plain or not message.is_for_one or message.links or self._papers.questions is None:
            return meant
        from digestbot.core.commands.papers.going_on import find_asked  # noqa: PLC0415  # late: few lines ask

        since = self._clock.now() - OPEN_LASTS
        asked = await find_asked(message, subscriber, self._shown_lists, self._papers.questions, since)
        return meant._replace(name="ask", args=asked) if asked else meant

    async def _iter_updates(self, request: CommandRequest, live: LiveCard) -> AsyncGenerator[Card]:
        """The cards that take the place of the first one, each with the notes; the last one is what is shown.

        Who has all forgotten while it is worked on is not noted again.
        """
        message, card = request.message, None
        try:
            async with aclosing(live.updates) as updates:
                async for update in updates:
                    card = replies.add_notes(update, request.notes)
                    yield card
            if card and (not is_noted_card(live.card) or await self._shown_lists.has_any(message)):
                await self._shown_lists.note(message, card)
        except Exception as error:  # noqa: BLE001  # a person waits for an answer, whatever went wrong
            yield explain_error(error, message, request.preferences.card_style, request.language)

    async def _find_own_language(self, message: IncomingMessage) -> str:
        """The language of who alone sees the answer, or an error: their own setting, else their app's if it is ours.

        Empty where all of a chat see it, and for a language that we do not speak: the chat's may be closer.
        """
        if message.user is None or not (message.is_ephemeral or message.hides_errors):
            return ""
        person = await self._subscriptions.find(message.user)
        spoken = message.language[:2].lower()
        return person.preferences.language if person else spoken if spoken in LANGUAGES else ""


async def _run_command(command: Command, request: CommandRequest) -> HandlerResult:
    if command.name == "start" and request.args and (linked_command := _decode_link(request.args[0])):
        message = replace(request.message, text=f"/{linked_command}", links=())
        meant = await find_command(message, request.catalog)
        command, request = COMMANDS_BY_NAME[meant.name], replace(request, args=meant.args)
    if command.audience is Audience.MODERATORS and not await request.message.is_moderator():
        raise CommandError(request.message.denial_key, chat=request.message.title)
    if command.needs_post_permission:
        await request.check_post_permissions(request.preferences)
    try:
        if request.papers.lookup:
            return await answer_in_time(command.handler, request)
        return await command.handler(request)
    except CommandError as error:
        raise _offer_mended(error, command.name, request.argument_text) from error


def _offer_mended(error: CommandError, name: str, arguments: str) -> CommandError:
    """What is wrong with an expression, with the button of the same line as it may be meant, if that is known."""
    from digestbot.core.lines.followed_words import read_followed_words  # noqa: PLC0415  # late: few lines are wrong

    text = arguments if error.expression in arguments else read_followed_words(arguments)
    if not error.mended or error.expression not in text:
        return error
    mended = text.replace(error.expression, error.mended, 1)
    return CommandError(error.key, **error.values, choices=[Button(shorten_words(mended), f"{name} {mended}")])


def _format_again(request: CommandRequest, name: str) -> str:
    """The command that asks for the same again; empty where more than the line was asked with."""
    message = request.message
    return "" if message.documents or message.quoted_links else f"{name} {request.argument_text}".strip()


def _decode_link(payload: str) -> str | None:
    """The command that a link stands for; ``None`` for one that anybody could write to change what others have."""
    command = decode_command(payload)
    return command if command and (only_shows(command) or not is_shown_command(payload)) else None


def _note_guess(request: CommandRequest, meant: MeantCommand) -> None:
    """Say which command a mistyped name was taken for."""
    if meant.is_guessed:
        shown = request.show_line(meant.name)
        request.notes.append(request.translate("line.guessed", text=shorten_words(meant.typed_name), command=shown))
