"""Queries as expressions: equal queries print equal, and what is printed is parsed to the same query."""

from __future__ import annotations

from digestbot.domain.queries.categories import is_bare_code
from digestbot.domain.queries.names import print_name
from digestbot.domain.queries.query import Query
from digestbot.domain.queries.reserved import is_reserved
from digestbot.domain.queries.terms import Alternatives, Conjunction, Exclusion, Field, Node, Term
from digestbot.domain.search_words import is_cjk


def print_query(query: Query) -> str:
    """The query as an expression."""
    return _print_alone(query.root)


def _print_alone(node: Node) -> str:
    """A part beside which nothing stands: there, ``math`` is a category, and ``"math"`` the word."""
    if isinstance(node, Term) and not node.field and len(node.words) == 1 and is_bare_code(node.words[0]):
        return f'"{node.words[0]}"'
    return _print_node(node)


def print_term(term: Term) -> str:
    """A term as an expression: ``"gaussian splatting"``, ``author:Kerbl``."""
    return f"{term.field}:{_print_value(term)}" if term.field else _print_value(term)


def print_words(term: Term) -> str:
    """A term's words as people read them, without field and quotation marks."""
    match term.field:
        case Field.AUTHOR:
            return print_name(term.words)
        case Field.CATEGORY | Field.VENUE:
            return " ".join(term.words)
        case _:
            return "".join(term.words) if all(map(is_cjk, term.words)) else " ".join(term.words)


def _print_value(term: Term) -> str:
    words = print_words(term)
    is_plain = (
        " " not in words and not words.endswith(".") and not (is_reserved(words) and term.field is not Field.CATEGORY)
    )
    return words if is_plain else f'"{words}"'


def _print_node(node: Node) -> str:
    match node:
        case Term():
            return print_term(node)
        case Exclusion():
            return f"-{print_term(node.term)}"
        case Conjunction():
            return " ".join(
                f"({_print_node(part)})" if isinstance(part, Alternatives) else _print_node(part) for part in node.parts
            )
        case Alternatives():
            return " OR ".join(map(_print_alone, node.parts))
