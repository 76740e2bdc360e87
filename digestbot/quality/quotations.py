"""Finds a quotation in a text, word for word, and shows the text's own words for it.

Spaces, broken lines, ligatures, accents, quotes and the kinds of dashes do not matter, on either side; words and
numbers do. A quotation may leave something out where it says so (…), but its pieces stand in order, and nothing that
turns the sense is left out, or stands cut off right before its beginning. What turns it farther off in its clause, as
“None of” does, is shown with it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from digestbot.domain.text.search_words import is_cjk

MAX_CHARACTERS = 700
"""The most that a quotation may have: what is longer is a copy."""
_MIN_CHARACTERS, _MIN_WORDS, _MIN_CJK = 12, 3, 6
_MIN_PIECE = 8
_MAX_PIECES = 4
_MAX_LEFT_OUT = 400
_MAX_OCCURRENCES = 50
_GAP = re.compile(r"(?<!\s)\s*(?:\[\s?(?:…|\.\.\.)\s?\]|\(\s?(?:…|\.\.\.)\s?\)|…{1,2}|\.{3,6})\s*")
_NEGATION = (
    r"(?:\b(?:not|never|no|nor|neither|without|cannot|hardly|barely|rarely|fails?|failed|failing|unable|unless|instead|if)"
    r"\b|n['’]t\b|不|没|未|无|非|否|如果|除非)"
)
_TURNS_SENSE = re.compile(_NEGATION, re.IGNORECASE)
_IS_TURNED = re.compile(rf"{_NEGATION}(?:\s(?:to|be|been|have|\w{{1,20}}ly|the|a|any)){{0,2}}\s?$", re.IGNORECASE)
_BEFORE_CHARACTERS = 50
_TURNS_CLAUSE = re.compile(
    r"\b(?:not(?! only\b)|never|no|none|nobody|nothing|neither|nor|cannot|hardly|barely|rarely|unable|unlikely|unclear"
    r"|unknown|untrue|fail(?:s|ed|ing)?|lack(?:s|ed|ing)?|doubt(?:s|ed|ful)?|den(?:y|ies|ied)|refut(?:e|es|ed|ing)|whether"
    r"|if|unless|myth|wrong|incorrect|false(?! (?:positive|negative|alarm|discover|accept|reject)))\b|n['’]t\b"
    r"|不(?![同仅断但过少久只论管])|没|否|未(?!来)|无(?!监督|线|关|人|损|论|需|偏|限|标)|非(?!常|线性|平|凸|参数|对称)"
    r"|怀疑|难以|如果|除非",
    re.IGNORECASE,
)
"""What turns the sense of all that follows it in its clause, however far behind it stands."""
_CLAUSE_END = re.compile(
    r"[.!?:](?=\s)|[;。！？；：，]|,(?=\s)|[但而]"
    r"|\b(?:but|while|whereas|although|though|however|which|because|since|so|then|instead)\b",
    re.IGNORECASE,
)
_CLAUSE_CHARACTERS = 300
_TURNED_BEHIND = re.compile(
    r"\s?(?:[,，]\s?[^.;!?。；！？]{0,40}\b(?:refut(?:e|ed)|disprov(?:e|ed|en))\b"
    r"|(?:is|was|are|were) (?:\w{1,12} )?(?:myths?|false(?! \w)|wrong|untrue|incorrect)\b"
    r"|(?:是|的说法是?)(?:错误|不实|谣言))",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?](?=\s+[A-Z0-9(“\"])|[。！？]")
_MAX_SKIPPED_BEGIN = 12
"""How much of a sentence's begin a quotation may leave out that comes from another sentence: “The”."""
_DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\uff0d"
_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_SIGNS = "±<>≤≥"
_QUOTES = (
    "\"'`\u00b4\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u2032\u2033\u300c\u300d\u300e\u300f\uff02\uff07«»‹›"
)
_OUTER = f"{_QUOTES} \t\n.。,，;；:：!！?？"


@dataclass(frozen=True, slots=True)
class FoundQuotation:
    """The text's own words, with “…” for what is left out, and the place in the text where they begin."""

    text: str
    place: int
    is_turned: bool = False
    """Whether words around it turn its sense: they are shown with it, though they were not quoted."""


def turns_sense(text: str) -> bool:
    """Whether a text denies, doubts or only supposes something."""
    return _TURNS_CLAUSE.search(text) is not None


def find_quotation(quoted: str, text: str) -> FoundQuotation | None:
    """Where a text has a quotation; ``None`` if not word for word, or if it is too short to say much."""
    return FoldedText(text).find(quoted)


class FoldedText:
    """A text in which quotations are looked for: folded once for all of them."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._folded, self._places = _fold_text(text)

    def find(self, quoted: str) -> FoundQuotation | None:
        """Where the text has a quotation, or ``None``."""
        if len(quoted) > 2 * MAX_CHARACTERS or not _is_long_enough(quoted):
            return None
        for pieces in _iter_divisions(quoted):
            if spans := self._find_pieces([_fold_text(piece.strip(_OUTER))[0] for piece in pieces]):
                whole = self._add_what_turns(spans)
                shown = " … ".join(" ".join(self._text[start:end].split()) for start, end in whole)
                return FoundQuotation(shown, whole[0][0], whole != spans) if len(shown) <= MAX_CHARACTERS else None
        return None

    def _add_what_turns(self, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
        """The spans with what turns their sense, in the clause before them or right behind."""
        first, last = spans[0], spans[-1]
        start, end = self._find_turned_begin(first[0]), last[1]
        if behind := _TURNED_BEHIND.match(self._text, end, end + _CLAUSE_CHARACTERS):
            end = behind.end()
        whole = list(spans)
        whole[0] = start, whole[0][1]
        whole[-1] = whole[-1][0], end
        return whole

    def _find_turned_begin(self, start: int) -> int:
        """Where the clause before a place begins, if something in it turns what follows; else the place."""
        begin = max(start - _CLAUSE_CHARACTERS, 0)
        for ended in _CLAUSE_END.finditer(self._text, begin, start):
            begin = ended.end()
        if not _TURNS_CLAUSE.search(self._text, begin, start):
            return start
        return start - len(self._text[begin:start].lstrip())

    def _find_pieces(self, pieces: Sequence[str]) -> list[tuple[int, int]]:
        """The places of pieces that follow each other; none if one of them does not stand there."""
        for first in self._iter_spans(pieces[0], 0):
            if _IS_TURNED.search(self._text[max(first[0] - _BEFORE_CHARACTERS, 0) : first[0]]):
                continue
            spans = [first]
            for piece in pieces[1:]:
                following = next(self._iter_spans(piece, spans[-1][1]), None)
                if following is None or not self._may_leave_out(spans[-1][1], following[0]):
                    break
                spans.append(following)
            else:
                return spans
        return []

    def _may_leave_out(self, start: int, end: int) -> bool:
        left_out = self._text[start:end]
        if len(left_out) > _MAX_LEFT_OUT or _TURNS_SENSE.search(left_out):
            return False
        ends = [ended.end() for ended in _SENTENCE_END.finditer(left_out)]
        return not ends or len(left_out[ends[-1] :].strip()) <= _MAX_SKIPPED_BEGIN

    def _iter_spans(self, piece: str, start: int) -> Iterator[tuple[int, int]]:
        """Where a folded piece stands as whole words, from a place of the text on."""
        if len(piece) < _MIN_PIECE and not (piece and all(map(is_cjk, piece))):
            return
        found = self._folded.find(piece)
        for _ in range(_MAX_OCCURRENCES):
            if found < 0:
                return
            span = self._places[found], self._places[found + len(piece) - 1] + 1
            if span[0] >= start and self._is_whole(*span):
                yield span
            found = self._folded.find(piece, found + 1)

    def _is_whole(self, start: int, end: int) -> bool:
        """Whether a span begins and ends with whole words and numbers."""
        before, behind = self._text[max(start - 2, 0) : start], self._text[end : end + 2]
        if before and before[-1] in _SIGNS and self._text[start].isdigit():
            return False
        return not _goes_on(before[::-1], self._text[start]) and not _goes_on(behind, self._text[end - 1])


def _goes_on(beyond: str, inner: str) -> bool:
    """Whether a word or a number goes on from its ``inner`` character: 5 of 15, of 1.5, of -5; “led” of “un-led”."""
    if not beyond or not inner.isalnum() or is_cjk(inner):
        return False
    if beyond[0].isalnum():
        return not is_cjk(beyond[0])
    if inner.isdigit() and beyond[0] in _DASHES:
        return True
    return beyond[0] in f"{_DASHES}.," and len(beyond) > 1 and beyond[1].isalnum() and not is_cjk(beyond[1])


def _iter_divisions(quoted: str) -> Iterator[list[str]]:
    """A quotation as it is, and its pieces where it says that something is left out."""
    yield [quoted]
    pieces = [piece for piece in _GAP.split(quoted) if piece.strip()]
    if 1 <= len(pieces) <= _MAX_PIECES and pieces != [quoted]:
        yield pieces


def _is_long_enough(quoted: str) -> bool:
    cjk = sum(map(is_cjk, quoted))
    return cjk >= _MIN_CJK or (len(quoted) >= _MIN_CHARACTERS and len(quoted.split()) + cjk >= _MIN_WORDS)


def _fold_text(text: str) -> tuple[str, list[int]]:
    """A text without what does not matter, and the place of each of its characters."""
    characters: list[str] = []
    places: list[int] = []
    for place, char in enumerate(text):
        if char.isdigit() and characters and characters[-1].isdigit() and text[place - 1].isspace():
            characters.append(" ")  # two numbers are not one
            places.append(place)
        for folded in _fold_character(char):
            characters.append(folded)
            places.append(place)
    hyphens = {n for n, char in enumerate(characters) if char == "-" and _is_between_letters(characters, n)}
    kept = [n for n in range(len(characters)) if n not in hyphens]
    return "".join(characters[n] for n in kept), [places[n] for n in kept]


def _fold_character(char: str) -> str:
    if char.isascii():
        return "" if char in _QUOTES or char.isspace() else char.lower()
    if char in _DASHES:
        return "-"
    if char in _QUOTES:
        return ""
    decomposed = unicodedata.normalize("NFKD", char).casefold()
    if char in _RAISED:
        return f"^{decomposed}"
    return "".join(part for part in decomposed if _is_kept(part))


def _is_kept(char: str) -> bool:
    return (
        not char.isspace() and unicodedata.category(char) not in ("Mn", "Cf", "Cc", "Co", "Sk") and char not in _QUOTES
    )


def _is_between_letters(characters: Sequence[str], place: int) -> bool:
    around = characters[max(place - 1, 0) : place], characters[place + 1 : place + 2]
    return all(side and side[0].isalpha() for side in around)
