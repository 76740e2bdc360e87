"""Whether a chat's digests come without a sound, and the role that they call."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("subscribers", sa.Column("quiet", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("subscribers", sa.Column("mention_role", sa.String, nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("subscribers", "mention_role")
    op.drop_column("subscribers", "quiet")
