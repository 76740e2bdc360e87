"""Pauses with an end, of a chat and of single topics; and what commands changed, so that it can be undone."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("subscribers", sa.Column("resumes_at", sa.DateTime))
    op.add_column("subscriptions", sa.Column("is_paused", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("subscriptions", sa.Column("resumes_at", sa.DateTime))
    for table in ("subscribers", "subscriptions"):
        op.create_index(
            f"ix_{table}_resumes",
            table,
            ["resumes_at"],
            sqlite_where=sa.text("resumes_at IS NOT NULL"),
            postgresql_where=sa.text("resumes_at IS NOT NULL"),
        )
    op.create_table(
        "undo_steps",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("subscriber_id", sa.Integer, nullable=False),
        sa.Column("token", sa.String, nullable=False),
        sa.Column("state", sa.JSON, nullable=False),
        sa.Column("made_at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_undo_steps"),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name="fk_undo_steps_subscriber_id", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("subscriber_id", "token", name="uq_undo_steps_subscriber_id_token"),
    )


def downgrade() -> None:
    op.drop_table("undo_steps")
    for table in ("subscriptions", "subscribers"):
        op.drop_index(f"ix_{table}_resumes", table)
        op.drop_column(table, "resumes_at")
    op.drop_column("subscriptions", "is_paused")
