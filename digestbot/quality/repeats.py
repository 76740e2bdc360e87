"""What an entry says twice: sentences that say again what was said, whatever label or opening they have.

A sentence is held against everything before it, in runs of characters: it is a repeat where nearly all of it was there
and what is new in it is no number, no name and no negation. The work grows with the text's length.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from digestbot.domain.digest import Section, Summary
from digestbot.quality.cleanup import split_sentences
from digestbot.quality.pieces import Piece, is_bullet, join_pieces, read_number, split_pieces

_MIN_SAID_HAN, _MIN_SAID_LATIN = 18, 50
"""What is shorter may be said again, in characters without spaces and small words."""
_HAN_RUN, _LATIN_RUN = 5, 14
"""How many characters a run has: what is shared in runs is no accident."""
_MIN_SHARE, _MIN_HITS = 0.78, 0.35
_MAX_NEW_CHARACTERS = 8
_SUBJECT_CHARACTERS, _MAX_NEW_SUBJECT = 16, 4
"""Where a sentence begins its subject is named: "HUGS" for "the method"."""
_HAN = re.compile(r"[\u3400-\u9fff]")
_CHINESE_BYTES = 1.6
"""How many bytes a character has in a text of which a third is Chinese."""
_PART_SHARE = 0.5
"""A part of an appraisal goes if more of it was said before."""
_MIN_SECTION_SHARE, _MIN_SECTION_CHARACTERS = 0.2, 40
_SMALL = re.compile(r"[\W_的了地得着所]+")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_WORD = re.compile(r"[a-z]{2,}")
_LATIN = re.compile(r"([a-z]{2})[a-z]+")
"""A word between Chinese characters counts as two of them."""
_NEGATION = re.compile(r"[不未无非没]|(?:\bno|\bnot|n't|without)\b")
_OPENING = re.compile(
    r"(?:(?:此外|另外|同时|并且|而且|然而|因此|最后|其次|首先|然后|具体来说|具体而言|总之|总的来说|综上所述"
    r"|总体而言|相比之下|值得注意的是|最值得注意的是"
    r"|(?:大量|广泛|全面|定量和定性|综合)?的?(?:实验|研究|评估|测试)?(?:结果|实验)?(?:均|也)?(?:表明|显示"
    r"|证明)(?:了|，)?"
    r"|(?:在)?(?:本文|这项工作|本工作|本研究|本论文)中|(?:本|该|这项|这篇|此)?(?:文|工作|研究|论文|文章|方法)(?:还"
    r"|也|首次)?"
    r"|(?:我们|作者)(?:还|也|首次)?(?:的方法)?|(?:所)?提出的方法"
    r"|(?i:additionally|moreover|furthermore|finally|also|however|therefore|thus|in addition|specifically|overall"
    r"|(?:extensive )?(?:experiments|results|experimental results) (?:show|demonstrate|indicate) that"
    r"|in this (?:paper|work)|this (?:paper|work|study)|the (?:paper|authors?|(?:proposed )?method)"
    r"|we))[，,：:\s]{0,3}){1,4}"
)
_ANAPHOR = re.compile(
    r"(?:这(?!篇|项工作|项研究|种方法|个方法)|该(?!方法|模型|框架|论文|研究|工作|文|系统|技术|算法)|此(?!外)|它"
    r"|其(?!中|次|他)|上述|前者|后者|结果(?:表明|显示|证明)|相比之下|相反|例如|比如"
    r"|(?i:this(?! (?:paper|work|study|method|article))|these|it|they|such|that|the (?:latter|former)|results show"
    r"|for example)\b)"
)
_CONNECTIVE = re.compile(
    r"(?:此外|另外|同时|并且|而且|除此之外|然而|但是?|不过|尽管如此|因此|所以|从而|于是"
    r"|(?i:additionally|moreover|furthermore|in addition|also|however|but|therefore|thus|hence"
    r"|nevertheless))[，,\s]{1,2}"
)
_CONTRIBUTION = re.compile(
    r"[^。，]{0,30}(?:提出|介绍|引入|设计|开发)|(?i:[^.,]{0,40}\b(?:propos|present|introduc|develop))"
)
_PRONOUN = re.compile(r"它(?!们)|It\s")
_RESULT = re.compile(
    r"(?:(?:实验)?结果|实验)(?:表明|显示|证明|揭示)|(?i:(?:the )?(?:experimental )?results (?:show|demonstrate))"
)
_LEAD_IN = re.compile(
    r"[^，。]{0,60}(?:，[^，。]{0,40})?(?:进行|开展|做)了?[^，。]{0,24}(?:评估|实验|测试|比较|对比|验证|评价|试验"
    r"|研究)[。.]?\s*"
    r"|(?i:[^.]{0,120}\b(?:was|were|is|are) (?:evaluated|tested|compared)[^.]{0,80}\.?\s*)"
)


@dataclass(frozen=True, slots=True)
class _Reading:
    """A sentence as it is compared: its characters, and their runs."""

    said: str
    length: int
    runs: list[str]
    is_long: bool
    numbers: frozenset[str]


class SaidText:
    """What an entry has said so far, in runs of characters."""

    def __init__(self, readings: dict[str, _Reading] | None = None) -> None:
        self._readings = {} if readings is None else readings
        self._runs: set[str] = set()
        self._sentences: set[str] = set()
        self._numbers: set[str] = set()

    def add(self, sentence: str) -> None:
        """Remember a sentence."""
        reading = self._read(sentence)
        self._sentences.add(reading.said)
        self._runs.update(reading.runs)
        self._numbers.update(reading.numbers)

    def has_news(self, sentence: str) -> bool:
        """Whether a sentence gives a number that was not given yet."""
        return not self._numbers.issuperset(self._read(sentence).numbers)

    def covers(self, sentence: str) -> bool:
        """Whether a sentence that is no short one says nothing new."""
        reading = self._read(sentence)
        if not reading.is_long:
            return False
        if reading.said in self._sentences:
            return True
        if not self._numbers.issuperset(reading.numbers):
            return False
        new = self._find_new(reading)
        return new is not None and _are_small(new, reading.said)

    def _read(self, sentence: str) -> _Reading:
        reading = self._readings.get(sentence)
        if reading is None:
            reading = self._readings[sentence] = _read_sentence(sentence)
        return reading

    def _find_new(self, reading: _Reading) -> list[tuple[int, int]] | None:
        """The stretches that were not there; nothing if too little was there."""
        known = self._runs
        hits = list(map(known.__contains__, reading.runs))
        if sum(hits) < _MIN_HITS * len(hits):
            return None
        stretches, end, size = [], 0, len(reading.said)
        for start, is_hit in enumerate(hits):
            if is_hit:
                if start > end:
                    stretches.append((end, start))
                end = start + reading.length
        if end < size:
            stretches.append((end, size))
        new = sum(stop - start for start, stop in stretches)
        return stretches if new <= (1 - _MIN_SHARE) * size else None


def _are_small(stretches: list[tuple[int, int]], said: str) -> bool:
    """Whether what is new in a sentence changes nothing of what it says."""
    for start, stop in stretches:
        text, is_subject = said[start:stop], stop <= _SUBJECT_CHARACTERS
        if stop - start > (_SUBJECT_CHARACTERS if is_subject else _MAX_NEW_CHARACTERS) or _NEGATION.search(text):
            return False
        if is_subject and len(_HAN.findall(text)) > _MAX_NEW_SUBJECT:
            return False
        if not is_subject and _WORD.search(text):
            return False
    return True


def _read_sentence(sentence: str) -> _Reading:
    """Take off the opening, punctuation and small words of a sentence."""
    opening = _OPENING.match(sentence)
    said = _SMALL.sub("", sentence[opening.end() if opening else 0 :].lower())
    is_chinese = len(said.encode()) > _CHINESE_BYTES * len(said)
    if is_chinese:
        said = _LATIN.sub(r"\1", said)
    length = _HAN_RUN if is_chinese else _LATIN_RUN
    runs = [said[start : start + length] for start in range(max(1, len(said) - length + 1))]
    is_long = len(said) >= (_MIN_SAID_HAN if is_chinese else _MIN_SAID_LATIN)
    return _Reading(said, length, runs, is_long, frozenset(_NUMBER.findall(sentence)))


@dataclass(slots=True)
class _Line:
    text: str
    pieces: list[Piece]

    def write(self) -> str:
        return self.text if all(piece.is_kept for piece in self.pieces) else join_pieces(self.pieces)


class RepeatFinder:
    """Drops what is said twice from one summary, several times over: what was read is remembered."""

    def __init__(self) -> None:
        self._readings: dict[str, _Reading] = {}
        self._last: Summary | None = None

    def drop_repeats(self, summary: Summary) -> Summary:
        """The summary without what it says a second time; the same one if it says all once."""
        if self._last and _list_texts(self._last) == _list_texts(summary):
            return summary
        said = SaidText(self._readings)
        for sentence in split_sentences(summary.headline):
            said.add(sentence)
        takeaways = tuple(filter(None, (_drop_from_line(item, said) for item in summary.takeaways)))
        bodies = [(section.title, _drop_from_body(section.body, said)) for section in summary.sections]
        sections = tuple(Section(title, body) for title, body in bodies if body)
        if (takeaways, sections) == (summary.takeaways, summary.sections):
            self._last = summary
            return summary
        return replace(summary, takeaways=takeaways, sections=sections)

    def trust(self, summary: Summary) -> None:
        """Remember a summary as one that says all once."""
        self._last = summary


def _list_texts(summary: Summary) -> tuple[object, ...]:
    return summary.headline, summary.takeaways, summary.sections


def _drop_from_line(line: str, said: SaidText) -> str:
    lines = [_Line(line, split_pieces(line))]
    _judge_lines(lines, said)
    return lines[0].write()


def _drop_from_body(body: str, said: SaidText) -> str:
    lines = [_Line(text, split_pieces(text)) for text in body.split("\n")]
    for group in _group_lines(lines):
        _judge_lines(group, said)
    kept = "\n".join(filter(str.strip, (line.write() for line in lines)))
    left = sum(_measure(piece) for line in lines for piece in line.pieces if piece.is_kept)
    is_remnant = left < _MIN_SECTION_CHARACTERS and left < _MIN_SECTION_SHARE * sum(
        _measure(piece) for line in lines for piece in line.pieces
    )
    return "" if is_remnant else kept


def _measure(piece: Piece) -> int:
    return len(piece.content) if piece.has_content else 0


def _group_lines(lines: list[_Line]) -> Iterator[list[_Line]]:
    """Lines that belong together: a label or a lead-in with what is listed under it, or one line."""
    group: list[_Line] = []
    numbering: tuple[str, int] | None = None
    for line in lines:
        number = read_number(line.text)
        is_inside = bool(group) and _announces(group[0]) and not _begins_part(line)
        if is_inside and number and not is_bullet(line.text):
            is_inside = number[1] == 1 or (numbering is not None and number == (numbering[0], numbering[1] + 1))
        elif is_inside:
            is_inside = is_bullet(line.text) or len(group) == 1
        if group and not is_inside:
            yield group
            group, numbering = [], None
        elif is_inside and number:
            numbering = number
        group.append(line)
    if group:
        yield group


def _announces(line: _Line) -> bool:
    return line.text.rstrip(" *")[-1:] in (":", "：")


def _begins_part(line: _Line) -> bool:
    return bool(line.pieces) and line.pieces[0].is_part


def _judge_lines(lines: list[_Line], said: SaidText) -> None:
    """Mark what is not kept of lines that belong together; what is kept is remembered."""
    for part in _split_parts(lines):
        _judge_part(part, said)
    for line in lines:
        _judge_pieces(line.pieces, said)
    if not any(piece.is_kept and piece.has_content for line in lines for piece in line.pieces) and any(
        piece.has_content for line in lines for piece in line.pieces
    ):
        for line in lines:
            for piece in line.pieces:
                piece.is_kept = False


def _split_parts(lines: list[_Line]) -> Iterator[list[Piece]]:
    """The parts of an appraisal that begin in lines."""
    part: list[Piece] = []
    for piece in (piece for line in lines for piece in line.pieces):
        if piece.is_part:
            if part:
                yield part
            part = [piece]
        elif part:
            part.append(piece)
    if part:
        yield part


def _judge_part(part: list[Piece], said: SaidText) -> None:
    """Drop all of a part most of which was said before, but for what has a new number."""
    repeated = sum(_measure(piece) for piece in part if piece.has_content and said.covers(piece.content))
    if repeated > _PART_SHARE * sum(map(_measure, part)):
        for piece in part:
            piece.is_kept = not piece.has_content or said.has_news(piece.content)


def _judge_pieces(pieces: list[Piece], said: SaidText) -> None:
    previous: Piece | None = None
    for piece in pieces:
        if not piece.has_content:
            continue
        if piece.is_kept and said.covers(piece.content):
            piece.is_kept = False
            if previous and _only_leads_to(previous, piece):
                previous.is_kept = False
        elif piece.is_kept and previous and not previous.is_kept and not piece.label:
            _settle_after_drop(previous, piece, said)
        if piece.is_kept:
            said.add(piece.content)
        previous = piece


def _only_leads_to(previous: Piece, piece: Piece) -> bool:
    """Whether a sentence only says that something was evaluated, and the next one with what result."""
    return bool(
        previous.is_kept
        and _RESULT.match(piece.content)
        and _LEAD_IN.fullmatch(previous.content)
        and not _NUMBER.search(previous.content)
    )


def _settle_after_drop(previous: Piece, piece: Piece, said: SaidText) -> None:
    """Let a sentence stand without the one before it: without its connective, or both stay, or both go."""
    if connective := _CONNECTIVE.match(piece.content):
        rest = piece.content[connective.end() :]
        piece.content = rest[:1].upper() + rest[1:]
    if _CONTRIBUTION.match(previous.content) and (pronoun := _PRONOUN.match(piece.content)):
        piece.content = ("该方法" if pronoun[0] == "它" else "The method ") + piece.content[pronoun.end() :]
    if not _ANAPHOR.match(piece.content):
        return
    if said.has_news(piece.content):
        previous.is_kept = True
    else:
        piece.is_kept = False
