"""The table's commands as slash commands, and the one for messages; told to Discord when they change."""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import discord
import structlog
from discord import app_commands
from discord.app_commands import AppCommandChannel, AppCommandThread, Choice, locale_str

from digestbot.core.commands.base import Audience, Command
from digestbot.core.commands.registry import COMMANDS
from digestbot.locale import translate
from digestbot.platforms.discord.completion import COMPLETED, Completion
from digestbot.platforms.discord.permissions import OFFERED
from digestbot.store.memory import Memory

_ABOUT_A_CHAT = {"topics", "subscriptions"}
"""Commands that are about a channel, though anyone may use them."""
_NOT_HERE = {"start"}
"""Commands of other platforms: Discord has no first message."""
_DESCRIPTION = 100
_HASH = "discord commands {application} {guild}"
_CHINESE = (discord.Locale.chinese, discord.Locale.taiwan_chinese)
_ANYWHERE = app_commands.AppInstallationType(guild=True, user=True)
Run = Callable[[discord.Interaction, Command, dict[str, str], int | None], Awaitable[None]]
LookUp = Callable[[discord.Interaction, discord.Message], Awaitable[None]]
_log = structlog.get_logger(__name__)


class Translations(app_commands.Translator):
    """Descriptions in Chinese; the names of commands are the same everywhere."""

    async def translate(
        self,
        string: locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,  # noqa: ARG002
    ) -> str | None:
        """The string in a language, where it is spoken here."""
        key = string.extras.get("key")
        return _short(translate("zh", key)) if key and locale in _CHINESE else None


class ChannelOption(app_commands.Transformer):
    """A channel, thread or forum of the server."""

    @property
    def type(self) -> discord.AppCommandOptionType:
        """What Discord offers for it."""
        return discord.AppCommandOptionType.channel

    @property
    def channel_types(self) -> list[discord.ChannelType]:
        """The kinds that digests can be posted in."""
        return list(OFFERED)

    async def transform(self, interaction: discord.Interaction, value: Any, /) -> Any:  # noqa: ANN401, ARG002
        """As it came."""
        return value


def add_commands(tree: app_commands.CommandTree[Any], run: Run, look_up: LookUp, completion: Completion) -> None:
    """Every command of the table, and “Look up paper” for messages."""
    for command in COMMANDS:
        if command.name not in _NOT_HERE:
            tree.add_command(_slash(command, run, completion))

    async def found(interaction: discord.Interaction, message: discord.Message) -> None:
        await look_up(interaction, message)

    tree.add_command(
        app_commands.ContextMenu(
            name=_text("discord.look_up"),
            callback=found,
            type=discord.AppCommandType.message,
            allowed_contexts=_contexts(private=True),
            allowed_installs=_ANYWHERE,
        )
    )


def about_a_chat(command: Command) -> bool:
    """Whether a command is about what a channel receives."""
    return command.audience is Audience.MODERATORS or command.name in _ABOUT_A_CHAT


def _slash(command: Command, run: Run, completion: Completion) -> app_commands.Command[Any, ..., None]:
    async def callback(interaction: discord.Interaction, **options: Any) -> None:  # noqa: ANN401
        channel = options.pop("channel", None)
        values = {name: str(value) for name, value in options.items() if value is not None}
        await run(interaction, command, values, channel.id if channel else None)

    callback.__signature__ = inspect.Signature(_parameters(command))  # type: ignore[attr-defined]
    described = {param.name: _text(f"param.{param.name}") for param in command.params}
    if about_a_chat(command):
        described["channel"] = _text("param.channel")
    made: app_commands.Command[Any, ..., None] = app_commands.Command(
        name=command.name,
        description=_text(f"command.{command.name}"),
        callback=app_commands.describe(**described)(callback) if described else callback,
        allowed_contexts=_contexts(private=not about_a_chat(command)),
        allowed_installs=_ANYWHERE,
        auto_locale_strings=False,
    )
    for param in command.params:
        if param.name in COMPLETED:
            made.autocomplete(param.name)(_completing(completion, command, param.name))
    return made


def _completing(
    completion: Completion, command: Command, param: str
) -> Callable[[discord.Interaction, str], Coroutine[Any, Any, list[Choice[str]]]]:
    async def complete(interaction: discord.Interaction, current: str) -> list[Choice[str]]:
        return await completion.choices(interaction, command.name, param, current)

    return complete


def _parameters(command: Command) -> list[inspect.Parameter]:
    """What discord.py reads a command's options from."""
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    found = [inspect.Parameter("interaction", kind, annotation=discord.Interaction)]
    for param in command.params:
        default = inspect.Parameter.empty if param.required else None
        annotation = str if param.required else str | None
        found.append(inspect.Parameter(param.name, kind, annotation=annotation, default=default))
    if about_a_chat(command):
        channel = app_commands.Transform[AppCommandChannel | AppCommandThread, ChannelOption]
        found.append(inspect.Parameter("channel", kind, annotation=channel, default=None))
    return found


def _contexts(*, private: bool) -> app_commands.AppCommandContext:
    """In servers and in the bot's own private chat; ``private`` in other private chats and groups too."""
    return app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=private)


def _text(key: str) -> locale_str:
    return locale_str(_short(translate("en", key)), key=key)


def _short(text: str) -> str:
    return text if len(text) <= _DESCRIPTION else text[: _DESCRIPTION - 1] + "…"


async def sync(tree: app_commands.CommandTree[Any], memory: Memory, test_guild: int | None) -> bool:
    """Tell Discord the commands, where they are not as they were told last; whether it was needed.

    With a ``test_guild`` they are told to that server, where they change at once, and to no other; without one,
    what an earlier one had is taken away, so that nobody sees each command twice.
    """
    application = tree.client.application_id
    told = "discord test guild"
    before = await memory.get(told)
    if before and before != str(test_guild or ""):
        tree.clear_commands(guild=discord.Object(int(before)))
        await tree.sync(guild=discord.Object(int(before)))
        await memory.set(_HASH.format(application=application, guild=before), "")
        await memory.set(told, "")
    guild = discord.Object(test_guild) if test_guild else None
    if guild:
        tree.copy_global_to(guild=guild)
        await memory.set(told, str(guild.id))
    name = _HASH.format(application=application, guild=test_guild or "")
    definition = await _definition(tree)
    if await memory.get(name) == definition:
        return False
    await tree.sync(guild=guild)
    await memory.set(name, definition)
    _log.info("discord_commands_told", commands=len(tree.get_commands(guild=guild)), test_guild=test_guild)
    return True


async def _definition(tree: app_commands.CommandTree[Any]) -> str:
    """A hash of all that is told."""
    translator = tree.translator
    payload = [
        await command.get_translated_payload(tree, translator) if translator else command.to_dict(tree)
        for command in tree.get_commands()
    ]
    written = json.dumps(sorted(payload, key=lambda one: (one["type"], one["name"])), sort_keys=True)
    return hashlib.sha256(written.encode()).hexdigest()
