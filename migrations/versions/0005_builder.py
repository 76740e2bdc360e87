"""The builder: what an entry was written from, drafts to go on from, what models cost, and the days that are done."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("entries", sa.Column("basis", sa.String, nullable=False, server_default=""))
    op.add_column("entries", sa.Column("writer", sa.String, nullable=False, server_default=""))
    op.add_column("entries", sa.Column("updated", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "drafts",
        sa.Column("key", sa.String, nullable=False),
        sa.Column("arxiv_id", sa.String, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("draft", sa.JSON, nullable=False),
        sa.Column("made_at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_drafts"),
    )
    op.create_index("ix_drafts_made_at", "drafts", ["made_at"])
    op.create_table(
        "spending",
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("model", sa.String, nullable=False),
        sa.Column("calls", sa.Integer, nullable=False),
        sa.Column("tokens_in", sa.BigInteger, nullable=False),
        sa.Column("tokens_out", sa.BigInteger, nullable=False),
        sa.Column("microdollars", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("day", "model", name="pk_spending"),
    )
    op.create_table(
        "builds",
        sa.Column("topic", sa.String, nullable=False),
        sa.Column("date", sa.Date, nullable=False),
        sa.Column("ended_at", sa.DateTime, nullable=False),
        sa.Column("papers", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("topic", "date", name="pk_builds"),
    )


def downgrade() -> None:
    for table in ("builds", "spending", "drafts"):
        op.drop_table(table)
    for column in ("updated", "writer", "basis"):
        op.drop_column("entries", column)
