"""Telegram's command lists and the bot's descriptions, in English and Chinese."""

from __future__ import annotations

from collections.abc import Iterable

import structlog
from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
)
from telegram.error import TelegramError

from digestbot.core.commands.base import Audience
from digestbot.core.commands.registry import COMMANDS
from digestbot.i18n import LANGUAGES, translate

PLATFORM_NAME = "telegram"
CHANNEL_COMMAND = "channel"
"""A command of Telegram alone: channels are set up from a private chat."""
_DEFAULT_LANGUAGE = "en"
_DESCRIPTION_CHARACTERS = 256
_log = structlog.get_logger(__name__)


def list_commands(*audiences: Audience) -> list[str]:
    """The commands for some audiences, in the table's order."""
    return [command.name for command in COMMANDS if command.audience in audiences]


def build_scopes() -> tuple[tuple[BotCommandScope, list[str]], ...]:
    """The command lists by scope: all in private chats; in groups those for everyone, and more for administrators."""
    own = [name for name in list_commands(*Audience) if name != "forget_channel"]  # there is /forgetme
    reading = [name for name in list_commands(Audience.EVERYONE) if name != "start"]
    return (
        (BotCommandScopeAllPrivateChats(), [*own, CHANNEL_COMMAND]),
        (BotCommandScopeAllGroupChats(), reading),
        (BotCommandScopeAllChatAdministrators(), [*list_commands(Audience.MODERATORS), *reading]),
    )


async def register_commands(bot: Bot) -> None:
    """Register the commands and descriptions. Errors are logged: the bot works without them."""
    try:
        for language in LANGUAGES:
            code = None if language == _DEFAULT_LANGUAGE else language
            for scope, names in build_scopes():
                await bot.set_my_commands(list(_describe_commands(names, language)), scope=scope, language_code=code)
            await bot.set_my_description(translate(language, "telegram.description"), language_code=code)
            await bot.set_my_short_description(translate(language, "telegram.short_description"), language_code=code)
    except TelegramError as error:
        _log.warning("telegram_commands_not_registered", reason=error.message)


def _describe_commands(names: Iterable[str], language: str) -> Iterable[BotCommand]:
    for name in names:
        yield BotCommand(name, translate(language, f"command.{name}")[:_DESCRIPTION_CHARACTERS])
