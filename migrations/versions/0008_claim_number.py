"""The number of an outbox row's claim, by which a process that was paused notices that the row is another's."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox", sa.Column("claim_number", sa.Integer, nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("outbox", "claim_number")
