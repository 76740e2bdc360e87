"""/rename: what a chat calls a topic."""

from __future__ import annotations

from digestbot.cards import replies
from digestbot.cards.card import Card
from digestbot.core.commands.base import CommandRequest, name_shortly
from digestbot.core.commands.subscriptions.subscribing import build_undo_button
from digestbot.core.lines.off_words import is_off
from digestbot.domain.arxiv.categories import find_category, get_category_of
from digestbot.domain.topic import Topic, match_first_words, match_topic, normalize_name
from digestbot.errors import CommandError
from digestbot.i18n import LANGUAGES


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
        examples = [f"rename {name_shortly(one.topic)} …" for one in subscribed[:1]] or ["follow"]
        raise CommandError("rename_which", *examples, text=request.argument_text)
    label = " ".join(request.args[count:]).strip("\"“”' ")
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
        raise CommandError("name_taken", f"rename {name_shortly(topic)} …", name=label, topic=taken.title)


def _find_named_category(request: CommandRequest, label: str) -> Topic | None:
    """The category that has exactly this name or code, not one that is only found by it too: “proteins”."""
    topic = find_category(label, request.preferences.language).topic
    category = get_category_of(topic.expression) if topic else None
    names = (category.code, *map(category.get_name, LANGUAGES)) if category else ()
    return topic if normalize_name(label) in map(normalize_name, names) else None
