"""The full-text index with words that digestbot makes, alike on both databases; every start fills an empty one.

On PostgreSQL it also has each paper's length, for the ranking.
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_FTS5_COLUMNS = "title, authors, abstract, summary, takeaways"


def upgrade() -> None:
    op.execute("DROP TABLE paper_search")
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"CREATE VIRTUAL TABLE paper_search USING fts5({_FTS5_COLUMNS}, tokenize='ascii')")
    else:
        _create_tsvector_table(", length INTEGER NOT NULL, PRIMARY KEY (id) INCLUDE (length)")


def downgrade() -> None:
    """Make the old one, empty: loading the pages again fills it."""
    op.execute("DROP TABLE paper_search")
    if op.get_bind().dialect.name == "sqlite":
        tokenizer = "unicode61 remove_diacritics 2"
        op.execute(f"CREATE VIRTUAL TABLE paper_search USING fts5({_FTS5_COLUMNS}, tokenize='{tokenizer}')")
    else:
        _create_tsvector_table(", PRIMARY KEY (id)")


def _create_tsvector_table(columns: str) -> None:
    op.execute(f"CREATE TABLE paper_search (id INTEGER, document TSVECTOR NOT NULL{columns})")
    op.execute("CREATE INDEX paper_search_document ON paper_search USING gin (document)")
