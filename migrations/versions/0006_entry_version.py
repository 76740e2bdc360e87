"""The version of its paper that an entry was written from: another topic's digest may have shown a newer one."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("entries", sa.Column("version", sa.Integer, nullable=False, server_default="1"))
    op.execute("UPDATE entries SET version = (SELECT papers.version FROM papers WHERE papers.id = entries.paper_id)")


def downgrade() -> None:
    op.drop_column("entries", "version")
