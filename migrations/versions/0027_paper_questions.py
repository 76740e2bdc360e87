"""The texts of papers, what is asked about them, and the answers."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "paper_texts",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("paper", sa.String, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("basis", sa.String, nullable=False),
        sa.Column("read_at", sa.DateTime, nullable=False),
        sa.Column("used_at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_paper_texts"),
        sa.UniqueConstraint("paper", "version", name="uq_paper_texts_paper_version"),
    )
    op.create_index("ix_paper_texts_used_at", "paper_texts", ["used_at"])
    op.create_table(
        "paper_paragraphs",
        sa.Column("text_id", sa.Integer, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("section", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("page", sa.Integer, nullable=False),
        sa.Column("next_page_at", sa.Integer, nullable=False),
        sa.Column("tokens", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("text_id", "position", name="pk_paper_paragraphs"),
        sa.ForeignKeyConstraint(
            ["text_id"], ["paper_texts.id"], name="fk_paper_paragraphs_text_id", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "paper_answers",
        sa.Column("key", sa.String, nullable=False),
        sa.Column("paper", sa.String, nullable=False),
        sa.Column("answer", sa.JSON, nullable=False),
        sa.Column("made_at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_paper_answers"),
    )
    op.create_index("ix_paper_answers_paper", "paper_answers", ["paper"])
    op.create_index("ix_paper_answers_made_at", "paper_answers", ["made_at"])
    op.create_table(
        "asked_questions",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("platform", sa.String, nullable=False),
        sa.Column("person", sa.String, nullable=False),
        sa.Column("chat", sa.String, nullable=False),
        sa.Column("thread", sa.String, nullable=False),
        sa.Column("paper", sa.String, nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("said", sa.Text, nullable=False),
        sa.Column("asked_at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_asked_questions"),
    )
    op.create_index("ix_asked_questions_asked_at", "asked_questions", ["asked_at"])
    op.create_index("ix_asked_questions_person", "asked_questions", ["platform", "person"])


def downgrade() -> None:
    for table in ("asked_questions", "paper_answers", "paper_paragraphs", "paper_texts"):
        op.drop_table(table)
