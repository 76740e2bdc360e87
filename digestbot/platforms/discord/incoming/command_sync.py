"""Registers the commands with Discord when they change."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import discord
import structlog
from discord import app_commands

from digestbot.platforms.discord import errors
from digestbot.platforms.discord.incoming.slash_commands import CommandTranslator
from digestbot.store.key_values import KeyValueStore

_HASH_KEY = "discord commands {application} {guild}"
_TEST_GUILD_KEY = "discord test guild"
_log = structlog.get_logger(__name__)


class CommandSync:
    """Keeps Discord's list of commands in step with the command tree.

    With a ``test_guild`` they are registered in that server, where they change at once, and in no other; without one,
    those of an earlier test server are removed, so that nobody sees each command twice.
    """

    def __init__(self, tree: app_commands.CommandTree[Any], key_values: KeyValueStore, test_guild: int | None) -> None:
        self._tree = tree
        self._key_values = key_values
        self._test_guild = test_guild

    async def run(self) -> None:
        """Register the commands if they changed. Errors are logged, and the old commands stay."""
        try:
            if self._tree.translator is None:
                await self._tree.set_translator(CommandTranslator())
            await self._remove_previous_test_commands()
            await self._register()
        except (discord.DiscordException, *errors.CONNECTION_ERRORS) as error:
            _log.error("discord_commands_not_registered", reason=errors.describe_error(error))

    async def _remove_previous_test_commands(self) -> None:
        previous = await self._key_values.get(_TEST_GUILD_KEY)
        if not previous or previous == str(self._test_guild or ""):
            return
        guild = discord.Object(int(previous))
        self._tree.clear_commands(guild=guild)
        await self._tree.sync(guild=guild)
        await self._key_values.set(self._hash_key(previous), "")
        await self._key_values.set(_TEST_GUILD_KEY, "")

    async def _register(self) -> None:
        guild = discord.Object(self._test_guild) if self._test_guild else None
        if guild:
            self._tree.copy_global_to(guild=guild)
            await self._key_values.set(_TEST_GUILD_KEY, str(guild.id))
        key, definition = self._hash_key(self._test_guild or ""), await self._hash_definition()
        if await self._key_values.get(key) == definition:
            return
        await self._tree.sync(guild=guild)
        await self._key_values.set(key, definition)
        _log.info(
            "discord_commands_registered",
            commands=len(self._tree.get_commands(guild=guild)),
            test_guild=self._test_guild,
        )

    def _hash_key(self, guild: int | str) -> str:
        return _HASH_KEY.format(application=self._tree.client.application_id, guild=guild)

    async def _hash_definition(self) -> str:
        """A hash of all registered commands."""
        translator = self._tree.translator
        payload = [
            await command.get_translated_payload(self._tree, translator) if translator else command.to_dict(self._tree)
            for command in self._tree.get_commands()
        ]
        definition = json.dumps(sorted(payload, key=lambda item: (item["type"], item["name"])), sort_keys=True)
        return hashlib.sha256(definition.encode()).hexdigest()
