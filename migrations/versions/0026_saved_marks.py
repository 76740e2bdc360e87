"""What people write beside the papers that they saved: tags and a note."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("saved_papers", sa.Column("tags", sa.JSON, nullable=False, server_default="[]"))
    op.add_column("saved_papers", sa.Column("note", sa.Text, nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("saved_papers", "note")
    op.drop_column("saved_papers", "tags")
