"""Papers without TeX's commands, as they are read now; the next start fills the index, whose words are others."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

from digestbot.domain.text.tex import normalize_tex

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_SIGNS = ("\\", "~", "--", "``", "$$", "$ ", "{")
_TEXTS = ("title", "abstract", "comment")


def upgrade() -> None:
    connection = op.get_bind()
    for paper_id in connection.scalars(_select_ids()).all():
        _normalize_paper(connection, paper_id)
    op.execute("DELETE FROM paper_search")


def downgrade() -> None:
    """Nothing: the version before shows and finds plain text too."""


def _select_ids() -> sa.TextClause:
    """The papers that may have TeX. Rows that cannot be read have none that could be shown."""
    everything = "title || ' ' || abstract || ' ' || comment || ' ' || CAST(authors AS TEXT)"
    conditions = " OR ".join(f"replace({everything}, :sign{i}, '') <> {everything}" for i in range(len(_SIGNS)))
    values = {f"sign{i}": sign for i, sign in enumerate(_SIGNS)}
    return sa.text(f"SELECT id FROM papers WHERE {conditions}").bindparams(**values)


def _normalize_paper(connection: sa.Connection, paper_id: int) -> None:
    columns = f"{', '.join(_TEXTS)}, CAST(authors AS TEXT) AS authors"
    try:
        row = connection.execute(sa.text(f"SELECT {columns} FROM papers WHERE id = :id"), {"id": paper_id}).one()
        values = {name: normalize_tex(getattr(row, name)) for name in _TEXTS}
        values |= {"title": values["title"] or row.title, "authors": _normalize_names(row.authors), "id": paper_id}
    except (sa.exc.SQLAlchemyError, TypeError, ValueError, AttributeError):
        return  # it cannot be shown anyway, and stops no other
    cast = "CAST(:authors AS JSON)" if connection.dialect.name == "postgresql" else ":authors"
    changes = ", ".join(f"{name} = :{name}" for name in _TEXTS)
    connection.execute(sa.text(f"UPDATE papers SET {changes}, authors = {cast} WHERE id = :id"), values)


def _normalize_names(stored: str) -> str:
    """Raises :class:`ValueError` or :class:`TypeError` for what is no list of names."""
    names: Any = json.loads(stored)
    if not isinstance(names, list):
        raise TypeError("no list of names")
    return json.dumps([normalize_tex(name) for name in names])
