"""/settings: timezone, time, days, language, layout, and how digests are posted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from typing import Any

from digestbot.cards import replies
from digestbot.cards.card import Button, Card
from digestbot.core.commands import words
from digestbot.core.commands.command import Request
from digestbot.core.commands.subscribing import day_names, day_words
from digestbot.domain.subscription import Format, Layout, Posts, Preferences
from digestbot.errors import CommandError
from digestbot.locale import LANGUAGES

_NAMES = {
    "timezone": ("tz", "时区"),
    "time": ("时间",),
    "days": ("day", "星期"),
    "language": ("lang", "语言"),
    "layout": ("版式",),
    "format": ("格式",),
    "posts": ("post", "帖子"),
    "publish": ("发布",),
}


Setter = Callable[[Preferences, str], Preferences]
"""Gives the preferences with a word as one of them. Raises :class:`CommandError` for a word that is none."""


def _language(preferences: Preferences, word: str) -> Preferences:
    spoken = {"english": "en", "英文": "en", "chinese": "zh", "中文": "zh", "zh-cn": "zh"}
    code = spoken.get(word.casefold(), word.casefold())
    if code not in LANGUAGES:
        raise CommandError("not_language", "settings language zh", text=word)
    return replace(preferences, language=code)


def _one_of(name: str, kind: type[StrEnum], example: str) -> Setter:
    """Sets one of the few words that a setting takes."""

    def chosen(preferences: Preferences, word: str) -> Preferences:
        if word.casefold() not in FIXED[name]:
            raise CommandError(f"not_{name}", example, text=word)
        value: dict[str, Any] = {name: kind(word.casefold())}
        return replace(preferences, **value)

    return chosen


def _publish(preferences: Preferences, word: str) -> Preferences:
    if word.casefold() not in _SWITCH:
        raise CommandError("not_switch", "settings publish on", text=word)
    return replace(preferences, publish=_SWITCH[word.casefold()])


_SWITCH = {"on": True, "yes": True, "开": True, "off": False, "no": False, "关": False}
_SETTERS: dict[str, Setter] = {
    "timezone": lambda preferences, word: replace(preferences, timezone=words.timezone(word)),
    "time": lambda preferences, word: replace(preferences, time=words.time_of_day(word)),
    "days": lambda preferences, word: replace(preferences, days=words.weekdays(word)),
    "language": _language,
    "layout": _one_of("layout", Layout, "settings layout headlines"),
    "format": _one_of("format", Format, "settings format classic"),
    "posts": _one_of("posts", Posts, "settings posts threads"),
    "publish": _publish,
}
NAMES = tuple(_SETTERS)
"""Every setting there is, some of them on some platforms only."""
_TIMES = ("06:00", "07:00", "08:00", "09:00", "10:00", "12:00", "18:00", "20:00")
ZONES = (
    "UTC", "America/Los_Angeles", "America/New_York", "America/Sao_Paulo", "Europe/London", "Europe/Berlin",
    "Europe/Istanbul", "Asia/Dubai", "Asia/Kolkata", "Asia/Shanghai", "Asia/Tokyo", "Australia/Sydney",
)  # fmt: skip
_DAYS = ("daily", "mon-fri", "sat,sun")
FIXED: dict[str, tuple[str, ...]] = {
    "language": tuple(LANGUAGES),
    "layout": tuple(layout.value for layout in Layout),
    "format": tuple(form.value for form in Format),
    "posts": (Posts.PAGES.value, Posts.THREADS.value),  # a forum is one by itself, and nothing else becomes one
    "publish": ("on", "off"),
}
"""The settings that take one of a few words."""


async def settings(request: Request) -> Card:
    """Show the settings, or change one: ``/settings NAME VALUE``."""
    if not request.words:
        return _shown(request)
    name = _named(request.words[0])
    if name not in _settable(request):
        raise CommandError("setting_not_here", "settings time 07:30", name=request.say(f"settings.{name}"))
    if len(request.words) < 2:
        return _offered(request, name)
    before = request.preferences
    joiner = "," if name == "days" else " "
    after = _SETTERS[name](before, joiner.join(request.words[1:]))
    if name == "posts":
        await request.may_post(after)
    await request.subscriptions.change(await request.known(), after)
    now = replace(request, preferences=after)
    text = now.say("settings.changed", name=now.say(f"settings.{name}"), value=_value(now, name))
    undo = Button(now.say("button.undo"), f"settings {name} {_word(before, name)}")
    return replies.said("", text, buttons=[undo] if after != before else [])


def _shown(request: Request) -> Card:
    rows: list[replies.Row] = [
        (request.say(f"settings.{name}"), _value(request, name), None) for name in _settable(request)
    ]
    hint = request.say("settings.hint", example="/settings timezone Europe/Berlin")
    buttons = [Button(request.say(f"settings.{name}"), f"settings {name}") for name in _settable(request)]
    return replace(replies.listed(request.say("settings.title"), rows, hint, buttons=buttons), command="settings")


def _settable(request: Request) -> list[str]:
    """The settings that make a difference here."""
    can = request.view.can
    chosen = {"format": bool(can.formats), "posts": bool(can.posts), "publish": can.publishes}
    return [name for name in _SETTERS if chosen.get(name, True)]


def _offered(request: Request, name: str) -> Card:
    """What a setting may be, to choose with a tap; anything else can be typed."""
    now = _value(request, name)
    title = f"{request.say(f'settings.{name}')}: {now}"
    choices = _words(name)
    buttons = [_choice(request, name, word) for word in choices]
    texts = [request.say("settings.hint", example=f"/settings {name} {choices[-1]}")]
    if name in ("format", "posts", "publish"):
        texts.insert(0, request.say(f"settings.{name}_about"))
    card = replies.said(title, *texts, buttons=[*buttons, request.button("settings", "settings")])
    return replace(card, command=f"settings {name}")


def _choice(request: Request, name: str, word: str) -> Button:
    chosen = _SETTERS[name](request.preferences, word)
    label = _value(replace(request, preferences=chosen), name)
    return Button(label, f"settings {name} {word}", stays=True, on=chosen == request.preferences)


def _words(name: str) -> tuple[str, ...]:
    """What is offered for a setting, as the command takes it."""
    return {
        "timezone": ZONES,
        "time": _TIMES,
        "days": _DAYS,
        **FIXED,
    }[name]


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
    if name in ("format", "posts", "publish"):
        return request.say(f"{name}.{_word(preferences, name)}")
    return LANGUAGES[preferences.language] if name == "language" else _word(preferences, name)


def _word(preferences: Preferences, name: str) -> str:
    """The setting's value as the command takes it."""
    return {
        "timezone": preferences.timezone,
        "time": f"{preferences.time:%H:%M}",
        "days": day_words(preferences.days),
        "language": preferences.language,
        "layout": preferences.layout.value,
        "format": preferences.format.value,
        "posts": preferences.posts.value,
        "publish": "on" if preferences.publish else "off",
    }[name]
