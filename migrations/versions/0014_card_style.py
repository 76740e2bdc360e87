"""The card style of a chat that chose none is its platform's default: classic on Telegram.

Until now that was stored as a choice of rich, and nobody can tell the two apart.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _make_column_again("default", replaced="rich")


def downgrade() -> None:
    _make_column_again("rich", replaced="default")


def _make_column_again(default: str, *, replaced: str) -> None:
    """A new column: SQLite changes no column's default, and a new table would take all that refers to it away."""
    op.add_column("subscribers", sa.Column("new_card_style", sa.String, nullable=False, server_default=default))
    op.execute(
        sa.text("UPDATE subscribers SET new_card_style = card_style WHERE card_style <> :replaced").bindparams(
            replaced=replaced
        )
    )
    op.drop_column("subscribers", "card_style")
    op.execute(sa.text("ALTER TABLE subscribers RENAME COLUMN new_card_style TO card_style"))
