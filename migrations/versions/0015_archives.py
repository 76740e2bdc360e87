"""The pace at which archives are asked, when items without a date were first seen, and papers' licences."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "request_paces",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("holder", sa.String, nullable=False),
        sa.Column("held_until", sa.DateTime, nullable=False),
        sa.Column("next_at", sa.DateTime, nullable=False),
    )
    op.create_table(
        "first_sightings",
        sa.Column("paper", sa.String, primary_key=True),
        sa.Column("seen_at", sa.DateTime, nullable=False, index=True),
    )
    op.add_column("papers", sa.Column("licence", sa.Text, nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("papers", "licence")
    op.drop_table("first_sightings")
    op.drop_table("request_paces")
