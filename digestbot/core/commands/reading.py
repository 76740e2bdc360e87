"""Reading: /latest, /digest, /paper, /search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from heapq import nsmallest
from typing import NamedTuple

from digestbot.cards import bundles, digests, navigation, papers, replies
from digestbot.cards.card import Button, Card
from digestbot.core.bundle_commands import format_bundle_command, parse_bundle_word
from digestbot.core.catalog import TopicSummary
from digestbot.core.commands.base import CommandRequest, HandlerResult
from digestbot.core.commands.categories import refuse_unfollowed_category
from digestbot.core.commands.help import find_example_values
from digestbot.core.commands.missing_papers import build_not_found_card, describe_missing
from digestbot.core.commands.named_papers import NamedPapers, find_named_papers
from digestbot.core.commands.newest_digests import find_latest, find_of_day, list_subscribed
from digestbot.core.commands.paging import choose_page
from digestbot.core.commands.paper_updates import is_old, iter_newer
from digestbot.core.commands.saving import find_saved
from digestbot.core.commands.unclear import build_unclear_card, is_unclear
from digestbot.core.lines import page_numbers
from digestbot.core.lines.it_words import IT
from digestbot.core.lines.paper_parts import name_part_last
from digestbot.core.lines.plain_questions import is_surely_question
from digestbot.core.lines.typed_line import parse_list_numbers
from digestbot.core.live_cards import LiveCard
from digestbot.core.requested_summaries import has_own_summary, is_in_language
from digestbot.core.shared_messages import is_shared_word
from digestbot.core.times.days import DayError, read_day, says_day, split_day
from digestbot.domain.paper import PaperId
from digestbot.domain.saved_marks import NO_MARKS
from digestbot.domain.timezones import get_timezone
from digestbot.domain.title_words import can_be_title, is_same_title, is_surely_title
from digestbot.domain.topic import MAX_COMPARED_CHARACTERS, Topic, match_first_words
from digestbot.errors import CommandError, SourceError
from digestbot.i18n import join_sentences
from digestbot.late_patterns import compile_late
from digestbot.store.digests import StoredDigest, StoredEntry

_ALL_TOPICS = ("all", "全部", "所有")
_TODAY = ("today", "今天", "今日")
_TRIAL_WORDS = ("sent-test",)
"""What names the message of a test, as its buttons do."""
_CJK = compile_late(r"[\u3400-\u9fff]")
_OPERATORS = compile_late(r"(?:^|\s)(?:(?:OR|或)\s|-\w|(?:author|cat|venue|title|abs|作者|分类|会议|标题|摘要)[:：])")
"""What stands in an expression that somebody follows, and is only words in a search."""
_MAX_DATES, _MAX_OFFERED_DATES = 1000, 5
"""How many of a topic's dates are looked at, and how many are offered in place of one that has no digest."""
_MAX_WORDS_AFTER, _MAX_OFFERED_TOPICS = 4, 8
_MAX_FOLLOWED_WORDS = 30
"""Characters of a search that a button repeats."""
_SECTIONS = ("abstract", "analysis")
"""The parts of a paper that can be shown alone."""


async def handle_latest(request: CommandRequest) -> Card:
    """A topic's newest digest; without a topic, that of the only subscription, or a choice of the subscribed topics."""
    topic_words, page_number = page_numbers.split_page_number(request.args, min_words=1)
    if topic_words == _TRIAL_WORDS:
        from digestbot.core.commands.next_deliveries import build_trial_card  # noqa: PLC0415  # late: it reads expressions

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
        card = await _build_digest_card(request, topic, await find_latest(request, topic), page_number)
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
    _note_nothing_today(request, newest)
    return await _build_latest_card(replace(request, args=()))


def _note_nothing_today(request: CommandRequest, newest: date | None) -> None:
    if newest and newest < find_local_today(request):
        request.notes.append(request.translate("digest.nothing_today", date=request.context.format_day(newest)))


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
        return await _build_digest_card(request, topic, await find_latest(request, topic), 1)
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


async def handle_digest(request: CommandRequest) -> Card:
    """A topic's digest for a day, or its newest."""
    args, page_number = page_numbers.split_page_number(request.args, min_words=1)
    today = find_local_today(request)
    topic, text = await _split_topic_and_day(request, args, today)
    if not text:
        return await _build_digest_card(request, topic, await find_latest(request, topic), page_number)
    days = await _read_days(request, topic, text, today)
    found = [stored for day in days if (stored := await find_of_day(request, topic, day))]
    if len(found) > 1:
        choices = [_build_day_button(topic, stored.digest.date) for stored in found]
        raise CommandError("several_dates", text=text, choices=choices)
    if not found:
        return await _build_no_digest_card(request, topic, days[0])
    return await _build_digest_card(request, topic, found[0], page_number)


def find_local_today(request: CommandRequest) -> date:
    """The day that it is where the chat is."""
    return request.clock.now().astimezone(get_timezone(request.preferences.timezone)).date()


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
        return await _build_digest_card(request, topic, None, 1)
    if day == find_local_today(request):
        newest = await find_latest(request, topic)
        _note_nothing_today(request, newest.digest.date if newest else None)
        return await _build_digest_card(request, topic, newest, 1)
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


async def _build_digest_card(
    request: CommandRequest, topic: Topic, stored: StoredDigest | None, page_number: int
) -> Card:
    if stored is None and topic.expression:
        return replies.message_card(topic.title, request.translate("digest.none_followed"))
    if stored is None:
        subscribe = request.build_button("subscribe", f"subscribe {topic.slug}", topic=topic.title)
        text = request.translate("digest.none", topic=topic.title, slug=topic.slug)
        return replies.message_card(topic.title, text, buttons=[subscribe])
    reasons: dict[str, str] = {}
    if request.subscriber:  # whoever has no subscription hides nothing
        from digestbot.core.commands.narrowing import narrow_for_chat  # noqa: PLC0415  # late: it reads expressions

        stored, reasons, hidden = await narrow_for_chat(request, topic, stored)
        request.notes.extend(filter(None, (hidden,)))
    page_count = navigation.count_pages(len(stored.digest.entries), request.context.capabilities.page_size)
    if page_number > page_count:
        last_page = f"digest {topic.slug} {stored.digest.date} p{page_count}"
        raise CommandError("no_page", last_page, page=page_number, pages=page_count)
    context = replace(request.context, reasons=reasons)
    return digests.digest_card(topic, stored.digest, context, page_number)


async def handle_paper(request: CommandRequest) -> HandlerResult:
    """A paper by its number, link, title or place in the last list; with ``full``, expanded. Several are a list.

    What was looked up long ago is looked up again, and the card is replaced if it changed.
    """
    card, entry, is_expanded = await _show_paper(request)
    if entry is None or not is_old(request, entry):
        return card
    return LiveCard(card, iter_newer(request, entry, partial(build_paper_card, request, is_expanded=is_expanded)))


async def show_paper(request: CommandRequest) -> Card:
    """The same as one card."""
    return (await _show_paper(request)).card


class _ShownPaper(NamedTuple):
    """The answer to ``/paper``, with the paper where the card is its own."""

    card: Card
    entry: StoredEntry | None = None
    is_expanded: bool = False


async def _show_paper(request: CommandRequest) -> _ShownPaper:
    words, option, page_number = _split_paper_option(request.args)
    named = await find_named_papers(request, "paper", words)
    if not named.entries:
        return _ShownPaper(await build_not_found_card(request, "paper", named.missing))
    if len(named.entries) > 1 or named.missing:
        return _ShownPaper(_build_papers_card(request, named))
    entry = named.entries[0]
    if option == "figures":
        return _ShownPaper(papers.figures_card(entry.entry, request.context))
    if option in _SECTIONS:
        return _ShownPaper(papers.section_card(entry.entry, option, request.context, page_number))
    is_expanded = option == "full"
    return _ShownPaper(await build_paper_card(request, entry, is_expanded=is_expanded), entry, is_expanded)


async def build_paper_card(
    request: CommandRequest, entry: StoredEntry, *, is_expanded: bool = False, is_waiting: bool = False
) -> Card:
    """A paper as one sees it who asks for it; ``is_waiting``: its summary is being made already."""
    saved = None if request.message.is_public else await find_saved(request, entry)
    card = papers.paper_card(
        entry.entry,
        entry.topic,
        entry.date,
        request.context,
        categories=entry.categories,
        is_looked_up=entry.is_looked_up,
        is_expanded=is_expanded,
        is_saved=saved is not None,
        marks=saved.marks if saved and request.message.is_for_one else NO_MARKS,
    )
    if not is_waiting and _can_be_summarized(request, entry):
        summarize = request.build_button("summarize", f"summarize {entry.entry.paper.arxiv_id}")
        card = replace(card, buttons=(summarize, *card.buttons))
    if request.subscriber is None:
        return card
    from digestbot.core.commands.liking import add_follow_buttons  # noqa: PLC0415  # late: it reads expressions

    return await add_follow_buttons(request, card, entry)


def _can_be_summarized(request: CommandRequest, entry: StoredEntry) -> bool:
    """Whether a model can be asked for a summary of a paper that has none in the reader's language."""
    summaries = request.papers.summaries
    if summaries is None or entry.entry.paper.is_withdrawn or not summaries.can_summarize:
        return False
    if request.papers.quotas and not request.papers.quotas.allows_any(request.message):
        return False
    return not (has_own_summary(entry.entry) and is_in_language(entry.entry, request.language))


def _build_papers_card(request: CommandRequest, named: NamedPapers) -> Card:
    """Several papers as a list, and which of those that were named there are not."""
    count = len(named.entries)
    title = request.translate("digest.count_one" if count == 1 else "digest.count", count=count)
    subtitle = describe_missing(request, named)
    ids = (*named.ids, *(paper.base_id for paper in named.missing))
    entries = [entry.entry for entry in named.entries]
    return digests.results_card(title, subtitle, entries, request.context, (f"paper {' '.join(ids)}", 1, 1))


def _split_paper_option(args: tuple[str, ...]) -> tuple[tuple[str, ...], str, int]:
    """The words that name the paper, the part of it that is asked for, and the page of that."""
    words, page_number = page_numbers.split_page_number(name_part_last(args), min_words=2)
    option = words[-1].casefold() if len(words) > 1 else ""
    name = " ".join(words[:-1])
    is_named = bool(parse_list_numbers(name)) or name.casefold() in IT or PaperId.parse(name) is not None
    is_section = option in _SECTIONS and is_named  # titles have these too
    if is_section or (option in ("full", "figures") and page_number == 1):
        return words[:-1], option, page_number
    return args, "", 1


async def _find_spoken_title(request: CommandRequest, text: str) -> str:
    """The paper that somebody names by nothing but its title, in a private chat; empty if there is none."""
    is_private = request.message.is_for_one and request.is_spoken
    if not (request.papers.lookup and is_private and is_surely_title(text)):
        return ""
    from digestbot.core.commands.looking_up import look_up_title  # noqa: PLC0415  # late: few do

    try:
        found = (await look_up_title(request, text)).entry
    except (SourceError, CommandError):
        return ""  # it is a search then
    return found.entry.paper.arxiv_id if found else ""


async def handle_search(request: CommandRequest) -> Card:
    """Search papers by words, ten per page."""
    terms, page_number = page_numbers.split_page_number(request.args, min_words=1)
    text = " ".join(terms)
    if not text:
        words = (await find_example_values(request)).get("words")
        raise CommandError("need_words", f"search {words}" if words else "topics")
    page_size = request.context.results_per_page
    results = await request.catalog.search(text, page_size, (page_number - 1) * page_size)
    if _OPERATORS.search(text):
        request.notes.append(request.translate("search.words_alone"))
    has_title = any(is_same_title(text, entry.entry.paper.title) for entry in results.entries)
    if not has_title and (paper := await _find_spoken_title(request, text)):
        return await show_paper(replace(request, args=(paper,)))
    if await is_unclear(request, text, results):
        return await build_unclear_card(request, text, results)
    if not results.total:
        as_written = request.translate("search.as_written") if _CJK.search(text) else ""
        found_none = request.translate("search.none", words=text)
        follow = request.build_button("follow_words", f"follow {text}", words=text[:_MAX_FOLLOWED_WORDS])
        is_question = is_surely_question(text)
        buttons = [] if is_question else [follow]
        if request.papers.lookup and can_be_title(text) and not is_question:
            buttons.insert(0, request.build_button("look_up_title", f"paper {text}"))
        title = request.translate("search.title", words=text)
        return replies.message_card(title, found_none, as_written, buttons=buttons)
    page_count = navigation.count_pages(results.total, page_size)
    if page_number > page_count:
        raise CommandError("no_page", f"search {text} p{page_count}", page=page_number, pages=page_count)
    key = "search.many" if results.total >= 1000 else "search.count_one" if results.total == 1 else "search.count"
    subtitle = request.translate(key, count=f"{results.total:,}")
    if results.is_partial:
        subtitle = join_sentences(request.language, request.translate("search.partial"), subtitle)
    title = request.translate("search.title", words=text)
    entries = [entry.entry for entry in results.entries]
    card = digests.results_card(title, subtitle, entries, request.context, (f"search {text}", page_number, page_count))
    if has_title or page_number > 1 or not request.papers.lookup or not is_surely_title(text):
        return card
    return replace(card, buttons=(request.build_button("look_up_title", f"paper {text}"), *card.buttons))
