"""Many queries on the papers of a day or a week: which of them match each.

A word's papers are looked up; a phrase is looked for in the papers that have all its words. An FTS5 table in memory
answers a bare query sooner (benchmarks/follows.py), but knows no plurals, hyphens or names.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import and_, or_

from digestbot.domain.arxiv.announcement import AnnouncedPaper
from digestbot.domain.queries.author_index import AuthorIndex
from digestbot.domain.queries.bit_sets import PostingList, group_places, join_sets, list_bits, set_bits
from digestbot.domain.queries.categories import is_in_category
from digestbot.domain.queries.naive import explain_node
from digestbot.domain.queries.query import Query
from digestbot.domain.queries.terms import Alternatives, Conjunction, Exclusion, Field, Node, Term
from digestbot.domain.queries.venue_words import has_venue
from digestbot.domain.queries.words import find_compounds, join_tokens, split_singular_tokens

_MAX_REMEMBERED_TERMS = 4_096
_IN_TITLES = (Field.WORDS, Field.TITLE)


class PaperMatcher:
    """Finds the papers that match queries, by their places in the sequence of papers."""

    def __init__(self, papers: Iterable[AnnouncedPaper]) -> None:
        self.papers = tuple(papers)
        self._all = (1 << len(self.papers)) - 1
        self._titles = _TextIndex([one.paper.title for one in self.papers])
        self._abstracts = _TextIndex([one.paper.abstract for one in self.papers])
        self._categories = _list_categories(self.papers)
        self._venues: dict[str, int] | None = None
        self._remembered: dict[Term, int] = {}

    @cached_property
    def _authors(self) -> AuthorIndex:
        """Read when one is first asked for: a paper may have thousands."""
        return AuthorIndex([one.paper.authors for one in self.papers])

    def find(self, query: Query) -> list[int]:
        """The places of the papers that match, in order."""
        return list_bits(self._match(query.root))

    def find_best_first(self, query: Query) -> list[int]:
        """The same, those first that have a word of the query in their titles, and then the later ones."""
        matched = self._match(query.root)
        if not matched:
            return []
        titled = matched & join_sets(self._match_title(term) for term in query.terms if term.field in _IN_TITLES)
        return [*reversed(list_bits(titled)), *reversed(list_bits(matched & ~titled))]

    def count(self, query: Query) -> int:
        """How many papers match."""
        return self._match(query.root).bit_count()

    def explain(self, query: Query, place: int) -> tuple[Term, ...]:
        """The terms that made the paper at a place match, each once; none if it does not match."""
        return explain_node(query.root, _PlacedPaper(self, place))

    def has_term(self, term: Term, place: int) -> bool:
        """Whether the paper at a place has a term."""
        return bool(self._match_term(term) >> place & 1)

    def count_names(self, term: Term) -> int:
        """How many different authors a term of an author may mean among these papers."""
        return self._authors.count_names(term.words)

    def _match(self, node: Node) -> int:
        match node:
            case Term():
                return self._match_term(node)
            case Exclusion():
                return self._all & ~self._match_term(node.term)
            case Conjunction():
                return self._match_all(node.parts)
            case Alternatives():
                return reduce(or_, map(self._match, node.parts))

    def _match_all(self, parts: Sequence[Node]) -> int:
        matched = self._all
        for part in parts:
            matched &= self._match(part)
            if not matched:
                break
        return matched

    def _match_term(self, term: Term) -> int:
        found = self._remembered.get(term)
        if found is None:
            if len(self._remembered) >= _MAX_REMEMBERED_TERMS:
                self._remembered.clear()
            found = self._remembered[term] = self._look_up(term)
        return found

    def _match_title(self, term: Term) -> int:
        return self._match_term(Term(Field.TITLE, term.words))

    def _look_up(self, term: Term) -> int:
        match term.field:
            case Field.WORDS:
                return self._match_title(term) | self._abstracts.match(term.words)
            case Field.TITLE:
                return self._titles.match(term.words)
            case Field.ABSTRACT:
                return self._abstracts.match(term.words)
            case Field.AUTHOR:
                return self._authors.match(term.words)
            case Field.CATEGORY:
                return join_sets(bits for own, bits in self._categories.items() if is_in_category(own, term.words[0]))
            case Field.VENUE:
                return join_sets(bits for own, bits in self._read_venues().items() if has_venue(own, term.words))

    def _read_venues(self) -> dict[str, int]:
        """Each venue's papers; read when one is first asked for, since that takes longer than all the rest."""
        if self._venues is None:
            self._venues = group_places((one.paper.venue,) for one in self.papers)
        return self._venues


@dataclass(frozen=True, slots=True)
class _PlacedPaper:
    """One of a matcher's papers."""

    matcher: PaperMatcher
    place: int

    def has_term(self, term: Term) -> bool:
        """Whether the paper has a term."""
        return self.matcher.has_term(term, self.place)


class _TextIndex:
    """The words of one field of all papers."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._padded: list[str] = []
        postings: dict[str, list[int]] = defaultdict(list)
        for place, text in enumerate(texts):
            tokens = split_singular_tokens(text)
            self._padded.append(f" {' '.join(tokens)} ")
            for word in {*tokens, *find_compounds(text)}:
                postings[word].append(place)
        self._postings = PostingList(postings, len(texts))

    def match(self, words: tuple[str, ...]) -> int:
        """The papers with a word or a phrase."""
        if len(words) == 1:
            return self._postings.get(words[0])
        joined = join_tokens(words)
        return self._match_phrase(words) | (self._postings.get(joined) if joined else 0)

    def _match_phrase(self, words: tuple[str, ...]) -> int:
        candidates = reduce(and_, map(self._postings.get, words))
        phrase, padded = f" {' '.join(words)} ", self._padded
        return set_bits(place for place in list_bits(candidates) if phrase in padded[place]) if candidates else 0


def _list_categories(papers: Sequence[AnnouncedPaper]) -> dict[str, int]:
    return group_places(one.categories for one in papers)
