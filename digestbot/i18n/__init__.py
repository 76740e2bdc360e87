"""The bot's messages in English and Chinese: one YAML catalogue per language, with the same keys."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files

import yaml

LANGUAGES = {"en": "English", "zh": "中文"}
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""A tenth of the time where PyYAML has its part in C."""
TRADITIONAL_CHINESE = "zh-TW"
_HAN = re.compile(r"[\u3400-\u9fff]")
_COMMAND = re.compile(r"(?<![a-z0-9/.:}])/([a-z_]+)(?![a-z0-9/{_])")
"""A command in a sentence."""


def translate(language: str, key: str, **values: object) -> str:
    """Translate the message ``key`` and fill in its values.

    Values are inserted as plain text and are never interpreted as markup or format strings. Raises ``KeyError`` for
    an unknown key.
    """
    messages = _load_messages(language if language in LANGUAGES else "en")
    return messages[key].format_map(values)


def translate_with_names(language: str, key: str, **values: object) -> str:
    """The same, with the names that the message's commands have in that language."""
    if language == "en" or language not in LANGUAGES:
        return translate(language, key, **values)
    return _get_message_with_names(language, key).format_map(values)


def translate_menu(locale: str, key: str) -> str | None:
    """A command's name or description, as an app in that language lists it; ``None`` if it has none of its own.

    Traditional Chinese has these alone: answers are in simplified characters.
    """
    if locale == TRADITIONAL_CHINESE:
        return _load_messages(f"menu.{locale}").get(key)
    return translate("zh", key) if locale.startswith("zh") else None


def join_names(language: str, names: Iterable[str]) -> str:
    """Names as a list in that language."""
    return ("、" if language == "zh" else ", ").join(names)


def join_sentences(language: str, *sentences: str) -> str:
    """Sentences one after another: in Chinese with no space between."""
    return ("" if language == "zh" else " ").join(filter(None, sentences))


def introduce_by_script(label: str) -> str:
    """A label before what it names, with the colon of its own script."""
    return introduce("zh" if _HAN.search(label) else "en", label)


def introduce(language: str, label: str) -> str:
    """A label before what it names, with the language's colon."""
    return f"{label}{'：' if language == 'zh' else ': '}"


def translate_count(language: str, key: str, count: int, **values: object) -> str:
    """Translate the message ``key`` about a number of things, which for one of them is ``key_one``."""
    return translate(language, f"{key}_one" if count == 1 else key, count=count, **values)


def translate_reason(language: str, reason: str) -> str:
    """Translate a reason that was stored in English, where it is one of the catalogue's (``reason.…``).

    Reasons are stored as the operator reads them. What a platform says in its own words stays as it is.
    """
    if language == "en" or language not in LANGUAGES:
        return reason
    for key, pattern in _compile_reasons().items():
        if match := pattern.fullmatch(reason):
            values = {name: translate_reason(language, value) for name, value in match.groupdict().items()}
            return translate(language, key, **values)
    return re.sub("“([^“”]{1,200})”", lambda name: f"“{_translate_permission(language, name[1])}”", reason)


def _translate_permission(language: str, name: str) -> str:
    """A permission's name in the app's settings; other words stay as they are."""
    messages = _load_messages("en")
    known = {messages[key]: key for key in messages if key.startswith("permission.")}
    return translate(language, known[name]) if name in known else name


@cache
def _compile_reasons() -> dict[str, re.Pattern[str]]:
    """What each reason of the catalogue looks like in English, the ones without values first."""
    messages = _load_messages("en")
    reasons = {key: messages[key] for key in messages if key.startswith("reason.")}
    return {
        key: re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+)", re.escape(text)))
        for key, text in sorted(reasons.items(), key=lambda item: "{" in item[1])
    }


@cache
def _load_messages(language: str) -> Mapping[str, str]:
    return _Catalogue((files(__name__) / f"{language}.yaml").read_text("utf-8"))


class _Catalogue(Mapping[str, str]):
    """A language's messages, each parsed when it is first wanted: an answer has some ten of them.

    A catalogue is one mapping, and nothing in it is nested: a line that begins with a letter begins a message.
    """

    def __init__(self, text: str) -> None:
        self._texts: dict[str, list[str]] = {}
        self._parsed: dict[str, str] = {}
        lines: list[str] = []
        for line in text.split("\n"):
            if line[:1].isalpha():
                lines = self._texts[line.partition(":")[0]] = []
            lines.append(line)

    def __getitem__(self, key: str) -> str:
        message = self._parsed.get(key)
        if message is None:
            message = self._parsed[key] = _parse_message("\n".join(self._texts[key]))
        return message

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)


def _parse_message(text: str) -> str:
    _, value = (event.value for event in yaml.parse(text, _LOADER) if isinstance(event, yaml.ScalarEvent))
    return " ".join(value.split())


@cache
def _get_message_with_names(language: str, key: str) -> str:
    """The message with the names that commands have in that language."""
    messages = _load_messages(language)
    return _COMMAND.sub(lambda match: _name_command(messages, match), messages[key])


def _name_command(messages: Mapping[str, str], match: re.Match[str]) -> str:
    name = messages.get(f"name.{match[1]}")
    return f"/{name}" if name else match[0]
