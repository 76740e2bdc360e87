"""The names that the sources of settings have in them: which is no setting, where it stands, and what was meant."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from io import StringIO
from itertools import takewhile
from typing import Any, get_args, get_origin

from dotenv.parser import parse_stream
from pydantic import BaseModel

from digestbot.late_patterns import compile_late

PREFIX = "DIGESTBOT_"
Location = tuple[str | int, ...]
"""Where a value is in the settings: ``("telegram", "token")``, ``("topics", 0, "title")``."""
_LIKELY = 0.7
_SAME_KEY_ELSEWHERE = 0.9
_BEGINS_ALIKE = 0.8
_MISTAKEN_PREFIX = 0.9
"""How like a variable of ours one without our prefix must be: more than any other program's is."""
_OF_KUBERNETES = compile_late(r"(?:.+_)?(?:SERVICE_(?:HOST|PORT(?:_.+)?)|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_\w+)?)?)")
"""What it sets in each pod for a service whose name begins with “digestbot”."""
_SHORT_WORDS = {"tz": "timezone", "db": "database", "bot": ""}
_FILE_ONLY = (("topics",),)
"""What stands in ``digestbot.toml`` only."""
_OWNED_TABLES = {"topics": ("topic", "title"), "models": ("model", "name")}


@dataclass(frozen=True, slots=True)
class WrittenName:
    """A name as it is written in a source, and the location that it stands for."""

    location: Location
    shown: str
    place: str
    value: object = field(default=None, repr=False)
    toml: str = field(default="", repr=False)
    """The text of the file, if it is one in TOML."""

    def __str__(self) -> str:
        line = _find_line(self.toml, self.location) if self.toml else None
        return f"{self.shown} in {self.place}{f', line {line}' if line else ''}"


class WrittenSettings:
    """What the sources have, the one that wins first; ``schema`` is the class of the settings."""

    def __init__(self, schema: type[BaseModel]) -> None:
        self._schema = schema
        self._known = list(_iter_known(schema))
        self._variables = [known for known in self._known if not any(map(_is_list_of_models, _follow(schema, known)))]
        self._names: list[WrittenName] = []
        self._problems: list[tuple[Location, str]] = []

    def list_problems(self) -> list[str]:
        """A sentence for each name that is no setting."""
        return list(dict.fromkeys(text for _, text in self._problems))

    def has_problem(self, location: Location) -> bool:
        """Whether something is told already of a location, or of the section that it is in."""
        return any(told == location[: len(told)] for told, _ in self._problems)

    def list_overridden(self) -> list[str]:
        """A sentence for each value that is not used, since a source that wins has another; no value is told."""
        used: dict[Location, WrittenName] = {}
        overridden = []
        for name in self._names:
            winner = used.setdefault(name.location, name)
            if not isinstance(name.value, (Mapping, list)) and not _is_same(winner.value, name.value):
                overridden.append(f"{winner} wins over {name}")
        return overridden

    def find_name(self, location: Location) -> WrittenName | None:
        """The name that a value comes from, or that of the innermost section around it."""
        around = [name for name in self._names if name.location == location[: len(name.location)]]
        return max(around, key=lambda name: len(name.location), default=None)

    def describe_unknown(self, location: Location, shown: str, *, is_variable: bool = False) -> str:
        """Say of a name that there is no such setting, and which was likely meant."""
        words = _list_words(location)
        likely = [
            _name_variable(known) if is_variable else self._show_likely(known, words)
            for known in self._find_likely(location, self._variables if is_variable else self._known)
        ]
        hint = f" (did you mean {' or '.join(likely)}?)" if likely else "; docs/settings.md lists all that there are"
        return f"{shown}: there is no such setting{hint}"

    def _show_likely(self, known: tuple[str, ...], words: tuple[str, ...]) -> str:
        kind = [*_follow(self._schema, known)][-1]
        if _has_keys(kind):
            return f"[[{'.'.join(known)}]]" if _is_list_of_models(kind) else f"[{'.'.join(known)}]"
        if known[:-1] == words[:-1]:
            return known[-1]
        return show_key(known, None) if len(known) > 1 else f"{known[0]}, above the first [section]"

    def add_environment(self, variables: Mapping[str, str]) -> None:
        """Take the variables of the environment; other programs' are left alone."""
        for name, value in variables.items():
            self._add_variable(name, value, "the environment")

    def add_dotenv(self, text: str, file: str) -> None:
        """Take the lines of a file such as ``.env``; other programs' are left alone."""
        for line in parse_stream(StringIO(text)):
            written = line.original.string
            place = f"{file}, line {line.original.line + _count_blank_lines(written)}"
            if line.key:
                self._add_variable(line.key, line.value, place)
            elif line.error and PREFIX in written.upper():
                self._report((place,), f"{place}: a line is {PREFIX}NAME=VALUE")

    def add_table(self, table: Mapping[str, Any], text: str, place: str) -> None:
        """Take the tables and keys of a TOML file, which has this text."""
        for location, value, kind in _walk(table, self._schema):
            name = WrittenName(location, show_key(location, table, value), place, value, text)
            self._names.append(name)
            if kind is None:
                self._report(location, self.describe_unknown(location, str(name)))
            elif _is_list_of_models(kind) and isinstance(value, Mapping):
                self._report(location, f"{name}: there may be several, so write [{name.shown}]")

    def _report(self, location: Location, text: str) -> None:
        self._problems.append((location, text))

    def _add_variable(self, name: str, value: str | None, place: str) -> None:
        if name.upper().startswith(PREFIX):
            self._add_own_variable(name, value, place)
        elif name.upper().startswith(PREFIX[:3]):
            self._add_stranger(name, place)

    def _add_own_variable(self, name: str, value: str | None, place: str) -> None:
        location = tuple(name[len(PREFIX) :].lower().split("__"))
        kinds = list(_follow(self._schema, location))
        shown = _show_variable(name)
        if value is None:
            self._report(location, f"{shown} in {place}: it has no value; a line is {PREFIX}NAME=VALUE")
        elif location in _FILE_ONLY:
            self._report(location, f"{shown} in {place}: write it in digestbot.toml, as [[{'.'.join(location)}]]")
        elif None not in kinds:
            self._names.append(WrittenName(location, shown, place, value))
            if _has_keys(kinds[-1]):
                self._add_section(WrittenName(location, shown, place), value, kinds[-1])
        elif _is_list_of_models(kinds[-2] if len(kinds) > 1 else None):
            self._report(location[:1], f"{shown} in {place}: only digestbot.toml can set this")
        elif not _OF_KUBERNETES.fullmatch(name[len(PREFIX) :].upper()):
            self._report(location, self.describe_unknown(location, f"{shown} in {place}", is_variable=True))

    def _add_section(self, section: WrittenName, value: str, kind: Any) -> None:  # noqa: ANN401  # a type
        """Look into what a variable has of a whole section, as JSON."""
        try:
            content = json.loads(value)
        except ValueError:
            self._report(section.location, f"{section}: {self._explain_section(section.location, kind)}")
            return
        for inner, _, inner_kind in _walk(content, kind):
            location = (*section.location, *inner)
            key = show_key(location, _nest(section.location, content))
            name = WrittenName(location, f"{section.shown}: {key}", section.place)
            self._names.append(name)
            if inner_kind is None:
                self._report(location, self.describe_unknown(location, str(name)))

    def _explain_section(self, location: Location, kind: Any) -> str:  # noqa: ANN401
        if _is_list_of_models(kind):
            return f"write it in digestbot.toml, as [[{'.'.join(_list_words(location))}]]"
        example = next((known for known in self._known if known[:-1] == location), location)
        return f"it has settings of its own, such as {_name_variable(example)}"

    def _add_stranger(self, name: str, place: str) -> None:
        """Look whether a variable without our prefix was meant to be one of ours."""
        for known in self._variables:
            ours = _name_variable(known)
            if SequenceMatcher(None, name.upper(), ours).ratio() >= _MISTAKEN_PREFIX:
                shown = _show_variable(name)
                self._report((name,), f"{shown} in {place}: there is no such setting (did you mean {ours}?)")
                return

    def _find_likely(self, location: Location, among: Iterable[tuple[str, ...]]) -> list[tuple[str, ...]]:
        """The settings that a name is most like: one, or two that are as like."""
        words = _spell_out(_list_words(location))
        scores = {known: _rate_likeness(words, known) for known in among}
        best = max(scores.values(), default=0.0)
        return [known for known, score in scores.items() if score == best][:2] if best >= _LIKELY else []


def show_key(location: Location, root: Any, value: object = None) -> str:  # noqa: ANN401  # what a file may hold
    """A key as it is written in TOML: ``[telegram] token``, ``topic “NeRF”: max_papers``, ``[builder]``."""
    owner = next((i for i in reversed(range(1, len(location))) if _is_owner(location, i)), 0)
    if owner:
        key = next((str(part) for part in location[owner + 1 :]), "")
        return f"{_show_owner(location[: owner + 1], root)}{': ' if key else ''}{key}"
    words = _list_words(location)
    if isinstance(value, Mapping):
        return f"[{'.'.join(words)}]"
    if isinstance(value, list) and value and isinstance(value[0], Mapping):
        return f"[[{'.'.join(words)}]]"
    return f"[{'.'.join(words[:-1])}] {words[-1]}" if len(words) > 1 else "".join(words)


def _is_owner(location: Location, i: int) -> bool:
    return isinstance(location[i], int) and location[i - 1] in _OWNED_TABLES


def _show_owner(location: Location, root: Any) -> str:  # noqa: ANN401
    noun, naming_key = _OWNED_TABLES[str(location[-2])]
    for part in location:
        root = _look_up(root, part)
    name = root.get(naming_key) if isinstance(root, Mapping) else None
    return f"{noun} “{name}”" if isinstance(name, str) and name else f"{noun} {int(location[-1]) + 1}"


def _look_up(value: Any, part: str | int) -> Any:  # noqa: ANN401
    try:
        return value[part]
    except (KeyError, IndexError, TypeError):
        return None


def _find_line(text: str, location: Location) -> int | None:
    """The line of a key, or of the innermost table around it."""
    from digestbot.settings.toml_lines import index_lines  # noqa: PLC0415  # late: mostly nothing is wrong

    lines = index_lines(text)
    return next((lines[location[:end]] for end in range(len(location), 0, -1) if location[:end] in lines), None)


def _is_same(one: object, other: object) -> bool:
    """Whether two values say the same, though one may be text of the environment."""
    return str(one).casefold() == str(other).casefold()


def _nest(location: Location, content: object) -> object:
    for part in reversed(location):
        content = {part: content}
    return content


def _count_blank_lines(text: str) -> int:
    """How many lines are empty before the first that is not."""
    return text[: len(text) - len(text.lstrip())].count("\n")


def _show_variable(name: str) -> str:
    """A variable's name without what is no part of one: a line such as ``NAME:secret`` has no ``=``."""
    return "".join(takewhile(lambda char: char.isalnum() or char == "_", name))


def _name_variable(location: Iterable[str | int]) -> str:
    return PREFIX + "__".join(str(part).upper() for part in location)


def _list_words(location: Location) -> tuple[str, ...]:
    return tuple(part for part in location if isinstance(part, str))


def _rate_likeness(words: tuple[str, ...], known: tuple[str, ...]) -> float:
    """How like two names are, from 0 to 1: as a whole, with their words in any order, or by their last part."""
    mine, theirs = "_".join(words).lower(), "_".join(known)
    rates = [_compare(mine, theirs), _compare(_sort_words(mine), _sort_words(theirs)) - 0.01]
    if words[:-1] == known[:-1]:
        rates.append(_compare(words[-1].lower(), known[-1]))
    if words[-1].lower() == known[-1]:
        rates.append(_SAME_KEY_ELSEWHERE)
    elif known[-1].startswith(mine) and len(mine) > 2:
        rates.append(_BEGINS_ALIKE)
    return max(rates)


def _spell_out(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words without what people shorten or add."""
    spelt = ("_".join(_SHORT_WORDS.get(part, part) for part in word.lower().split("_")).strip("_") for word in words)
    return tuple(word for word in spelt if word) or words


def _compare(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other).ratio()


def _sort_words(name: str) -> str:
    return "_".join(sorted(name.split("_")))


def _walk(value: object, kind: Any, location: Location = ()) -> Iterator[tuple[Location, object, Any]]:  # noqa: ANN401
    """Each value in a table with its location and its type, which is ``None`` where there is no such setting."""
    if isinstance(value, Mapping) and _has_keys(kind) and not _is_list_of_models(kind):
        parts: Iterable[tuple[str | int, object]] = value.items()
    elif isinstance(value, list) and get_origin(kind) is list:
        parts = enumerate(value)
    else:
        return
    for part, inner in parts:
        inner_kind = _find_kind(kind, part)
        yield (*location, part), inner, inner_kind
        if inner_kind is not None:
            yield from _walk(inner, inner_kind, (*location, part))


def _follow(kind: Any, location: Location) -> Iterator[Any]:  # noqa: ANN401
    """The type of each part of a location, up to the first that there is not."""
    for part in location:
        kind = _find_kind(kind, part)
        yield kind
        if kind is None:
            return


def _find_kind(kind: Any, part: str | int) -> Any:  # noqa: ANN401
    """The type of a key's value, or ``None`` if there is no such key."""
    if _is_model(kind):
        field = kind.model_fields.get(part)
        return field.annotation if field else None
    if get_origin(kind) is dict:
        return get_args(kind)[1]
    return get_args(kind)[0] if get_origin(kind) is list and isinstance(part, int) else None


def _iter_known(kind: Any, location: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:  # noqa: ANN401
    """The location of each setting and section, without the numbers of lists."""
    if location:
        yield location
    if _is_list_of_models(kind):
        kind = get_args(kind)[0]
    if _is_model(kind):
        for name, field in kind.model_fields.items():
            yield from _iter_known(field.annotation, (*location, name))
    elif get_origin(kind) is dict:
        yield (*location, "openai")
        yield (*location, "google")


def _is_model(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _is_list_of_models(kind: object) -> bool:
    return get_origin(kind) is list and _is_model(get_args(kind)[0])


def _has_keys(kind: object) -> bool:
    return _is_model(kind) or _is_list_of_models(kind) or get_origin(kind) is dict
