"""Topics whose content is a query: one for each expression, however many chats follow it."""

from __future__ import annotations

from hashlib import sha256

from sqlalchemy import select

from digestbot.domain.topic import Topic
from digestbot.store.digest_rows import to_topic
from digestbot.store.engine import Database, insert_into
from digestbot.store.tables import topics

_DIGITS = 12


class FollowStore:
    """Finds and makes the topics of follows."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get_or_create(self, expression: str, title: str = "", slug: str = "") -> Topic:
        """The topic of a normalised expression, made if there is none yet."""
        slug = slug or f"follow-{sha256(expression.encode()).hexdigest()[:_DIGITS]}"
        values = {"slug": slug, "title": title or expression, "aliases": [], "expression": expression}
        query = select(topics).where(topics.c.expression == expression)
        async with self._database.write() as connection:
            await connection.execute(insert_into(connection, topics).values(**values).on_conflict_do_nothing())
            return to_topic((await connection.execute(query)).one())
