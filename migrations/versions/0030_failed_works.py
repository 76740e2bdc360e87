"""Work of models that nothing came of, so that it is not paid for again at once."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "failed_works",
        sa.Column("name", sa.String, nullable=False),
        sa.Column("failed_at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_failed_works"),
    )
    op.create_index("ix_failed_works_failed_at", "failed_works", ["failed_at"])


def downgrade() -> None:
    op.drop_table("failed_works")
