"""What each planning saw, so that no digest is left out, and digests that are delivered together.

What was planned before counts as planned: nobody is sent old digests by the migration.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("digests", sa.Column("planning_number", sa.Integer))
    op.execute(sa.text("UPDATE digests SET planning_number = 0 WHERE announced"))
    op.drop_column("digests", "announced")
    op.create_index("ix_digests_planning_number", "digests", ["planning_number"])
    op.add_column("schedules", sa.Column("previous_due", sa.DateTime))
    op.add_column("schedules", sa.Column("planning_number", sa.Integer, nullable=False, server_default="0"))
    op.execute(sa.text("UPDATE schedules SET previous_due = last_due"))
    op.add_column("subscriptions", sa.Column("missed_planning_number", sa.Integer, nullable=False, server_default="-1"))
    op.add_column("outbox", sa.Column("lead_digest_id", sa.Integer))
    op.add_column("outbox", sa.Column("older_count", sa.Integer, nullable=False, server_default="0"))
    where = sa.text("state = 'bundled'")
    op.create_index(
        "ix_outbox_bundled",
        "outbox",
        ["subscriber_id", "lead_digest_id"],
        sqlite_where=where,
        postgresql_where=where,
    )


def downgrade() -> None:
    op.drop_index("ix_outbox_bundled", "outbox")
    op.execute(sa.text("UPDATE outbox SET state = 'dropped', ended_at = due_at WHERE state = 'bundled'"))
    for column in ("older_count", "lead_digest_id"):
        op.drop_column("outbox", column)
    op.drop_column("subscriptions", "missed_planning_number")
    for column in ("planning_number", "previous_due"):
        op.drop_column("schedules", column)
    op.drop_index("ix_digests_planning_number", "digests")
    op.add_column("digests", sa.Column("announced", sa.Boolean, nullable=False, server_default=sa.true()))
    op.execute(sa.text("UPDATE digests SET announced = false WHERE planning_number IS NULL"))
    op.drop_column("digests", "planning_number")
