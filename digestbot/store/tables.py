"""The tables as queries see them. ``migrations/`` makes them; a test compares the two."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    Time,
    UniqueConstraint,
    false,
)

from digestbot.store.engine import UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

topics = Table(
    "topics",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("slug", String, nullable=False, unique=True),
    Column("title", String, nullable=False),
    Column("aliases", JSON, nullable=False),
)

pages = Table(
    "pages",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("uri", Text, nullable=False, unique=True),
    Column("fingerprint", String, nullable=False),
    Column("counts", JSON, nullable=False),
    Column("etag", Text, nullable=False),
    Column("last_modified", Text, nullable=False),
)

papers = Table(
    "papers",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("arxiv_id", String, nullable=False, unique=True),
    Column("version", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("authors", JSON, nullable=False),
    Column("abstract", Text, nullable=False),
    Column("comment", Text, nullable=False),
    Column("links", JSON, nullable=False),
)

digests = Table(
    "digests",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("topic_id", ForeignKey("topics.id", ondelete="CASCADE"), nullable=False),
    Column("date", Date, nullable=False),
    Column("published", DateTime),
    Column("loaded_at", UtcDateTime, nullable=False),
    UniqueConstraint("topic_id", "date"),
)

entries = Table(
    "entries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("digest_id", ForeignKey("digests.id", ondelete="CASCADE"), nullable=False),
    Column("paper_id", ForeignKey("papers.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("page_id", ForeignKey("pages.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("position", Integer, nullable=False),
    Column("headline", Text, nullable=False),
    Column("takeaways", JSON, nullable=False),
    Column("sections", JSON, nullable=False),
    Column("flags", JSON, nullable=False),
    Column("figures", JSON, nullable=False),
    UniqueConstraint("digest_id", "paper_id"),
)

subscribers = Table(
    "subscribers",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("platform", String, nullable=False),
    Column("chat", String, nullable=False),
    Column("thread", String, nullable=False),
    Column("timezone", String, nullable=False),
    Column("time", Time, nullable=False),
    Column("days", JSON, nullable=False),
    Column("language", String, nullable=False),
    Column("layout", String, nullable=False),
    Column("format", String, nullable=False, server_default="rich"),
    Column("paused", Text, nullable=False),
    Column("title", Text, nullable=False, server_default=""),
    Column("moderator", String, nullable=False, server_default=""),
    Column("posts", String, nullable=False, server_default="pages"),
    Column("publish", Boolean, nullable=False, server_default=false()),
    Column("left_at", UtcDateTime),
    UniqueConstraint("platform", "chat", "thread"),
)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("subscriber_id", ForeignKey("subscribers.id", ondelete="CASCADE"), nullable=False),
    Column("topic_id", ForeignKey("topics.id", ondelete="CASCADE"), nullable=False),
    Column("own", Boolean, nullable=False),
    Column("instant", Boolean, nullable=False),
    Column("time", Time, nullable=False),
    Column("timezone", String, nullable=False),
    Column("days", JSON, nullable=False),
    Column("next_due", UtcDateTime, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    UniqueConstraint("subscriber_id", "topic_id"),
    Index("ix_subscriptions_next_due", "next_due"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("subscription_id", ForeignKey("subscriptions.id", ondelete="CASCADE"), nullable=False),
    Column("digest_id", ForeignKey("digests.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("state", String, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("lease_until", UtcDateTime),
    Column("attempts", Integer, nullable=False),
    Column("parts", Integer, nullable=False, server_default="0"),
    Column("thread", String, nullable=False, server_default=""),
    Column("reason", Text, nullable=False),
    Column("sent_at", UtcDateTime),
    UniqueConstraint("subscription_id", "digest_id"),
    Index("ix_outbox_state_due_at", "state", "due_at"),
)

saved = Table(
    "saved",
    metadata,
    Column("subscriber_id", ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True),
    Column("paper_id", ForeignKey("papers.id", ondelete="CASCADE"), primary_key=True),
    Column("saved_at", UtcDateTime, nullable=False),
)

shortcuts = Table(
    "shortcuts",
    metadata,
    Column("word", String, primary_key=True),
    Column("command", Text, nullable=False),
    Column("used_at", UtcDateTime, nullable=False),
)

memory = Table(
    "memory",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", Text, nullable=False),
)
