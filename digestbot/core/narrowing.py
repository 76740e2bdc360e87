"""What a chat sees of a digest: without what it filters and mutes, under its own name, and why each paper came."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from digestbot.core.follows import name_topic
from digestbot.domain.paper import Paper
from digestbot.domain.queries import Field, Query, Term, explain_match, read_stored
from digestbot.domain.queries.printer import print_words
from digestbot.domain.topic import Topic
from digestbot.i18n import translate
from digestbot.store.digests import StoredDigest
from digestbot.store.followed_topics import Narrowing

_MAX_REMEMBERED = 2_048
_MAX_REASON_TERMS = 4
Categories = Mapping[int, Sequence[str]]
"""The categories of papers by the papers' ids, of those whose are known."""


def narrow_digest(stored: StoredDigest, narrowing: Narrowing, categories: Categories) -> StoredDigest:
    """The digest without the papers that do not match the filter, or that match what is muted."""
    if not narrowing.filter and not narrowing.mutes:
        return stored
    pairs = zip(stored.digest.entries, stored.paper_ids, strict=True)
    kept = [(entry, id_) for entry, id_ in pairs if not is_hidden(narrowing, entry.paper, categories.get(id_, ()))]
    digest = replace(stored.digest, entries=tuple(entry for entry, _ in kept))
    return replace(stored, digest=digest, paper_ids=tuple(id_ for _, id_ in kept))


def is_hidden(narrowing: Narrowing, paper: Paper, categories: Sequence[str]) -> bool:
    """Whether a chat does not want to see a paper of a topic."""
    wanted = _parse(narrowing.filter)
    if wanted and not wanted.matches(paper, categories):
        return True
    return any(query.matches(paper, categories) for query in filter(None, map(_parse, narrowing.mutes)))


@lru_cache(_MAX_REMEMBERED)
def _parse(expression: str) -> Query | None:
    """A stored expression; ``None`` for one that cannot be read any more, which hides nothing."""
    return read_stored(expression) if expression else None


def explain_entries(stored: StoredDigest, topic: Topic, language: str, categories: Categories) -> dict[str, str]:
    """Why each paper of a follow's digest came, by arXiv number; nothing where it is plain: of a category alone."""
    query = _parse(topic.expression)
    if query is None or all(term.field is Field.CATEGORY for term in query.terms):
        return {}
    pairs = zip(stored.digest.entries, stored.paper_ids, strict=True)
    found = ((entry.paper.arxiv_id, explain_match(query, entry.paper, categories.get(id_, ()))) for entry, id_ in pairs)
    return {number: format_reason(terms, topic.title, language) for number, terms in found if terms}


def format_reason(terms: Iterable[Term], label: str, language: str) -> str:
    """Terms that made a paper match as people read them, the words in the order in which they were typed."""
    folded = label.casefold()
    ordered = sorted(terms, key=lambda term: _find_place(folded, term))
    words = [print_words(term) for term in ordered if term.field in _PLAIN_FIELDS]
    named = [
        translate(language, f"reason_field.{term.field.value}", words=print_words(term))
        for term in ordered
        if term.field not in _PLAIN_FIELDS
    ]
    return " · ".join([*([" ".join(words)] if words else []), *named][:_MAX_REASON_TERMS])


_PLAIN_FIELDS = (Field.WORDS, Field.TITLE, Field.ABSTRACT)


def _find_place(folded: str, term: Term) -> int:
    place = folded.find(term.words[0])
    return place if place >= 0 else len(folded)


def name_stored(stored: StoredDigest, narrowing: Narrowing, language: str) -> StoredDigest:
    """The digest under the name that the chat knows its topic by."""
    return replace(stored, topic=name_topic(stored.topic, language, narrowing.label))
