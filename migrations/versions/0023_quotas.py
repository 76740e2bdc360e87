"""How many summaries and questions people and chats had on a day."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "quota_uses",
        sa.Column("platform", sa.String, nullable=False),
        sa.Column("chat", sa.String, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("uses", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("platform", "chat", "day", name="pk_quota_uses"),
    )
    op.create_index("ix_quota_uses_day", "quota_uses", ["day"])


def downgrade() -> None:
    op.drop_table("quota_uses")
