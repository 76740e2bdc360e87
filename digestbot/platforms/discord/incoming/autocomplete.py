"""Autocomplete for command options: topics, dates, times, timezones, settings and papers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from datetime import date, datetime
from heapq import nsmallest
from itertools import islice

import discord
from discord.app_commands import Choice

from digestbot.core.answers.answer_limiter import AnswerLimiter
from digestbot.core.catalog import DigestCatalog
from digestbot.core.commands.subscriptions import preferences
from digestbot.core.commands.subscriptions.subscribing import format_days_argument
from digestbot.core.lines.names import list_table_names
from digestbot.core.subscriptions import SubscriptionService
from digestbot.core.times import options
from digestbot.core.times.days import DayError, read_day, says_day
from digestbot.core.times.places import complete_places, name_city, suggest_places
from digestbot.domain.arxiv.categories import list_category_topics
from digestbot.domain.papers.citation_formats import FORMATS
from digestbot.domain.papers.saved_marks import normalize_tag
from digestbot.domain.subscription import Address, Subscriber
from digestbot.domain.timezones import format_offset_at, format_timezone
from digestbot.domain.topic import Topic, find_topic, match_topic, normalize_name
from digestbot.i18n import translate, translate_menu
from digestbot.platforms.common.text import truncate
from digestbot.platforms.discord.incoming.context import (
    MISSING_COMMANDS,
    PLATFORM_NAME,
    find_channel,
    find_roles,
    get_current_channel,
)

AUTOCOMPLETED_OPTIONS = {
    "topic", "date", "time", "timezone", "days", "paper", "name", "value", "until", "command", "format", "tag", "tags",
}  # fmt: skip
_MAX_CHOICES, _CHOICE_CHARACTERS = 25, 100
"""Choices, and characters of each (discord.com/developers/docs/interactions/application-commands)."""
_MAX_NEAREST = 5
_HALF_HOURS = tuple(f"{hour:02}:{minute}" for hour in range(24) for minute in ("00", "30"))
_WEEKDAY_CHOICES = ("daily", "mon-fri", "sat,sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SUBSCRIBED_COMMANDS = {"unsubscribe", "pause", "resume", "filter", "rename", "follows"}
"""Commands about topics that the channel receives."""
_SAVED_COMMANDS = ("unsave", "note")
"""Commands about papers that the person saved."""
_PAUSE_CHOICES = ("1 week", "2 weeks", "1 month", "until tomorrow", "until monday", "until next month")
_ChoiceFinder = Callable[[discord.Interaction, str, str], Awaitable[list[Choice[str]]]]


class Autocomplete:
    """Finds choices in the store for the text typed so far."""

    def __init__(self, catalog: DigestCatalog, subscriptions: SubscriptionService, limiter: AnswerLimiter) -> None:
        self._catalog = catalog
        self._limiter = limiter
        self._subscriptions = subscriptions
        self._finders: dict[str, _ChoiceFinder] = {
            "topic": self._find_topics,
            "date": self._find_dates,
            "time": self._find_times,
            "timezone": self._find_timezones,
            "days": self._find_days,
            "paper": self._find_papers,
            "name": self._find_setting_names,
            "value": self._find_setting_values,
            "until": self._find_pause_ends,
            "command": self._find_commands,
            "format": self._find_formats,
            "tag": self._find_tags,
            "tags": self._find_tags,
        }

    async def find_choices(
        self, interaction: discord.Interaction, command: str, param: str, current: str
    ) -> list[Choice[str]]:
        """At most 25 choices, each with a value that the command accepts; none for who types too fast."""
        if not self._limiter.admit_typing(str(interaction.user.id)):
            return []
        choices = await self._finders[param](interaction, command, current.strip()[:_CHOICE_CHARACTERS])
        return choices[:_MAX_CHOICES]

    async def _find_topics(self, interaction: discord.Interaction, command: str, current: str) -> list[Choice[str]]:
        """Topics whose name contains the typed text, prefixes first; for /unsubscribe, the channel's subscriptions.

        To /subscribe, arXiv's categories are known too, once something is typed.
        """
        topics = await self._list_topics(interaction)
        if command in _SUBSCRIBED_COMMANDS and (subscribed := await self._list_subscribed_slugs(interaction)):
            topics = [topic for topic in topics if topic.slug in subscribed]
        typed = normalize_name(current)
        if command == "subscribe" and typed:
            slugs = {topic.slug for topic in topics}
            categories = list_category_topics("zh" if str(interaction.locale).startswith("zh") else "en")
            topics += [topic for topic in categories if topic.slug not in slugs]
        matching = [topic for topic in topics if any(typed in name for name in topic.normalized_names)]
        matching.sort(key=lambda topic: not any(name.startswith(typed) for name in topic.normalized_names))
        found = matching[:_MAX_CHOICES] or find_topic(current, topics).suggestions
        return [_build_choice(topic.title, topic.short_slug) for topic in found]

    async def _list_topics(self, interaction: discord.Interaction) -> list[Topic]:
        """The topics that everybody knows, and what the channel follows."""
        topics = [summary.topic for summary in await self._catalog.list_topics()]
        subscriber = await self._find_subscriber(interaction)
        if subscriber:
            followed = await self._catalog.list_followed(subscriber, subscriber.preferences.language)
            topics += [summary.topic for summary in followed]
        return topics

    async def _find_subscriber(self, interaction: discord.Interaction) -> Subscriber | None:
        """The channel that a command is about, or the person where there is none."""
        chosen = getattr(interaction.namespace, "channel", None)
        target = find_channel(interaction, chosen.id) if chosen else get_current_channel(interaction)
        if chosen and target is None:
            return None
        address = Address(PLATFORM_NAME, str(interaction.user.id))
        if target:
            address = Address(PLATFORM_NAME, str(interaction.guild_id), str(target.channel_id))
        return await self._subscriptions.find(address)

    async def _list_subscribed_slugs(self, interaction: discord.Interaction) -> set[str]:
        subscriber = await self._find_subscriber(interaction)
        return (
            {subscription.topic.slug for subscription in await self._subscriptions.list_for(subscriber)}
            if subscriber
            else set()
        )

    async def _find_dates(self, interaction: discord.Interaction, command: str, current: str) -> list[Choice[str]]:  # noqa: ARG002
        """The chosen topic's dates, newest first."""
        name = str(getattr(interaction.namespace, "topic", None) or "")
        topic = match_topic(name, await self._list_topics(interaction))
        if topic is None:
            return []
        dates = await self._catalog.list_dates(topic, 1000)
        matching = [day.isoformat() for day in dates if current in day.isoformat()]
        if not matching and says_day(current):
            matching = [day.isoformat() for day in _find_nearest(dates, current, self._subscriptions.now().date())]
        return _build_choices(matching)

    async def _find_times(self, interaction: discord.Interaction, command: str, current: str) -> list[Choice[str]]:  # noqa: ARG002
        """Half hours from six on, or as soon as a digest is loaded; else the time that the text means."""
        instant = translate(str(interaction.locale)[:2], "subscribed.instant")
        choices = [_build_choice(f"instant: {instant}", "instant")] if "instant".startswith(current.casefold()) else []
        ordered = (*_HALF_HOURS[12:], *_HALF_HOURS[:12])
        matching = [time for time in ordered if time.startswith((current, f"0{current}"))]
        if not matching and not choices and options.is_understood(current):
            named = options.read_options(current).time
            matching = [f"{named:%H:%M}"] if named else []
        return choices + _build_choices(matching)

    async def _find_timezones(self, interaction: discord.Interaction, command: str, current: str) -> list[Choice[str]]:  # noqa: ARG002
        """Common timezones; with typed text, the places whose name contains it, in the person's language."""
        language, now = str(interaction.locale)[:2], self._subscriptions.now()
        if not current:
            choices = preferences.list_zone_choices(str(interaction.locale))
            return [_build_zone_choice(name_city(zone, language), zone, now) for zone in choices]
        found = complete_places(current, language, _MAX_CHOICES) or suggest_places(current, language)
        return [_build_zone_choice(place.name, place.zones[0], now) for place in found if len(place.zones) == 1]

    async def _find_days(self, interaction: discord.Interaction, command: str, current: str) -> list[Choice[str]]:  # noqa: ARG002
        matching = [days for days in _WEEKDAY_CHOICES if days.startswith(current.casefold())]
        if not matching and options.is_understood(current) and (days := options.read_options(current).days):
            matching = [format_days_argument(days)]
        return _build_choices(matching)

    async def _find_pause_ends(self, interaction: discord.Interaction, command: str, current: str) -> list[Choice[str]]:  # noqa: ARG002
        matching = [end for end in _PAUSE_CHOICES if current.casefold() in end]
        return _build_choices(matching)

    async def _find_commands(self, interaction: discord.Interaction, command: str, current: str) -> list[Choice[str]]:  # noqa: ARG002
        """The commands there are here, by their names in the person's language, and all of them."""
        locale, typed = str(interaction.locale), current.lstrip("/").casefold()
        told = [
            ("all", "all"),
            *((name, translate_menu(locale, f"name.{name}") or name) for name in _list_help_names()),
        ]
        found = [(name, shown) for name, shown in told if typed in name or typed in shown.casefold()]
        return [_build_choice(_describe_command(name, shown, locale), name) for name, shown in found]

    async def _find_papers(self, interaction: discord.Interaction, command: str, current: str) -> list[Choice[str]]:
        """Papers by id or by words; saved ones for /unsave and /note, and the newest if nothing is typed."""
        if command in _SAVED_COMMANDS and (command == "unsave" or not current):
            person = await self._subscriptions.find(Address(PLATFORM_NAME, str(interaction.user.id)))
            saved = await self._catalog.list_saved_titles(person) if person else []
            return _build_paper_choices(paper for paper in saved if current.casefold() in " ".join(paper).casefold())
        if current:
            found = (await self._catalog.search(current, _MAX_CHOICES)).entries
        else:
            found = tuple(await self._catalog.list_newest_papers(_MAX_CHOICES))
        return _build_paper_choices((stored.entry.paper.arxiv_id, stored.entry.paper.title) for stored in found)

    async def _find_formats(self, interaction: discord.Interaction, command: str, current: str) -> list[Choice[str]]:  # noqa: ARG002
        return _build_choices(name for name in FORMATS if current.casefold() in name)

    async def _find_tags(self, interaction: discord.Interaction, command: str, current: str) -> list[Choice[str]]:
        """The person's own tags, those of most papers first; of several to save with, what completes the last one."""
        person = await self._subscriptions.find(Address(PLATFORM_NAME, str(interaction.user.id)))
        tags = await self._catalog.saved_library.count_tags(person) if person else []
        before, comma, last = current.rpartition(",") if command == "save" else ("", "", current)
        typed = normalize_tag(last)
        found = [f"{before}{comma} {tag}".strip() for tag, _ in tags if typed in tag]
        return _build_choices(found or [current] * bool(current))

    async def _find_setting_names(
        self,
        interaction: discord.Interaction,
        command: str,  # noqa: ARG002
        current: str,
    ) -> list[Choice[str]]:
        language = str(interaction.locale)[:2]
        titles = [
            (translate(language, f"settings.{name}"), name) for name in preferences.SETTING_NAMES if name != "format"
        ]
        return [
            _build_choice(title, name)
            for title, name in titles
            if current.casefold() in title.casefold() or current.casefold() in name
        ]

    async def _find_setting_values(
        self, interaction: discord.Interaction, command: str, current: str
    ) -> list[Choice[str]]:
        """The values of the chosen setting."""
        name = str(getattr(interaction.namespace, "name", None) or "")
        if name == "mention":
            return _find_role_choices(interaction, current)
        if name in ("timezone", "time", "days"):
            choices = await self._finders[name](interaction, command, current)
            return [choice for choice in choices if choice.value != "instant"]
        return _build_choices(word for word in preferences.FIXED_CHOICES.get(name, ()) if current.casefold() in word)


def _find_role_choices(interaction: discord.Interaction, current: str) -> list[Choice[str]]:
    """The server's roles by name, and nobody."""
    typed = current.removeprefix("@").casefold()
    nobody = [_build_choice(translate(str(interaction.locale)[:2], "mention.off"), "off")]
    roles = [role for role in find_roles(interaction.guild, "") if typed in role.name.casefold()]
    named = [_build_choice(f"@{role.name.removeprefix('@')}", str(role.id)) for role in roles[: _MAX_CHOICES - 1]]
    return [*(nobody if typed in "off" else ()), *named]


def _find_nearest(dates: list[date], typed: str, today: date) -> list[date]:
    """The dates that are nearest to a day as people say it, the nearest first."""
    try:
        wanted = read_day(typed, today)[0]
    except DayError as error:
        wanted = error.near or today
    return nsmallest(_MAX_NEAREST, dates, key=lambda day: abs(day - wanted))


def _list_help_names() -> list[str]:
    return [name for name in list_table_names() if name not in MISSING_COMMANDS]


def _describe_command(name: str, shown: str, locale: str) -> str:
    if name == "all":
        return translate(locale[:2], "help.all_title")
    summary = translate_menu(locale, f"command.{name}") or translate("en", f"command.{name}")
    return f"/{shown.replace('_', '-')} · {summary}"


def _build_choice(name: str, value: str) -> Choice[str]:
    return Choice(name=truncate(name, _CHOICE_CHARACTERS), value=value[:_CHOICE_CHARACTERS])


def _build_zone_choice(name: str, zone: str, now: datetime) -> Choice[str]:
    """A place with how far its timezone is before UTC; its value is the timezone's name, which all people may read."""
    return _build_choice(f"{name} · {format_offset_at(zone, now)} · {format_timezone(zone)}", zone)


def _build_choices(values: Iterable[str]) -> list[Choice[str]]:
    return [_build_choice(value, value) for value in islice(values, _MAX_CHOICES)]


def _build_paper_choices(papers: Iterable[tuple[str, str]]) -> list[Choice[str]]:
    return [_build_choice(f"{arxiv_id} {title}", arxiv_id) for arxiv_id, title in islice(papers, _MAX_CHOICES)]
