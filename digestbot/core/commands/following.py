"""Following: /follow shows what words would bring, /follows keeps, lists and changes what a chat follows, /rename."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from digestbot.cards import paper_blocks, replies
from digestbot.cards.card import Block, Button, Card, ListItem, Paragraph, Text, TextStyle, parse_inline
from digestbot.core.commands.base import CommandRequest, name_in_line, shorten_words
from digestbot.core.commands.categories import build_browse_button, split_category
from digestbot.core.commands.paging import choose_page
from digestbot.core.commands.subscriptions import (
    build_undo_button,
    format_paused,
    format_schedule,
    format_subscription,
    require_subscribed_topic,
    subscribe_to,
)
from digestbot.core.follows import MAX_PAPERS_PER_DAY, FollowPreview
from digestbot.core.lines.followed_words import close_marks, read_followed_words
from digestbot.core.lines.off_words import is_off
from digestbot.core.recent_papers import PREVIEW_DAYS
from digestbot.core.subscriptions import ScheduleChange
from digestbot.core.times.options import is_understood
from digestbot.domain.announcement import AnnouncedPaper
from digestbot.domain.arxiv_categories import find_category, get_category_of
from digestbot.domain.queries import Query, parse_query, print_query, read_stored, show_expression
from digestbot.domain.subscription import Subscriber, Subscription
from digestbot.domain.topic import Topic, match_first_words, match_topic, normalize_name
from digestbot.errors import CommandError
from digestbot.i18n import LANGUAGES
from digestbot.late_patterns import compile_late

ADD, EDIT, EXPORT, LESS, AUTHOR = "add", "edit", "export", "less", "author"
_VERBS = {
    "add": ADD,
    "添加": ADD,
    "edit": EDIT,
    "修改": EDIT,
    "export": EXPORT,
    "导出": EXPORT,
    "less": LESS,
    "author": AUTHOR,
}
_PAGE = compile_late(r"p\d{1,4}")
_COMMON_NAMES, _MIN_DAYS = 3, 3
"""From how many different authors on a name is called common, and how many days of a week are told as few."""
_MAX_LABEL, _MAX_BUTTON_WORDS, _MAX_AUTHORS, _MAX_WORDS = 100, 40, 5, 8


async def handle_follow(request: CommandRequest) -> Card:
    """What words, an author or a category would have brought in the last week, with buttons that keep it."""
    if not request.args:
        return await _build_how_card(request)
    if card := await _subscribe_to_named(request):
        return card
    text = read_followed_words(request.argument_text)
    query = parse_query(text)
    expression = print_query(query)
    if subscription := await find_follow(request, expression):
        return await build_follow_card(request, subscription, request.translate("follow.already"))
    return build_preview_card(request, text, query, await request.follows.preview(text, query))


async def _subscribe_to_named(request: CommandRequest) -> Card | None:
    """A subscription to a topic that is named, perhaps with when it is to come; ``None`` for other words."""
    topics = [summary.topic for summary in await request.catalog.list_topics() if not summary.topic.expression]
    topic, count = match_first_words(request.args, topics)
    category, category_count = split_category(request, request.args)
    if category and category_count > count and request.args[category_count:]:
        topic, count = category, category_count
    rest = " ".join(request.args[count:])
    if topic is None or (rest and not is_understood(rest)):
        return None
    return await subscribe_to(request, topic, request.args[count:])


async def _build_how_card(request: CommandRequest) -> Card:
    """How to follow something, and what is followed already."""
    followed = await list_follows(request)
    buttons = [build_browse_button(request)]
    if followed:
        buttons.insert(0, request.build_button("follows", "follows"))
    key = "follow.how" if request.message.user else "follow.how_here"
    return replies.message_card(
        request.translate("follow.title"), request.translate(key), request.translate("follow.fields"), buttons=buttons
    )


async def list_follows(request: CommandRequest) -> list[Subscription]:
    """What the chat follows, with the categories that it receives."""
    subscribed = await request.subscriptions.list_for(request.subscriber) if request.subscriber else []
    return [one for one in subscribed if one.topic.expression]


async def find_follow(request: CommandRequest, expression: str) -> Subscription | None:
    """The chat's follow of a normalised expression."""
    return next((one for one in await list_follows(request) if one.topic.expression == expression), None)


# -- the preview ----------------------------------------------------------------------------------------------------


def build_preview_card(request: CommandRequest, text: str, query: Query, preview: FollowPreview) -> Card:
    """What an expression would have brought, with the buttons that keep it, and others beside it."""
    title = format_expression(request, text, query)
    blocks: list[Block] = [*replies.message_card(title, *_format_counts(request, preview)).blocks]
    if preview.count > len(preview.papers):
        blocks.append(Paragraph((Text(request.translate("follow.newest")),)))
    pairs = zip(preview.papers, preview.days, strict=True)
    blocks += [_build_paper_item(request, number, *pair) for number, pair in enumerate(pairs, 1)]
    buttons = [
        request.build_button("follow", f"follows {ADD} {text}"),
        *_build_suggestions(request, preview, "follow"),
        *([] if get_category_of(print_query(query)) else _build_category_buttons(request, text)),
    ]
    menu_label = request.translate("button.open_paper")
    has_papers = bool(preview.papers)
    return Card(tuple(blocks), tuple(buttons), command=f"follow {text}", has_papers=has_papers, menu_label=menu_label)


def _format_counts(request: CommandRequest, preview: FollowPreview) -> list[str]:
    """How much it brings, and whether that is too much, or nothing is known yet."""
    if not preview.day_count:
        return [request.translate("follow.unknown")]
    keys = {0: "follow.would_none", 1: "follow.would_one"}
    texts = [request.translate(keys.get(preview.count, "follow.would"), count=f"{preview.count:,}", days=PREVIEW_DAYS)]
    if preview.day_count < _MIN_DAYS:
        texts.append(request.context.translate_count("follow.few_days", preview.day_count))
    if preview.is_too_wide:
        per_day = f"{round(preview.count_per_day):,}"
        texts.append(request.translate("follow.too_wide", count=per_day, limit=MAX_PAPERS_PER_DAY))
    if preview.name_count >= _COMMON_NAMES:
        texts.append(request.translate("follow.common_name", count=preview.name_count))
    return texts


def _build_paper_item(request: CommandRequest, number: int, one: AnnouncedPaper, day: date) -> ListItem:
    """A paper as other lists show it, opened by its number, but with when and where it was announced."""
    paper, context = one.paper, request.context
    author, categories = paper_blocks.format_first_author(paper.authors, context), " ".join(one.categories[:3])
    shown_id = "" if context.capabilities.buttons else str(paper.identifier)
    line = " · ".join(filter(None, (author, context.format_day(day), categories, shown_id)))
    button = request.build_button("details", f"paper {paper.arxiv_id}")
    return ListItem(number, parse_inline(paper.title), paper.url, ((Text(line, TextStyle.MUTED),),), button=button)


def _build_suggestions(request: CommandRequest, preview: FollowPreview, command: str) -> list[Button]:
    """The narrower and wider expressions, each with how many papers it would have brought."""
    pairs = [("narrower", one) for one in preview.narrower] + [("wider", one) for one in preview.wider]
    return [
        request.build_button(key, f"{command} {shown}", words=shorten_label(shown), count=f"{one.count:,}")
        for key, one in pairs
        for shown in (show_expression(one.expression, request.language),)
    ]


def _build_category_buttons(request: CommandRequest, text: str) -> list[Button]:
    """The category of the same name, if there is one."""
    topic = find_category(text, request.preferences.language).topic
    if topic is None:
        return []
    return [request.build_button("subscribe", f"subscribe {topic.slug}", topic=topic.title)]


def format_expression(request: CommandRequest, text: str, query: Query) -> str:
    """What an expression is called in the chat: as it was typed, or by the category's name."""
    category = get_category_of(print_query(query))
    return category.format_title(request.preferences.language) if category else shorten_words(close_marks(text))


def shorten_label(text: str) -> str:
    """An expression that has room on a button."""
    return text if len(text) <= _MAX_BUTTON_WORDS else f"{text[: _MAX_BUTTON_WORDS - 1]}…"


# -- keeping and changing -------------------------------------------------------------------------------------------


async def handle_follows(request: CommandRequest) -> Card:
    """What the chat follows; with a verb, one is added, changed, or made of a paper; or all are given back as lines."""
    verb = _VERBS.get(request.args[0].casefold(), "") if request.args else ""
    rest = replace(request, args=request.args[1:])
    if verb == ADD and rest.args:
        await request.check_post_permissions(request.preferences)
        return await add_follow(request, read_followed_words(rest.argument_text))
    if verb == EDIT and rest.args:
        return await _edit_follow(rest)
    if verb == EXPORT:
        return await _export_follows(request)
    if verb in (LESS, AUTHOR) and len(rest.args) == 1:
        from digestbot.core.commands.liking import handle_author, handle_less  # noqa: PLC0415  # it builds on this file

        return await (handle_less if verb == LESS else handle_author)(request, rest.args[0])
    if request.args and not _PAGE.fullmatch(request.args[0].casefold()):
        topic = await require_subscribed_topic(request, await list_follows(request), "follows")
        if subscription := next((one for one in await list_follows(request) if one.topic.slug == topic.slug), None):
            return await build_follow_card(request, subscription)
    return await _build_list_card(request)


async def add_follow(request: CommandRequest, text: str) -> Card:
    """Follow an expression from now on. Raises :class:`CommandError`."""
    query = parse_query(text)
    if followed := await find_follow(request, print_query(query)):
        return await build_follow_card(request, followed, request.translate("follow.already"))
    subscriber = await request.get_or_create_subscriber()
    topic, state, subscription = await keep_follow(request, subscriber, text, query)
    undo = await build_undo_button(request, subscriber, state)
    if subscription.instant:
        when = request.translate("subscribed.instant")
    else:
        when = request.translate("follow.daily", **format_schedule(request, subscription))
    buttons = [
        request.build_button("latest", f"latest {topic.slug}"),
        request.build_button("follow_card", f"follows {topic.slug}"),
        request.build_button("follows", "follows"),
        undo,
    ]
    title = request.translate("followed.title", topic=format_expression(request, text, query))
    return replies.message_card(title, when, format_paused(request), buttons=buttons)


async def keep_follow(
    request: CommandRequest, subscriber: Subscriber, text: str, query: Query
) -> tuple[Topic, dict[str, Any], Subscription]:
    """Make the follow of a query: its topic, what was before, and the subscription."""
    expression = print_query(query)
    topic = await request.follows.restore_topic(expression, expression)
    state = await request.subscriptions.read_state(subscriber, slugs=[topic.slug])
    subscription = await request.subscriptions.change_subscription(subscriber, topic, ScheduleChange())
    if text != expression and not get_category_of(expression) and state["topics"][topic.slug] is None:
        await request.follows.rename(subscriber.id, topic, close_marks(text)[:_MAX_LABEL])
    return topic, state, subscription


async def _edit_follow(request: CommandRequest) -> Card:
    """Let another expression take the place of a follow, which keeps all else."""
    old, words = await _split_follow(request)
    if old is None or request.subscriber is None:
        examples = [f"follows {EDIT} {one.topic.slug} …" for one in (await list_follows(request))[:1]] or ["follow"]
        raise CommandError("edit_which", *examples, text=request.argument_text)
    if not words:
        return await build_follow_card(request, old)
    text = read_followed_words(" ".join(words))
    query = parse_query(text)
    expression = print_query(query)
    if subscription := await find_follow(request, expression):
        return await build_follow_card(request, subscription, request.translate("follow.already"))
    topic = await request.follows.restore_topic(expression, expression)
    state = await request.subscriptions.replace_topic(request.subscriber, old.topic, topic)
    label = old.label if old.label and not _is_label_of(old) else close_marks(text)
    await request.follows.rename(request.subscriber.id, topic, "" if label == expression else label[:_MAX_LABEL])
    undo = await build_undo_button(request, request.subscriber, state)
    changed = request.translate("follow.changed", old=old.topic.title, new=shorten_words(close_marks(text)))
    counts = _format_counts(request, await request.follows.preview(text, query))
    card = request.build_button("follow_card", f"follows {topic.slug}")
    return replies.message_card("", changed, *counts, buttons=[card, undo])


async def _split_follow(request: CommandRequest) -> tuple[Subscription | None, tuple[str, ...]]:
    """The follow that the first words name, as the chat calls it or by its expression, and the words after it."""
    followed = await list_follows(request)
    topic, count = match_first_words(request.args, [one.topic for one in followed])
    named = next((one for one in followed if topic and one.topic.slug == topic.slug), None)
    return named, request.args[count:]


def _is_label_of(subscription: Subscription) -> bool:
    """Whether a follow is called as it was typed, and not renamed."""
    try:
        return print_query(parse_query(subscription.label)) == subscription.topic.expression
    except CommandError:
        return False


async def build_follow_card(request: CommandRequest, subscription: Subscription, note: str = "") -> Card:
    """One follow: what it is, when it comes, what it brings, and the buttons that change it."""
    topic = subscription.topic
    unfollow = request.build_button("unfollow", f"unsubscribe {topic.slug}")
    query = read_stored(topic.expression)
    if query is None:
        return replies.message_card(topic.title, note, request.translate("follow.unreadable"), buttons=[unfollow])
    preview = await request.follows.preview(topic.title, query)
    shown = show_expression(topic.expression, request.language)
    expression = "" if shown == topic.title else request.translate("follow.expression", expression=shown)
    filtered = (
        request.translate("filter.is", words=show_expression(subscription.filter, request.language))
        if subscription.filter
        else ""
    )
    texts = [note, expression, format_subscription(request, subscription)]
    pause = "resume" if subscription.is_paused else "pause"
    rename = request.translate("follow.rename_how", line=request.show_line(f"rename {name_in_line(topic)}"))
    buttons = [
        request.build_button("latest", f"latest {topic.slug}"),
        *_build_suggestions(request, preview, f"follows {EDIT} {topic.slug}"),
        request.build_button(f"{pause}_topic", f"{pause} {topic.slug}", topic=topic.title),
        unfollow,
    ]
    card = replies.message_card(
        topic.title, *texts, filtered, *_format_counts(request, preview), rename, buttons=buttons
    )
    return replace(card, command=f"follows {topic.slug}")


async def _build_list_card(request: CommandRequest) -> Card:
    followed = await list_follows(request)
    title = request.translate("follows.title")
    if not followed:
        how = await _build_how_card(request)
        return replies.message_card(title, request.translate("follows.none"), buttons=how.buttons)
    page = choose_page(request, followed, "follows")
    rows = [
        (
            one.topic.title,
            format_subscription(request, one),
            request.build_button("follow_card", f"follows {one.topic.slug}"),
        )
        for one in page.items
    ]
    export = request.build_button("export", f"follows {EXPORT}")
    card = replies.list_card(title, rows, format_paused(request), buttons=[*page.buttons, export])
    return replace(card, command=page.command)


async def _export_follows(request: CommandRequest) -> Card:
    """All follows as lines that /import takes."""
    followed = await list_follows(request)
    if not followed:
        return await _build_list_card(replace(request, args=()))
    lines = [one.label if _is_label_of(one) else one.topic.expression for one in followed]
    blocks = (
        *replies.message_card(request.translate("follows.export")).blocks,
        *(Paragraph((Text(line),)) for line in lines),
    )
    return Card(blocks)


# -- the name of a topic --------------------------------------------------------------------------------------------


async def handle_rename(request: CommandRequest) -> Card:
    """Call a topic otherwise in this chat; without a name, as it is called by itself."""
    subscribed = await request.subscriptions.list_for(request.subscriber) if request.subscriber else []
    topic, count = match_first_words(request.args, [one.topic for one in subscribed])
    known = match_first_words(request.args, [summary.topic for summary in await request.catalog.list_topics()])[0]
    if topic is None and known:
        request.note_unread(request.argument_text)
        subscribe = request.build_button("subscribe", f"subscribe {known.slug}", topic=known.title)
        return replies.message_card("", request.translate("unsubscribe.not", topic=known.title), buttons=[subscribe])
    if topic is None or request.subscriber is None:
        examples = [f"rename {one.topic.short_slug} …" for one in subscribed[:1]] or ["follow"]
        raise CommandError("rename_which", *examples, text=request.argument_text)
    label = " ".join(request.args[count:]).strip("\"“”' ")[:_MAX_LABEL]
    if is_off(request.args[count:]):
        label = ""
    await _check_label(request, topic, label)
    state = await request.subscriptions.read_state(request.subscriber, slugs=[topic.slug])
    await request.follows.rename(request.subscriber.id, topic, label)
    now = await request.subscriptions.list_for(request.subscriber)
    title = next((one.topic.title for one in now if one.topic.slug == topic.slug), label)
    is_same = state == await request.subscriptions.read_state(request.subscriber, slugs=[topic.slug])
    undo = [] if is_same else [await build_undo_button(request, request.subscriber, state)]
    text = request.translate("renamed" if label else "renamed_back", old=topic.title, new=title)
    return replies.message_card("", text, buttons=undo)


async def _check_label(request: CommandRequest, topic: Topic, label: str) -> None:
    """Raise :class:`CommandError` for a name that another topic has, which would not be found by it any more."""
    summaries = await request.catalog.list_topics()
    others = [summary.topic for summary in summaries if summary.topic.slug != topic.slug]
    taken = match_topic(label, others) or _find_named_category(request, label)
    if label and taken and (not taken.expression or taken.expression != topic.expression):
        raise CommandError("name_taken", f"rename {topic.short_slug} …", name=label, topic=taken.title)


def _find_named_category(request: CommandRequest, label: str) -> Topic | None:
    """The category that has exactly this name or code, not one that is only found by it too: “proteins”."""
    topic = find_category(label, request.preferences.language).topic
    category = get_category_of(topic.expression) if topic else None
    names = (category.code, *map(category.get_name, LANGUAGES)) if category else ()
    return topic if normalize_name(label) in map(normalize_name, names) else None
