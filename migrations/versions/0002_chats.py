"""Chats of many: the form of their cards, their title and moderator; parts of a delivery; long commands of buttons."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("subscribers", sa.Column("format", sa.String, nullable=False, server_default="rich"))
    op.add_column("subscribers", sa.Column("title", sa.Text, nullable=False, server_default=""))
    op.add_column("subscribers", sa.Column("moderator", sa.String, nullable=False, server_default=""))
    op.add_column("outbox", sa.Column("parts", sa.Integer, nullable=False, server_default="0"))
    op.create_table(
        "shortcuts",
        sa.Column("word", sa.String, nullable=False),
        sa.Column("command", sa.Text, nullable=False),
        sa.Column("used_at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("word", name="pk_shortcuts"),
    )


def downgrade() -> None:
    op.drop_table("shortcuts")
    op.drop_column("outbox", "parts")
    for column in ("moderator", "title", "format"):
        op.drop_column("subscribers", column)
