"""The answers to commands that could not be done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import cast

import structlog

from digestbot.cards import replies
from digestbot.cards.card import Button, Card
from digestbot.core.commands.base import format_line, shorten_words
from digestbot.core.ports import IncomingMessage
from digestbot.domain.subscription import CardStyle
from digestbot.domain.topic import Topic
from digestbot.errors import CommandError, DigestbotError, StoreError
from digestbot.i18n import join_names, join_sentences, translate, translate_with_names

_TYPED_VALUES = ("text", "topic")
"""The values of errors that are a person's own words."""
_log = structlog.get_logger(__name__)


def explain_error(error: Exception, message: IncomingMessage, style: CardStyle, language: str) -> Card:
    """The answer to a command that could not be done."""
    if isinstance(error, CommandError):
        can = message.capabilities_for(style)
        return _build_error_card(error, language, is_localized=can.localized_commands)
    return _build_failure_card(error, message, language)


def _build_failure_card(error: Exception, message: IncomingMessage, language: str) -> Card:
    """The answer to a command that failed. What is wrong with the database, and where it is, is for the operator."""
    reason = str(error) if isinstance(error, DigestbotError) else ""
    _log.error("command_failed", platform=message.address.platform, reason=reason, exc_info=not reason)
    if isinstance(error, StoreError):
        told = translate(language, "error.database")
    else:
        told = reason or translate(language, "error.internal")
    return replies.error_card(translate(language, "error.title"), told, "", ())


def _build_error_card(error: CommandError, language: str, *, is_localized: bool) -> Card:
    suggestions = cast("Sequence[Topic | str]", error.values.get("suggestions") or ())
    show_line = partial(format_line, language=language, is_localized=is_localized)
    values = {
        name: shorten_words(str(value)) if name in _TYPED_VALUES else value for name, value in error.values.items()
    }
    find_words = translate_with_names if is_localized else translate
    text = find_words(language, f"error.{error.key}", **values)
    names = [item.title if isinstance(item, Topic) else show_line(item) for item in suggestions]
    if names:
        guess = translate(language, "error.did_you_mean", names=join_names(language, names))
        text = join_sentences(language, text, guess)
    choices = cast("Sequence[Button]", error.values.get("choices") or ())
    buttons = [*(_build_suggestion_buttons(error, suggestions, show_line) if names else []), *choices]
    example_label = translate(language, "error.works") if error.examples else ""
    examples = [show_line(example) for example in error.examples]
    return replies.error_card(
        translate(language, error.title_key), text, example_label, examples, buttons, language=language
    )


def _build_suggestion_buttons(
    error: CommandError, suggestions: Sequence[Topic | str], show_line: Callable[[str], str]
) -> list[Button]:
    """What could be meant: topics by their titles, and what else works as it is typed."""
    titles = {f" {item.slug} ": item.title for item in suggestions if isinstance(item, Topic)}
    return [
        Button(next((title for slug, title in titles.items() if slug in f"{example} "), show_line(example)), example)
        for example in error.examples
    ]
