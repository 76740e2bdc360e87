"""The usual short names of conferences and journals, found in text however they are written (``names.txt``)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_TABLE = Path(__file__).with_name("names.txt")
_TOKEN = re.compile(r"\d+|[^\W\d_]+")
_SAME_WORDS = {
    "transaction": "transactions", "system": "systems", "conferences": "conference", "letter": "letters",
    "interventions": "intervention", "network": "networks", "application": "applications", "meetings": "meeting",
    "int": "international", "intl": "international", "intern": "international", "conf": "conference",
    "symp": "symposium",
    "trans": "transactions", "lett": "letters", "inf": "information", "syst": "systems", "mach": "machine",
    "intell": "intelligence", "anal": "analysis", "process": "processing", "commun": "communications",
    "technol": "technology", "comput": "computing", "robot": "robotics", "autom": "automation", "geosci": "geoscience",
    "sens": "sensing", "learn": "learning", "veh": "vehicles", "med": "medical", "artif": "artificial",
    "knowl": "knowledge", "eng": "engineering", "softw": "software", "j": "journal",
}  # fmt: skip
_JOURNAL_WORDS = ("Transactions", "Journal", "Letters", "Access", "Forum", "Proceedings of the")
_IGNORED_WORDS = {"and", "the"}
_ALSO_WORDS = {"alt", "case", "date", "dis", "ease", "log", "micro", "clear", "sc", "acc", "iv", "slt"}
"""Short names that are words too: they count only as they are written."""


@dataclass(frozen=True, slots=True)
class VenueName:
    """A venue by its short name. The number of a conference plus ``year_before_first`` is its year, where known."""

    short: str
    year_before_first: int = 0
    is_journal: bool = False


@dataclass(frozen=True, slots=True)
class Mention:
    """A known venue in a text, from ``start`` to ``end``.

    ``is_short`` tells whether its short name stands there, ``is_as_written`` whether in the usual letters, and
    ``is_workshop`` whether it is that of its workshops (``CVPRW``).
    """

    venue: VenueName
    start: int
    end: int
    is_short: bool = False
    is_as_written: bool = True
    is_workshop: bool = False


@dataclass(frozen=True, slots=True)
class _Token:
    """A word or a number of a text, as it is written and as it is compared."""

    text: str
    key: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Spelling:
    venue: VenueName
    words: tuple[str, ...]
    written: tuple[str, ...]
    is_short: bool
    is_workshop: bool = False


def find_mentions(text: str) -> Iterator[Mention]:
    """The known venues in order, each as long as it can be; none within another."""
    tokens = _split_tokens(text)
    position = 0
    while position < len(tokens):
        spelling, end = _find_spelling(tokens, position)
        if spelling:
            yield _build_mention(spelling, tokens[position:end])
        position = end


def _split_tokens(text: str) -> list[_Token]:
    """The words and numbers in order; ``CVPR2024`` is one of each."""
    return [_Token(match[0], _fold_word(match[0]), match.start(), match.end()) for match in _TOKEN.finditer(text)]


def _fold_word(word: str) -> str:
    folded = word.casefold()
    return _SAME_WORDS.get(folded, folded)


def _find_spelling(tokens: Sequence[_Token], first: int) -> tuple[_Spelling | None, int]:
    """The longest spelling that begins at a token, and the token after it."""
    for spelling in _read_spellings().get(tokens[first].key, ()):
        end = _match_words(tokens, first, spelling.words)
        if end and (not _ALSO_WORDS.intersection(spelling.words) or _is_as_written(spelling, tokens[first:end])):
            return spelling, end
    return None, first + 1


def _match_words(tokens: Sequence[_Token], first: int, words: tuple[str, ...]) -> int:
    """The token after the words, if they stand here; else 0."""
    position = first
    for word in words:
        while first < position < len(tokens) and tokens[position].key in _IGNORED_WORDS:
            position += 1
        if position >= len(tokens) or tokens[position].key != word:
            return 0
        position += 1
    return position


def _build_mention(spelling: _Spelling, tokens: Sequence[_Token]) -> Mention:
    as_written = _is_as_written(spelling, tokens)
    start, end = tokens[0].start, tokens[-1].end
    return Mention(spelling.venue, start, end, spelling.is_short, as_written, spelling.is_workshop)


def _is_as_written(spelling: _Spelling, tokens: Sequence[_Token]) -> bool:
    return not spelling.is_short or tuple(token.text for token in tokens) == spelling.written


@cache
def _read_spellings() -> dict[str, list[_Spelling]]:
    """All spellings by their first word, longest first."""
    spellings: dict[str, list[_Spelling]] = {}
    for line in _TABLE.read_text("utf-8").splitlines():
        for spelling in _parse_row(line) if line and line[0] != "#" else ():
            spellings.setdefault(spelling.words[0], []).append(spelling)
    for found in spellings.values():
        found.sort(key=lambda spelling: -len(spelling.words))
    return spellings


def _parse_row(line: str) -> Iterator[_Spelling]:
    short, others, long, year = (part.strip() for part in f"{line}|||".split("|")[:4])
    is_journal = any(word in f"{short} {long}" for word in _JOURNAL_WORDS)
    venue = VenueName(short, int(year or 0), is_journal)
    for name in filter(None, (short, *(other.strip() for other in others.split(",")))):
        yield _spell(venue, name, is_short=True)
        if name.isupper() and name.isalnum():
            yield _spell(venue, f"{name}W", is_short=True, is_workshop=True)
    for name in filter(None, (name.strip() for name in long.split(";"))):
        yield _spell(venue, name, is_short=False)


def _spell(venue: VenueName, name: str, *, is_short: bool, is_workshop: bool = False) -> _Spelling:
    tokens = [token for token in _split_tokens(name) if token.key not in _IGNORED_WORDS]
    words, written = tuple(token.key for token in tokens), tuple(token.text for token in tokens)
    return _Spelling(venue, words, written, is_short, is_workshop)


def is_journal(name: str) -> bool:
    """Whether a venue's name is that of a journal, as far as its words or the table tell."""
    known = any(mention.venue.is_journal for mention in find_mentions(name))
    return known or any(word in name for word in _JOURNAL_WORDS)
