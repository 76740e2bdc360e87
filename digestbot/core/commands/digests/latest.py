"""The newest digests: /latest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from digestbot.cards import bundles, replies
from digestbot.cards.card import Card
from digestbot.core.answers.bundle_commands import format_bundle_command, parse_bundle_word
from digestbot.core.answers.shared_messages import is_shared_word
from digestbot.core.catalog import TopicSummary
from digestbot.core.commands.base import CommandRequest
from digestbot.core.commands.digests.dated import handle_digest
from digestbot.core.commands.digests.digest_answers import build_digest_answer, find_local_today, note_nothing_today
from digestbot.core.commands.paging import choose_page
from digestbot.core.commands.subscriptions.categories import refuse_unfollowed_category
from digestbot.core.commands.subscriptions.newest_digests import find_latest, list_subscribed
from digestbot.core.lines import page_numbers
from digestbot.core.times.days import split_day
from digestbot.domain.topic import Topic
from digestbot.errors import CommandError

_ALL_TOPICS = ("all", "全部", "所有")
_TODAY = ("today", "今天", "今日")
_TRIAL_WORDS = ("sent-test",)
"""What names the message of a test, as its buttons do."""


async def handle_latest(request: CommandRequest) -> Card:
    """A topic's newest digest; without a topic, that of the only subscription, or a choice of the subscribed topics."""
    topic_words, page_number = page_numbers.split_page_number(request.args, min_words=1)
    if topic_words == _TRIAL_WORDS:
        from digestbot.core.commands.subscriptions.next_deliveries import build_trial_card  # noqa: PLC0415  # late: it reads expressions

        return await build_trial_card(request, page_number)
    if len(topic_words) == 1 and (parse_bundle_word(topic_words[0]) is not None or is_shared_word(topic_words[0])):
        return await _build_sent_card(request, topic_words[0], page_number)
    is_all = len(topic_words) == 1 and topic_words[0].casefold() in _ALL_TOPICS
    if len(topic_words) == 1 and topic_words[0].casefold() in _TODAY and not await _is_topic(request, topic_words):
        return await _build_todays_card(request)
    if await _asks_for_day(request, topic_words):
        return await handle_digest(request)
    if topic_words and not (is_all and (await request.catalog.find_topic(topic_words[0])).topic is None):
        topic = await _require_topic_or_search(request, " ".join(topic_words))
        card = await build_digest_answer(request, topic, await find_latest(request, topic), page_number)
        return await _offer_more(request, card, topic) if request.is_spoken else card
    return await _build_latest_card(request)


async def _build_sent_card(request: CommandRequest, word: str, page_number: int) -> Card:
    """A page of what this chat or a channel was sent in one message.

    Raises :class:`CommandError` where that is not known.
    """
    lead, subscriber = parse_bundle_word(word), request.subscriber
    if lead is None:
        sent = await request.shown_lists.find_shared(word)
    else:
        sent = await request.shown_lists.find_delivered(subscriber, lead) if subscriber else None
    command = f"latest {word}" if lead is None else format_bundle_command(lead)
    if sent is None:
        raise CommandError("not_sent_here", "latest")
    card = bundles.bundle_card(sent.bundle, command, request.context, page_number, hidden=sent.hidden)
    if card is None:
        count = bundles.count_pages(sent.bundle, request.context)
        raise CommandError("no_page", f"{command} p{count}", page=page_number, pages=count)
    return card


async def _asks_for_day(request: CommandRequest, words: tuple[str, ...]) -> bool:
    """Whether the words name no topic, but a day beside one."""
    return bool(split_day(words, find_local_today(request))[1]) and not await _is_topic(request, words)


async def _is_topic(request: CommandRequest, words: tuple[str, ...]) -> bool:
    return (await request.catalog.find_topic(" ".join(words))).topic is not None


async def _offer_more(request: CommandRequest, card: Card, topic: Topic) -> Card:
    """The digest of a topic of which somebody typed nothing but the name: with what else that can mean."""
    subscribed = await request.subscriptions.list_for(request.subscriber) if request.subscriber else []
    is_subscribed = any(one.topic.slug == topic.slug for one in subscribed)
    subscribe = request.build_button("subscribe", f"subscribe {topic.short_slug}", topic=topic.title)
    words = request.argument_text
    search = request.build_button("search_words", f"search {words}", words=words)
    known = {button.command for button in card.buttons}
    offers = (button for button in ((search,) if is_subscribed else (subscribe, search)) if button.command not in known)
    return replace(card, buttons=(*card.buttons, *offers))


async def _build_todays_card(request: CommandRequest) -> Card:
    """What is new today; the newest there is if nothing is, which is said then."""
    newest = max(filter(None, (one.latest_date for one in await _list_read_topics(request))), default=None)
    note_nothing_today(request, newest)
    return await _build_latest_card(replace(request, args=()))


async def _require_topic_or_search(request: CommandRequest, name: str) -> Topic:
    """The topic with this name. Raises :class:`CommandError` with similar ones, and a search that finds something."""
    try:
        return await request.require_topic(name, "latest")
    except CommandError as error:
        refuse_unfollowed_category(request, name)
        found = (await request.catalog.search(name, 1)).total
        searches = [f"search {name}"] if found else []
        examples = (*error.examples, *searches) if error.values.get("suggestions") else (*searches, *error.examples)
        raise CommandError(error.key, *examples, **error.values) from None


async def _list_read_topics(request: CommandRequest) -> list[TopicSummary]:
    """The topics with digests that the chat is subscribed to; all of them if it is to none."""
    listed = await list_subscribed(request) or await request.catalog.list_topics()
    return [summary for summary in listed if summary.latest_date]


async def _build_latest_card(request: CommandRequest) -> Card:
    summaries = await _list_read_topics(request)
    if len(summaries) == 1:
        topic = summaries[0].topic
        return await build_digest_answer(request, topic, await find_latest(request, topic), 1)
    if not summaries and (subscribed := await list_subscribed(request)):
        return _build_none_yet_card(request, subscribed)
    if not summaries:
        return replies.message_card(request.translate("topics.title"), request.translate("topics.none"))
    newest_first = sorted(summaries, key=lambda summary: str(summary.latest_date), reverse=True)
    page = choose_page(request, newest_first, "latest all", _ALL_TOPICS)
    rows = [
        (summary.topic.title, str(summary.latest_date), request.build_button("latest", f"latest {summary.topic.slug}"))
        for summary in page.items
    ]
    has_own = bool(request.subscriber and await request.subscriptions.list_for(request.subscriber))
    hint = "" if has_own else request.translate("digest.latest_hint")
    title = request.translate("digest.latest_many" if has_own else "topics.title")
    return replies.list_card(title, rows, hint, buttons=page.buttons)


def _build_none_yet_card(request: CommandRequest, subscribed: Sequence[TopicSummary]) -> Card:
    """That none of the topics that the chat receives has a digest yet."""
    title = subscribed[0].topic.title if len(subscribed) == 1 else request.translate("digest.latest_many")
    key = "digest.none_followed" if all(one.topic.expression for one in subscribed) else "digest.none_yet"
    buttons = [request.build_button("help_subscriptions", "subscriptions")]
    return replies.message_card(title, request.translate(key), buttons=buttons)
