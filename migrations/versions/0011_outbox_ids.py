"""Ids of outbox rows that are never given twice, also on SQLite, where the id of a deleted last row was given again.

A message's idempotency key and a claim are known by that id: with the same one, another chat's message would be taken
for one that was sent already.
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _make_outbox_again(autoincrement=True)


def downgrade() -> None:
    _make_outbox_again(autoincrement=False)


def _make_outbox_again(*, autoincrement: bool) -> None:
    if op.get_bind().dialect.name == "sqlite":  # PostgreSQL's sequence gives no number twice
        options = {"sqlite_autoincrement": autoincrement}
        with op.batch_alter_table("outbox", recreate="always", table_kwargs=options):
            """Nothing else changes."""
