"""What people type, as queries that can be kept."""

from __future__ import annotations

from digestbot.domain.queries.errors import QueryError
from digestbot.domain.queries.parser import parse_typed
from digestbot.domain.queries.printer import print_query
from digestbot.domain.queries.query import Query
from digestbot.domain.queries.terms import is_searching

MAX_STORED_BYTES = 2_600
"""How long an expression in its normal form may be: PostgreSQL's index takes 2,704 bytes with what it adds.

500 characters that stand for themselves stay below; there are some that stand for eighteen.
"""


def parse_query(text: str) -> Query:
    """Parse an expression. Raises :class:`~digestbot.domain.queries.QueryError`, which says what is wrong where."""
    query = parse_filter(text)
    if not is_searching(query.root):
        raise QueryError("query_only_exclusions", text, 0, len(text))
    return query


def parse_filter(text: str) -> Query:
    """The same for what narrows a topic, which may do nothing but exclude: ``-survey``."""
    query = parse_typed(text)
    if len(print_query(query).encode()) > MAX_STORED_BYTES:
        raise QueryError("query_too_much", text, 0, len(text))
    return query
