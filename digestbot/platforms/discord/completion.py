"""What is offered while somebody types a command's option: topics, dates, times, timezones, settings and papers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

import discord
from discord.app_commands import Choice

from digestbot.core.commands import settings, words
from digestbot.core.library import Library
from digestbot.core.subscriptions import Subscriptions
from digestbot.domain.subscription import Address
from digestbot.domain.timezones import timezone_names
from digestbot.domain.topic import fold
from digestbot.locale import say
from digestbot.platforms.discord.talk import NAME, here, named
from digestbot.store.digests import StoredEntry

COMPLETED = {"topic", "date", "time", "timezone", "days", "paper", "name", "value"}
_MOST, _LENGTH = 25, 100
"""Choices, and characters of each (discord.com/developers/docs/interactions/application-commands)."""
_TIMES = tuple(f"{hour:02}:{minute}" for hour in range(24) for minute in ("00", "30"))
_DAYS = ("daily", "mon-fri", "sat,sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
_Offer = Callable[[discord.Interaction, str, str], Awaitable[list[Choice[str]]]]


class Completion:
    """Finds choices in the store, for what was typed so far."""

    def __init__(self, library: Library, subscriptions: Subscriptions) -> None:
        self._library = library
        self._subscriptions = subscriptions
        self._offers: dict[str, _Offer] = {
            "topic": self._topics,
            "date": self._dates,
            "time": self._times,
            "timezone": self._timezones,
            "days": self._days,
            "paper": self._papers,
            "name": self._names,
            "value": self._values,
        }

    async def choices(
        self, interaction: discord.Interaction, command: str, param: str, current: str
    ) -> list[Choice[str]]:
        """At most 25, each with a value that the command takes."""
        found = await self._offers[param](interaction, command, current.strip()[:_LENGTH])
        return found[:_MOST]

    async def _topics(self, interaction: discord.Interaction, command: str, current: str) -> list[Choice[str]]:
        """Those with the typed letters in a name, begun with them first; to unsubscribe, those that are received."""
        topics = [shelf.topic for shelf in await self._library.shelves()]
        if command == "unsubscribe" and (mine := await self._received(interaction)):
            topics = [topic for topic in topics if topic.slug in mine]
        typed = fold(current)
        found = [topic for topic in topics if any(typed in name for name in topic.names)]
        found.sort(key=lambda topic: not any(name.startswith(typed) for name in topic.names))
        return [_choice(topic.title, topic.slug) for topic in found]

    async def _received(self, interaction: discord.Interaction) -> set[str]:
        chosen = getattr(interaction.namespace, "channel", None)
        target = named(interaction, chosen.id) if chosen else here(interaction)
        if chosen and target is None:
            return set()
        address = Address(NAME, str(interaction.user.id))
        if target:
            address = Address(NAME, str(interaction.guild_id), str(target.place_id))
        subscriber = await self._subscriptions.who(address)
        return {one.topic.slug for one in await self._subscriptions.of(subscriber)} if subscriber else set()

    async def _dates(self, interaction: discord.Interaction, command: str, current: str) -> list[Choice[str]]:  # noqa: ARG002
        """The chosen topic's dates, newest first."""
        match = await self._library.topic(str(getattr(interaction.namespace, "topic", None) or ""))
        if match.topic is None:
            return []
        dates = [day.isoformat() for day in await self._library.dates(match.topic, 1000)]
        return _plain(day for day in dates if current in day)

    async def _times(self, interaction: discord.Interaction, command: str, current: str) -> list[Choice[str]]:  # noqa: ARG002
        """Half hours from six on; or as soon as a digest is loaded."""
        instant = say(str(interaction.locale)[:2], "subscribed.instant")
        found = [_choice(f"instant: {instant}", "instant")] if "instant".startswith(current.casefold()) else []
        ordered = (*_TIMES[12:], *_TIMES[:12])
        return found + _plain(time for time in ordered if time.startswith((current, f"0{current}")))

    async def _timezones(self, interaction: discord.Interaction, command: str, current: str) -> list[Choice[str]]:  # noqa: ARG002
        """The usual ones; with letters, every one that has them."""
        if not current:
            return _plain(settings.ZONES)
        typed = current.casefold().replace(" ", "_")
        found = [name for name in timezone_names() if typed in name.casefold()]
        found.sort(key=lambda name: not name.rsplit("/", 1)[-1].casefold().startswith(typed))
        if not found and words.is_timezone(current):
            return _plain([words.timezone(current)])
        return _plain(found)

    async def _days(self, interaction: discord.Interaction, command: str, current: str) -> list[Choice[str]]:  # noqa: ARG002
        found = [days for days in _DAYS if days.startswith(current.casefold())]
        return _plain(found or ([current] if words.is_weekdays(current) else []))

    async def _papers(self, interaction: discord.Interaction, command: str, current: str) -> list[Choice[str]]:
        """By number or by words; kept ones for what is about those, else the newest where nothing is typed."""
        if command == "unsave":
            person = await self._subscriptions.who(Address(NAME, str(interaction.user.id)))
            kept = await self._library.saved(person) if person else []
            return _named(one for one in kept if current.casefold() in _title(one).casefold())
        if not current:
            return _named(await self._library.newest(_MOST))
        return _named((await self._library.search(current, _MOST)).entries)

    async def _names(self, interaction: discord.Interaction, command: str, current: str) -> list[Choice[str]]:  # noqa: ARG002
        language = str(interaction.locale)[:2]
        named = [(say(language, f"settings.{name}"), name) for name in settings.NAMES if name != "format"]
        return [
            _choice(title, name)
            for title, name in named
            if current.casefold() in title.casefold() or current.casefold() in name
        ]

    async def _values(self, interaction: discord.Interaction, command: str, current: str) -> list[Choice[str]]:
        """What the chosen setting may be."""
        name = str(getattr(interaction.namespace, "name", None) or "")
        if name in ("timezone", "time", "days"):
            found = await self._offers[name](interaction, command, current)
            return [choice for choice in found if choice.value != "instant"]
        return _plain(word for word in settings.FIXED.get(name, ()) if current.casefold() in word)


def _choice(name: str, value: str) -> Choice[str]:
    shown = name if len(name) <= _LENGTH else name[: _LENGTH - 1] + "…"
    return Choice(name=shown, value=value[:_LENGTH])


def _plain(values: Iterable[str]) -> list[Choice[str]]:
    return [_choice(value, value) for value in values]


def _named(found: Iterable[StoredEntry]) -> list[Choice[str]]:
    return [_choice(_title(one), one.entry.paper.arxiv_id) for one in found]


def _title(one: StoredEntry) -> str:
    return f"{one.entry.paper.arxiv_id} {one.entry.paper.title}"
