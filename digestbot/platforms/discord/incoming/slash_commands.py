"""Builds slash commands from the command table, and the message command."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import AppCommandChannel, AppCommandThread, Choice, locale_str

from digestbot.core.commands.base import Audience, Command
from digestbot.core.commands.registry import COMMANDS
from digestbot.i18n import translate, translate_menu
from digestbot.platforms.common.text import truncate
from digestbot.platforms.discord.incoming.autocomplete import AUTOCOMPLETED_OPTIONS, Autocomplete
from digestbot.platforms.discord.incoming.context import MISSING_COMMANDS
from digestbot.platforms.discord.permissions import POSTABLE_TYPES

_CHANNEL_COMMANDS = {"topics", "subscriptions"}
"""Commands about a channel that anyone may use."""
_DESCRIPTION_CHARACTERS = 100
_FILE_OPTION = "file"
_INSTALLABLE_ANYWHERE = app_commands.AppInstallationType(guild=True, user=True)
CommandRunner = Callable[
    [discord.Interaction, Command, dict[str, str], int | None, Sequence[discord.Attachment]], Awaitable[None]
]
PaperLookUp = Callable[[discord.Interaction, discord.Message], Awaitable[None]]


class CommandTranslator(app_commands.Translator):
    """Names and descriptions in Chinese, in the characters of who reads them."""

    async def translate(
        self,
        string: locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,  # noqa: ARG002
    ) -> str | None:
        """Translate a string, if the language is supported."""
        key = string.extras.get("key")
        translated = translate_menu(str(locale), key) if key else None
        return truncate(translated, _DESCRIPTION_CHARACTERS) if translated else None


class ChannelOption(app_commands.Transformer):
    """A channel, thread or forum of the server."""

    @property
    def type(self) -> discord.AppCommandOptionType:
        """The option's type."""
        return discord.AppCommandOptionType.channel

    @property
    def channel_types(self) -> list[discord.ChannelType]:
        """The channel types that digests can be posted in."""
        return list(POSTABLE_TYPES)

    async def transform(self, interaction: discord.Interaction, value: Any, /) -> Any:  # noqa: ANN401, ARG002
        """Return the channel as it is."""
        return value


def add_commands(
    tree: app_commands.CommandTree[Any], run: CommandRunner, look_up: PaperLookUp, autocomplete: Autocomplete
) -> None:
    """Every command of the table, and “Look up paper” for messages."""
    for command in COMMANDS:
        if command.name not in MISSING_COMMANDS:
            tree.add_command(_build_slash_command(command, run, autocomplete))

    async def look_up_message(interaction: discord.Interaction, message: discord.Message) -> None:
        await look_up(interaction, message)

    tree.add_command(
        app_commands.ContextMenu(
            name=_translatable("discord.look_up"),
            callback=look_up_message,
            type=discord.AppCommandType.message,
            allowed_contexts=_build_contexts(private=True),
            allowed_installs=_INSTALLABLE_ANYWHERE,
        )
    )


def is_about_channel(command: Command) -> bool:
    """Whether a command concerns what a channel receives."""
    return command.audience is Audience.MODERATORS or command.name in _CHANNEL_COMMANDS


def _build_slash_command(
    command: Command, run: CommandRunner, autocomplete: Autocomplete
) -> app_commands.Command[Any, ..., None]:
    async def callback(interaction: discord.Interaction, **options: Any) -> None:  # noqa: ANN401
        channel, file = options.pop("channel", None), options.pop(_FILE_OPTION, None)
        values = {name: str(value) for name, value in options.items() if value is not None}
        await run(interaction, command, values, channel.id if channel else None, [file] if file else [])

    callback.__signature__ = inspect.Signature(_build_signature(command))  # type: ignore[attr-defined]
    descriptions = {name: _translatable(f"param.{name}") for name in _list_options(command)}
    slash_command: app_commands.Command[Any, ..., None] = app_commands.Command(
        name=locale_str(command.name.replace("_", "-"), key=f"name.{command.name}"),
        description=_translatable(f"command.{command.name}"),
        callback=_name_options(command, app_commands.describe(**descriptions)(callback) if descriptions else callback),
        allowed_contexts=_build_contexts(private=not is_about_channel(command)),
        allowed_installs=_INSTALLABLE_ANYWHERE,
        auto_locale_strings=False,
    )
    for param in command.params:
        if param.name in AUTOCOMPLETED_OPTIONS:
            slash_command.autocomplete(param.name)(_build_autocomplete(autocomplete, command, param.name))
    return slash_command


def _list_options(command: Command) -> list[str]:
    """The names of a command's options: its parameters, a file where it reads one, and the channel that it is about."""
    file = [_FILE_OPTION] * command.takes_document
    return [*(param.name for param in command.params), *file, *["channel"] * is_about_channel(command)]


def _name_options(command: Command, callback: Any) -> Any:  # noqa: ANN401  # discord.py's own types
    """The callback whose options have names in other languages as well."""
    localized = {name: locale_str(name, key=f"usage.{name}") for name in _list_options(command)}
    return app_commands.rename(**localized)(callback) if localized else callback


def _build_autocomplete(
    autocomplete: Autocomplete, command: Command, param: str
) -> Callable[[discord.Interaction, str], Coroutine[Any, Any, list[Choice[str]]]]:
    async def complete(interaction: discord.Interaction, current: str) -> list[Choice[str]]:
        return await autocomplete.find_choices(interaction, command.name, param, current)

    return complete


def _build_signature(command: Command) -> list[inspect.Parameter]:
    """The signature from which discord.py reads a command's options: Discord takes required ones before the others."""
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = [inspect.Parameter("interaction", kind, annotation=discord.Interaction)]
    for param in sorted(command.params, key=lambda one: not one.required):
        is_required = param.required and not command.takes_document  # a file may stand in its place
        default = inspect.Parameter.empty if is_required else None
        annotation = str if is_required else str | None
        parameters.append(inspect.Parameter(param.name, kind, annotation=annotation, default=default))
    if command.takes_document:
        parameters.append(inspect.Parameter(_FILE_OPTION, kind, annotation=discord.Attachment | None, default=None))
    if is_about_channel(command):
        channel = app_commands.Transform[AppCommandChannel | AppCommandThread, ChannelOption]
        parameters.append(inspect.Parameter("channel", kind, annotation=channel, default=None))
    return parameters


def _build_contexts(*, private: bool) -> app_commands.AppCommandContext:
    """In servers and in the bot's own private chat; ``private`` in other private chats and groups too."""
    return app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=private)


def _translatable(key: str) -> locale_str:
    return locale_str(truncate(translate("en", key), _DESCRIPTION_CHARACTERS), key=key)
