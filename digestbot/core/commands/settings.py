"""/settings: timezone, time, days, language, layout."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from digestbot.cards import replies
from digestbot.cards.card import Button, Card
from digestbot.core.commands import words
from digestbot.core.commands.command import Request
from digestbot.core.commands.subscribing import day_names, day_words
from digestbot.domain.subscription import Layout, Preferences
from digestbot.errors import CommandError
from digestbot.locale import LANGUAGES

_NAMES = {
    "timezone": ("tz", "时区"),
    "time": ("时间",),
    "days": ("day", "星期"),
    "language": ("lang", "语言"),
    "layout": ("版式",),
}


def _language(preferences: Preferences, word: str) -> Preferences:
    spoken = {"english": "en", "英文": "en", "chinese": "zh", "中文": "zh", "zh-cn": "zh"}
    code = spoken.get(word.casefold(), word.casefold())
    if code not in LANGUAGES:
        raise CommandError("not_language", "settings language zh", text=word)
    return replace(preferences, language=code)


def _layout(preferences: Preferences, word: str) -> Preferences:
    try:
        return replace(preferences, layout=Layout(word.casefold()))
    except ValueError:
        raise CommandError("not_layout", "settings layout headlines", text=word) from None


_SETTERS: dict[str, Callable[[Preferences, str], Preferences]] = {
    "timezone": lambda preferences, word: replace(preferences, timezone=words.timezone(word)),
    "time": lambda preferences, word: replace(preferences, time=words.time_of_day(word)),
    "days": lambda preferences, word: replace(preferences, days=words.weekdays(word)),
    "language": _language,
    "layout": _layout,
}
_EXAMPLES = {
    "timezone": "Europe/Berlin",
    "time": "08:00",
    "days": "mon-fri",
    "language": "zh",
    "layout": "headlines",
}


async def settings(request: Request) -> Card:
    """Show the settings, or change one: ``/settings NAME VALUE``."""
    if not request.words:
        return _shown(request)
    name = _named(request.words[0])
    if len(request.words) < 2:
        raise CommandError("need_value", f"settings {name} {_EXAMPLES[name]}", name=name)
    before = request.preferences
    joiner = "," if name == "days" else " "
    after = _SETTERS[name](before, joiner.join(request.words[1:]))
    await request.subscriptions.change(await request.known(), after)
    now = replace(request, preferences=after)
    text = now.say("settings.changed", name=now.say(f"settings.{name}"), value=_value(now, name))
    undo = Button(now.say("button.undo"), f"settings {name} {_word(before, name)}")
    return replies.said("", text, buttons=[undo] if after != before else [])


def _shown(request: Request) -> Card:
    rows: list[replies.Row] = [(request.say(f"settings.{name}"), _value(request, name), None) for name in _SETTERS]
    hint = request.say("settings.hint", example="/settings timezone Europe/Berlin")
    return replies.listed(request.say("settings.title"), rows, hint, buttons=_choices(request))


def _choices(request: Request) -> list[Button]:
    """What can be chosen with a tap: the other languages and layouts."""
    preferences = request.preferences
    languages = [
        Button(name, f"settings language {code}") for code, name in LANGUAGES.items() if code != preferences.language
    ]
    layouts = [
        Button(
            f"{request.say('settings.layout')}: {request.say(f'layout.{layout}')}",
            f"settings layout {layout}",
        )
        for layout in Layout
        if layout is not preferences.layout
    ]
    return [*languages, *layouts]


def _named(word: str) -> str:
    folded = word.casefold()
    for name, others in _NAMES.items():
        if folded == name or folded in others:
            return name
    raise CommandError("not_setting", "settings timezone Europe/Berlin", text=word)


def _value(request: Request, name: str) -> str:
    preferences = request.preferences
    if name == "days":
        return day_names(request, preferences.days)
    if name == "layout":
        return request.say(f"layout.{preferences.layout}")
    return LANGUAGES[preferences.language] if name == "language" else _word(preferences, name)


def _word(preferences: Preferences, name: str) -> str:
    """The setting's value as the command takes it."""
    return {
        "timezone": preferences.timezone,
        "time": f"{preferences.time:%H:%M}",
        "days": day_words(preferences.days),
        "language": preferences.language,
        "layout": preferences.layout.value,
    }[name]
