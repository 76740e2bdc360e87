"""Whose buttons a stored command belongs to, so that the oldest of one chat's go where there are too many."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("callback_tokens", sa.Column("owner", sa.String, nullable=False, server_default=""))
    op.create_index("ix_callback_tokens_owner", "callback_tokens", ["owner", "used_at"])
    op.create_index("ix_callback_tokens_used_at", "callback_tokens", ["used_at"])


def downgrade() -> None:
    op.drop_index("ix_callback_tokens_used_at", "callback_tokens")
    op.drop_index("ix_callback_tokens_owner", "callback_tokens")
    op.drop_column("callback_tokens", "owner")
