"""The authors of many papers, found by any part of their names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from digestbot.domain.queries.bit_sets import PostingList, join_sets, list_bits
from digestbot.domain.queries.names import (
    Name,
    Part,
    is_initial,
    is_same_name,
    iter_parts,
    read_asked_name,
    read_own_name,
)


class AuthorIndex:
    """Which papers have an author that may be who is looked for."""

    def __init__(self, authors: Sequence[tuple[str, ...]]) -> None:
        papers: dict[str, int] = defaultdict(int)
        for place, names in enumerate(authors):
            for name in names:
                papers[name] |= 1 << place
        self._papers = tuple(papers.values())
        self._names = tuple(papers)
        self._postings = _index_parts(self._names)

    def match(self, words: tuple[str, ...]) -> int:
        """The papers of an author."""
        return join_sets(self._papers[number] for number in self._find_names(words))

    def count_names(self, words: tuple[str, ...]) -> int:
        """How many names may be who is looked for."""
        return len({read_own_name(self._names[number]) for number in self._find_names(words)})

    def _find_names(self, words: tuple[str, ...]) -> list[int]:
        asked = read_asked_name(words)
        likely = list_bits(join_sets(map(self._find_likely, asked)))
        return [number for number in likely if is_same_name(asked, read_own_name(self._names[number]))]

    def _find_likely(self, asked: Name) -> int:
        """Those that have each part that is written out, or its initial."""
        sets = [self._find_part(part) for part in asked if not is_initial(part[0])]
        likely = sets[0] if sets else 0
        for one in sets[1:]:
            likely &= one
        return likely

    def _find_part(self, part: Part) -> int:
        return join_sets(map(self._postings.get, {*part, part[0][0]}))


def _index_parts(names: Sequence[str]) -> PostingList:
    numbers: dict[str, list[int]] = defaultdict(list)
    for number, name in enumerate(names):
        for part in set(iter_parts(read_own_name(name))):
            numbers[part].append(number)
    return PostingList(numbers, len(names))
