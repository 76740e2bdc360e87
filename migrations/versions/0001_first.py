"""The first schema: pages, digests, papers, subscribers, subscriptions, the outbox and full-text search."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _library()
    _readers()
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE paper_search USING fts5("
            "title, authors, abstract, summary, takeaways, tokenize='unicode61 remove_diacritics 2')"
        )


def _library() -> None:
    op.create_table(
        "topics",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("slug", sa.String, nullable=False),
        sa.Column("title", sa.String, nullable=False),
        sa.Column("aliases", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_topics"),
        sa.UniqueConstraint("slug", name="uq_topics_slug"),
    )
    op.create_table(
        "pages",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("uri", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.String, nullable=False),
        sa.Column("counts", sa.JSON, nullable=False),
        sa.Column("etag", sa.Text, nullable=False),
        sa.Column("last_modified", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_pages"),
        sa.UniqueConstraint("uri", name="uq_pages_uri"),
    )
    op.create_table(
        "papers",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("arxiv_id", sa.String, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("authors", sa.JSON, nullable=False),
        sa.Column("abstract", sa.Text, nullable=False),
        sa.Column("comment", sa.Text, nullable=False),
        sa.Column("links", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_papers"),
        sa.UniqueConstraint("arxiv_id", name="uq_papers_arxiv_id"),
    )
    op.create_table(
        "digests",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("topic_id", sa.Integer, nullable=False),
        sa.Column("date", sa.Date, nullable=False),
        sa.Column("published", sa.DateTime),
        sa.Column("loaded_at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_digests"),
        sa.UniqueConstraint("topic_id", "date", name="uq_digests_topic_id_date"),
        sa.ForeignKeyConstraint(["topic_id"], ["topics.id"], name="fk_digests_topic_id", ondelete="CASCADE"),
    )
    op.create_table(
        "entries",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("digest_id", sa.Integer, nullable=False),
        sa.Column("paper_id", sa.Integer, nullable=False),
        sa.Column("page_id", sa.Integer, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("headline", sa.Text, nullable=False),
        sa.Column("takeaways", sa.JSON, nullable=False),
        sa.Column("sections", sa.JSON, nullable=False),
        sa.Column("flags", sa.JSON, nullable=False),
        sa.Column("figures", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_entries"),
        sa.UniqueConstraint("digest_id", "paper_id", name="uq_entries_digest_id_paper_id"),
        sa.ForeignKeyConstraint(["digest_id"], ["digests.id"], name="fk_entries_digest_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["paper_id"], ["papers.id"], name="fk_entries_paper_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["page_id"], ["pages.id"], name="fk_entries_page_id", ondelete="CASCADE"),
    )
    op.create_index("ix_entries_paper_id", "entries", ["paper_id"])
    op.create_index("ix_entries_page_id", "entries", ["page_id"])


def _readers() -> None:
    op.create_table(
        "subscribers",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("platform", sa.String, nullable=False),
        sa.Column("chat", sa.String, nullable=False),
        sa.Column("thread", sa.String, nullable=False),
        sa.Column("timezone", sa.String, nullable=False),
        sa.Column("time", sa.Time, nullable=False),
        sa.Column("days", sa.JSON, nullable=False),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("layout", sa.String, nullable=False),
        sa.Column("paused", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_subscribers"),
        sa.UniqueConstraint("platform", "chat", "thread", name="uq_subscribers_platform_chat_thread"),
    )
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("subscriber_id", sa.Integer, nullable=False),
        sa.Column("topic_id", sa.Integer, nullable=False),
        sa.Column("own", sa.Boolean, nullable=False),
        sa.Column("instant", sa.Boolean, nullable=False),
        sa.Column("time", sa.Time, nullable=False),
        sa.Column("timezone", sa.String, nullable=False),
        sa.Column("days", sa.JSON, nullable=False),
        sa.Column("next_due", sa.DateTime, nullable=False),
        sa.Column("since", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_subscriptions"),
        sa.UniqueConstraint("subscriber_id", "topic_id", name="uq_subscriptions_subscriber_id_topic_id"),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name="fk_subscriptions_subscriber_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["topic_id"], ["topics.id"], name="fk_subscriptions_topic_id", ondelete="CASCADE"),
    )
    op.create_index("ix_subscriptions_next_due", "subscriptions", ["next_due"])
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("subscription_id", sa.Integer, nullable=False),
        sa.Column("digest_id", sa.Integer, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("due_at", sa.DateTime, nullable=False),
        sa.Column("lease_until", sa.DateTime),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("sent_at", sa.DateTime),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("subscription_id", "digest_id", name="uq_outbox_subscription_id_digest_id"),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscriptions.id"], name="fk_outbox_subscription_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["digest_id"], ["digests.id"], name="fk_outbox_digest_id", ondelete="CASCADE"),
    )
    op.create_index("ix_outbox_digest_id", "outbox", ["digest_id"])
    op.create_index("ix_outbox_state_due_at", "outbox", ["state", "due_at"])
    op.create_table(
        "saved",
        sa.Column("subscriber_id", sa.Integer, nullable=False),
        sa.Column("paper_id", sa.Integer, nullable=False),
        sa.Column("saved_at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("subscriber_id", "paper_id", name="pk_saved"),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name="fk_saved_subscriber_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["paper_id"], ["papers.id"], name="fk_saved_paper_id", ondelete="CASCADE"),
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE paper_search")
    for table in (
        "saved",
        "outbox",
        "subscriptions",
        "subscribers",
        "entries",
        "digests",
        "papers",
        "pages",
        "topics",
    ):
        op.drop_table(table)
