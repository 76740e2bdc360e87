"""Posts that are still to be published, and the problems that moderators were told of."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "publications",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("platform", sa.String, nullable=False),
        sa.Column("chat", sa.String, nullable=False),
        sa.Column("thread", sa.String, nullable=False),
        sa.Column("message", sa.String, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("available_at", sa.DateTime, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("id", name="pk_publications"),
        sa.UniqueConstraint("platform", "message", name="uq_publications_platform_message"),
    )
    op.create_index("ix_publications_available", "publications", ["platform", "available_at"])
    op.create_table(
        "told_problems",
        sa.Column("subscriber_id", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("told_at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("subscriber_id", "reason", name="pk_told_problems"),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name="fk_told_problems_subscriber_id", ondelete="CASCADE"
        ),
    )


def downgrade() -> None:
    op.drop_table("told_problems")
    op.drop_table("publications")
