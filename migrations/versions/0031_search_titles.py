"""The words of titles in a table of their own, so that a search on SQLite finds titles without reading all else.

PostgreSQL's index has them already. A million papers take ten seconds of a processor, once.
"""

from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        columns = "title, content='', columnsize=0, detail='none', tokenize='ascii'"
        op.execute(f"CREATE VIRTUAL TABLE paper_search_titles USING fts5({columns})")
        op.execute("INSERT INTO paper_search_titles (rowid, title) SELECT id, c0 FROM paper_search_content ORDER BY id")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE paper_search_titles")
