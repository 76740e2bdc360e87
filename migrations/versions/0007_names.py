"""Tables and columns by what they hold, and the quality check ``prompt_injection`` by its name.

Small tables are made anew and filled, so that their keys have their new names too. The columns of large ones are
renamed where they are.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_COLUMNS = (
    ("digests", "published", "published_at"),
    ("entries", "updated", "is_updated"),
    ("subscribers", "format", "card_style"),
    ("subscribers", "posts", "post_mode"),
    ("subscribers", "paused", "pause_reason"),
    ("subscribers", "moderator", "moderator_chat"),
    ("subscriptions", "own", "has_own_schedule"),
    ("outbox", "free_at", "available_at"),
    ("outbox", "parts", "parts_sent"),
    ("leases", "place", "location"),
)
_FLAGS = (("entries", "flags"), ("drafts", "draft"))
"""JSON that names quality checks."""


def upgrade() -> None:
    op.drop_index("ix_outbox_free", "outbox")
    for table, old, new in _COLUMNS:
        op.execute(f"ALTER TABLE {table} RENAME COLUMN {old} TO {new}")
    _create_available_index("ix_outbox_available", "available_at")
    op.create_table(
        "key_values",
        sa.Column("name", sa.String, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_key_values"),
    )
    _move_rows("memory", "key_values", "name, value", "name, value")
    _create_callback_table("callback_tokens", "token")
    _move_rows("shortcuts", "callback_tokens", "word, command, used_at", "token, command, used_at")
    _create_saved_table("saved_papers")
    columns = "subscriber_id, paper_id, saved_at"
    _move_rows("saved", "saved_papers", columns, columns)
    _replace_flag("smuggled", "prompt_injection")


def downgrade() -> None:
    _replace_flag("prompt_injection", "smuggled")
    columns = "subscriber_id, paper_id, saved_at"
    _create_saved_table("saved")
    _move_rows("saved_papers", "saved", columns, columns)
    _create_callback_table("shortcuts", "word")
    _move_rows("callback_tokens", "shortcuts", "token, command, used_at", "word, command, used_at")
    op.create_table(
        "memory",
        sa.Column("name", sa.String, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_memory"),
    )
    _move_rows("key_values", "memory", "name, value", "name, value")
    op.drop_index("ix_outbox_available", "outbox")
    for table, old, new in _COLUMNS:
        op.execute(f"ALTER TABLE {table} RENAME COLUMN {new} TO {old}")
    _create_available_index("ix_outbox_free", "free_at")


def _create_available_index(name: str, column: str) -> None:
    where = sa.text(f"{column} IS NOT NULL")
    op.create_index(name, "outbox", ["platform", column], sqlite_where=where, postgresql_where=where)


def _create_callback_table(name: str, key: str) -> None:
    op.create_table(
        name,
        sa.Column(key, sa.String, nullable=False),
        sa.Column("command", sa.Text, nullable=False),
        sa.Column("used_at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint(key, name=f"pk_{name}"),
    )


def _create_saved_table(name: str) -> None:
    op.create_table(
        name,
        sa.Column("subscriber_id", sa.Integer, nullable=False),
        sa.Column("paper_id", sa.Integer, nullable=False),
        sa.Column("saved_at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("subscriber_id", "paper_id", name=f"pk_{name}"),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name=f"fk_{name}_subscriber_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["paper_id"], ["papers.id"], name=f"fk_{name}_paper_id", ondelete="CASCADE"),
    )


def _move_rows(old: str, new: str, old_columns: str, new_columns: str) -> None:
    op.execute(f"INSERT INTO {new} ({new_columns}) SELECT {old_columns} FROM {old}")
    op.drop_table(old)


def _replace_flag(old: str, new: str) -> None:
    cast = "::json" if op.get_bind().dialect.name == "postgresql" else ""
    for table, column in _FLAGS:
        value = f"CAST({column} AS TEXT)"
        op.execute(
            f"""UPDATE {table} SET {column} = replace({value}, '"{old}"', '"{new}"'){cast}"""
            f""" WHERE {value} LIKE '%"{old}"%'"""
        )
