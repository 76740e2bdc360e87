"""What a chat may follow: words, phrases, authors, categories and venues, with ``OR``, ``-`` and brackets.

An expression is parsed into a :class:`Query`, which is normalised: expressions that mean the same print the same.
docs/following.md has the language.
"""

from __future__ import annotations

from digestbot.domain.queries.errors import QueryError
from digestbot.domain.queries.paper_matcher import PaperMatcher
from digestbot.domain.queries.parser import parse_stored, read_stored
from digestbot.domain.queries.printer import print_query, print_term, print_words, show_expression
from digestbot.domain.queries.query import Query, explain_match
from digestbot.domain.queries.terms import Field, Term
from digestbot.domain.queries.typed import parse_filter, parse_query

__all__ = [
    "Field",
    "PaperMatcher",
    "Query",
    "QueryError",
    "Term",
    "explain_match",
    "parse_filter",
    "parse_query",
    "parse_stored",
    "print_query",
    "print_term",
    "print_words",
    "read_stored",
    "show_expression",
]
