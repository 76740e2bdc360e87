"""Whether a subscription's timezone was set for it, so that a change of the chat's, and its undo, leave it alone."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("subscriptions", sa.Column("has_own_timezone", sa.Boolean, nullable=False, server_default=sa.false()))
    op.execute(
        sa.text(
            "UPDATE subscriptions SET has_own_timezone = true WHERE has_own_schedule"
            " AND (SELECT timezone FROM schedules WHERE schedules.id = schedule_id)"
            " <> (SELECT timezone FROM subscribers WHERE subscribers.id = subscriber_id)"
        )
    )


def downgrade() -> None:
    op.drop_column("subscriptions", "has_own_timezone")
