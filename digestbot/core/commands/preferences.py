"""/settings: timezone, time, days, language, layout, and how digests are posted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from operator import attrgetter
from typing import Any

from digestbot.cards import replies
from digestbot.cards.card import Button, Card
from digestbot.core.commands import parsing
from digestbot.core.commands.base import CommandRequest
from digestbot.core.commands.rich_sample import SAMPLE_COMMAND, build_sample_card, can_try_rich
from digestbot.core.commands.setting_names import find_setting
from digestbot.core.commands.subscriptions import format_days, format_days_argument, format_next, format_paused
from digestbot.domain.subscription import CardStyle, Layout, PostMode, Preferences, Subscriber
from digestbot.errors import CommandError
from digestbot.i18n import LANGUAGES

Setter = Callable[[Preferences, str], Preferences]
"""Sets a preference from a word. Raises :class:`CommandError` for an invalid value."""


def _set_language(preferences: Preferences, word: str) -> Preferences:
    aliases = {"english": "en", "英文": "en", "chinese": "zh", "中文": "zh", "zh-cn": "zh"}
    code = aliases.get(word.casefold(), word.casefold())
    if code not in LANGUAGES:
        raise CommandError("not_language", "settings language zh", text=word)
    return replace(preferences, language=code)


def _build_choice_setter(name: str, field: str, enum: type[StrEnum], example: str) -> Setter:
    """A setter for a setting with a fixed set of values."""

    def set_choice(preferences: Preferences, word: str) -> Preferences:
        if word.casefold() not in (*FIXED_CHOICES[name], *_UNLISTED_CHOICES.get(name, ())):
            raise CommandError(f"not_{name}", example, text=word)
        value: dict[str, Any] = {field: enum(word.casefold())}
        return replace(preferences, **value)

    return set_choice


def _set_publish(preferences: Preferences, word: str) -> Preferences:
    if word.casefold() not in _SWITCH_VALUES:
        raise CommandError("not_switch", "settings publish on", text=word)
    return replace(preferences, publish=_SWITCH_VALUES[word.casefold()])


def _set_answers(preferences: Preferences, word: str) -> Preferences:
    if word.casefold() not in _ANSWERS_VALUES:
        raise CommandError("not_answers", "settings answers private", text=word)
    return replace(preferences, public_answers=_ANSWERS_VALUES[word.casefold()])


_ANSWERS_VALUES = {"public": True, "公开": True, "private": False, "私密": False, "仅自己可见": False}
_SWITCH_VALUES = {"on": True, "yes": True, "开": True, "off": False, "no": False, "关": False}
_SETTERS: dict[str, Setter] = {
    "timezone": lambda preferences, word: replace(preferences, timezone=parsing.parse_timezone(word)),
    "time": lambda preferences, word: replace(preferences, time=parsing.parse_time(word)),
    "days": lambda preferences, word: replace(preferences, days=parsing.parse_weekdays(word)),
    "language": _set_language,
    "layout": _build_choice_setter("layout", "layout", Layout, "settings layout headlines"),
    "format": _build_choice_setter("format", "card_style", CardStyle, "settings format classic"),
    "posts": _build_choice_setter("posts", "post_mode", PostMode, "settings posts threads"),
    "publish": _set_publish,
    "answers": _set_answers,
}
SETTING_NAMES = tuple(_SETTERS)
"""All settings, including those available on some platforms only."""
_FIELDS = {"format": "card_style", "posts": "post_mode", "answers": "public_answers"}
"""The fields of preferences whose settings have other names."""
_TIME_CHOICES = ("06:00", "07:00", "08:00", "09:00", "10:00", "12:00", "18:00", "20:00")
TIMEZONE_CHOICES = (
    "UTC", "America/Los_Angeles", "America/New_York", "America/Sao_Paulo", "Europe/London", "Europe/Berlin",
    "Europe/Istanbul", "Asia/Dubai", "Asia/Kolkata", "Asia/Shanghai", "Asia/Tokyo", "Australia/Sydney",
)  # fmt: skip
_DAYS_CHOICES = ("daily", "mon-fri", "sat,sun")
FIXED_CHOICES: dict[str, tuple[str, ...]] = {
    "language": tuple(LANGUAGES),
    "layout": tuple(layout.value for layout in Layout),
    "format": (CardStyle.CLASSIC.value, CardStyle.RICH.value),
    "posts": (PostMode.PAGES.value, PostMode.THREADS.value),  # forums are detected, not chosen
    "publish": ("on", "off"),
    "answers": ("private", "public"),
}
"""The settings that take one of a few words."""
_UNLISTED_CHOICES = {"format": (CardStyle.DEFAULT.value,)}
"""Words that a setting takes and does not offer: what a chat has until it chooses, for the way back to it."""


async def handle_settings(request: CommandRequest) -> Card:
    """Show the settings, or change one: ``/settings NAME VALUE``."""
    if not request.args:
        return await _build_settings_card(request)
    name = _parse_name(request.args[0])
    if name not in _list_available(request):
        raise CommandError("setting_not_here", "settings time 07:30", name=request.translate(f"settings.{name}"))
    if len(request.args) < 2:
        return _build_choices_card(request, name)
    if f"settings {name} {request.args[1].casefold()}" == SAMPLE_COMMAND and can_try_rich(request):
        return await build_sample_card(request)
    before = request.preferences
    separator = "," if name == "days" else " "
    after = _SETTERS[name](before, separator.join(request.args[1:]))
    if _needs_permissions(name, after):
        await request.check_post_permissions(after)
    subscriber = await request.get_or_create_subscriber()
    field = _FIELDS.get(name, name)
    await request.subscriptions.update_preferences(subscriber, **{field: getattr(after, field)})
    updated = replace(request, preferences=after)
    next_text = format_paused(updated) or await format_next(updated, subscriber)
    text = updated.translate(
        "settings.changed", name=updated.translate(f"settings.{name}"), value=_format_value(updated, name)
    )
    undo = Button(updated.translate("button.undo"), f"settings {name} {_format_argument(before, name)}")
    own_text = await _format_own_schedules(updated, subscriber, name)
    return replies.message_card("", text, own_text, next_text, buttons=[undo] if after != before else [])


def _needs_permissions(name: str, after: Preferences) -> bool:
    """Whether a changed setting may need a permission that the bot did not need before."""
    return (
        name == "posts"
        or (name == "format" and after.card_style is CardStyle.CLASSIC)
        or (name == "publish" and after.publish)
    )


async def _format_own_schedules(request: CommandRequest, subscriber: Subscriber, name: str) -> str:
    """How many topics the chat's time, days or timezone do not apply to; empty if none."""
    if name not in {"time", "days", "timezone"}:
        return ""
    subscribed = await request.subscriptions.list_for(subscriber)
    is_own = attrgetter("has_own_timezone" if name == "timezone" else "has_own_schedule")
    count = sum(map(is_own, subscribed))
    key = "settings.own_schedules_one" if count == 1 else "settings.own_schedules"
    return request.translate(key, count=count) if count else ""


async def _build_settings_card(request: CommandRequest) -> Card:
    rows: list[replies.Row] = [
        (request.translate(f"settings.{name}"), _format_value(request, name), None) for name in _list_available(request)
    ]
    hint = request.translate("settings.hint", example="/settings timezone Europe/Berlin")
    buttons = [Button(request.translate(f"settings.{name}"), f"settings {name}") for name in _list_available(request)]
    subscriber = request.subscriber
    next_text = format_paused(request) or (await format_next(request, subscriber) if subscriber else "")
    return replace(
        replies.list_card(request.translate("settings.title"), rows, next_text, hint, buttons=buttons),
        command="settings",
    )


def _list_available(request: CommandRequest) -> list[str]:
    """The settings that have an effect in this chat."""
    capabilities = request.context.capabilities
    availability = {
        "format": bool(capabilities.card_styles),
        "posts": bool(capabilities.post_modes),
        "publish": capabilities.can_publish,
        "answers": capabilities.private_answers,
    }
    return [name for name in _SETTERS if availability.get(name, True)]


def _build_choices_card(request: CommandRequest, name: str) -> Card:
    """The common values of a setting as buttons; others can be typed."""
    current = _format_value(request, name)
    title = f"{request.translate(f'settings.{name}')}: {current}"
    choices = _list_choices(name)
    buttons = [_build_choice_button(request, name, word) for word in choices]
    texts = [request.translate("settings.hint", example=f"/settings {name} {choices[-1]}")]
    if name in ("format", "posts", "publish", "answers"):
        about = request.context.capabilities.card_styles_key if name == "format" else f"settings.{name}_about"
        texts.insert(0, request.translate(about))
    if name == "format" and can_try_rich(request):
        buttons.append(request.build_button("try_rich", SAMPLE_COMMAND))
    card = replies.message_card(title, *texts, buttons=[*buttons, request.build_button("settings", "settings")])
    return replace(card, command=f"settings {name}")


def _build_choice_button(request: CommandRequest, name: str, word: str) -> Button:
    changed = _SETTERS[name](request.preferences, word)
    label = _format_value(replace(request, preferences=changed), name)
    return Button(label, f"settings {name} {word}", keeps_card=True, is_on=label == _format_value(request, name))


def _list_choices(name: str) -> tuple[str, ...]:
    """The values offered for a setting, in the command's syntax."""
    return {
        "timezone": TIMEZONE_CHOICES,
        "time": _TIME_CHOICES,
        "days": _DAYS_CHOICES,
        **FIXED_CHOICES,
    }[name]


def _parse_name(word: str) -> str:
    if name := find_setting(word):
        return name
    raise CommandError("not_setting", "settings timezone Europe/Berlin", text=word)


def _format_value(request: CommandRequest, name: str) -> str:
    preferences = request.preferences
    if name == "days":
        return format_days(request, preferences.days)
    if name == "layout":
        return request.translate(f"layout.{preferences.layout}")
    if name == "format":
        return request.translate(f"format.{_get_card_style(request)}")
    if name in ("posts", "publish", "answers"):
        return request.translate(f"{name}.{_format_argument(preferences, name)}")
    return LANGUAGES[preferences.language] if name == "language" else _format_argument(preferences, name)


def _get_card_style(request: CommandRequest) -> CardStyle:
    """The chat's card style: its choice, else the platform's default."""
    chosen, styles = request.preferences.card_style, request.context.capabilities.card_styles
    return styles[0] if chosen is CardStyle.DEFAULT and styles else chosen


def _format_argument(preferences: Preferences, name: str) -> str:
    """The setting's value in the command's syntax."""
    return {
        "timezone": preferences.timezone,
        "time": f"{preferences.time:%H:%M}",
        "days": format_days_argument(preferences.days),
        "language": preferences.language,
        "layout": preferences.layout.value,
        "format": preferences.card_style.value,
        "posts": preferences.post_mode.value,
        "publish": "on" if preferences.publish else "off",
        "answers": "public" if preferences.public_answers else "private",
    }[name]
