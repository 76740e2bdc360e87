"""The table of commands, and how a typed line finds its handler."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import structlog

from digestbot.cards import replies
from digestbot.cards.card import Button, Card, CommandName, Heading, Inline, Item, Style, Text, inline
from digestbot.core.commands import help as hello
from digestbot.core.commands import reading, settings, subscribing
from digestbot.core.commands.command import Audience, Command, Param, Request
from digestbot.core.commands.links import linked
from digestbot.core.library import Library
from digestbot.core.ports import Answer, Clock, Said
from digestbot.core.subscriptions import Subscriptions
from digestbot.domain.paper import PaperId
from digestbot.domain.subscription import Preferences
from digestbot.domain.topic import Topic
from digestbot.errors import CommandError, DigestbotError
from digestbot.locale import say

_LONGEST = 1000
_log = structlog.get_logger(__name__)


async def help_(request: Request) -> Card:
    """The table itself."""
    items = (_helped(command, request) for command in COMMANDS)
    return Card((Heading((Text(request.say("help.title")),)), *items), command="help")


def _helped(command: Command, request: Request) -> Item:
    name: list[Inline] = [CommandName(f"/{command.name}")]
    if command.usage:
        name.append(Text(f" {command.usage}"))
    return Item(None, tuple(name), "", (inline(_about(command, request), Style.MUTED),))


def _about(command: Command, request: Request) -> str:
    about = request.say(f"command.{command.name}")
    return f"{about}. {request.say('help.example', example=f'/{command.example}')}" if command.usage else f"{about}."


_MODERATORS = Audience.MODERATORS
_TOPIC, _PAPER = Param("topic", required=True), Param("paper", required=True, shown="ID")
COMMANDS: tuple[Command, ...] = (
    Command("start", (), "start", hello.start),
    Command("help", (), "help", help_),
    Command("topics", (), "topics", subscribing.topics),
    Command("subscribe", (_TOPIC, Param("time"), Param("timezone"), Param("days")),
            "subscribe 3dgs 08:00 Asia/Shanghai mon-fri", subscribing.subscribe, _MODERATORS, delivers=True),
    Command("subscriptions", (), "subscriptions", subscribing.subscriptions),
    Command("unsubscribe", (_TOPIC,), "unsubscribe 3dgs", subscribing.unsubscribe, _MODERATORS),
    Command("settings", (Param("name"), Param("value")), "settings time 07:30", settings.settings, _MODERATORS),
    Command("pause", (), "pause", subscribing.pause, _MODERATORS),
    Command("resume", (), "resume", subscribing.resume, _MODERATORS, delivers=True),
    Command("latest", (Param("topic"),), "latest diffusion models", reading.latest, aside=False),
    Command("digest", (_TOPIC, Param("date")), "digest nerf 2024-06-29", reading.digest, aside=False),
    Command("paper", (_PAPER,), "paper 2410.18974", reading.paper, aside=False),
    Command("search", (Param("words", required=True),), "search 高斯 avatar", reading.search, aside=False),
    Command("save", (_PAPER,), "save 2410.18974", reading.save, Audience.PERSONAL),
    Command("unsave", (_PAPER,), "unsave 2410.18974", reading.unsave, Audience.PERSONAL),
    Command("saved", (), "saved", reading.saved, Audience.PERSONAL),
    Command("forgetme", (), "forgetme", subscribing.forgetme, _MODERATORS),
)  # fmt: skip
_BY_NAME = {command.name: command for command in COMMANDS}


class Dispatcher:
    """Answers what an address typed or tapped."""

    def __init__(self, library: Library, subscriptions: Subscriptions, clock: Clock) -> None:
        self._library = library
        self._subscriptions = subscriptions
        self._clock = clock

    async def reply(self, said: Said) -> Answer:
        """The card that answers a line: a command, an arXiv address, or words to search for.

        The chat's own language goes before what the platform says the person speaks. An error is a card as well;
        one that is ours is logged and answered with a sentence.
        """
        preferences = replace(self._subscriptions.preferences(said.language), posts=said.posts)
        try:
            subscriber = await self._subscriptions.who(said.address)
            preferences = subscriber.preferences if subscriber else preferences
            command, words = parse(said.text)
            request = Request(said, words, subscriber, preferences, self._library, self._subscriptions, self._clock)
            card = await _handled(command, request)
            if command.name == "settings":  # a change shows at once, in the language and form that it chose
                preferences = await self._subscriptions.wishes(said.address, said.language)
        except CommandError as error:
            card = _refused(error, preferences.language)
        except Exception as error:  # noqa: BLE001  # a person waits for an answer, whatever went wrong
            card = _failed(error, said, preferences)
        return Answer(card, preferences)


async def _handled(command: Command, request: Request) -> Card:
    if command.name == "start" and request.words and (meant := linked(request.words[0])):
        command, words = parse(f"/{meant}")
        request = replace(request, words=words)
    if command.audience is Audience.MODERATORS and not await request.said.moderates():
        raise CommandError(request.said.refusal, chat=request.said.title)
    if command.delivers:
        await request.may_post(request.preferences)
    return await command.handler(request)


def _failed(error: Exception, said: Said, preferences: Preferences) -> Card:
    reason = str(error) if isinstance(error, DigestbotError) else ""
    _log.error("command_failed", platform=said.address.platform, reason=reason, exc_info=not reason)
    title, internal = (say(preferences.language, f"error.{key}") for key in ("title", "internal"))
    return replies.wrong(title, reason or internal, "", ())


def parse(text: str) -> tuple[Command, tuple[str, ...]]:
    """The command of a line, and the words after its name. Raises :class:`CommandError`.

    ``/latest@the_bot nerf`` is ``latest``, and so is a lone ``latest``; any other line without a slash is an
    arXiv number, or has an arXiv address in it, to look up, or is words to search for.
    """
    if len(text) > _LONGEST:
        raise CommandError("too_long", "help")
    words = text.split()
    if not words:
        return _BY_NAME["help"], ()
    match = re.fullmatch(r"/?(\w+)(?:@\w+)?", words[0])
    command = _BY_NAME.get(match[1].lower()) if match else None
    slash = text.lstrip().startswith("/")
    if command and (slash or len(words) == 1):
        return command, tuple(words[1:])
    if slash:
        raise _unknown(words[0])
    named = next((word for word in words if PaperId.in_address(word)), text if PaperId.parse(text) else "")
    return (_BY_NAME["paper"], (named,)) if named else (_BY_NAME["search"], tuple(words))


def _unknown(word: str) -> CommandError:
    name = word.lstrip("/").split("@")[0][:40]
    near = difflib.get_close_matches(name.lower(), _BY_NAME, n=3, cutoff=0.6)
    return CommandError("unknown_command", *(near or ["help"]), command=f"/{name}", near=near)


def _refused(error: CommandError, language: str) -> Card:
    near = cast("Sequence[Topic | str]", error.values.get("near") or ())
    text = say(language, f"error.{error.key}", **error.values)
    names = [item.title if isinstance(item, Topic) else f"/{item}" for item in near]
    if names:
        text = f"{text} {say(language, 'error.did_you_mean', names=', '.join(names))}"
    buttons = [Button(f"/{example}", example) for example in error.examples] if names else []
    works = say(language, "error.works") if error.examples else ""
    return replies.wrong(say(language, "error.title"), text, works, error.examples, buttons)
