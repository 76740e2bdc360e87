"""/settings: timezone, time, days, language, layout, and how digests are posted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from digestbot.cards import replies
from digestbot.cards.card import Button, Card
from digestbot.core.commands.base import CommandRequest
from digestbot.core.commands.subscriptions.mentioning import build_roles_card, explain_obstacle, format_role, read_role
from digestbot.core.commands.subscriptions.option_answers import explain, find_start, format_place_note, format_zone
from digestbot.core.commands.subscriptions.rich_sample import SAMPLE_COMMAND, build_sample_card, can_try_rich
from digestbot.core.commands.subscriptions.subscribing import (
    build_undo_button,
    format_days,
    format_days_argument,
    format_next,
    format_paused,
    format_paused_topics,
)
from digestbot.core.lines.setting_names import SCHEDULE_NAMES, find_setting
from digestbot.core.lines.setting_values import find_setting_value
from digestbot.core.times.options import OptionError, Options, read_days, read_options, read_place, read_time
from digestbot.core.times.places import list_likely_zones, name_city
from digestbot.domain.subscription import CardStyle, Layout, PostMode, Preferences, Subscriber, Subscription
from digestbot.domain.timezones import format_timezone
from digestbot.errors import CommandError
from digestbot.i18n import LANGUAGES

Setter = Callable[[Preferences, str], Preferences]
"""Sets a preference from a word. Raises :class:`CommandError` for an invalid value."""


def _build_choice_setter(name: str, field: str, enum: type[StrEnum], example: str) -> Setter:
    """A setter for a setting with a fixed set of values."""

    def set_choice(preferences: Preferences, word: str) -> Preferences:
        value: dict[str, Any] = {field: enum(_read_value(name, word, f"not_{name}", example))}
        return replace(preferences, **value)

    return set_choice


def _build_switch_setter(name: str) -> Setter:
    """A setter for what is on or off, in a field of the same name."""

    def set_switch(preferences: Preferences, word: str) -> Preferences:
        is_on = _read_value(name, word, "not_switch", f"settings {name} on") == "on"
        value: dict[str, Any] = {name: is_on}
        return replace(preferences, **value)

    return set_switch


def _set_language(preferences: Preferences, word: str) -> Preferences:
    return replace(preferences, language=_read_value("language", word, "not_language", "settings language zh"))


def _set_answers(preferences: Preferences, word: str) -> Preferences:
    is_public = _read_value("answers", word, "not_answers", "settings answers private") == "public"
    return replace(preferences, public_answers=is_public)


def _read_value(name: str, word: str, error_key: str, example: str) -> str:
    """The value that is typed. Raises :class:`CommandError` for any other word."""
    if value := find_setting_value(name, word):
        return value
    raise CommandError(error_key, example, text=word)


_SETTERS: dict[str, Setter] = {
    "timezone": lambda preferences, word: replace(preferences, timezone=read_place(word).zones[0]),
    "time": lambda preferences, word: replace(preferences, time=read_time(word)),
    "days": lambda preferences, word: replace(preferences, days=read_days(word)),
    "language": _set_language,
    "layout": _build_choice_setter("layout", "layout", Layout, "settings layout headlines"),
    "format": _build_choice_setter("format", "card_style", CardStyle, "settings format classic"),
    "posts": _build_choice_setter("posts", "post_mode", PostMode, "settings posts threads"),
    "publish": _build_switch_setter("publish"),
    "answers": _set_answers,
    "quiet": _build_switch_setter("quiet"),
    "bundle": _build_switch_setter("bundle"),
}
SETTING_NAMES = (*_SETTERS, "mention")
"""All settings, including those available on some platforms only."""
_NOT_KEYS = {"timezone": "not_a_timezone", "time": "not_a_time", "days": "not_days"}
_FIELDS = {"format": "card_style", "posts": "post_mode", "answers": "public_answers", "mention": "mention_role"}
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
    "quiet": ("on", "off"),
    "bundle": ("on", "off"),
}
"""The settings that take one of a few words."""


async def handle_settings(request: CommandRequest) -> Card:
    """Show the settings, or change one: ``/settings NAME VALUE``, or ``/settings`` and when digests are to come."""
    if not request.args:
        return await _build_settings_card(request)
    if not (name := find_setting(request.args[0])):
        return await _change_unnamed(request)
    _require_available(request, name)
    if len(request.args) < 2:
        return _build_choices_card(request, name)
    if f"settings {name} {request.args[1].casefold()}" == SAMPLE_COMMAND and can_try_rich(request):
        return await build_sample_card(request)
    return await _change_named(request, name, " ".join(request.args[1:]))


def _require_available(request: CommandRequest, name: str) -> None:
    """Raise :class:`CommandError` for a setting that has no effect in this chat."""
    if name in _list_available(request):
        return
    if name == "mention":
        raise CommandError("mention_not_here", "settings")
    raise CommandError("setting_not_here", "settings", name=request.translate(f"settings.{name}"))


async def _change_named(request: CommandRequest, name: str, text: str) -> Card:
    """Change a setting to what a text says."""
    if name in SCHEDULE_NAMES:
        return await _change_schedule(request, name, text)
    if name == "mention":
        return await _change_mention(request, text)
    return await _change_setting(request, name, text)


async def _change_unnamed(request: CommandRequest) -> Card:
    """A change of time, days or timezone that says no name: ``/settings 8am Berlin``."""
    text = request.argument_text
    try:
        read_options(text)
    except OptionError as error:
        if error.key not in ("not_understood", "not_a_timezone"):
            raise explain(request, error, "settings", text) from None
        word = request.args[0]  # a name is what is missing most likely
        raise CommandError("not_setting", f"settings timezone {_show_zone(request)}", text=word) from None
    return await _change_schedule(request, "", text)


async def _change_setting(request: CommandRequest, name: str, text: str) -> Card:
    """Change a setting that takes one of a few words."""
    before = request.preferences
    after = _SETTERS[name](before, text)
    if _needs_permissions(name, after):
        await request.check_post_permissions(after)
    subscriber = await request.get_or_create_subscriber()
    field = _FIELDS.get(name, name)
    return await _apply_changes(request, subscriber, {field: getattr(after, field)}, [name])


async def _change_mention(request: CommandRequest, text: str) -> Card:
    """Change the role that digests call. That the bot may not call it is said, and does not stop the digests."""
    role = read_role(request, text)
    subscriber = await request.get_or_create_subscriber()
    card = await _apply_changes(request, subscriber, {"mention_role": role.id if role else ""}, ["mention"])
    return _add_note(card, explain_obstacle(request, role))


async def _change_schedule(request: CommandRequest, name: str, text: str) -> Card:
    """Change when digests come: the setting that is named, and what is said besides."""
    command = f"settings {name}".strip()
    options = _read_schedule(request, name, text)
    values = {"timezone": options.timezone, "time": options.time, "days": _choose_days(request, options)}
    changes = {key: value for key, value in values.items() if value is not None}
    if not changes or (name and name not in changes):
        raise explain(request, OptionError(_NOT_KEYS.get(name, "not_understood"), text), command, text)
    if options.is_instant or options.follows_chat:
        raise explain(request, OptionError("not_understood", text), command, text)
    subscriber = await request.get_or_create_subscriber()
    starts_at = find_start(request, options.start, options.timezone or request.preferences.timezone)
    names = sorted(changes, key=lambda one: (one != name, list(values).index(one)))
    card = await _apply_changes(
        request, subscriber, changes, names, is_everywhere=options.is_everywhere, starts_at=starts_at
    )
    return _add_note(card, format_place_note(request, options))


def _choose_days(request: CommandRequest, options: Options) -> frozenset[int] | None:
    """The days that are named; of those that the chat has, where only some of them are taken away."""
    if options.days is None or not options.has_exceptions_alone:
        return options.days
    return request.preferences.days & options.days or options.days


def _read_schedule(request: CommandRequest, name: str, text: str) -> Options:
    """When digests are to come, as the text says. Raises :class:`CommandError` with commands that work."""
    try:
        return read_options(text)
    except OptionError as error:
        if name and error.key == "not_understood" and error.text == text:
            error = OptionError(_NOT_KEYS[name], text, error.span)
        is_named = error.key == _NOT_KEYS.get(name) or (name == "timezone" and "place" in error.key)
        raise explain(request, error, f"settings {name}" if is_named else "settings", text) from None


def _add_note(card: Card, note: str) -> Card:
    return replace(card, blocks=(*card.blocks, *replies.message_card("", note).blocks)) if note else card


async def _apply_changes(
    request: CommandRequest,
    subscriber: Subscriber,
    changes: Mapping[str, Any],
    names: Sequence[str],
    *,
    is_everywhere: bool = False,
    starts_at: datetime | None = None,
) -> Card:
    """Change some fields of the chat's preferences; the answer says what they are now, and undoes it."""
    others = await _find_own(request, subscriber, changes)
    slugs = [one.topic.slug for one in others] if is_everywhere else []
    state = await request.subscriptions.read_state(subscriber, fields=tuple(changes), slugs=slugs)
    await request.subscriptions.update_preferences(
        subscriber, is_everywhere=is_everywhere, starts_at=starts_at, **changes
    )
    updated = replace(request, preferences=replace(request.preferences, **changes))
    buttons = []
    if updated.preferences != request.preferences or slugs:
        undo = await build_undo_button(request, subscriber, state)
        buttons.append(replace(undo, label=updated.translate("button.undo")))
    own_text = ""
    if others and not is_everywhere:
        own_name = next(name for name in names if name in SCHEDULE_NAMES)
        own_text = _format_own(updated, own_name, len(others))
        arguments = " ".join(_format_argument(updated.preferences, name) for name in names)
        key = "change_too_one" if len(others) == 1 else "change_too"
        buttons.insert(0, updated.build_button(key, f"settings {own_name} {arguments} everywhere"))
    changed = " ".join(
        updated.translate(
            "settings.changed", name=updated.translate(f"settings.{name}"), value=format_setting(updated, name)
        )
        for name in names
    )
    renewed = replace(subscriber, preferences=replace(subscriber.preferences, **changes))
    next_text = format_paused(updated) or await format_next(updated, renewed)  # topics go by their name in its language
    return replies.message_card("", changed, own_text, next_text, buttons=buttons)


async def _find_own(request: CommandRequest, subscriber: Subscriber, changes: Mapping[str, Any]) -> list[Subscription]:
    """The subscriptions that have an own time, other days or another timezone than is chosen."""
    subscribed = await request.subscriptions.list_for(subscriber) if changes.keys() & set(SCHEDULE_NAMES) else []
    return [one for one in subscribed if any(_differs(one, name, value) for name, value in changes.items())]


def _differs(subscription: Subscription, name: str, value: object) -> bool:
    is_own = subscription.has_own_timezone if name == "timezone" else subscription.has_own_schedule
    return (
        is_own and not subscription.instant and name in SCHEDULE_NAMES and getattr(subscription.schedule, name) != value
    )


def _format_own(request: CommandRequest, name: str, count: int) -> str:
    """How many topics keep a time, days or timezone of their own."""
    key = "settings.own_schedules_one" if count == 1 else "settings.own_schedules"
    return request.translate(key, count=count, name=request.translate(f"settings.own_{name}"))


def _needs_permissions(name: str, after: Preferences) -> bool:
    """Whether a changed setting may need a permission that the bot did not need before."""
    return (
        name == "posts"
        or (name == "format" and after.card_style is CardStyle.CLASSIC)
        or (name == "publish" and after.publish)
    )


async def _build_settings_card(request: CommandRequest) -> Card:
    rows: list[replies.Row] = [
        (request.translate(f"settings.{name}"), format_setting(request, name), None)
        for name in _list_available(request)
    ]
    hint = request.translate("settings.hint", example=request.show_line(f"settings timezone {_show_zone(request)}"))
    buttons = [Button(request.translate(f"settings.{name}"), f"settings {name}") for name in _list_available(request)]
    buttons += request.build_test_buttons()
    subscriber = request.subscriber
    next_text = format_paused(request) or (await format_next(request, subscriber) if subscriber else "")
    paused_topics = await format_paused_topics(request)
    return replace(
        replies.list_card(request.translate("settings.title"), rows, next_text, paused_topics, hint, buttons=buttons),
        command="settings",
        menu_label=request.translate("button.change_setting"),
    )


def _list_available(request: CommandRequest) -> list[str]:
    """The settings that have an effect in this chat."""
    capabilities = request.context.capabilities
    availability = {
        "format": bool(capabilities.card_styles),
        "posts": bool(capabilities.post_modes),
        "publish": capabilities.can_publish,
        "answers": capabilities.private_answers,
        "quiet": capabilities.can_be_quiet,
        "bundle": request.preferences.post_mode is not PostMode.FORUM,  # there each topic has posts with its tag
        "mention": capabilities.can_mention,
    }
    return [name for name in SETTING_NAMES if availability.get(name, True)]


def _build_choices_card(request: CommandRequest, name: str) -> Card:
    """The common values of a setting as buttons; others can be typed."""
    if name == "mention":
        return build_roles_card(request)
    current = format_setting(request, name)
    title = request.translate("settings.current", name=request.translate(f"settings.{name}"), value=current)
    choices = _list_choices(request, name)
    buttons = [_build_choice_button(request, name, word) for word in choices]
    texts = [request.translate("settings.hint", example=request.show_line(f"settings {name} {choices[-1]}"))]
    if name in ("format", "posts", "publish", "answers", "quiet", "bundle"):
        about = request.context.capabilities.card_styles_key if name == "format" else f"settings.{name}_about"
        texts.insert(0, request.translate(about))
    if name == "format" and can_try_rich(request):
        buttons.append(request.build_button("try_rich", SAMPLE_COMMAND))
    card = replies.message_card(title, *texts, buttons=[*buttons, request.build_button("settings", "settings")])
    return replace(card, command=f"settings {name}")


def _build_choice_button(request: CommandRequest, name: str, word: str) -> Button:
    changed = replace(request, preferences=_SETTERS[name](request.preferences, word))
    value = format_setting(changed, name)
    label = name_city(word, request.language) if name == "timezone" else value
    return Button(label, f"settings {name} {word}", keeps_card=True, is_on=value == format_setting(request, name))


def list_zone_choices(language: str) -> tuple[str, ...]:
    """Common timezones, those of where an app's language is spoken first."""
    return tuple(dict.fromkeys((*list_likely_zones(language), *TIMEZONE_CHOICES)))[: len(TIMEZONE_CHOICES)]


def _list_choices(request: CommandRequest, name: str) -> tuple[str, ...]:
    """The values offered for a setting, in the command's syntax."""
    return {
        "timezone": list_zone_choices(request.message.language) if name == "timezone" else (),
        "time": _TIME_CHOICES,
        "days": _DAYS_CHOICES,
        **FIXED_CHOICES,
    }[name]


def name_setting(field: str) -> str:
    """The setting of a field of preferences."""
    return next((name for name, other in _FIELDS.items() if other == field), field)


def _show_zone(request: CommandRequest) -> str:
    """The chat's timezone, as it is typed; a city's where it is UTC, which it is until somebody sets it."""
    zone = format_timezone(request.preferences.timezone)
    return request.translate("settings.timezone_example") if zone == "UTC" else zone


def format_setting(request: CommandRequest, name: str) -> str:
    """The value of a setting, as it is read."""
    preferences = request.preferences
    if name == "days":
        return format_days(request, preferences.days)
    if name == "timezone":
        return format_zone(request, preferences.timezone)
    if name == "format":
        return request.translate(f"format.{_get_card_style(request)}")
    if name == "mention":
        return format_role(request)
    if name in ("layout", "posts", "publish", "answers", "quiet", "bundle"):
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
        "quiet": "on" if preferences.quiet else "off",
        "bundle": "on" if preferences.bundle else "off",
    }[name]
