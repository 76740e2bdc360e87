"""Alembic's entry point; digestbot hands over the connection (``digestbot/store/upkeep/migrate.py``)."""

from alembic import context

from digestbot.store.tables import add_postgresql_conditions, metadata

add_postgresql_conditions()
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)

with context.begin_transaction():
    context.run_migrations()
