"""An expression as its signs and words, each with the place where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum, auto
from functools import lru_cache
from typing import NamedTuple

from digestbot.domain.queries.errors import QueryError
from digestbot.domain.queries.reserved import (
    AND_WORDS,
    GLUED_NOT,
    LEADING_NOT,
    NOT_WORDS,
    OR_WORDS,
    PROSE_AND_WORDS,
    PROSE_NOT_WORDS,
)
from digestbot.late_patterns import compile_late

_SAME_SIGNS = {
    '"': "“”„‟«»「」『』《》〝〞＂",
    "'": "‘’‛＇",
    "(": "（【〔",
    ")": "）】〕",
    "[": "［",
    "]": "］",
    ":": "：﹕",
    ",": "，、；;",
    "-": "−－",
    "|": "｜",
    "*": "＊",
    "!": "！",
    " ": "\u3000",
}
_TO_PLAIN_SIGNS = str.maketrans({other: sign for sign, others in _SAME_SIGNS.items() for other in others})
_DASHES = "-–—!"
_SPACES = compile_late(r"\s+")
_PLAIN_WORD = compile_late(r"\s*+([a-z0-9]++)(?=\s(?!:)|\Z)")
"""What can be nothing but a word: most of what thousands of follows are made of."""
_BARE = compile_late(r"(?:[^\s()\[\]\"|,]|(?<=\d),(?=\d))+")
_FIELD = compile_late(r"(?P<name>[^\W\d_]{1,20})(?::(?!//)|\s:\s?(?=\S))")
_PHRASE_IN_APOSTROPHES = compile_late(r"'(?P<words>[^'\s][^']*)'(?![^\s()|,])")
_TAG = compile_late(r"(?<=[\w\"])\[[A-Za-z /]{1,20}\]")
"""PubMed's way to name a field, behind the word."""
_MEANS_MORE = compile_late(r"(?:^|\s)(?:OR\s|-?[^\W\d_]+:\S)|[()|]")


class Kind(Enum):
    """What a token is."""

    OPENING = auto()
    CLOSING = auto()
    ALTERNATIVE = auto()
    COMMA = auto()
    NEGATION = auto()
    PROSE_NEGATION = auto()
    PROSE_AND = auto()
    FIELD = auto()
    PHRASE = auto()
    WORD = auto()


class Token(NamedTuple):
    """A sign, a word or the inside of quotation marks, with where it stands; of a field, ``text`` is its name."""

    kind: Kind
    text: str
    start: int
    end: int


def scan_tokens(expression: str) -> Iterator[Token]:
    """The tokens in order. Raises :class:`~digestbot.domain.queries.QueryError`."""
    scanner = _Scanner(expression)
    position = 0
    while position < len(expression):
        if plain := _PLAIN_WORD.match(scanner.text, position):
            start, position = plain.span(1)
            yield Token(_choose_kind(plain[1]), plain[1], start, position)
            continue
        if space := _SPACES.match(scanner.text, position):
            position = space.end()
            continue
        token, position = scanner.read(position)
        if token:
            yield token


_SIGN_KINDS = {
    "(": Kind.OPENING,
    ")": Kind.CLOSING,
    "[": Kind.OPENING,
    "]": Kind.CLOSING,
    "|": Kind.ALTERNATIVE,
    ",": Kind.COMMA,
}


class _Scanner:
    def __init__(self, expression: str) -> None:
        self.expression = expression
        self.text = expression.translate(_TO_PLAIN_SIGNS)

    def read(self, start: int) -> tuple[Token | None, int]:
        """The token that begins here, and where it ends; none for what means nothing."""
        sign = self.text[start]
        if sign == "[" and (match := _TAG.match(self.text, start)):
            raise QueryError("query_tag", self.expression, start, match.end() - start)
        if sign in _SIGN_KINDS:
            return Token(_SIGN_KINDS[sign], sign, start, start + 1), start + 1
        if sign == '"':
            return self._read_phrase(start)
        if sign in _DASHES:
            return self._read_dash(start)
        if sign == "'" and (match := _PHRASE_IN_APOSTROPHES.match(self.text, start)):
            return Token(Kind.PHRASE, match["words"], start, match.end()), match.end()
        if match := _FIELD.match(self.text, start):
            return Token(Kind.FIELD, match["name"], start, match.end()), match.end()
        return self._read_word(start)

    def _read_phrase(self, start: int) -> tuple[Token, int]:
        """What stands in quotation marks; where the second one lacks, the rest, if it can be meant by nothing else."""
        end = self.text.find('"', start + 1)
        if end < 0:
            if _MEANS_MORE.search(self.text, start + 1):
                raise QueryError("query_open_quote", self.expression, start, len(self.text) - start)
            end = len(self.text)
        after = min(end + 1, len(self.text))
        return Token(Kind.PHRASE, self.text[start + 1 : end], start, after), after

    def _read_dash(self, start: int) -> tuple[Token | None, int]:
        """A dash before a word excludes it; one between spaces is punctuation."""
        end = start + 1
        has_word = end < len(self.text) and not self.text[end].isspace() and self.text[end] not in f"),|{_DASHES}"
        return (Token(Kind.NEGATION, "-", start, end) if has_word else None), end

    def _read_word(self, start: int) -> tuple[Token | None, int]:
        match = _BARE.match(self.text, start)
        end = _end_word(self.text, start, match.end()) if match else start + 1
        word = self.text[start:end]
        if word.lower() in AND_WORDS and word not in PROSE_AND_WORDS:
            return None, end
        return Token(_choose_kind(word), word, start, end), end


def _end_word(text: str, start: int, end: int) -> int:
    """Where a word ends: also where what excludes begins or ends inside of a Chinese one, 扩散模型但不含视频."""
    leading = LEADING_NOT.match(text, start, end) or GLUED_NOT.match(text, start, end)
    if leading:
        return leading.end()
    inside = GLUED_NOT.search(text, start, end)
    return inside.start() if inside else end


@lru_cache(10_000)
def _choose_kind(word: str) -> Kind:
    if word in NOT_WORDS:
        return Kind.NEGATION
    if word.lower() in OR_WORDS:
        return Kind.ALTERNATIVE
    if word in PROSE_AND_WORDS:
        return Kind.PROSE_AND
    is_not = word in PROSE_NOT_WORDS or GLUED_NOT.fullmatch(word)
    return Kind.PROSE_NEGATION if is_not else Kind.WORD
