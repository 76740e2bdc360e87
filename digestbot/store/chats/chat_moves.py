"""A chat that is another one now: what it had is that one's, whatever is known of both."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Row, case, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from digestbot.domain.papers.saved_marks import MAX_TAGS
from digestbot.store.bundles import drop_orphans
from digestbot.store.database.sound_rows import read_texts
from digestbot.store.database.sql_datetime import database_now
from digestbot.store.tables import outbox, saved_papers, subscribers, subscriptions

MAX_MUTES = 50
"""How many things one chat may hide."""
_MERGED_TEXTS = ("label", "filter")


async def move_chat(connection: AsyncConnection, platform: str, chat: str, new_chat: str) -> None:
    """Give all that a chat and its threads have to the chat that replaces it.

    Where both have something, what the new chat has takes precedence; what both hide is hidden.
    """
    new = {row.thread: row for row in await _list_in_chat(connection, platform, new_chat)}
    for row in await _list_in_chat(connection, platform, chat):
        if row.thread in new:
            await _merge(connection, row, new[row.thread])
        else:
            await connection.execute(update(subscribers).where(subscribers.c.id == row.id).values(chat=new_chat))


async def _list_in_chat(connection: AsyncConnection, platform: str, chat: str) -> list[Row[Any]]:
    query = select(subscribers).where(subscribers.c.platform == platform, subscribers.c.chat == chat)
    return list((await connection.execute(query.with_for_update())).all())


async def _merge(connection: AsyncConnection, old: Row[Any], new: Row[Any]) -> None:
    """Let one subscriber have what two had, and delete the other."""
    await _merge_columns(connection, old, new)
    await _merge_texts(connection, old.id, new.id)
    await _merge_saved(connection, old.id, new.id)
    for column in (subscriptions.c.topic_id, outbox.c.digest_id, saved_papers.c.paper_id):
        await _move_rows(connection, column, old.id, new.id)
    await connection.execute(delete(subscribers).where(subscribers.c.id == old.id))
    await drop_orphans(connection, database_now(), new.id)


async def _merge_columns(connection: AsyncConnection, old: Row[Any], new: Row[Any]) -> None:
    """What either hides, and who set it up, where that is known of one alone."""
    hidden = dict.fromkeys((*read_texts(new.mutes), *read_texts(old.mutes)))
    names = {name: getattr(new, name) or getattr(old, name) for name in ("title", "moderator_chat")}
    values = {"mutes": list(hidden)[:MAX_MUTES], **names}
    await connection.execute(update(subscribers).where(subscribers.c.id == new.id).values(**values))


async def _merge_texts(connection: AsyncConnection, old_id: int, new_id: int) -> None:
    """The names and filters of the topics that both have, where the new chat has none."""
    both = subscriptions.alias("old")
    is_same = (both.c.subscriber_id == old_id, both.c.topic_id == subscriptions.c.topic_id)
    values = {
        name: case(
            (subscriptions.c[name] != "", subscriptions.c[name]),
            else_=select(both.c[name]).where(*is_same).scalar_subquery(),
        )
        for name in _MERGED_TEXTS
    }
    has_both = select(both.c.id).where(*is_same).exists()
    statement = update(subscriptions).where(subscriptions.c.subscriber_id == new_id, has_both)
    await connection.execute(statement.values(**values))


async def _merge_saved(connection: AsyncConnection, old_id: int, new_id: int) -> None:
    """The tags of papers that both saved, and the notes where the new chat has none."""
    both = saved_papers.alias("old")
    query = select(
        saved_papers.c.paper_id,
        saved_papers.c.tags,
        saved_papers.c.note,
        both.c.tags.label("old_tags"),
        both.c.note.label("old_note"),
    ).where(
        saved_papers.c.subscriber_id == new_id,
        both.c.subscriber_id == old_id,
        both.c.paper_id == saved_papers.c.paper_id,
    )
    for row in (await connection.execute(query)).all():
        tags = dict.fromkeys((*read_texts(row.tags), *read_texts(row.old_tags)))
        is_it = (saved_papers.c.subscriber_id == new_id, saved_papers.c.paper_id == row.paper_id)
        values = {"tags": list(tags)[:MAX_TAGS], "note": row.note or row.old_note}
        await connection.execute(update(saved_papers).where(*is_it).values(**values))


async def _move_rows(connection: AsyncConnection, column: ColumnElement[int], old_id: int, new_id: int) -> None:
    """Give a subscriber the rows of another, those of which it has none."""
    table = column.table
    own = select(column).where(table.c.subscriber_id == new_id)
    statement = update(table).where(table.c.subscriber_id == old_id, column.not_in(own))
    await connection.execute(statement.values(subscriber_id=new_id))
