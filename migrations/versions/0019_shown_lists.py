"""The list that each chat was shown last, and whether a channel's answers are for everybody."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "shown_lists",
        sa.Column("platform", sa.String, nullable=False),
        sa.Column("chat", sa.String, nullable=False),
        sa.Column("thread", sa.String, nullable=False),
        sa.Column("viewer", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("papers", sa.JSON, nullable=False),
        sa.Column("shown_at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("platform", "chat", "thread", "viewer", name="pk_shown_lists"),
    )
    op.create_index("ix_shown_lists_shown_at", "shown_lists", ["shown_at"])
    op.add_column("subscribers", sa.Column("public_answers", sa.Boolean, nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("subscribers", "public_answers")
    op.drop_table("shown_lists")
