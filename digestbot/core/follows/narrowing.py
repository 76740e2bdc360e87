"""What a chat sees of a digest: without what it filters and mutes, under its own name, and why each paper came."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from digestbot.core.topic_names import name_topic
from digestbot.domain.arxiv.announcement import AnnouncedPaper
from digestbot.domain.paper import Paper
from digestbot.domain.queries import Field, PaperMatcher, Query, Term, explain_match, read_stored
from digestbot.domain.queries.printer import print_words
from digestbot.domain.queries.terms import Alternatives, Conjunction
from digestbot.domain.queries.words import split_singular_tokens
from digestbot.domain.topic import Topic
from digestbot.i18n import translate
from digestbot.late_patterns import compile_late
from digestbot.store.announcements.followed_topics import Narrowing
from digestbot.store.digests.digests import StoredDigest

_MAX_REMEMBERED, _MAX_REMEMBERED_DIGESTS = 2_048, 32
_MAX_REASON_TERMS, _MAX_SPELLED = 4, 500
_WORD = compile_late(r"[^\W_]+")
Categories = Mapping[int, Sequence[str]]
"""The categories of papers by the papers' ids, of those whose are known."""


def narrow_digest(stored: StoredDigest, narrowing: Narrowing, categories: Categories) -> StoredDigest:
    """The digest without the papers that do not match the filter, or that match what is muted."""
    hidden = find_hidden(stored, narrowing, categories)
    if not hidden:
        return stored
    pairs = enumerate(zip(stored.digest.entries, stored.paper_ids, strict=True))
    kept = [pair for place, pair in pairs if place not in hidden]
    digest = replace(stored.digest, entries=tuple(entry for entry, _ in kept))
    return replace(stored, digest=digest, paper_ids=tuple(id_ for _, id_ in kept))


def find_hidden(stored: StoredDigest, narrowing: Narrowing, categories: Categories) -> frozenset[int]:
    """The places of a digest's papers that a chat does not want to see."""
    wanted, muted = _parse(narrowing.filter), list(filter(None, map(_parse, narrowing.mutes)))
    if not wanted and not muted:
        return frozenset()
    matcher = _match_entries(stored, categories)
    hidden = {place for query in muted for place in matcher.find(query)}
    if wanted:
        hidden |= set(range(len(stored.paper_ids))).difference(matcher.find(wanted))
    return frozenset(hidden)


def _match_entries(stored: StoredDigest, categories: Categories) -> PaperMatcher:
    """What finds a digest's papers: its reader may mute fifty expressions, and each of a paper's authors may be one."""
    pairs = zip(stored.digest.entries, stored.paper_ids, strict=True)
    return _build_matcher(tuple(AnnouncedPaper(entry.paper, tuple(categories.get(id_, ()))) for entry, id_ in pairs))


@lru_cache(_MAX_REMEMBERED_DIGESTS)
def _build_matcher(papers: tuple[AnnouncedPaper, ...]) -> PaperMatcher:
    return PaperMatcher(papers)


@lru_cache(_MAX_REMEMBERED)
def _parse(expression: str) -> Query | None:
    """A stored expression; ``None`` for one that cannot be read any more, which hides nothing."""
    return read_stored(expression) if expression else None


def explain_entries(stored: StoredDigest, topic: Topic, language: str, categories: Categories) -> dict[str, str]:
    """Why each paper of a follow's digest came, by arXiv number.

    Nothing where it is plain: of a category alone, or where the reason is what the topic is called.
    """
    query = _parse(topic.expression)
    if query is None or all(term.field is Field.CATEGORY for term in query.terms):
        return {}
    plain = set(query.terms) if _parse(topic.title) == query and not _has_choice(query) else set()
    matcher = _match_entries(stored, categories)
    places = enumerate(stored.digest.entries)
    found = ((entry.paper.arxiv_id, matcher.explain(query, place)) for place, entry in places)
    return {
        number: format_reason(terms, topic.title, language) for number, terms in found if terms and {*terms} != plain
    }


def _has_choice(query: Query) -> bool:
    """Whether different papers can come for different terms."""
    parts = query.root.parts if isinstance(query.root, Conjunction) else (query.root,)
    return any(isinstance(part, Alternatives) for part in parts)


def explain_paper(expression: str, label: str, language: str, paper: Paper, categories: Sequence[str]) -> str:
    """Why a paper comes for a follow, as its digests say it; what the follow is called where the chat renamed it."""
    query = _parse(expression)
    terms = explain_match(query, paper, categories) if query and _parse(label) == query else ()
    return format_reason(terms, label, language) or label


def format_reason(terms: Iterable[Term], label: str, language: str) -> str:
    """Terms that made a paper match as people read them, the words in the order and spelling of who typed them."""
    spelled, folded = _read_spellings(label), label.casefold()
    ordered = sorted(terms, key=lambda term: _find_place(term, spelled, folded))
    words = [_spell(term, spelled) for term in ordered if term.field in _PLAIN_FIELDS]
    named = [
        translate(language, f"reason_field.{term.field.value}", words=print_words(term))
        for term in ordered
        if term.field not in _PLAIN_FIELDS
    ]
    return " · ".join([*([" ".join(words)] if words else []), *named][:_MAX_REASON_TERMS])


@lru_cache(_MAX_REMEMBERED)
def _read_spellings(label: str) -> dict[str, tuple[str, int]]:
    """The words of a follow's name, with where they stand, by what they are compared as: "models" by "model"."""
    found: dict[str, tuple[str, int]] = {}
    for match in _WORD.finditer(label[:_MAX_SPELLED]):
        tokens = split_singular_tokens(match[0])
        if len(tokens) == 1:
            found.setdefault(tokens[0], (match[0], match.start()))
    return found


def _find_place(term: Term, spelled: Mapping[str, tuple[str, int]], folded: str) -> int:
    first = term.words[0]
    place = spelled[first][1] if first in spelled else folded.find(first)
    return place if place >= 0 else len(folded)


def _spell(term: Term, spelled: Mapping[str, tuple[str, int]]) -> str:
    """A term as it was typed; Chinese characters stand without spaces between them."""
    is_spaced = len(term.words) == 1 or " " in print_words(term)
    return " ".join(spelled.get(word, (word,))[0] for word in term.words) if is_spaced else print_words(term)


_PLAIN_FIELDS = (Field.WORDS, Field.TITLE, Field.ABSTRACT)


def name_stored(stored: StoredDigest, narrowing: Narrowing, language: str) -> StoredDigest:
    """The digest under the name that the chat knows its topic by."""
    return replace(stored, topic=name_topic(stored.topic, language, narrowing.label))
