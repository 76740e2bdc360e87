"""The digest of a day: /digest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from heapq import nsmallest

from digestbot.cards import replies
from digestbot.cards.card import Button, Card
from digestbot.core.commands.base import CommandRequest
from digestbot.core.commands.digests.digest_answers import build_digest_answer, find_local_today, note_nothing_today
from digestbot.core.commands.subscriptions.categories import refuse_unfollowed_category
from digestbot.core.commands.subscriptions.newest_digests import find_latest, find_of_day
from digestbot.core.lines import page_numbers
from digestbot.core.times.days import DayError, read_day, says_day, split_day
from digestbot.domain.topic import MAX_COMPARED_CHARACTERS, Topic, match_first_words
from digestbot.errors import CommandError

_MAX_DATES, _MAX_OFFERED_DATES = 1000, 5
"""How many of a topic's dates are looked at, and how many are offered in place of one that has no digest."""
_MAX_WORDS_AFTER, _MAX_OFFERED_TOPICS = 4, 8


async def handle_digest(request: CommandRequest) -> Card:
    """A topic's digest for a day, or its newest."""
    args, page_number = page_numbers.split_page_number(request.args, min_words=1)
    today = find_local_today(request)
    topic, text = await _split_topic_and_day(request, args, today)
    if not text:
        return await build_digest_answer(request, topic, await find_latest(request, topic), page_number)
    days = await _read_days(request, topic, text, today)
    found = [stored for day in days if (stored := await find_of_day(request, topic, day))]
    if len(found) > 1:
        choices = [_build_day_button(topic, stored.digest.date) for stored in found]
        raise CommandError("several_dates", text=text, choices=choices)
    if not found:
        return await _build_no_digest_card(request, topic, days[0])
    return await build_digest_answer(request, topic, found[0], page_number)


async def _split_topic_and_day(request: CommandRequest, words: tuple[str, ...], today: date) -> tuple[Topic, str]:
    """The topic that is named, and the words that say a day, before it or after it; empty if none do."""
    topics = [summary.topic for summary in await request.catalog.list_topics()]
    topic, count = match_first_words(words, topics)
    if topic:
        return topic, " ".join(words[count:])
    if says_day(" ".join(words), today):
        return await _require_only_topic(request, " ".join(words), today), " ".join(words)
    name, text = split_day(words, today)
    if not text:
        name, text = await _split_guessed(request, words)
    try:
        return await request.require_topic(" ".join(name), "digest", text), text
    except CommandError:
        refuse_unfollowed_category(request, " ".join(name))
        raise


async def _require_only_topic(request: CommandRequest, text: str, today: date) -> Topic:
    """The topic that is meant where only a day is named: the only one that the chat has. Else it is asked back."""
    subscribed = await request.subscriptions.list_for(request.subscriber) if request.subscriber else []
    known = [one.topic for one in subscribed] or [one.topic for one in await request.catalog.list_topics()]
    if len(known) == 1:
        return known[0]
    try:
        days = read_day(text, today)
    except DayError as error:
        raise CommandError(error.key, "latest", text=text) from None
    dated = [one for one in known[:_MAX_OFFERED_TOPICS] if await find_of_day(request, one, days[0])]
    choices = [Button(topic.title, f"digest {topic.slug} {days[0]}") for topic in dated]
    raise CommandError("need_topic", *([choices[0].command] if choices else ["latest"]), choices=choices)


async def _split_guessed(request: CommandRequest, words: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
    """The words that are clearly meant as a topic's name, and what follows them, which is no day."""
    for count in range(len(words), max(0, len(words) - _MAX_WORDS_AFTER), -1):
        name = " ".join(words[:count])
        if len(name) <= MAX_COMPARED_CHARACTERS and (await request.catalog.find_topic(name)).guess:
            return words[:count], " ".join(words[count:])
    return words, ""


async def _read_days(request: CommandRequest, topic: Topic, text: str, today: date) -> tuple[date, ...]:
    """The days that can be meant. Raises :class:`CommandError` with days that there are digests of."""
    try:
        days = read_day(text, today)
    except DayError as error:
        near = await _list_nearest(request, topic, error.near or today)
        raise _build_day_error(error.key, topic, text, near) from None
    if not days:
        raise _build_day_error("not_a_date", topic, text, await _list_nearest(request, topic, today))
    return days


def _build_day_error(key: str, topic: Topic, text: str, near: Sequence[date]) -> CommandError:
    choices = [_build_day_button(topic, day) for day in near]
    return CommandError(key, *(choice.command for choice in choices[:1]), text=text, choices=choices)


def _build_day_button(topic: Topic, day: date) -> Button:
    return Button(str(day), f"digest {topic.slug} {day}")


async def _list_nearest(request: CommandRequest, topic: Topic, day: date) -> list[date]:
    """The dates with digests that are nearest to a day, the nearest first."""
    dates = await request.catalog.list_dates(topic, _MAX_DATES)
    return nsmallest(_MAX_OFFERED_DATES, dates, key=lambda one: abs(one - day))


async def _build_no_digest_card(request: CommandRequest, topic: Topic, day: date) -> Card:
    near = await _list_nearest(request, topic, day)
    if not near:
        return await build_digest_answer(request, topic, None, 1)
    if day == find_local_today(request):
        newest = await find_latest(request, topic)
        note_nothing_today(request, newest.digest.date if newest else None)
        return await build_digest_answer(request, topic, newest, 1)
    dates = request.context.join_names(map(str, near))
    text = request.translate("digest.not_on", topic=topic.title, date=day, dates=dates)
    buttons = [_build_day_button(topic, one) for one in near]
    return replies.error_card(
        request.translate("error.title"),
        text,
        request.translate("error.works"),
        [request.show_line(buttons[0].command)],
        buttons,
        language=request.language,
    )
