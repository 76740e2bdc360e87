"""Compiled SQL that all engines of a test process share.

SQLAlchemy compiles a statement once for each engine, and nearly every test has an engine of its own: compiling was a
fifth of the suite's work, with the same result each time. What is sent to the database is the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy.engine import Engine
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache

_CAPACITY = 4_000


def share_compiled_statements() -> None:
    """From now on, engines of the same dialect share what they compile. Call it once, before there is an engine."""
    cache: LRUCache[Any, Any] = LRUCache(_CAPACITY)
    create_engine: Callable[..., None] = Engine.__init__

    def create_sharing_engine(engine: Engine, *args: object, **options: object) -> None:
        create_engine(engine, *args, **options)
        engine._compiled_cache = cache  # no public way leads there

    Engine.__init__ = create_sharing_engine  # type: ignore[assignment,method-assign]
    # The dialect is a part of a statement's key: those of one kind are alike, since all tests use one server.
    DefaultDialect.__eq__ = lambda one, other: type(one) is type(other)  # type: ignore[method-assign]
    DefaultDialect.__hash__ = lambda one: hash(type(one))  # type: ignore[assignment,method-assign]
