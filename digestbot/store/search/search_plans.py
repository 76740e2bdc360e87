"""What a search looks for, strictest first: plans of terms, as each database's index understands them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from digestbot.domain.text.search_words import is_telling, split_phrases

Phrase = tuple[str, ...]
TITLE_SIGN = "~"
"""What no word of a text has."""
MAX_COUNTED, MAX_NEWEST, MAX_BETTER = 1_000, 500, 400
"""Up to what matches are counted; how many of the newest are ranked, and of those that can be better."""
_MAX_WALKED = 300_000
"""How many places of words are looked at, to find papers that have all of some: as many as take a few milliseconds."""
_MAX_RANKED_TERMS = 8
"""How many words papers are ranked by: the rarest say most."""


@dataclass(frozen=True, slots=True)
class Term:
    """A word of a search as the phrase of its tokens; with ``ends``, any of these may stand for its last token."""

    phrase: Phrase
    ends: tuple[str, ...] = ()

    @property
    def alternatives(self) -> tuple[Phrase, ...]:
        """The phrases of which any will do."""
        return tuple((*self.phrase[:-1], end) for end in self.ends) if self.ends else (self.phrase,)


@dataclass(frozen=True, slots=True)
class Plan:
    """Terms that a paper must have all of, or with ``is_any`` any of."""

    terms: tuple[Term, ...]
    is_any: bool = False

    @property
    def has_phrase(self) -> bool:
        """Whether any of its terms are several tokens, as Chinese words are."""
        return any(len(term.phrase) > 1 for term in self.terms)

    @property
    def words(self) -> set[str]:
        """All of its words."""
        return {token for term in self.terms for phrase in term.alternatives for token in phrase}

    def complete(self, ends: Mapping[str, tuple[str, ...]]) -> Plan:
        """The plan with beginnings in place of its terms."""
        terms = tuple(replace(term, ends=ends.get(term.phrase[-1], ())) for term in self.terms)
        return replace(self, terms=terms)

    def list_rarest(self, counts: WordCounts) -> list[Term]:
        """The terms that papers are ranked by, the rarest first."""
        return sorted(self.terms, key=counts.bound_term)[:_MAX_RANKED_TERMS]


@dataclass(frozen=True, slots=True)
class FoundPapers:
    """Papers in their order, the best first, of which there are ``total`` (counted up to 1,000) in all."""

    ranked: tuple[int, ...]
    total: int


def build_plans(words: str) -> tuple[Plan, ...]:
    """All the words; without those that carry nothing; any of those that carry something."""
    terms = tuple(map(Term, split_phrases(words)))
    telling = tuple(term for term in terms if is_telling(term.phrase))
    plans = [Plan(chosen) for chosen in dict.fromkeys((terms, telling)) if chosen]
    return (*plans, Plan(telling, is_any=True)) if len(telling) > 1 else tuple(plans)


@dataclass(frozen=True, slots=True)
class WordCounts:
    """In how many papers each word is, out of ``total``, which have ``average_length`` words each on average."""

    papers: Mapping[str, int]
    total: int
    average_length: float

    def bound(self, plan: Plan) -> int:
        """How many papers a plan can match at most."""
        bounds = [self.bound_term(term) for term in plan.terms]
        return min(sum(bounds) if plan.is_any else min(bounds), self.total)

    def find_share(self, plan: Plan) -> float:
        """The share of papers, from the newest on, that are looked at: all but for several very common words."""
        if plan.is_any or len(plan.terms) == 1:
            return 1.0
        return min(_MAX_WALKED / max(self.bound(plan) * len(plan.terms), 1), 1.0)

    def bound_term(self, term: Term) -> int:
        """How many papers can have a term at most."""
        return sum(min(self.papers.get(token, 0) for token in phrase) for phrase in term.alternatives)

    def weigh(self, term: Term) -> float:
        """The inverse document frequency of a term, as BM25 has it."""
        count = min(self.bound_term(term), self.total)
        return max(math.log((self.total - count + 0.5) / (count + 0.5)), 1e-6)


def list_better_plans(plan: Plan, counts: WordCounts) -> list[tuple[Plan, str]]:
    """Plans whose papers can be better than the newest, each with the column where, if it is one.

    Who searches for a title wants it, however many papers have all of its words; and who searches for any of some words
    wants those with the rare ones.
    """
    if plan.is_any:
        return [(Plan((term,)), "") for term in plan.list_rarest(counts)]
    return [(plan, "title")]


def to_fts5(plan: Plan, column: str = "") -> str:
    """A plan in FTS5's language, in one column or in any. User input only appears as quoted letters and digits."""
    terms = (" OR ".join(f'"{" ".join(phrase)}"' for phrase in term.alternatives) for term in plan.terms)
    joined = (" OR " if plan.is_any else " AND ").join(f"({term})" for term in terms)
    return f"{column} : ({joined})" if column else joined


def to_tsquery(plan: Plan) -> str:
    """A plan in PostgreSQL's language. Only letters and digits of user input appear, quoted."""
    return _join_tsquery(plan, [[_to_phrase(phrase) for phrase in term.alternatives] for term in plan.terms])


def to_title_tsquery(plan: Plan) -> str:
    """The same in titles alone, by the words that :func:`name_title_word` makes."""
    return _join_tsquery(
        plan,
        [
            [" & ".join(f"'{name_title_word(token)}'" for token in phrase) for phrase in term.alternatives]
            for term in plan.terms
        ],
    )


def to_rank_tsquery(term: Term) -> str:
    """What PostgreSQL ranks by: the phrase, or the words that begin so, however many these are."""
    return _to_phrase(term.phrase) + (":*" if term.ends else "")


def _join_tsquery(plan: Plan, terms: Sequence[Sequence[str]]) -> str:
    joined = (" | ".join(f"({phrase})" for phrase in term) for term in terms)
    return (" | " if plan.is_any else " & ").join(f"({term})" for term in joined)


def _to_phrase(phrase: Phrase) -> str:
    return " <-> ".join(f"'{token}'" for token in phrase)


def name_title_word(token: str) -> str:
    """What stands in the index of PostgreSQL for a word of a title; no word of a text has such a sign."""
    return f"{TITLE_SIGN}{token}"
