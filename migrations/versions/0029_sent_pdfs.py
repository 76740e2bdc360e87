"""PDFs that people sent to be summarised for themselves."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sent_pdfs",
        sa.Column("token", sa.String, nullable=False),
        sa.Column("subscriber_id", sa.Integer, nullable=False),
        sa.Column("fingerprint", sa.String, nullable=False),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("file_name", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("page_count", sa.Integer, nullable=False),
        sa.Column("arxiv_id", sa.String, nullable=False),
        sa.Column("summary", sa.JSON, nullable=False),
        sa.Column("sections", sa.JSON, nullable=False),
        sa.Column("sent_at", sa.DateTime, nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name="fk_sent_pdfs_subscriber_id_subscribers", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token", name="pk_sent_pdfs"),
    )
    op.create_index("ix_sent_pdfs_subscriber_id", "sent_pdfs", ["subscriber_id"])
    op.create_index("ix_sent_pdfs_sent_at", "sent_pdfs", ["sent_at"])


def downgrade() -> None:
    op.drop_table("sent_pdfs")
