"""What one chat follows: topics that it knows alone, and arXiv's categories."""

from __future__ import annotations

from dataclasses import replace

from digestbot.core.clock import Clock
from digestbot.domain.arxiv_categories import get_category_of
from digestbot.domain.topic import Topic
from digestbot.store import Store


def name_topic(topic: Topic, language: str, label: str = "") -> Topic:
    """A topic under the name that a chat gave it, or else, of a category, under its name in the chat's language.

    A follow is found by its expression too, however it is called.
    """
    if not topic.expression:
        return replace(topic, title=label) if label else topic
    category = get_category_of(topic.expression)
    named = category.to_topic(language) if category else topic
    aliases = (topic.expression, *named.aliases)
    return Topic(topic.slug, label or named.title, tuple(dict.fromkeys(aliases)), topic.expression)


class FollowService:
    """Makes the topics that chats follow, and shows beforehand what they would bring."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def get_or_create_topic(self, topic: Topic, language: str) -> Topic:
        """The stored topic of a follow or a category, as a chat of that language knows it."""
        return name_topic(await self.restore_topic(topic.expression, topic.title), language)

    async def restore_topic(self, expression: str, title: str = "") -> Topic:
        """The stored topic of a normalised expression; that of a category has its code as slug."""
        category = get_category_of(expression)
        names = (category.format_title("en"), category.slug) if category else (title, "")
        return await self._store.follows.get_or_create(expression, *names)
