"""The days from which on a follow's digests are delivered and shown, and what a delivery left out."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("subscriptions", sa.Column("delivered_from", sa.Date))
    op.add_column("subscriptions", sa.Column("shown_from", sa.Date))
    op.add_column("outbox", sa.Column("narrowings", sa.Text))


def downgrade() -> None:
    op.drop_column("outbox", "narrowings")
    op.drop_column("subscriptions", "shown_from")
    op.drop_column("subscriptions", "delivered_from")
