"""The command table, and dispatching of typed lines to handlers."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import structlog

from digestbot.cards import replies
from digestbot.cards.card import (
    Button,
    Card,
    CommandName,
    Heading,
    Inline,
    ListItem,
    Paragraph,
    Text,
    TextStyle,
    parse_inline,
)
from digestbot.core.catalog import DigestCatalog
from digestbot.core.commands import pausing, preferences, reading, start, subscriptions, undoing
from digestbot.core.commands.base import Audience, Command, CommandRequest, Param
from digestbot.core.commands.deep_links import decode_command
from digestbot.core.ports import Clock, IncomingMessage, Reply
from digestbot.core.subscriptions import SubscriptionService
from digestbot.domain.paper import PaperId
from digestbot.domain.subscription import Preferences
from digestbot.domain.topic import Topic
from digestbot.errors import CommandError, DigestbotError, StoreError
from digestbot.i18n import translate

_MAX_TEXT_LENGTH, _MAX_QUOTED_LENGTH = 1000, 100
_TYPED_VALUES = ("text", "topic")
"""The values of errors that are a person's own words."""
_log = structlog.get_logger(__name__)


async def handle_help(request: CommandRequest) -> Card:
    """The list of all commands."""
    items = (_build_help_item(command, request) for command in COMMANDS)
    thanks = Paragraph((Text(request.translate("arxiv.thanks"), TextStyle.MUTED),))
    return Card((Heading((Text(request.translate("help.title")),)), *items, thanks), command="help")


def _build_help_item(command: Command, request: CommandRequest) -> ListItem:
    name: list[Inline] = [CommandName(f"/{command.name}")]
    if command.usage:
        name.append(Text(f" {command.usage}"))
    return ListItem(None, tuple(name), "", (parse_inline(_format_help(command, request), TextStyle.MUTED),))


def _format_help(command: Command, request: CommandRequest) -> str:
    summary = request.translate("help.summary", summary=request.translate(f"command.{command.name}"))
    example = request.translate("help.example", example=f"/{command.example}") if command.usage else ""
    return request.translate("help.line", summary=summary, example=example).strip()


_MODERATORS = Audience.MODERATORS
_TOPIC_PARAM, _PAPER_PARAM = Param("topic", required=True), Param("paper", required=True, placeholder="ID")
COMMANDS: tuple[Command, ...] = (
    Command("start", (), "start", start.handle_start),
    Command("help", (), "help", handle_help),
    Command("topics", (), "topics", subscriptions.handle_topics),
    Command("subscribe", (_TOPIC_PARAM, Param("time"), Param("timezone"), Param("days")),
            "subscribe 3dgs 08:00 Asia/Shanghai mon-fri", subscriptions.handle_subscribe, _MODERATORS,
            needs_post_permission=True),
    Command("subscriptions", (), "subscriptions", subscriptions.handle_subscriptions),
    Command("unsubscribe", (Param("topic"),), "unsubscribe 3dgs", subscriptions.handle_unsubscribe, _MODERATORS),
    Command("settings", (Param("name"), Param("value")),
            "settings time 07:30", preferences.handle_settings, _MODERATORS),
    Command("pause", (Param("topic"), Param("until")), "pause until monday", pausing.handle_pause, _MODERATORS),
    Command("resume", (Param("topic"),), "resume 3dgs", pausing.handle_resume, _MODERATORS,
            needs_post_permission=True),
    Command("stop", (), "stop", pausing.handle_stop, _MODERATORS),
    Command("undo", (), "undo", undoing.handle_undo, _MODERATORS),
    Command("latest", (Param("topic"),), "latest diffusion models", reading.handle_latest, ephemeral=False),
    Command("digest", (_TOPIC_PARAM, Param("date")), "digest nerf 2024-06-29", reading.handle_digest, ephemeral=False),
    Command("paper", (_PAPER_PARAM,), "paper 2410.18974", reading.handle_paper, ephemeral=False),
    Command("search", (Param("words", required=True),), "search 高斯 avatar", reading.handle_search, ephemeral=False),
    Command("save", (_PAPER_PARAM,), "save 2410.18974", reading.handle_save, Audience.PERSONAL),
    Command("unsave", (_PAPER_PARAM,), "unsave 2410.18974", reading.handle_unsave, Audience.PERSONAL),
    Command("saved", (), "saved", reading.handle_saved, Audience.PERSONAL),
    Command("forgetme", (), "forgetme", subscriptions.handle_forgetme, _MODERATORS),
)  # fmt: skip
_COMMANDS_BY_NAME = {command.name: command for command in COMMANDS}


class CommandDispatcher:
    """Replies to messages and taps."""

    def __init__(self, catalog: DigestCatalog, subscriptions: SubscriptionService, clock: Clock) -> None:
        self._catalog = catalog
        self._subscriptions = subscriptions
        self._clock = clock

    async def handle_message(self, message: IncomingMessage) -> Reply:
        """The reply to a command, an arXiv URL, or search words.

        The chat's configured language takes precedence over the user's. Errors are replied to with a card;
        internal errors are logged and get a generic message.
        """
        preferences = replace(
            self._subscriptions.default_preferences(message.language), post_mode=message.default_post_mode
        )
        try:
            subscriber = await self._subscriptions.find(message.address)
            preferences = subscriber.preferences if subscriber else preferences
            command, args = parse_command(message.text)
            request = CommandRequest(
                message, args, subscriber, preferences, self._catalog, self._subscriptions, self._clock
            )
            card = await _run_command(command, request)
            if command.name in ("settings", "undo"):  # a change takes effect in this very reply
                preferences = await self._subscriptions.preferences_for(message.address, message.language)
        except CommandError as error:
            card = _build_error_card(error, preferences.language)
        except Exception as error:  # noqa: BLE001  # a person waits for an answer, whatever went wrong
            card = _build_failure_card(error, message, preferences)
        return Reply(card, preferences)


async def _run_command(command: Command, request: CommandRequest) -> Card:
    if command.name == "start" and request.args and (linked_command := decode_command(request.args[0])):
        command, args = parse_command(f"/{linked_command}")
        request = replace(request, args=args)
    if command.audience is Audience.MODERATORS and not await request.message.is_moderator():
        raise CommandError(request.message.denial_key, chat=request.message.title)
    if command.needs_post_permission:
        await request.check_post_permissions(request.preferences)
    return await command.handler(request)


def _build_failure_card(error: Exception, message: IncomingMessage, preferences: Preferences) -> Card:
    """The answer to a command that failed. What is wrong with the database, and where it is, is for the operator."""
    reason = str(error) if isinstance(error, DigestbotError) else ""
    _log.error("command_failed", platform=message.address.platform, reason=reason, exc_info=not reason)
    language = preferences.language
    if isinstance(error, StoreError):
        told = translate(language, "error.database")
    else:
        told = reason or translate(language, "error.internal")
    return replies.error_card(translate(language, "error.title"), told, "", ())


def parse_command(text: str) -> tuple[Command, tuple[str, ...]]:
    """Parse a line into a command and its arguments. Raises :class:`CommandError`.

    ``/latest@the_bot nerf`` is ``latest``, and so is ``latest`` alone; any other line without a slash is a paper
    lookup if it is an arXiv ID or contains an arXiv URL, and a search otherwise.
    """
    if len(text) > _MAX_TEXT_LENGTH:
        raise CommandError("too_long", "help")
    words = text.split()
    if not words:
        return _COMMANDS_BY_NAME["help"], ()
    match = re.fullmatch(r"/?(\w+)(?:@\w+)?", words[0])
    command = _COMMANDS_BY_NAME.get(match[1].lower()) if match else None
    has_slash = text.lstrip().startswith("/")
    if command and (has_slash or len(words) == 1):
        return command, tuple(words[1:])
    if has_slash:
        raise _build_unknown_error(words[0])
    paper = next((word for word in words if PaperId.from_url(word)), text if PaperId.parse(text) else "")
    return (_COMMANDS_BY_NAME["paper"], (paper,)) if paper else (_COMMANDS_BY_NAME["search"], tuple(words))


def _build_unknown_error(word: str) -> CommandError:
    name = word.lstrip("/").split("@")[0][:40]
    suggestions = difflib.get_close_matches(name.lower(), _COMMANDS_BY_NAME, n=3, cutoff=0.6)
    return CommandError("unknown_command", *(suggestions or ["help"]), command=f"/{name}", suggestions=suggestions)


def _shorten(value: object) -> str:
    """What a person typed as an error repeats it."""
    text = str(value)
    return text if len(text) <= _MAX_QUOTED_LENGTH else f"{text[: _MAX_QUOTED_LENGTH - 1]}…"


def _build_error_card(error: CommandError, language: str) -> Card:
    suggestions = cast("Sequence[Topic | str]", error.values.get("suggestions") or ())
    values = {name: _shorten(value) if name in _TYPED_VALUES else value for name, value in error.values.items()}
    text = translate(language, f"error.{error.key}", **values)
    names = [item.title if isinstance(item, Topic) else f"/{item}" for item in suggestions]
    if names:
        text = f"{text} {translate(language, 'error.did_you_mean', names=', '.join(names))}"
    choices = cast("Sequence[Button]", error.values.get("choices") or ())
    buttons = [Button(f"/{example}", example) for example in error.examples] if names else [*choices]
    example_label = translate(language, "error.works") if error.examples else ""
    return replies.error_card(translate(language, "error.title"), text, example_label, error.examples, buttons)
