"""When and where a digest is wanted, as people say it: one parser for commands, options, completion and buttons.

A text is read from its beginning, and at each place the longest thing that begins there is taken: ``every weekday at 8
in Berlin``, ``每天早上8点``, ``mon, wed, fri 20.30 UTC+5:30``. What is not understood is never left out: it is named.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import time
from typing import Any, NamedTuple

from digestbot.core.text_folding import fold_text, normalize_widths
from digestbot.core.times.clock_times import Clock, DayPart, apply_part, looks_like_time, match_clock, match_part
from digestbot.core.times.places import Place, match_place
from digestbot.core.times.weekdays import DaysFound, StartDay, match_days, match_often, match_start
from digestbot.domain.subscription import EVERY_DAY
from digestbot.errors import CommandError
from digestbot.late_patterns import compile_late

_END = r"(?![a-z0-9])"
_INSTANT = compile_late(
    r"(?:instant(?:ly)?|right now|now|immediate(?:ly)?|asap|at once|live|real-?time"
    r"|(?:as soon as|the moment|when(?:ever)?|once) (?:(?:it|they|there)(?:'?s| is| are| comes?)? |one |a new one )?"
    r"(?:is |are |comes? |gets? )?(?:possible|available|out|ready|in|new|published|posted)"
    rf"){_END}|立即|即时|立刻|马上|实时|随时|第一时间|一?[有出](?:了|更新|新的?)?[就即](?:推送?|发送?)?|一有(?:更新"
    r"|新的?)?"
)
_DEFAULT = compile_late(
    rf"(?:default|like the (?:chat|others)|as usual|same as (?:the )?(?:chat|others)){_END}|默认|同其他|跟随设置"
)
_QUIET = compile_late(
    rf"(?:silent(?:ly)?|quiet(?:ly)?|muted?|without (?:a )?(?:sound|notifications?)|no sound){_END}"
    r"|静音|静默|安静|无声|免打扰"
)
"""What is the whole chat's, and no topic's."""
_EVERYWHERE = compile_late(
    rf"(?:everywhere|for (?:all|every)(?: of)?(?: my| the)? topics?|all (?:my |the )?topics|for all){_END}"
    r"|(?:所有|全部)(?:主题|话题)"
)
_EXCEPT = compile_late(rf"(?:but not|not|except(?: for| on)?|excluding|without|but){_END}|除了?|不含|不包括|不要|非")
_EXCEPT_AFTER = compile_late("除外|以外|之外|不要|不发")
_FILLERS = compile_late(
    r"(?:at|in|on|the|every|each|and|of|from|to|starting|please|pls|thanks|thank you|around|about|sharp"
    rf"|time ?zone|time|zone|tz|my|local|days|it|me|digest|send|deliver){_END}"
    r"|时区|时间|以及|送达|推送|发送|准时|左右|改[为成]|设[为成]|开始|[每个在于的和与及以请吧谢定时到起]|[@.!?~]"
)
_SEPARATORS = " ,;/&()|+-~:\"'“”‘’<>[]"
_DATE = compile_late(
    r"(?:19|20)\d\d[-/.年]\d{1,2}(?:[-/.月]\d{1,2}日?)?(?!\d)|\d{1,2}月(?:\d{1,2}[日号])?|\d{1,2}[日号]"
)
_NO_OFFSET = compile_late(r"(?:utc|gmt)\s?[+-]?\s?\d+(?::\d+)?")
_MAX_CHARACTERS = 200
"""How much of a text is read: nobody needs more to say when and where."""
_UNREAD_WORD = compile_late(r"[a-z0-9]+(?:['’_/.:-]+[a-z0-9]+)*|.")


class Token(NamedTuple):
    """A part of a text that means something, by what it means; ``text`` as it was written."""

    kind: str
    value: Any
    text: str
    position: int


@dataclass(frozen=True, slots=True)
class Options:
    """What a text asks for; what it says nothing about is ``None`` or false.

    ``place`` has one zone. ``follows_chat``: as the chat's settings say, but for what is named besides.
    ``is_everywhere``: also for topics that have an own time. ``has_exceptions_alone``: the days are all but those that
    are named, “not on Fridays”.
    """

    time: time | None = None
    place: Place | None = None
    days: frozenset[int] | None = None
    start: StartDay | None = None
    is_instant: bool = False
    follows_chat: bool = False
    is_everywhere: bool = False
    place_text: str = ""
    has_exceptions_alone: bool = field(default=False, compare=False)

    @property
    def timezone(self) -> str | None:
        """The timezone of the place."""
        return self.place.zones[0] if self.place else None

    @property
    def has_schedule(self) -> bool:
        """Whether a time, days or a place are named."""
        return self.time is not None or self.days is not None or self.place is not None


class OptionError(CommandError):
    """A text asks for what cannot be: ``text`` is the part of it that is meant, ``span`` where it is.

    ``zones`` are the timezones that an ambiguous place can be.
    """

    def __init__(
        self,
        key: str,
        text: str,
        span: tuple[int, int] = (0, 0),
        zones: tuple[str, ...] = (),
        **values: object,
    ) -> None:
        self.text, self.span, self.zones = text, span, zones
        super().__init__(key, text=text, **values)


def read_options(text: str) -> Options:
    """Read all of a text. Raises :class:`OptionError` for what it does not understand, or cannot be together."""
    plain = normalize_widths(text)
    if len(plain) > _MAX_CHARACTERS:
        raise OptionError("not_understood", plain)
    tokens = _split_tokens(plain)
    _refuse_unread([token for token in tokens if token.kind == "unread"])
    for token in tokens:
        if key := {"often": "not_that_often", "no_place": "not_a_timezone", "quiet": "quiet_setting"}.get(token.kind):
            raise OptionError(key, token.text)
    options = Options(
        is_instant=any(token.kind == "instant" for token in tokens),
        follows_chat=any(token.kind == "default" for token in tokens),
        is_everywhere=any(token.kind == "everywhere" for token in tokens),
    )
    options = replace(options, time=_read_time(tokens), days=_read_days(tokens), start=_read_start(tokens))
    options = replace(options, has_exceptions_alone=_has_exceptions_alone(tokens, options.days))
    options = _add_place(options, tokens)
    return _check_together(options, tokens)


def _check_together(options: Options, tokens: list[Token]) -> Options:
    if options.is_instant and (options.has_schedule or options.start):
        other = next(token for token in tokens if token.kind in ("clock", "part", "days", "place", "start"))
        raise OptionError("instant_or_scheduled", other.text)
    return options


def is_understood(text: str) -> bool:
    """Whether all of a text means something."""
    try:
        return read_options(text) != Options()
    except OptionError:
        return False


def split_sentence(text: str) -> tuple[str, tuple[tuple[int, str], ...]]:
    """What of a sentence says when and where, and the other words, each with where it begins in its plain form.

    What carries no meaning beside a time is in neither.
    """
    tokens = _split_tokens(normalize_widths(text)[:_MAX_CHARACTERS])
    said = " ".join(token.text for token in tokens if token.kind not in ("unread", "filler"))
    return said, tuple((token.position, token.text) for token in tokens if token.kind == "unread")


def find_first_option(text: str) -> int:
    """Where what is surely no name begins in a text: a time, days, a city or instant; its length if there is none."""
    plain = normalize_widths(text)
    for token in _split_tokens(plain[:_MAX_CHARACTERS]):
        if token.position and token.kind in ("days", "instant", "start", "often", "quiet"):
            return token.position
        if token.position and token.kind == "clock" and not token.text.isdigit():
            return token.position
        if token.position and token.kind == "place" and len(token.text) > 4:
            return token.position
    return len(plain)


def _split_tokens(plain: str) -> list[Token]:
    folded = fold_text(plain)
    tokens: list[Token] = []
    position = 0
    while position < len(folded):
        end, kind, value = _match(folded, position)
        if (
            kind == "unread"
            and tokens
            and tokens[-1].kind == "unread"
            and not plain[tokens[-1].position : position].isspace()
        ):
            start = tokens[-1].position  # words beside each other are one thing that is not understood
            tokens[-1] = Token("unread", None, plain[start:end], start)
        elif kind not in ("filler", "space"):
            tokens.append(Token(kind, value, plain[position:end].strip(), position))
        elif kind == "filler" and tokens and tokens[-1].kind == "unread":
            tokens.append(Token("filler", None, "", position))
        position = end
    return tokens


def _match(folded: str, position: int) -> tuple[int, str, Any]:
    """The longest thing at a position: where it ends, its kind and its value."""
    best: tuple[int, str, Any] = (position, "", None)
    for kind, match in _MATCHERS:
        found = match(folded, position)
        if found and found[0] > best[0]:
            best = (found[0], kind, found[1])
    if best[1]:
        return best
    if folded[position] in _SEPARATORS:
        return position + 1, "space", None
    word = _UNREAD_WORD.match(folded, position)
    return (word.end() if word else position + 1), "unread", None


def _build_matcher(pattern: re.Pattern[str]) -> Callable[[str, int], tuple[int, Any] | None]:
    def match_pattern(text: str, position: int) -> tuple[int, Any] | None:
        match = pattern.match(text, position)
        return (match.end(), match[0]) if match else None

    return match_pattern


def _match_often(text: str, position: int) -> tuple[int, Any] | None:
    end = match_often(text, position)
    return (end, None) if end else None


_MATCHERS: tuple[tuple[str, Callable[[str, int], tuple[int, Any] | None]], ...] = (
    ("unread", _build_matcher(_DATE)),
    ("often", _match_often),
    ("instant", _build_matcher(_INSTANT)),
    ("quiet", _build_matcher(_QUIET)),
    ("everywhere", _build_matcher(_EVERYWHERE)),
    ("days", match_days),
    ("start", match_start),
    ("clock", match_clock),
    ("default", _build_matcher(_DEFAULT)),
    ("part", match_part),
    ("place", match_place),
    ("no_place", _build_matcher(_NO_OFFSET)),
    ("except_after", _build_matcher(_EXCEPT_AFTER)),
    ("except", _build_matcher(_EXCEPT)),
    ("filler", _build_matcher(_FILLERS)),
)
"""What a text is made of; of two that are as long, the first."""


def _refuse_unread(unread: list[Token]) -> None:
    if unread:
        word = unread[0].text.strip(" ,;")
        start = unread[0].position
        key = "not_a_time" if looks_like_time(fold_text(word)) else "not_understood"
        key = "not_a_timezone" if "/" in word and not re.search(r"\d", word) else key
        raise OptionError(key, word, (start, start + len(unread[0].text)))


def _read_time(tokens: list[Token]) -> time | None:
    """The time of day; with the part of the day that stands beside it."""
    clocks = [token for token in tokens if token.kind == "clock"]
    parts = [token for token in tokens if token.kind == "part"]
    for token in clocks:
        if token.value is None:
            raise OptionError("not_a_time", token.text)
    times = {_apply_parts(token, parts): token for token in clocks}
    if len(times) > 1:
        first, second = sorted(times, key=lambda one: times[one].position)[:2]
        raise OptionError("two_times", times[second].text, first=f"{first:%H:%M}", second=f"{second:%H:%M}")
    if not times and len({token.value[1] for token in parts}) > 1:
        first, second = (token.value[1] for token in parts[:2])
        raise OptionError("two_times", parts[1].text, first=f"{first:%H:%M}", second=f"{second:%H:%M}")
    return next(iter(times), parts[0].value[1] if parts else None)


def _apply_parts(token: Token, parts: list[Token]) -> time:
    clock: Clock = token.value
    result: time | None = clock.time
    nearest = min(parts, key=lambda part: abs(part.position - token.position), default=None)
    if nearest is not None:
        part: DayPart = nearest.value[0]
        result = apply_part(part, clock)
        if result is None:
            first, last = sorted((token, nearest), key=lambda one: one.position)
            raise OptionError("not_a_time", f"{first.text} {last.text}")
    assert result is not None, "raised above"  # noqa: S101  # for the type checker
    return result


def _read_days(tokens: list[Token]) -> frozenset[int] | None:
    named: set[int] = set()
    excepted: set[int] = set()
    is_weekly, is_excepting = False, False
    last: frozenset[int] = frozenset()
    for token in tokens:
        if token.kind == "except":
            is_excepting = True
        elif token.kind == "except_after":
            named -= last
            excepted |= last
        elif token.kind == "days":
            found: DaysFound = token.value
            is_weekly = is_weekly or (found.is_weekly and not is_excepting)
            last = found.days
            if is_excepting and found.days != EVERY_DAY:  # 除了周日每天
                excepted |= last
            elif not found.is_weekly:
                named |= last
    if not named and is_weekly:
        named = {0}
    _refuse_odd_days(tokens, named, excepted)
    days = frozenset(named or EVERY_DAY) - excepted
    return days if named or excepted else None


def _has_exceptions_alone(tokens: list[Token], days: frozenset[int] | None) -> bool:
    named = [token for token in tokens if token.kind == "days"]
    excepts = any(token.kind in ("except", "except_after") for token in tokens)
    return days is not None and excepts and not any(token.value.days & days for token in named)


def _refuse_odd_days(tokens: list[Token], named: set[int], excepted: set[int]) -> None:
    """Refuse an exception from nothing, no days at all, and every day beside some of them."""
    marks = [token for token in tokens if token.kind in ("except", "except_after")]
    groups = [token for token in tokens if token.kind == "days" and not marks]
    if marks and not excepted:
        raise OptionError("not_understood", marks[0].text)
    if excepted and not (named or EVERY_DAY) - excepted:
        raise OptionError("no_days", marks[0].text)
    partial = next((token for token in groups if token.value.days != EVERY_DAY and not token.value.is_weekly), None)
    if partial and any(token.value.days == EVERY_DAY for token in groups):
        raise OptionError("two_days", partial.text)


def _read_start(tokens: list[Token]) -> StartDay | None:
    starts = [token for token in tokens if token.kind == "start"]
    if len({token.value for token in starts}) > 1:
        raise OptionError("not_understood", starts[1].text)
    return starts[0].value if starts else None


def _add_place(options: Options, tokens: list[Token]) -> Options:
    """The one place that all the places named together are: ``Paris, France``."""
    places = [token for token in tokens if token.kind == "place"]
    if not places:
        return options
    found: Place = places[0].value
    for token in places[1:]:
        common = tuple(zone for zone in found.zones if zone in token.value.zones)
        if not common:
            raise OptionError("two_places", token.text, first=places[0].text, second=token.text)
        found = replace(found, zones=common)
    if len(found.zones) > 1:
        first = places[0]
        raise OptionError(
            "ambiguous_place", first.text, (first.position, first.position + len(first.text)), found.zones
        )
    return replace(options, place=found, place_text=places[0].text)


def read_time(text: str) -> time:
    """The time of day that all of a text is. Raises :class:`OptionError`."""
    options = _read_only(text, "not_a_time")
    if options.time is None or options != Options(time=options.time):
        raise OptionError("not_a_time", text)
    return options.time


def read_days(text: str) -> frozenset[int]:
    """The weekdays that all of a text is. Raises :class:`OptionError`."""
    options = _read_only(text, "not_days")
    if options.days is None or options != Options(days=options.days):
        raise OptionError("not_days", text)
    return options.days


def read_place(text: str) -> Place:
    """The place that all of a text is. Raises :class:`OptionError`, with the zones of one that is ambiguous."""
    options = _read_only(text, "not_a_timezone")
    if options.place is None or options != Options(place=options.place, place_text=options.place_text):
        raise OptionError("not_a_timezone", text)
    return options.place


def _read_only(text: str, key: str) -> Options:
    try:
        return read_options(text)
    except OptionError as error:
        if error.key == "ambiguous_place":
            raise
        raise OptionError(key, text) from None
