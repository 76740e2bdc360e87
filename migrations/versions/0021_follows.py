"""Announcements of arXiv, topics whose content is a query, filters, and one message for all that comes at one time."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("topics", sa.Column("expression", sa.Text))
    op.create_index("ix_topics_expression", "topics", ["expression"], unique=True)
    op.add_column("papers", sa.Column("categories", sa.Text, nullable=False, server_default=""))
    op.add_column("papers", sa.Column("submitted_at", sa.DateTime))
    op.add_column("papers", sa.Column("announced_on", sa.Date))
    op.create_index("ix_papers_announced_on", "papers", ["announced_on"])
    op.create_table(
        "announcement_days",
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("archives", sa.JSON, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("problem", sa.Text, nullable=False),
        sa.Column("tried_at", sa.DateTime, nullable=False),
        sa.Column("completed_at", sa.DateTime),
        sa.Column("matched_at", sa.DateTime),
        sa.PrimaryKeyConstraint("day", name="pk_announcement_days"),
    )
    op.create_table(
        "announcements",
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("paper_id", sa.Integer, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["papers.id"], name="fk_announcements_paper_id_papers", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("day", "paper_id", name="pk_announcements"),
    )
    op.create_index("ix_announcements_paper_id", "announcements", ["paper_id"])
    op.add_column("subscriptions", sa.Column("label", sa.Text, nullable=False, server_default=""))
    op.add_column("subscriptions", sa.Column("filter", sa.Text, nullable=False, server_default=""))
    op.add_column("subscribers", sa.Column("mutes", sa.JSON, nullable=False, server_default="[]"))
    op.add_column("subscribers", sa.Column("bundle", sa.Boolean, nullable=False, server_default=sa.true()))


def downgrade() -> None:
    op.drop_column("subscribers", "bundle")
    op.drop_column("subscribers", "mutes")
    op.drop_column("subscriptions", "filter")
    op.drop_column("subscriptions", "label")
    op.drop_table("announcements")
    op.drop_table("announcement_days")
    op.drop_index("ix_papers_announced_on", "papers")
    op.drop_column("papers", "announced_on")
    op.drop_column("papers", "submitted_at")
    op.drop_column("papers", "categories")
    op.execute("DELETE FROM topics WHERE expression IS NOT NULL")
    op.drop_index("ix_topics_expression", "topics")
    op.drop_column("topics", "expression")
