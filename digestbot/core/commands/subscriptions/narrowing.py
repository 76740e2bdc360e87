"""Leaving papers out: /filter narrows one topic, /mute hides something everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from digestbot.cards import replies
from digestbot.cards.card import Card
from digestbot.core.commands.base import CommandRequest, name_in_line, name_shortly, shorten_words
from digestbot.core.commands.paging import choose_page
from digestbot.core.commands.subscriptions.categories import split_category
from digestbot.core.commands.subscriptions.newest_digests import find_latest
from digestbot.core.commands.subscriptions.subscribing import build_undo_button
from digestbot.core.follows.narrowing import explain_entries, find_hidden, name_stored, narrow_digest
from digestbot.core.lines.off_words import is_off, starts_with_off
from digestbot.domain.queries import parse_filter, parse_query, print_query, show_expression
from digestbot.domain.subscription import Subscriber, Subscription
from digestbot.domain.topic import Topic, match_first_words
from digestbot.errors import CommandError
from digestbot.store.announcements.followed_topics import Narrowing
from digestbot.store.chats.chat_moves import MAX_MUTES
from digestbot.store.digests.digests import StoredDigest


async def handle_filter(request: CommandRequest) -> Card:
    """Narrow a topic to papers that match an expression too; ``off`` ends that, and without one it is shown."""
    subscribed = await request.subscriptions.list_for(request.subscriber) if request.subscriber else []
    if starts_with_off(request.args):
        request = replace(request, args=(*request.args[1:], request.args[0]))
    if not request.args or is_off(request.args):
        return _build_filters_card(request, subscribed)
    topic, count = match_first_words(request.args, [one.topic for one in subscribed])
    subscription = next((one for one in subscribed if topic and one.topic.slug == topic.slug), None)
    if subscription is None or request.subscriber is None:
        return await _refuse_filter(request, subscribed)
    words = request.args[count:]
    if not words:
        return _build_filter_card(request, subscription)
    expression = "" if is_off(words) else print_query(parse_filter(" ".join(words)))
    return await _set_filter(request, request.subscriber, subscription, expression)


async def _refuse_filter(request: CommandRequest, subscribed: Sequence[Subscription]) -> Card:
    """That the topic is not one that the chat receives. Raises :class:`CommandError` where it is none at all."""
    known, _ = match_first_words(request.args, [summary.topic for summary in await request.catalog.list_topics()])
    known = known or split_category(request, request.args)[0]
    if known is None:
        examples = [f"filter {name_shortly(one.topic)} {request.args[-1]}" for one in subscribed[:1]] or ["topics"]
        raise CommandError("filter_which", *examples, text=request.argument_text)
    button = request.build_button("subscribe", f"subscribe {known.slug}", topic=known.title)
    line = request.show_line(f"subscribe {known.short_slug}")
    said = request.translate("filter.not_received", topic=known.title, line=line)
    return replies.message_card("", said, buttons=[button])


def _build_filters_card(request: CommandRequest, subscribed: Sequence[Subscription]) -> Card:
    rows = [
        (
            one.topic.title,
            _show_filter(request, one.filter),
            request.build_button("unfilter", f"filter {one.topic.slug} off", topic=one.topic.title),
        )
        for one in subscribed
        if one.filter
    ]
    name = name_in_line(subscribed[0].topic) if subscribed else request.translate("usage.topic")
    how = request.translate("filter.how", line=request.show_line(f"filter {name} diffusion -video"))
    return replies.list_card(request.translate("filter.title"), rows, how)


def _show_filter(request: CommandRequest, expression: str) -> str:
    return _show_words(request, "filter.is", expression)


def _show_words(request: CommandRequest, key: str, expression: str) -> str:
    """A sentence about a stored expression, as it is read in the reader's language."""
    return request.translate(key, words=show_expression(expression, request.language))


def _build_filter_card(request: CommandRequest, subscription: Subscription) -> Card:
    topic = subscription.topic
    form = request.build_form_button("filter", f"filter {topic.slug}", topic=topic.title)
    if not subscription.filter:
        how = request.translate("filter.how", line=request.show_line(f"filter {name_in_line(topic)} diffusion -video"))
        return replies.message_card(topic.title, request.translate("filter.none"), how, buttons=[form])
    off = request.build_button("unfilter", f"filter {topic.slug} off", topic=topic.title)
    return replies.message_card(topic.title, _show_filter(request, subscription.filter), buttons=[form, off])


async def _set_filter(
    request: CommandRequest, subscriber: Subscriber, subscription: Subscription, expression: str
) -> Card:
    topic = subscription.topic
    state = await request.subscriptions.read_state(subscriber, slugs=[topic.slug])
    await request.shown_lists.keep_last_delivery(subscriber)
    await request.follows.set_filter(subscriber.id, topic, expression)
    is_same = expression == subscription.filter
    undo = [] if is_same else [await build_undo_button(request, subscriber, state)]
    if not expression:
        return replies.message_card(topic.title, request.translate("filter.off"), buttons=undo)
    effect = await _format_effect(request, topic, Narrowing(filter=expression))
    latest = request.build_button("latest", f"latest {topic.slug}")
    text = _show_filter(request, expression)
    return replies.message_card(topic.title, text, effect, buttons=[latest, *undo])


async def _format_effect(request: CommandRequest, topic: Topic, narrowing: Narrowing) -> str:
    """How many papers of the newest digest are left; empty if there is none."""
    stored = await find_latest(request, topic)
    if stored is None:
        return ""
    left = narrow_digest(stored, narrowing, await request.follows.find_categories(stored))
    count, total = len(left.digest.entries), len(stored.digest.entries)
    return request.translate(_choose_effect_key(count, total), count=count, total=total)


def _choose_effect_key(count: int, total: int) -> str:
    """The sentence about how many of a digest's papers match."""
    if count == total:
        return "filter.effect_all"
    if not count:
        return "filter.effect_none" if total > 1 else "filter.effect_nothing"
    return "filter.effect_one" if count == 1 else "filter.effect"


async def handle_mute(request: CommandRequest) -> Card:
    """Hide what matches an expression in all that comes; ``off`` ends that, and without one, all of them are shown."""
    words = request.args
    mutes = await request.follows.get_mutes(request.subscriber.id) if request.subscriber else ()
    if not words or (len(words) == 1 and words[0][:1] in "pP" and words[0][1:].isdecimal()):
        return _build_mutes_card(request, mutes)
    if is_off(words):
        return await _unmute_all(request, mutes)
    if (ended := _split_off(words, mutes)) is not None:
        return await _unmute(request, mutes, ended)
    expression = print_query(parse_query(request.argument_text))
    if expression in mutes:
        return _build_mutes_card(replace(request, args=()), mutes)
    if len(mutes) >= MAX_MUTES:
        raise CommandError("too_many_mutes", "mute", limit=MAX_MUTES)
    return await _set_mutes(request, [*mutes, expression], _show_words(request, "muted", expression))


def _split_off(words: tuple[str, ...], mutes: Sequence[str]) -> str | None:
    """What is to be hidden no more, where a word says so before or after it; ``None`` where none does."""
    if starts_with_off(words):
        return " ".join(words[1:])
    if is_off(words[-1:]):
        return " ".join(words[:-1])
    after_first = " ".join(words[1:])
    return after_first if is_off(words[:1]) and _find_mute(after_first, mutes) else None


def _find_mute(text: str, mutes: Sequence[str]) -> str:
    """What is hidden under these words; empty if nothing is."""
    if text in mutes:
        return text
    try:
        expression = print_query(parse_query(text))
    except CommandError:
        return ""
    return expression if expression in mutes else ""


async def _unmute(request: CommandRequest, mutes: Sequence[str], text: str) -> Card:
    expression = _find_mute(text, mutes)
    if not expression:
        request.notes.append(request.translate("mute.not_hidden", words=shorten_words(text)))
        return _build_mutes_card(replace(request, args=()), mutes)
    left = [one for one in mutes if one != expression]
    return await _set_mutes(request, left, _show_words(request, "unmuted", expression))


async def _unmute_all(request: CommandRequest, mutes: Sequence[str]) -> Card:
    if not mutes:
        return _build_mutes_card(replace(request, args=()), mutes)
    return await _set_mutes(request, [], request.translate("unmuted_all"))


async def _set_mutes(request: CommandRequest, mutes: Sequence[str], text: str) -> Card:
    subscriber = await request.get_or_create_subscriber()
    state = await request.subscriptions.read_state(subscriber, with_mutes=True)
    await request.shown_lists.keep_last_delivery(subscriber)
    await request.follows.set_mutes(subscriber.id, mutes)
    undo = await build_undo_button(request, subscriber, state)
    return replies.message_card("", text, buttons=[request.build_button("mutes", "mute"), undo])


def _build_mutes_card(request: CommandRequest, mutes: Sequence[str]) -> Card:
    """What is hidden, each with the button that ends that."""
    title, how = request.translate("mute.title"), request.translate("mute.how")
    if not mutes:
        return replies.message_card(title, request.translate("mute.none"), how)
    page = choose_page(request, mutes, "mute")
    shown = [(one, show_expression(one, request.language)) for one in page.items]
    rows = [
        (words, "", request.build_button("unmute", f"mute off {one}", words=shorten_words(words)))
        for one, words in shown
    ]
    return replace(replies.list_card(title, rows, how, buttons=page.buttons), command=page.command)


async def narrow_for_chat(
    request: CommandRequest, topic: Topic, stored: StoredDigest
) -> tuple[StoredDigest, dict[str, str], str]:
    """A digest as the chat sees it, why each paper is in it, and a sentence about what is hidden, if anything is."""
    narrowing = await request.follows.find_narrowing(request.subscriber, topic)
    categories = await request.follows.find_categories(stored)
    narrowed = narrow_digest(stored, narrowing, categories)
    reasons = explain_entries(narrowed, topic, request.language, categories)
    count = len(stored.digest.entries) - len(narrowed.digest.entries)
    if not count:
        return narrowed, reasons, ""
    by_mutes = Narrowing(mutes=narrowing.mutes)
    muted = len(find_hidden(stored, by_mutes, categories))
    causes = [
        *([_show_words(request, "hidden.filter", narrowing.filter)] if count > muted else []),
        *([request.translate("hidden.mutes")] if muted else []),
    ]
    key = "hidden_one" if count == 1 else "hidden"
    return narrowed, reasons, request.translate(key, count=count, causes=" · ".join(causes))


async def narrow_trial(request: CommandRequest, stored: StoredDigest) -> tuple[StoredDigest, dict[str, str]]:
    """A digest as a delivery would bring it, and why each paper is in it; whole where nothing would be left."""
    narrowing = await request.follows.find_narrowing(request.subscriber, stored.topic)
    named = name_stored(stored, narrowing, request.preferences.language)
    narrowed, reasons, _ = await narrow_for_chat(request, named.topic, named)
    return (narrowed if narrowed.digest.entries else named), reasons
