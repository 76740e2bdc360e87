"""Papers that somebody asked for: who told what they are, where they were published, and who is asking now."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("papers", sa.Column("publication", sa.Text, nullable=False, server_default=""))
    op.add_column("papers", sa.Column("origin", sa.String, nullable=False, server_default=""))
    op.add_column("papers", sa.Column("fetched_at", sa.DateTime))
    is_fetched = sa.text("fetched_at IS NOT NULL")
    op.create_index("ix_papers_fetched", "papers", ["fetched_at"], sqlite_where=is_fetched, postgresql_where=is_fetched)
    op.create_table(
        "paper_lookups",
        sa.Column("paper", sa.String, nullable=False),
        sa.Column("holder", sa.String, nullable=False),
        sa.Column("held_until", sa.DateTime, nullable=False),
        sa.Column("missing_at", sa.DateTime),
        sa.PrimaryKeyConstraint("paper", name="pk_paper_lookups"),
    )
    op.create_index("ix_paper_lookups_held_until", "paper_lookups", ["held_until"])


def downgrade() -> None:
    op.drop_table("paper_lookups")
    op.drop_index("ix_papers_fetched", "papers")
    op.drop_column("papers", "fetched_at")
    op.drop_column("papers", "origin")
    op.drop_column("papers", "publication")
