"""The tables as used by queries. ``migrations/`` creates them; a test compares the two."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
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
    text,
    true,
)

from digestbot.store.database.sql_datetime import UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _partial_index(name: str, *columns: str, where: str) -> Index:
    return Index(name, *columns, sqlite_where=text(where), info={"where": where})


def add_postgresql_conditions() -> None:
    """Give each partial index its condition on PostgreSQL too, for migrations.

    It loads that dialect, which costs as much as all of SQLite's: other commands do without.
    """
    for table in metadata.tables.values():
        for index in table.indexes:
            if where := index.info.get("where"):
                index.dialect_kwargs["postgresql_where"] = text(where)


topics = Table(
    "topics",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("slug", String, nullable=False, unique=True),
    Column("title", String, nullable=False),
    Column("aliases", JSON, nullable=False),
    Column("expression", Text),
    Index("ix_topics_expression", "expression", unique=True),
)
"""``expression``: of a follow, what its papers match, in its one normalised form; null for all other topics."""

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
    Column("licence", Text, nullable=False, server_default=""),
    Column("categories", Text, nullable=False, server_default=""),
    Column("submitted_at", UtcDateTime),
    Column("announced_on", Date, index=True),
    Column("publication", Text, nullable=False, server_default=""),
    Column("origin", String, nullable=False, server_default=""),
    Column("fetched_at", UtcDateTime),
    _partial_index("ix_papers_fetched", "fetched_at", where="fetched_at IS NOT NULL"),
)
"""``licence``: the URL of the licence that its authors chose; empty if it is not known.

``categories``: arXiv's, the primary one first, with spaces between; empty if they are not known. ``submitted_at``: when
its first version was. ``announced_on``: the date of the last announcement of arXiv that listed it; null if none did.
``publication``: where its publisher says that it appeared, as JSON; empty if that is not known. ``origin``: who was
asked for it when somebody looked it up, and ``fetched_at``: when that last was; empty and null if nobody did.
"""

paper_lookups = Table(
    "paper_lookups",
    metadata,
    Column("paper", String, primary_key=True),
    Column("holder", String, nullable=False),
    Column("held_until", UtcDateTime, nullable=False, index=True),
    Column("missing_at", UtcDateTime),
)
"""Papers that a process is asking for, until when at most. ``missing_at``: when it was found that there is none."""

announcement_days = Table(
    "announcement_days",
    metadata,
    Column("day", Date, primary_key=True),
    Column("archives", JSON, nullable=False),
    Column("state", String, nullable=False),
    Column("problem", Text, nullable=False),
    Column("tried_at", UtcDateTime, nullable=False),
    Column("completed_at", UtcDateTime),
    Column("matched_at", UtcDateTime),
)
"""How far the harvest of each day's announcements is.

``archives`` has, by archive, how many papers are expected and how many are there. ``matched_at``: when the day's papers
were matched against all follows, or when it was found that they need not be; null until then.
"""

announcements = Table(
    "announcements",
    metadata,
    Column("day", Date, primary_key=True),
    Column("paper_id", ForeignKey("papers.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("kind", String, nullable=False),
)
"""Which papers arXiv announced on a day: as new, cross-listed or replaced."""

digests = Table(
    "digests",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("topic_id", ForeignKey("topics.id", ondelete="CASCADE"), nullable=False),
    Column("date", Date, nullable=False),
    Column("published_at", DateTime),
    Column("loaded_at", UtcDateTime, nullable=False),
    Column("planning_number", Integer, index=True),
    UniqueConstraint("topic_id", "date"),
)
"""``planning_number``: the number of the planning that first saw it; null until then."""

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
    Column("basis", String, nullable=False, server_default=""),
    Column("writer", String, nullable=False, server_default=""),
    Column("is_updated", Boolean, nullable=False, server_default=false()),
    Column("version", Integer, nullable=False, server_default="1"),
    UniqueConstraint("digest_id", "paper_id"),
)
"""``version``: the paper's version when the entry was written; the paper's own row has its newest."""

paper_summaries = Table(
    "paper_summaries",
    metadata,
    Column("paper_id", ForeignKey("papers.id", ondelete="CASCADE"), primary_key=True),
    Column("language", String, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("headline", Text, nullable=False),
    Column("takeaways", JSON, nullable=False),
    Column("sections", JSON, nullable=False),
    Column("flags", JSON, nullable=False),
    Column("figures", JSON, nullable=False),
    Column("basis", String, nullable=False),
    Column("writer", String, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
)
"""Summaries that somebody asked for, of a version of a paper in a language, as entries have them."""

sent_pdfs = Table(
    "sent_pdfs",
    metadata,
    Column("token", String, primary_key=True),
    Column("subscriber_id", ForeignKey("subscribers.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("fingerprint", String, nullable=False),
    Column("language", String, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("page_count", Integer, nullable=False),
    Column("arxiv_id", String, nullable=False),
    Column("summary", JSON, nullable=False),
    Column("sections", JSON, nullable=False),
    Column("sent_at", UtcDateTime, nullable=False, index=True),
)
"""What was made of PDFs that people sent, for a day and for who sent them alone. ``fingerprint``: of the file."""

drafts = Table(
    "drafts",
    metadata,
    Column("key", String, primary_key=True),
    Column("arxiv_id", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("draft", JSON, nullable=False),
    Column("made_at", UtcDateTime, nullable=False, index=True),
)
"""Drafts by paper version, prompt and models, so that repeating a build costs nothing."""

spending = Table(
    "spending",
    metadata,
    Column("day", Date, primary_key=True),
    Column("model", String, primary_key=True),
    Column("calls", Integer, nullable=False),
    Column("tokens_in", BigInteger, nullable=False),
    Column("tokens_out", BigInteger, nullable=False),
    Column("microdollars", BigInteger, nullable=False),
)

builds = Table(
    "builds",
    metadata,
    Column("topic", String, primary_key=True),
    Column("date", Date, primary_key=True),
    Column("ended_at", UtcDateTime, nullable=False),
    Column("papers", Integer, nullable=False),
)
"""The digests that the builder finished, including those without new papers."""

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
    Column("card_style", String, nullable=False, server_default="default"),
    Column("pause_reason", Text, nullable=False),
    Column("title", Text, nullable=False, server_default=""),
    Column("moderator_chat", String, nullable=False, server_default=""),
    Column("post_mode", String, nullable=False, server_default="pages"),
    Column("publish", Boolean, nullable=False, server_default=false()),
    Column("public_answers", Boolean, nullable=False, server_default=false()),
    Column("quiet", Boolean, nullable=False, server_default=false()),
    Column("mention_role", String, nullable=False, server_default=""),
    Column("left_at", UtcDateTime),
    Column("resumes_at", UtcDateTime),
    Column("mutes", JSON, nullable=False, server_default="[]"),
    Column("bundle", Boolean, nullable=False, server_default=true()),
    UniqueConstraint("platform", "chat", "thread"),
    _partial_index("ix_subscribers_resumes", "resumes_at", where="resumes_at IS NOT NULL"),
)
"""``resumes_at``: when a pause ends by itself; null where it does not.

``mutes``: expressions of what is hidden everywhere. ``bundle``: whether what comes at one time is one message.
"""

schedules = Table(
    "schedules",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("time", Time, nullable=False),
    Column("timezone", String, nullable=False),
    Column("days", String, nullable=False),
    Column("next_due", UtcDateTime, nullable=False, index=True),
    Column("last_due", UtcDateTime),
    Column("previous_due", UtcDateTime),
    Column("planning_number", Integer, nullable=False, server_default="0"),
    UniqueConstraint("time", "timezone", "days"),
)
"""Each schedule once, however many subscriptions share it: each day advances one row, not a million.

``last_due`` and ``previous_due`` are the last two times that were planned, ``planning_number`` is the number of the
last planning.
"""

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("subscriber_id", ForeignKey("subscribers.id", ondelete="CASCADE"), nullable=False),
    Column("topic_id", ForeignKey("topics.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("schedule_id", ForeignKey("schedules.id"), nullable=False, index=True),
    Column("has_own_schedule", Boolean, nullable=False),
    Column("has_own_timezone", Boolean, nullable=False, server_default=false()),
    Column("instant", Boolean, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("starts_at", UtcDateTime, nullable=False),
    Column("missed_planning_number", Integer, nullable=False, server_default="-1"),
    Column("is_paused", Boolean, nullable=False, server_default=false()),
    Column("resumes_at", UtcDateTime),
    Column("label", Text, nullable=False, server_default=""),
    Column("filter", Text, nullable=False, server_default=""),
    Column("delivered_from", Date),
    Column("shown_from", Date),
    UniqueConstraint("subscriber_id", "topic_id"),
    _partial_index("ix_subscriptions_resumes", "resumes_at", where="resumes_at IS NOT NULL"),
)
"""``starts_at``: scheduled times up to then do not apply to this subscription. ``missed_planning_number``: the last
planning that did not know of it as it is now. ``label``: what the chat calls the topic; empty where it is the topic's
title. ``filter``: the expression that its papers have to match too; empty where all of them come. ``delivered_from``:
of a follow, the first date of what is delivered, and ``shown_from`` of what is shown; null where there is none."""

outbox = Table(
    "outbox",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("subscriber_id", ForeignKey("subscribers.id", ondelete="CASCADE"), nullable=False),
    Column("digest_id", ForeignKey("digests.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("platform", String, nullable=False),
    Column("state", String, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("available_at", UtcDateTime),
    Column("attempts", Integer, nullable=False),
    Column("parts_sent", Integer, nullable=False),
    Column("thread", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("claim_number", Integer, nullable=False, server_default="0"),
    Column("lead_digest_id", Integer),
    Column("older_count", Integer, nullable=False, server_default="0"),
    Column("narrowings", Text),
    UniqueConstraint("subscriber_id", "digest_id"),
    _partial_index("ix_outbox_available", "platform", "available_at", where="available_at IS NOT NULL"),
    _partial_index("ix_outbox_failed", "ended_at", where="state IN ('failed', 'dropped')"),
    _partial_index("ix_outbox_bundled", "subscriber_id", "lead_digest_id", where="state = 'bundled'"),
    sqlite_autoincrement=True,
)
"""``id``: never given twice, since idempotency keys are made of it.

``available_at``: when a row may next be claimed: its due time, or the end of its lease; null once it has ended.

``claim_number``: how often it was claimed; updates of an earlier claim no longer hold. ``lead_digest_id``: the
digest whose row leads the message that this one comes with; null where it leads itself. ``older_count``: how many of
its topic's digests, too old to come with it, the message mentions. ``narrowings``: what the chat left out of the
message when its first part was sent; null where that was nothing.
"""

publications = Table(
    "publications",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("platform", String, nullable=False),
    Column("chat", String, nullable=False),
    Column("thread", String, nullable=False),
    Column("message", String, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("available_at", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    UniqueConstraint("platform", "message"),
    Index("ix_publications_available", "platform", "available_at"),
)
"""Posts that are still to be published to the channels that follow theirs, each until it is or cannot be.

``available_at``: when that may next be tried: while it is, the end of the lease.
"""

told_problems = Table(
    "told_problems",
    metadata,
    Column("subscriber_id", ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True),
    Column("reason", Text, primary_key=True),
    Column("told_at", UtcDateTime, nullable=False),
)
"""What the people who set chats up were told of, so that a problem of every day is not told of every day."""

undo_steps = Table(
    "undo_steps",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("subscriber_id", ForeignKey("subscribers.id", ondelete="CASCADE"), nullable=False),
    Column("token", String, nullable=False),
    Column("state", JSON, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    UniqueConstraint("subscriber_id", "token"),
)
"""What was before a command changed it: ``state`` has only what that command could change."""

leases = Table(
    "leases",
    metadata,
    Column("name", String, primary_key=True),
    Column("holder", String, nullable=False),
    Column("location", Text, nullable=False),
    Column("until", UtcDateTime, nullable=False),
)

request_paces = Table(
    "request_paces",
    metadata,
    Column("name", String, primary_key=True),
    Column("holder", String, nullable=False),
    Column("held_until", UtcDateTime, nullable=False),
    Column("next_at", UtcDateTime, nullable=False),
)
"""Who asks an archive, until when at most, and when it may be asked next; and when a host that is busy may be."""

quota_uses = Table(
    "quota_uses",
    metadata,
    Column("platform", String, primary_key=True),
    Column("chat", String, primary_key=True),
    Column("day", Date, primary_key=True, index=True),
    Column("uses", Integer, nullable=False),
)
"""How many summaries and questions a person or a chat (by their numbers) had on a day in UTC; kept for two days."""
paper_texts = Table(
    "paper_texts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("paper", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("basis", String, nullable=False),
    Column("read_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime, nullable=False, index=True),
    UniqueConstraint("paper", "version"),
)
"""The texts of papers that somebody asked about, by identifier and version; ``basis`` says what was read.

``used_at``: when one was last asked about, to the day.
"""

paper_paragraphs = Table(
    "paper_paragraphs",
    metadata,
    Column("text_id", ForeignKey("paper_texts.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("section", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("page", Integer, nullable=False),
    Column("next_page_at", Integer, nullable=False),
    Column("tokens", Text, nullable=False),
)
"""Their paragraphs: ``tokens`` are the words as the full-text index has them. A page of 0 is none."""

paper_answers = Table(
    "paper_answers",
    metadata,
    Column("key", String, primary_key=True),
    Column("paper", String, nullable=False, index=True),
    Column("answer", JSON, nullable=False),
    Column("made_at", UtcDateTime, nullable=False, index=True),
)
"""Answers by a hash of the question, its paper's version, its language, and what it goes on from; not by who asked."""

failed_works = Table(
    "failed_works",
    metadata,
    Column("name", String, primary_key=True),
    Column("failed_at", UtcDateTime, nullable=False, index=True),
)
"""What models were paid for and nothing came of, by a name of the paper and what was wanted of it; for an hour."""

asked_questions = Table(
    "asked_questions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("platform", String, nullable=False),
    Column("person", String, nullable=False),
    Column("chat", String, nullable=False),
    Column("thread", String, nullable=False),
    Column("paper", String, nullable=False),
    Column("question", Text, nullable=False),
    Column("said", Text, nullable=False),
    Column("asked_at", UtcDateTime, nullable=False, index=True),
    Index("ix_asked_questions_person", "platform", "person"),
)
"""What a person (by their number on the platform) asked last in a chat, and what was said: the thread of a talk."""

first_sightings = Table(
    "first_sightings",
    metadata,
    Column("paper", String, primary_key=True),
    Column("seen_at", UtcDateTime, nullable=False, index=True),
)
"""When papers that their feeds give no date were first seen there."""

saved_papers = Table(
    "saved_papers",
    metadata,
    Column("subscriber_id", ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True),
    Column("paper_id", ForeignKey("papers.id", ondelete="CASCADE"), primary_key=True),
    Column("saved_at", UtcDateTime, nullable=False),
    Column("tags", JSON, nullable=False, server_default="[]"),
    Column("note", Text, nullable=False, server_default=""),
)
"""``tags`` and ``note``: what the person wrote beside the paper, for themselves alone."""

shown_lists = Table(
    "shown_lists",
    metadata,
    Column("platform", String, primary_key=True),
    Column("chat", String, primary_key=True),
    Column("thread", String, primary_key=True),
    Column("viewer", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("papers", JSON, nullable=False),
    Column("shown_at", UtcDateTime, nullable=False, index=True),
)
"""The list of papers that a chat was shown last: ``viewer`` is the person who alone saw it, empty if everybody did.

``name`` is the same for all pages of a list, a hash of its command; ``papers`` are identifiers by number, and beside
them ``opened``, the paper that was opened after it, and ``command`` and ``page``, the page that was shown last.
"""

callback_tokens = Table(
    "callback_tokens",
    metadata,
    Column("token", String, primary_key=True),
    Column("command", Text, nullable=False),
    Column("used_at", UtcDateTime, nullable=False, index=True),
    Column("owner", String, nullable=False, server_default=""),
    Index("ix_callback_tokens_owner", "owner", "used_at"),
)
"""``owner``: the chat or person that was sent it last; empty for what deliveries show."""

key_values = Table(
    "key_values",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", Text, nullable=False),
)
