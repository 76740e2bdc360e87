"""The names that chats know topics by."""

from __future__ import annotations

from dataclasses import replace

from digestbot.domain.arxiv.categories import get_category_of
from digestbot.domain.topic import Topic


def name_topic(topic: Topic, language: str, label: str = "") -> Topic:
    """A topic under the name that a chat gave it, or else, of a category, under its name in the chat's language.

    A follow is found by its expression too, however it is called.
    """
    if not topic.expression:
        return replace(topic, title=label) if label else topic
    category = get_category_of(topic.expression)
    named = category.to_topic(language) if category else _name_follow(topic, language)
    aliases = (topic.expression, *named.aliases)
    return Topic(topic.slug, label or named.title, tuple(dict.fromkeys(aliases)), topic.expression)


def _name_follow(topic: Topic, language: str) -> Topic:
    """A follow that has no name of the chat's, as its expression is read in that language."""
    if language != "zh" or topic.title != topic.expression:
        return topic
    from digestbot.domain.queries import show_expression  # noqa: PLC0415  # late: few topics need it

    return replace(topic, title=show_expression(topic.expression, language))
