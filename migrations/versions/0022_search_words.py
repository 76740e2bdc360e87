"""How many papers have each word, so that a search among a million need not count them.

On PostgreSQL the index is emptied too: it has words of titles and of blocks of papers now, and every start fills an
empty one.
"""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("CREATE TABLE paper_search_words (word TEXT PRIMARY KEY, papers INTEGER NOT NULL) WITHOUT ROWID")
        op.execute("CREATE VIRTUAL TABLE temp.paper_search_vocabulary USING fts5vocab(main, paper_search, row)")
        op.execute("INSERT INTO paper_search_words SELECT term, doc FROM paper_search_vocabulary")
        op.execute("INSERT INTO paper_search_words SELECT ' ', coalesce(sum(cnt), 0) FROM paper_search_vocabulary")
        op.execute("INSERT INTO paper_search_words SELECT '', count(*) FROM paper_search")
        op.execute("DROP TABLE temp.paper_search_vocabulary")
    else:
        op.execute('CREATE TABLE paper_search_words (word TEXT COLLATE "C" PRIMARY KEY, papers INTEGER NOT NULL)')
        op.execute("TRUNCATE paper_search")


def downgrade() -> None:
    op.execute("DROP TABLE paper_search_words")
