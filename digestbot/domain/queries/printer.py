"""Queries as expressions: equal queries print equal, and what is printed is parsed to the same query."""

from __future__ import annotations

from functools import lru_cache

from digestbot.domain.queries.categories import is_bare_code
from digestbot.domain.queries.errors import QueryError
from digestbot.domain.queries.names import print_name
from digestbot.domain.queries.parser import parse_stored
from digestbot.domain.queries.query import Query
from digestbot.domain.queries.reserved import is_reserved
from digestbot.domain.queries.terms import Alternatives, Conjunction, Exclusion, Field, Node, Term
from digestbot.domain.text.search_words import is_cjk

_MAX_REMEMBERED = 2_048
_CHINESE_FIELDS = {
    Field.TITLE: "标题",
    Field.ABSTRACT: "摘要",
    Field.AUTHOR: "作者",
    Field.CATEGORY: "分类",
    Field.VENUE: "会议",
}


def print_query(query: Query, language: str = "en") -> str:
    """The query as an expression, with the words of a language for ``OR`` and the fields; stored ones have English."""
    return _print_alone(query.root, language)


def _print_alone(node: Node, language: str) -> str:
    """A part beside which nothing stands: there, ``math`` is a category, and ``"math"`` the word."""
    if isinstance(node, Term) and not node.field and len(node.words) == 1 and is_bare_code(node.words[0]):
        return f'"{node.words[0]}"'
    return _print_node(node, language)


@lru_cache(_MAX_REMEMBERED)
def show_expression(expression: str, language: str) -> str:
    """A stored expression as it is read in a language."""
    try:
        return print_query(parse_stored(expression), language) if language == "zh" else expression
    except QueryError:  # it cannot be read any more
        return expression


def print_term(term: Term, language: str = "en") -> str:
    """A term as an expression: ``"gaussian splatting"``, ``author:Kerbl``."""
    return _print_alone(term, language)


def _print_term(term: Term, language: str) -> str:
    if not term.field:
        return _print_value(term)
    field = _CHINESE_FIELDS[term.field] if language == "zh" else term.field
    return f"{field}:{_print_value(term)}"


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


def _print_node(node: Node, language: str) -> str:
    match node:
        case Term():
            return _print_term(node, language)
        case Exclusion():
            return f"-{_print_term(node.term, language)}"
        case Conjunction():
            wanted = [part for part in node.parts if not isinstance(part, Exclusion)]
            print_part = _print_alone if len(wanted) == 1 else _print_node
            return " ".join(
                f"({_print_node(part, language)})" if isinstance(part, Alternatives) else print_part(part, language)
                for part in node.parts
            )
        case Alternatives():
            word = "或" if language == "zh" else "OR"
            return f" {word} ".join(_print_alone(part, language) for part in node.parts)
