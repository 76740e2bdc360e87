"""Places and the timezones that they keep: cities, countries, abbreviations and offsets, in English and Chinese."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from heapq import nlargest
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from digestbot.core.text_folding import fold_text, normalize_widths
from digestbot.core.times.cities import ABBREVIATIONS, CITIES, COUNTRY_NAMES, COUNTRY_ZONES, PEOPLES
from digestbot.domain.timezones import format_timezone, list_timezones, name_offset
from digestbot.late_patterns import compile_late

if TYPE_CHECKING:
    from babel import Locale

_OFFSET = compile_late(
    r"(?:(?:utc|gmt)(?:\s?[+-]\s?|(?=\d))|\+\s?|(?<![\w:.])-)"
    r"(?P<hours>\d\d?)(?::(?P<minutes>\d\d)|(?<=\d\d)(?P<compact>\d\d))?(?![\w:]|\s?[ap]\.?m)"
)
_CHINESE_OFFSET = compile_late(r"(?P<side>[东西])(?P<hours>十?[一二三四五六七八九十]|\d{1,2})区")
_CHINESE_HOURS = {name: number for number, name in enumerate("一二三四五六七八九十", 1)} | {"十一": 11, "十二": 12}
_LANGUAGES = ("en", "zh", "zh_Hant")
"""The languages that CLDR is asked for."""
_UNITS = compile_late(r"市区|[市省](?!场)|时间|时区| (?:local )?time(?: ?zone)?(?![a-z])")
"""What may follow a place's name."""
_MAX_WORDS, _MAX_CHARACTERS = 5, 12
"""Words, and Chinese characters, of the longest name."""
_MIN_LIKENESS, _MAX_COMPARED_NAMES, _MAX_COMPARED_CHARACTERS = 0.7, 40, 32
_OLD_AREAS = ("Etc/", "US/", "Canada/", "Brazil/", "Chile/", "Mexico/")
"""Areas of the timezone database whose names are no cities, or are another's."""
_WORD = compile_late(r"[^\s,;()|&]+")
_ENDING_SIGNS = ".,!?:'\""


_MAX_LIKELY_ZONES = 4
_CHINESE_ZONES = ("Asia/Shanghai", "Asia/Hong_Kong", "Asia/Taipei", "Asia/Singapore")


@dataclass(frozen=True, slots=True)
class Place:
    """What stands for one or several timezones; ``keeps_daylight_saving``: its summer or winter time is all the year's.

    ``PST`` is the winter time of a place that has another in summer.
    """

    zones: tuple[str, ...]
    keeps_daylight_saving: bool = False


class PlaceTable:
    """All names of places, folded, and what they stand for."""

    @cached_property
    def places(self) -> dict[str, Place]:
        """Every place by its folded names; where names are the same, cities go before countries and old names."""
        known = frozenset(list_timezones())
        old_names = ((name, (name,)) for name in known if "/" not in name)
        own = _merge_zones(chain(_list_countries(known), _list_cities()))
        places: dict[str, Place] = {}
        full_names = ((name, (name,)) for name in known if "/" in name)
        for layer in (old_names, _list_iana_cities(known), own.items(), _list_cldr_cities(known), full_names):
            places |= {_fold_name(name): Place(zones) for name, zones in layer}
        for name, zones in ABBREVIATIONS.items():
            places[name] = Place(zones, keeps_daylight_saving=len(zones) == 1 and name[-2:] in ("st", "dt"))
        return places

    @cached_property
    def bigrams(self) -> dict[str, frozenset[str]]:
        """The pairs of letters of each name, for a quick look at which are alike."""
        return {name: _split_bigrams(name) for name in self.places if len(name) > 1}

    @cached_property
    def labels(self) -> dict[str, str]:
        """A name of each place as it is written, by its folded name."""
        known = frozenset(list_timezones())
        names = chain(_list_iana_cities(known), _list_cldr_cities(known), _list_countries(known), _list_cities())
        return {_fold_name(name): name for name, _ in names}


def match_place(text: str, position: int) -> tuple[int, Place] | None:
    """The longest name of a place that begins at a position of folded text, and its end."""
    found = _match_offset(text, position) or _match_words(text, position) or _match_characters(text, position)
    if found and (unit := _UNITS.match(text, found[0])):
        return unit.end(), found[1]
    return found


def find_place(name: str) -> Place | None:
    """The place with this name."""
    folded = fold_text(normalize_widths(name))
    found = match_place(folded, 0)
    return found[1] if found and found[0] == len(folded) else None


class NamedPlace(NamedTuple):
    """A place by its name for a reader, and the zones that it can stand for."""

    name: str
    zones: tuple[str, ...]


def suggest_places(name: str, language: str, limit: int = 3) -> list[NamedPlace]:
    """The places whose names are like another name, best first."""
    folded = _fold_name(name)[:_MAX_COMPARED_CHARACTERS]
    table, pairs = get_table(), _split_bigrams(folded)
    if not pairs:
        return []
    glances = ((2 * len(pairs & own) / (len(pairs) + len(own)), other) for other, own in table.bigrams.items())
    likely = nlargest(_MAX_COMPARED_NAMES, (glance for glance in glances if glance[0] > 0.3))
    matcher = difflib.SequenceMatcher(None, "", folded)
    scored = []
    for _, other in likely:
        matcher.set_seq1(other)
        scored.append((matcher.ratio(), other))
    close = (other for likeness, other in nlargest(2 * limit, scored) if likeness >= _MIN_LIKENESS)
    found: dict[tuple[str, ...], NamedPlace] = {}
    for other in close:
        zones = table.places[other].zones
        found.setdefault(zones, NamedPlace(_label_place(other, zones, language), zones))
    return list(found.values())[:limit]


def complete_places(typed: str, language: str, limit: int) -> list[NamedPlace]:
    """The places whose names are, begin with, or contain what is typed: each with one zone, and each zone once."""
    folded, table = _fold_name(typed), get_table()
    if found := find_place(typed):
        names = [(0, folded, found.zones)]
    else:
        names = [(int(at > 0), name, one.zones) for name, one in table.places.items() if (at := name.find(folded)) >= 0]
    places: dict[str, NamedPlace] = {}
    for _, name, zones in sorted(
        names, key=lambda one: (one[0], not _is_own_city(one[1], one[2]), len(one[1]), one[1])
    ):
        for zone in zones:
            is_named = len(zones) == 1 and name in table.places
            label = _label_place(name, zones, language) if is_named else name_city(zone, language)
            places.setdefault(zone, NamedPlace(label, (zone,)))
        if len(places) >= limit:
            break
    return list(places.values())[:limit]


def _label_place(folded: str, zones: tuple[str, ...], language: str) -> str:
    """A place's name for a reader: in their language if it is the city after which its zone is named."""
    if _is_own_city(folded, zones):
        return name_city(zones[0], language)
    return get_table().labels.get(folded, zones[0])


def _is_own_city(folded: str, zones: tuple[str, ...]) -> bool:
    return len(zones) == 1 and folded in (_fold_name(zones[0]), _fold_name(zones[0].rsplit("/", 1)[-1]))


def name_city(zone: str, language: str) -> str:
    """The city after which a timezone is named, in a language; an offset as it is written."""
    shown = format_timezone(zone)
    if "/" not in shown:
        return shown
    names = _load_locale(language if language in _LANGUAGES else "en").time_zones.get(zone, {})
    return str(names.get("city") or zone.rsplit("/", 1)[1].replace("_", " "))


def list_likely_zones(language: str) -> tuple[str, ...]:
    """The timezones of where an app's language is spoken, such as ``pt-BR``; none for English without a country."""
    from babel.core import get_global  # noqa: PLC0415  # late, as in _load_locale

    code, *rest = language.replace("_", "-").split("-")
    named = next((part.upper() for part in rest if len(part) == 2), "")
    if code.lower() == "zh" and named in ("", "CN"):
        return _CHINESE_ZONES
    country = named or ("" if code.lower() == "en" else get_global("likely_subtags").get(code.lower(), "")[-2:])
    zones = COUNTRY_ZONES.get(country) or get_global("territory_zones").get(country, ())
    known = [zone for zone in zones if zone in list_timezones()]
    return tuple(sorted(known, key=lambda zone: -len(CITIES.get(zone, ""))))[:_MAX_LIKELY_ZONES]  # most cities first


def _match_offset(text: str, position: int) -> tuple[int, Place] | None:
    if match := _CHINESE_OFFSET.match(text, position):
        hours = _CHINESE_HOURS.get(match["hours"]) or (int(match["hours"]) if match["hours"].isascii() else 99)
        zone = name_offset(hours * (60 if match["side"] == "东" else -60))
    elif match := _OFFSET.match(text, position):
        rest = int(match["minutes"] or match["compact"] or 0)
        minutes = int(match["hours"]) * 60 + rest
        is_west = "-" in text[position : match.start("hours")]
        zone = name_offset(-minutes if is_west else minutes) if rest < 60 else None
    return (match.end(), Place((zone,))) if match and zone else None


def _match_words(text: str, position: int) -> tuple[int, Place] | None:
    """The longest run of words that names a place; a comma may be between them."""
    places, name, found = get_table().places, "", None
    for count, word in enumerate(_WORD.finditer(text, position)):
        if count == _MAX_WORDS or (not count and word.start() != position):
            break
        whole = _fold_signs(word[0])
        for plain in (whole, whole.rstrip(_ENDING_SIGNS)):
            if place := places.get(f"{name} {plain}".strip()):
                found = word.start() + len(plain), place
                break
        name = f"{name} {whole.rstrip(_ENDING_SIGNS)}".strip()
    return found


def _match_characters(text: str, position: int) -> tuple[int, Place] | None:
    """The longest run of Chinese characters that names a place: no space is between it and what follows."""
    if text[position].isascii():
        return None
    places = get_table().places
    for end in range(min(len(text), position + _MAX_CHARACTERS), position + 1, -1):
        if place := places.get(text[position:end]):
            return end, place
    return None


def _fold_name(name: str) -> str:
    return " ".join(_fold_signs(fold_text(normalize_widths(name))).split())


def _fold_signs(folded: str) -> str:
    return folded.replace("_", " ")


def _split_bigrams(name: str) -> frozenset[str]:
    return frozenset(name[start : start + 2] for start in range(len(name) - 1))


def _list_iana_cities(known: frozenset[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name in sorted(known):
        if "/" in name and not name.startswith(_OLD_AREAS):
            yield name.rsplit("/", 1)[1].replace("_", " "), (name,)


def _list_cldr_cities(known: frozenset[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for code in reversed(_LANGUAGES):
        zones = _load_locale(code).time_zones
        yield from ((zones[zone]["city"], (zone,)) for zone in zones if zone in known and "city" in zones[zone])


def _list_cities() -> Iterator[tuple[str, tuple[str, ...]]]:
    for zone, names in CITIES.items():
        for name in names.split(", "):
            yield from ((part, (zone,)) for part in name.rsplit(" ", 1))


def _list_countries(known: frozenset[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    from babel.core import get_global  # noqa: PLC0415  # late, as in _load_locale

    for country, zones in {**get_global("territory_zones"), **COUNTRY_ZONES}.items():
        kept = tuple(zone for zone in zones if zone in known)
        if country.isalpha() and country != "ZZ" and kept:
            names = [_load_locale(code).territories.get(country, "") for code in reversed(_LANGUAGES)]
            names += [f"{PEOPLES[country]} time"] if country in PEOPLES else []
            yield from ((name, kept) for name in (*COUNTRY_NAMES.get(country, ()), *names) if name)


def _merge_zones(names: Iterable[tuple[str, tuple[str, ...]]]) -> dict[str, tuple[str, ...]]:
    """The zones of each name: a name of several places has those of all."""
    merged: dict[str, tuple[str, ...]] = {}
    for name, zones in names:
        merged[name] = tuple(dict.fromkeys((*merged.get(name, ()), *zones)))
    return merged


@cache
def get_table() -> PlaceTable:
    """The table of places; it is made when it is first asked."""
    return PlaceTable()


def load_places() -> None:
    """Make the table, which takes a fifth of a second: beside the event loop, before anybody asks."""
    table = get_table()
    for names in (table.places, table.bigrams, table.labels):
        assert names, "made once"  # noqa: S101  # asked for, so that it is there
    for language in _LANGUAGES:
        name_city("Europe/Berlin", language)


@cache
def _load_locale(code: str) -> Locale:
    from babel import Locale  # noqa: PLC0415  # late: it takes a tenth of a second, and most runs ask for no place

    return Locale.parse(code)
