"""Deliveries by subscriber, planned from shared schedules; leases between processes; search on PostgreSQL.

Tables that change much are copied, dropped and made anew: SQLite cannot alter them, and dropping one that others
refer to would empty those.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_DIGITS = "replace(replace(replace(replace(CAST(days AS TEXT), '[', ''), ']', ''), ',', ''), ' ', '')"
"""Weekdays as they were, ``[0, 1]``, as they are now: ``01``."""


def upgrade() -> None:
    op.create_table(
        "leases",
        sa.Column("name", sa.String, nullable=False),
        sa.Column("holder", sa.String, nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("until", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_leases"),
    )
    op.add_column("digests", sa.Column("announced", sa.Boolean, nullable=False, server_default=sa.true()))
    _outbox()
    _schedules()
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE TABLE paper_search (id INTEGER PRIMARY KEY, document TSVECTOR NOT NULL)")
        op.execute("CREATE INDEX paper_search_document ON paper_search USING gin (document)")


def _outbox() -> None:
    op.execute(
        "CREATE TABLE old_outbox AS SELECT outbox.*, subscriptions.subscriber_id AS subscriber_id, subscribers.platform"
        " AS platform FROM outbox JOIN subscriptions ON subscriptions.id = outbox.subscription_id"
        " JOIN subscribers ON subscribers.id = subscriptions.subscriber_id"
    )
    op.drop_table("outbox")
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("subscriber_id", sa.Integer, nullable=False),
        sa.Column("digest_id", sa.Integer, nullable=False),
        sa.Column("platform", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("due_at", sa.DateTime, nullable=False),
        sa.Column("free_at", sa.DateTime),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("parts", sa.Integer, nullable=False),
        sa.Column("thread", sa.String, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("ended_at", sa.DateTime),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("subscriber_id", "digest_id", name="uq_outbox_subscriber_id_digest_id"),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name="fk_outbox_subscriber_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["digest_id"], ["digests.id"], name="fk_outbox_digest_id", ondelete="CASCADE"),
    )
    op.execute(
        "INSERT INTO outbox (id, subscriber_id, digest_id, platform, state, due_at, free_at, attempts, parts, thread,"
        " reason, ended_at) SELECT id, subscriber_id, digest_id, platform, state, due_at, CASE state"
        " WHEN 'due' THEN due_at WHEN 'sending' THEN lease_until END, attempts, parts, thread, reason,"
        " CASE state WHEN 'failed' THEN due_at ELSE sent_at END FROM old_outbox"
    )
    op.drop_table("old_outbox")
    op.create_index("ix_outbox_digest_id", "outbox", ["digest_id"])
    _partial_index("ix_outbox_free", ["platform", "free_at"], "free_at IS NOT NULL")
    _partial_index("ix_outbox_failed", ["ended_at"], "state IN ('failed', 'dropped')")


def _partial_index(name: str, columns: list[str], where: str) -> None:
    op.create_index(name, "outbox", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def _schedules() -> None:
    op.create_table(
        "schedules",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("time", sa.Time, nullable=False),
        sa.Column("timezone", sa.String, nullable=False),
        sa.Column("days", sa.String, nullable=False),
        sa.Column("next_due", sa.DateTime, nullable=False),
        sa.Column("last_due", sa.DateTime),
        sa.PrimaryKeyConstraint("id", name="pk_schedules"),
        sa.UniqueConstraint("time", "timezone", "days", name="uq_schedules_time_timezone_days"),
    )
    op.create_index("ix_schedules_next_due", "schedules", ["next_due"])
    op.execute("CREATE TABLE old_subscriptions AS SELECT subscriptions.*, " + _DIGITS + " AS digits FROM subscriptions")
    op.execute(
        "INSERT INTO schedules (time, timezone, days, next_due) SELECT time, timezone, digits, min(next_due)"
        " FROM old_subscriptions GROUP BY time, timezone, digits"
    )
    op.drop_table("subscriptions")
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("subscriber_id", sa.Integer, nullable=False),
        sa.Column("topic_id", sa.Integer, nullable=False),
        sa.Column("schedule_id", sa.Integer, nullable=False),
        sa.Column("own", sa.Boolean, nullable=False),
        sa.Column("instant", sa.Boolean, nullable=False),
        sa.Column("since", sa.DateTime, nullable=False),
        sa.Column("starts_at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_subscriptions"),
        sa.UniqueConstraint("subscriber_id", "topic_id", name="uq_subscriptions_subscriber_id_topic_id"),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name="fk_subscriptions_subscriber_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["topic_id"], ["topics.id"], name="fk_subscriptions_topic_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["schedule_id"], ["schedules.id"], name="fk_subscriptions_schedule_id"),
    )
    op.execute(
        "INSERT INTO subscriptions (id, subscriber_id, topic_id, schedule_id, own, instant, since, starts_at)"
        " SELECT o.id, o.subscriber_id, o.topic_id, s.id, o.own, o.instant, o.since,"
        " CASE WHEN o.next_due > s.next_due THEN s.next_due ELSE o.since END FROM old_subscriptions o"
        " JOIN schedules s ON s.time = o.time AND s.timezone = o.timezone AND s.days = o.digits"
    )
    op.drop_table("old_subscriptions")
    op.create_index("ix_subscriptions_schedule_id", "subscriptions", ["schedule_id"])
    op.create_index("ix_subscriptions_topic_id", "subscriptions", ["topic_id"])


def downgrade() -> None:
    raise NotImplementedError("restore a backup: what 0004 keeps once for many cannot be told apart again")
