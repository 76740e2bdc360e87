"""A line of an analysis in pieces: each sentence with the number or bullet and the label that stand before it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from digestbot.quality.cleanup import split_sentences

_MARKER = (
    r"[\s#*•·>\-]{0,12}(?:[（(]?\d{1,2}[)）.、．:：](?!\d)|[一二三四五六七八九十]{1,2}、"
    r"|[（(][一二三四五六七八九十a-z][)）])?[\s:：.*]{0,8}"
)
_LABEL = r"[^\s。！？；;，,:：][^。！？；;，,:：\n]{0,24}[:：](?!//)\**\s{0,9}"
_HEAD = re.compile(rf"(?P<marker>{_MARKER})(?P<label>(?:{_LABEL}){{0,2}})")
_PART = re.compile(
    r"\W{0,4}(?:(?:主要|方法)?(?:创新点?|创新性|性能|工作量|工作负载|负载)(?:方面|表现|评估"
    r"|评价)?(?:\s?[（(][^（）()]{1,24}[）)])?"
    r"|(?i:innovation(?: points?)?|performance|workload)(?:\s?[（(][^（）()]{1,24}[）)])?)\s?\**[:：]",
    re.IGNORECASE,
)
_STATEMENT = re.compile(
    r"是|包[括含]|如下|以下|分为|组成|表明|显示|采用|使用|利用|(?i:\b(?:is|are|has|have|follow\w*|includ\w+"
    r"|consist\w*)\b)"
)
"""What stands before a colon and says something belongs to what is behind it: "It has three parts: …"."""
_BULLET = re.compile(r"\s*[-*•·]\s")
_NUMBER = re.compile(r"[\s#*•·>\-]{0,12}(?P<open>[（(]?)(?P<number>\d{1,2})(?P<close>[)）.、．])(?!\d)")


@dataclass(slots=True)
class Piece:
    """A sentence: what stands before it, what it says, and whether it is kept."""

    marker: str
    label: str
    content: str
    is_kept: bool = True
    has_content: bool = False
    """Whether it says something, and does not only announce what follows."""

    def __post_init__(self) -> None:
        said = self.content.strip(" *。；;.")
        self.has_content = bool(said) and said[-1] not in ":："

    @property
    def text(self) -> str:
        """As the line has it."""
        return self.marker + self.label + self.content

    @property
    def is_part(self) -> bool:
        """Whether it begins one of the parts that an appraisal has: novelty, performance, workload."""
        return bool(self.label) and bool(_PART.match(self.label))


def split_pieces(line: str) -> list[Piece]:
    """The pieces of a line, which together are the line again."""
    return [_parse_piece(sentence) for sentence in split_sentences(line)]


def _parse_piece(sentence: str) -> Piece:
    head = _HEAD.match(sentence)
    if head is None:
        return Piece("", "", sentence)
    marker, label = head.groups()
    if label and _STATEMENT.search(label):
        return Piece(marker, "", sentence[len(marker) :])
    return Piece(marker, label, sentence[head.end() :])


def join_pieces(pieces: list[Piece]) -> str:
    """What is kept of a line: a number and a label stay before what is left under them."""
    if not any(piece.is_kept and (piece.label or piece.content.strip()) for piece in pieces):
        return ""
    parts: list[str] = []
    label = ""
    for piece in pieces:
        label = piece.label or label
        if not piece.is_kept:
            continue
        marker = piece.marker
        if not parts and not marker.strip():
            marker = pieces[0].marker
        parts.append(marker + label + piece.content if parts else (marker + label + piece.content.lstrip()))
        label = ""
    return "".join(parts).rstrip()


def is_bullet(line: str) -> bool:
    """Whether a line is an item with a dot."""
    return bool(_BULLET.match(line))


def read_number(line: str) -> tuple[str, int] | None:
    """How a line is numbered: the style, and the number."""
    match = _NUMBER.match(line)
    if match is None:
        return None
    close = "）" if match["close"] == ")" else match["close"]
    return ("（" if match["open"] else "") + close, int(match["number"])
