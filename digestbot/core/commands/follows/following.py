"""/follow shows what words would bring; /follows keeps, lists and changes what a chat follows."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from digestbot.cards import replies
from digestbot.cards.card import Card, Paragraph, Text
from digestbot.core.commands.base import CommandRequest, name_in_line, name_shortly, shorten_words
from digestbot.core.commands.follows.previews import (
    ADD,
    build_preview_card,
    build_suggestions,
    format_counts,
    format_expression,
)
from digestbot.core.commands.paging import choose_page
from digestbot.core.commands.papers.follow_buttons import AUTHOR, EDIT, EXPORT, LESS, list_follows
from digestbot.core.commands.papers.showing import show_paper
from digestbot.core.commands.subscriptions.categories import build_browse_button, split_category
from digestbot.core.commands.subscriptions.subscribing import (
    build_undo_button,
    format_paused,
    format_schedule,
    format_subscription,
    require_subscribed_topic,
    subscribe_to,
)
from digestbot.core.lines.followed_words import close_marks, read_followed_words
from digestbot.core.subscription_plans import ScheduleChange
from digestbot.core.times.options import is_understood
from digestbot.domain.arxiv.categories import get_category_of
from digestbot.domain.paper import find_paper_ids
from digestbot.domain.queries import Query, parse_query, print_query, read_stored, show_expression
from digestbot.domain.subscription import Subscriber, Subscription
from digestbot.domain.topic import Topic, match_first_words
from digestbot.errors import CommandError
from digestbot.late_patterns import compile_late

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
_THIS = compile_late(
    r"(?:this|that|the|its|his|her|their)?\s?(?:first\s)?(?:author|authors|paper|paper's authors?|one)|it|this|that"
    r"|这[个位些]?作者们?|[该此]作者|它|这[个篇](?:论文)?(?:的作者)?|作者",
    re.IGNORECASE,
)


async def handle_follow(request: CommandRequest) -> Card:
    """What words, an author or a category would have brought in the last week, with buttons that keep it."""
    if not request.args:
        return await _build_how_card(request)
    if card := await _answer_about_paper(request) or await _subscribe_to_named(request):
        return card
    text = read_followed_words(request.argument_text)
    query = parse_query(text)
    expression = print_query(query)
    if subscription := await find_follow(request, expression):
        return await build_follow_card(request, subscription, request.translate("follow.already"))
    return build_preview_card(request, text, query, await request.follows.preview(text, query))


async def _answer_about_paper(request: CommandRequest) -> Card | None:
    """What a paper that is named by its link, or as “this author”, offers to follow; ``None`` for other words."""

    if _THIS.fullmatch(request.argument_text.strip(" .!?。！？")):
        return await handle_follows(replace(request, args=(AUTHOR, "it")))
    papers = find_paper_ids(request.args[0]) if len(request.args) == 1 else []
    if not papers:
        return None
    card = await show_paper(request)
    line = f"follows {AUTHOR} {papers[0].base_id}"
    if not card.ok or line in {button.command for button in card.buttons}:
        return card
    return replace(card, buttons=(request.build_button("follow_author", line), *card.buttons))


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


async def find_follow(request: CommandRequest, expression: str) -> Subscription | None:
    """The chat's follow of a normalised expression."""
    return next((one for one in await list_follows(request) if one.topic.expression == expression), None)


# -- keeping and changing -------------------------------------------------------------------------------------------


async def handle_follows(request: CommandRequest) -> Card:
    """What the chat follows; with a verb, one is added, changed, or made of a paper; or all are given back as lines."""
    verb = _VERBS.get(request.args[0].casefold(), "") if request.args else ""
    rest = replace(request, args=request.args[1:])
    if verb == ADD:
        return await _add_typed(rest)
    if verb == EDIT:
        return await _edit_follow(rest)
    if verb == EXPORT:
        return await _export_follows(request)
    if verb in (LESS, AUTHOR) and len(rest.args) <= 1:
        from digestbot.core.commands.follows.liking import handle_author, handle_less  # noqa: PLC0415  # it builds on this file

        return await (handle_less if verb == LESS else handle_author)(request, *(rest.args or ("it",)))
    if request.args and not _PAGE.fullmatch(request.args[0].casefold()):
        topic = await require_subscribed_topic(request, await list_follows(request), "follows")
        if subscription := next((one for one in await list_follows(request) if one.topic.slug == topic.slug), None):
            return await build_follow_card(request, subscription)
    return await _build_list_card(request)


async def _add_typed(request: CommandRequest) -> Card:
    """Follow what is typed; how to follow, where nothing is."""
    if not request.args:
        return await _build_how_card(request)
    await request.check_post_permissions(request.preferences)
    return await add_follow(request, read_followed_words(request.argument_text))


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
    request: CommandRequest, subscriber: Subscriber, text: str, query: Query, *, has_digests: bool = True
) -> tuple[Topic, dict[str, Any], Subscription]:
    """Make the follow of a query: its topic, what was before, and the subscription; the last days' digests too."""
    expression = print_query(query)
    topic = await request.follows.restore_topic(expression, expression)
    state = await request.subscriptions.read_state(subscriber, slugs=[topic.slug])
    subscription = await request.subscriptions.change_subscription(
        subscriber, topic, ScheduleChange(), has_digests=has_digests
    )
    if text != expression and not get_category_of(expression) and state["topics"][topic.slug] is None:
        await request.follows.rename(subscriber.id, topic, close_marks(text))
    return topic, state, subscription


async def _edit_follow(request: CommandRequest) -> Card:
    """Let another expression take the place of a follow, which keeps all else."""
    old, words = await _split_follow(request)
    if old is None or request.subscriber is None:
        examples = [f"follows {EDIT} {name_shortly(one.topic)} …" for one in (await list_follows(request))[:1]] or [
            "follow"
        ]
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
    await request.follows.rename(request.subscriber.id, topic, "" if label == expression else label)
    undo = await build_undo_button(request, request.subscriber, state)
    changed = request.translate("follow.changed", old=old.topic.title, new=shorten_words(close_marks(text)))
    counts = format_counts(request, await request.follows.preview(text, query))
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
    line = request.show_line(f"rename {name_in_line(topic)}")
    rename = "" if request.context.capabilities.forms else request.translate("follow.rename_how", line=line)
    buttons = [
        request.build_button("latest", f"latest {topic.slug}"),
        *build_suggestions(request, preview, f"follows {EDIT} {topic.slug}"),
        request.build_form_button("filter", f"filter {topic.slug}", topic=topic.title),
        request.build_form_button("rename", f"rename {topic.slug}", topic=topic.title),
        request.build_button(f"{pause}_topic", f"{pause} {topic.slug}", topic=topic.title),
        unfollow,
    ]
    card = replies.message_card(
        topic.title, *texts, filtered, *format_counts(request, preview), rename, buttons=buttons
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
