"""The timezone of a place that a setting names, as chats and ``digestbot init`` take it."""

from __future__ import annotations

from digestbot.core.times.places import find_place, suggest_places
from digestbot.domain.timezones import format_timezone

_MAX_NAMED = 3


def find_timezone(name: str) -> str:
    """The timezone of a city, a country or an offset. Raises :class:`ValueError` with the likely ones."""
    place = find_place(name) if name.strip() else None
    if place and len(place.zones) == 1 and not place.keeps_daylight_saving:
        return place.zones[0]
    likely = place.zones if place else [zone for one in suggest_places(name, "en") for zone in one.zones]
    named = " or ".join(map(format_timezone, list(likely)[:_MAX_NAMED]))
    hint = f" (did you mean {named}?)" if named else ", such as Europe/Berlin, Berlin or UTC+8"
    raise ValueError(f"“{name}” is not one timezone{hint}")
