"""The parts of a query, in their normal form.

Only terms are negated, lists are flat and sorted, and nothing stands twice. So two queries that mean the same are equal
wherever that can be told without knowing the papers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum


class Field(StrEnum):
    """What of a paper a term looks at; the value is its prefix in expressions."""

    WORDS = ""
    TITLE = "title"
    ABSTRACT = "abs"
    AUTHOR = "author"
    CATEGORY = "cat"
    VENUE = "venue"


@dataclass(frozen=True, slots=True)
class Term:
    """A word or phrase that a paper must have, as tokens; of an author, the name's parts; of a category, its code."""

    field: Field
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A term that a paper must not have."""

    term: Term


@dataclass(frozen=True, slots=True)
class Conjunction:
    """All of the parts."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Alternatives:
    """At least one of the parts."""

    parts: tuple[Node, ...]


Node = Term | Exclusion | Conjunction | Alternatives


def negate_node(node: Node) -> Node:
    """What matches exactly the papers that a node does not match."""
    if isinstance(node, Term):
        return Exclusion(node)
    if isinstance(node, Exclusion):
        return node.term
    negated = map(negate_node, node.parts)
    return join_any(negated) if isinstance(node, Conjunction) else join_all(negated)


def join_all(nodes: Iterable[Node]) -> Node:
    """The nodes as one that requires them all; there must be one at least."""
    parts = _drop_implied(_flatten(nodes, Conjunction), Alternatives)
    return parts[0] if len(parts) == 1 else Conjunction(parts)


def join_any(nodes: Iterable[Node]) -> Node:
    """The nodes as one that any of them is enough for; there must be one at least."""
    parts = _drop_implied(_flatten(nodes, Alternatives), Conjunction)
    return parts[0] if len(parts) == 1 else Alternatives(parts)


def _flatten(nodes: Iterable[Node], kind: type[Conjunction | Alternatives]) -> list[Node]:
    """The parts, each once, in the order in which they are printed."""
    flat = (part for node in nodes for part in (node.parts if isinstance(node, kind) else (node,)))
    return sorted(dict.fromkeys(flat), key=_rank_node)


def _drop_implied(parts: list[Node], kind: type[Conjunction | Alternatives]) -> tuple[Node, ...]:
    """The parts without lists that say no more than others: ``a (a OR b)`` is ``a``, and so is ``a OR (a b)``."""
    if not any(isinstance(part, kind) for part in parts):
        return tuple(parts)
    sets = [(part, set(part.parts) if isinstance(part, kind) else {part}) for part in parts]
    return tuple(part for part, own in sets if not any(other < own for _, other in sets))


_FIELD_RANKS = {field: rank for rank, field in enumerate(Field)}


def _rank_node(node: Node) -> tuple[int, int, str]:
    """Words before authors, these before categories and venues, lists after them, exclusions last."""
    if isinstance(node, Term):
        return 0, _FIELD_RANKS[node.field], " ".join(node.words)
    if isinstance(node, Exclusion):
        return 2, _FIELD_RANKS[node.term.field], " ".join(node.term.words)
    return 1, isinstance(node, Conjunction), _spell_node(node)


def _spell_node(node: Node) -> str:
    """A text that no other node has."""
    if isinstance(node, Term):
        return f"{node.field}:{' '.join(node.words)}"
    if isinstance(node, Exclusion):
        return f"-{_spell_node(node.term)}"
    return f"({(' ' if isinstance(node, Conjunction) else '|').join(map(_spell_node, node.parts))})"


def iter_terms(node: Node) -> Iterator[Term]:
    """The terms that a paper may have to match, in order, without those that it must not have."""
    if isinstance(node, Term):
        yield node
    elif not isinstance(node, Exclusion):
        for part in node.parts:
            yield from iter_terms(part)


def is_searching(node: Node) -> bool:
    """Whether what matches must have one term at least: ``-a`` alone would match nearly everything."""
    if isinstance(node, Conjunction):
        return any(map(is_searching, node.parts))
    return isinstance(node, Term) or (isinstance(node, Alternatives) and all(map(is_searching, node.parts)))


def is_contradictory(node: Node) -> bool:
    """Whether a part requires a term and its absence at once."""
    if isinstance(node, Term | Exclusion):
        return False
    if isinstance(node, Conjunction):
        excluded = {part.term for part in node.parts if isinstance(part, Exclusion)}
        if not excluded.isdisjoint(node.parts):
            return True
    return any(map(is_contradictory, node.parts))
