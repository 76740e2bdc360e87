"""Threads that deliveries open, how chats want digests posted, chats that were left, and what the bot remembers."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("subscribers", sa.Column("posts", sa.String, nullable=False, server_default="pages"))
    op.add_column("subscribers", sa.Column("publish", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("subscribers", sa.Column("left_at", sa.DateTime))
    op.add_column("outbox", sa.Column("thread", sa.String, nullable=False, server_default=""))
    op.create_table(
        "memory",
        sa.Column("name", sa.String, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_memory"),
    )


def downgrade() -> None:
    op.drop_table("memory")
    op.drop_column("outbox", "thread")
    for column in ("left_at", "publish", "posts"):
        op.drop_column("subscribers", column)
