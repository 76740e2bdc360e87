"""The answer to options that are not understood: which, and what would work for this person in this chat."""

from __future__ import annotations

import difflib
from datetime import datetime, time, timedelta

from digestbot.cards.card import Button
from digestbot.core.commands.base import CommandRequest
from digestbot.core.times.options import OptionError, Options, is_understood, read_options
from digestbot.core.times.places import name_city, suggest_places
from digestbot.core.times.weekdays import StartDay
from digestbot.domain.timezones import format_offset_at, format_timezone, get_timezone
from digestbot.errors import CommandError

_WORDS = (
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "daily", "weekdays", "weekend",
    "instant", "morning", "evening", "noon", "midnight", "tomorrow", "weekly",
)  # fmt: skip
"""Words that are often mistyped."""
_EXAMPLES = {
    "not_a_time": ("08:00",),
    "two_days": ("mon-fri", "daily"),
    "not_days": ("mon-fri", "sat,sun"),
    "no_days": ("mon-fri",),
    "not_that_often": ("daily 08:00", "mon,thu 08:00"),
    "instant_or_scheduled": ("instant", "08:00"),
    "not_a_timezone": ("{timezone}",),
}
"""What works in place of what did not, by what was wrong with it."""


def read_request_options(request: CommandRequest, command: str, text: str) -> Options:
    """Read the options of a command. Raises :class:`CommandError` with commands that work."""
    try:
        return read_options(text)
    except OptionError as error:
        raise explain(request, error, command, text) from None


def explain(request: CommandRequest, error: OptionError, command: str, text: str) -> CommandError:
    """The error with examples, and buttons where it is clear what could be meant."""
    if error.key == "quiet_setting":
        examples = ["settings quiet on"] if request.context.capabilities.can_be_quiet else []
        return CommandError(error.key, *examples, **error.values)
    if error.zones:
        choices = [_build_zone_choice(request, zone, command, _replace(text, error, zone)) for zone in error.zones]
        return CommandError(error.key, **error.values, choices=choices)
    if error.span != (0, 0) and (choices := _suggest(request, error, command, text)):
        examples = [choice.command for choice in choices]
        return CommandError(error.key, *examples, **error.values, choices=choices)
    if error.key in ("two_times", "two_places"):
        both = (str(error.values[name]) for name in ("first", "second"))
        return CommandError(error.key, *(f"{command} {one}" for one in both if is_understood(one)), **error.values)
    without = _replace(text, error, "")
    if error.key == "not_understood" and is_understood(without):
        return CommandError(error.key, f"{command} {without}", **error.values)
    zone = format_timezone(request.preferences.timezone)
    words = [one.format(timezone=zone) for one in _EXAMPLES.get(error.key, ("08:00 {timezone} mon-fri",))]
    examples = [f"{command} {one}" for one in words if one != "instant" or command.startswith("subscribe")]
    return CommandError(error.key, *examples, **error.values)


def format_place_note(request: CommandRequest, options: Options) -> str:
    """What a place's winter or summer time is taken for, such as ``PST``; empty for any other name."""
    if options.place is None or not options.place.keeps_daylight_saving or options.timezone is None:
        return ""
    zone, now = options.timezone, request.clock.now()
    offsets = {format_offset_at(zone, now + timedelta(days=days)) for days in (0, 91, 182, 273)}
    key = "timezone.daylight_saving" if len(offsets) > 1 else "timezone.same_all_year"
    city = name_city(zone, request.language)
    return request.translate(key, text=options.place_text, city=city, offsets=" / ".join(sorted(offsets)))


def find_start(request: CommandRequest, start: StartDay | None, timezone: str) -> datetime | None:
    """The moment from which on deliveries count; ``None`` for now."""
    zone = get_timezone(timezone)
    today = request.clock.now().astimezone(zone).date()
    if start is None or (day := start.find_date(today)) <= today:
        return None
    return datetime.combine(day, time(0), zone) - timedelta(seconds=1)


def format_zone(request: CommandRequest, zone: str) -> str:
    """A timezone by its city, with how far it is before UTC now; by its name if there is no such timezone any more."""
    try:
        offset, city = format_offset_at(zone, request.clock.now()), name_city(zone, request.language)
    except ValueError:
        return zone
    return city if city == offset else request.translate("timezone.with_offset", place=city, offset=offset)


def _build_zone_choice(request: CommandRequest, zone: str, command: str, text: str) -> Button:
    return Button(format_zone(request, zone), f"{command} {text}")


def _suggest(request: CommandRequest, error: OptionError, command: str, text: str) -> list[Button]:
    """The places and words that are like what is not understood, each as the whole command."""
    words = [] if error.key == "not_a_timezone" else _WORDS
    close = difflib.get_close_matches(error.text.casefold(), words, n=1, cutoff=0.8)
    buttons = [Button(word, f"{command} {_replace(text, error, word)}") for word in close]
    is_place = not close and error.key in ("not_understood", "not_a_timezone")
    for place in suggest_places(error.text, request.language) if is_place else ():
        if len(place.zones) == 1:
            offset = format_offset_at(place.zones[0], request.clock.now())
            label = request.translate("timezone.with_offset", place=place.name, offset=offset)
            buttons.append(Button(label, f"{command} {_replace(text, error, place.zones[0])}"))
    return [button for button in buttons if is_understood(button.command.removeprefix(command))]


def _replace(text: str, error: OptionError, words: str) -> str:
    """The text with the part that an error is about replaced."""
    first, last = error.span
    plain = " ".join(text.split())
    if last <= first or plain[first:last].strip() != error.text:
        return words
    return " ".join(f"{plain[:first]} {words} {plain[last:]}".split())
