"""What a reader sees as one: a paragraph or an item of a list, with its number, its label and its sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

_MAX_REMEMBERED_LINES = 2_048
"""A line is read several times in a row."""
_MARKER = (
    r"[\s#*•·>\-]{0,12}(?:[（(]\d{1,2}[)）]|\d{1,2}[)）.、．:：](?!\d)|[一二三四五六七八九十]{1,2}、"
    r"|[（(][一二三四五六七八九十a-z][)）])?[\s:：.*]{0,8}"
)
_LABEL = r"[^\s。！？；;，,:：][^。！？；;，,:：\n]{0,24}[:：](?!//)\**\s{0,9}"
_HEAD = re.compile(rf"(?P<marker>{_MARKER})(?P<label>(?:{_LABEL}){{0,2}})")
PART = (
    r"(?:(?:主要|方法)?(?:创新点?|创新性|性能|工作量|工作负载|负载)(?:方面|表现|评估|评价)?"
    r"(?:\s?[（(][^（）()]{1,24}[）)])?|(?i:innovation(?: points?)?|performance|workload)"
    r"(?:\s?[（(][^（）()]{1,24}[）)])?)"
    r"\s?\**[:：]"
)
"""The label of one of the parts that an appraisal has: novelty, performance, workload."""
_PART = re.compile(rf"\W{{0,4}}{PART}")
_PART_SIGNS = ("创新", "性能", "工作", "负载", "nnovation", "erformance", "orkload")
_GLUED_PART = re.compile(rf"(?<=[。；;.])\s{{0,3}}(?=[-•·*]?\s?{PART})")
_GLUED_HEADING = re.compile(r"(?<=[。；;])\s{0,3}(?=[一二三四五六七八九]、[^，。；、：:]{2,12}[：:])")
_STATEMENT = re.compile(
    r"是|包[括含]|如下|以下|分为|组成|表明|显示|采用|使用|利用|(?i:\b(?:is|are|has|have|follow\w*|includ\w+"
    r"|consist\w*)\b)"
)
"""What stands before a colon and says something belongs to what is behind it: "It has three parts: …"."""
_CHINESE_SENTENCE = re.compile(r"(?s:(?:[^。！？]*+[。！？])+?(?![。！？）)”])|.+)")
_LATIN_STOP = re.compile(r"[!?.]\s")
_SENTENCE_END = re.compile(r"(?<=[!?])(?=\s)|(?<=[a-z)]\.)(?=\s+[A-Z(（\u3400-\u9fff])")
_BULLET = re.compile(r"\s*[-*•·]\s")
_NUMBER = re.compile(
    r"[\s#*•·>\-]{0,12}(?P<open>[（(]?)(?P<number>\d{1,2})(?P<close>[)）.、．])(?:(?<=[)）])|(?!\d))(?P<behind>\s?[:：]?)"
)


@dataclass(slots=True)
class Unit:
    """A paragraph or an item of a list."""

    text: str
    marker: str
    label: str
    sentences: list[str]
    number: tuple[str, int] | None = None
    is_kept: bool = True
    announced: list[Unit] = field(default_factory=list)
    """What a label or an announcement stands before."""
    announces: bool = field(init=False)
    """Whether it only says what follows."""

    def __post_init__(self) -> None:
        self._look_at_end()

    def _look_at_end(self) -> None:
        self.announces = self.text.rstrip(" *")[-1:] in (":", "：")

    @property
    def is_part(self) -> bool:
        """Whether it begins a part of an appraisal."""
        return bool(self.label) and bool(_PART.match(self.label))

    @property
    def has_content(self) -> bool:
        """Whether it says something by itself."""
        return not self.announces and any(sentence.strip(" *。；;.") for sentence in self.sentences)

    @property
    def size(self) -> int:
        """How many characters it says."""
        return sum(map(len, self.sentences)) if self.has_content else 0

    def replace_sentences(self, sentences: list[str]) -> None:
        """Keep these of its sentences, after its number and label."""
        self.sentences = sentences
        self.text = (self.marker + self.label + "".join(sentences).lstrip()).rstrip()
        self._look_at_end()

    def rewrite(self, text: str) -> None:
        """Put another text in its place."""
        other = parse_unit(text)
        self.text, self.marker, self.label, self.sentences = other.text, other.marker, other.label, other.sentences
        self.number, self.announces = other.number, other.announces


def parse_unit(line: str) -> Unit:
    """A line as a unit; its sentences end with full stops."""
    marker, label, sentences, number = _parse_line(line)
    return Unit(line, marker, label, list(sentences), number)


@lru_cache(_MAX_REMEMBERED_LINES)
def _parse_line(line: str) -> tuple[str, str, tuple[str, ...], tuple[str, int] | None]:
    head = _HEAD.match(line)
    marker, label = head.groups() if head else ("", "")
    if label and _STATEMENT.search(label):
        label = ""
    return marker, label, tuple(split_statements(line[len(marker) + len(label) :])), read_number(line)


def split_statements(text: str) -> list[str]:
    """The sentences of a text, from full stop to full stop."""
    sentences = _CHINESE_SENTENCE.findall(text)
    if _LATIN_STOP.search(text):
        sentences = [part for sentence in sentences for part in _SENTENCE_END.split(sentence)]
    return [sentence for sentence in sentences if sentence.strip()]


def split_glued(line: str) -> list[str]:
    """A line in which several items or parts follow each other, as several lines."""
    lines = [line]
    if any(sign in line for sign in _PART_SIGNS):
        lines = _GLUED_PART.split(line)
    if "、" in line:
        lines = [item for one in lines for item in _GLUED_HEADING.split(one)]
    first = read_number(line)
    if first and any(mark in line[3:] for mark in ")）.、．"):
        lines = [item for one in lines for item in _split_items(one, first)]
    return [line] if len(lines) == 1 else [one if one is lines[-1] else close_sentence(one) for one in lines]


def _split_items(line: str, first: tuple[str, int]) -> list[str]:
    """A line at "；(2)", "。(3)" and so on, where it begins with (1)."""
    opening = "[（(]" if first[0].startswith("（") else ""
    closing = "[)）]" if first[0].endswith("）") else re.escape(first[0])
    if re.search(rf"[^。；;]\s?{opening}1{closing}", line[2:]):
        return [line]  # it has a list of its own
    lines, number = [line], first[1]
    while True:
        number += 1
        item = rf"{opening}{number}{closing}"
        found = re.search(rf"[。；;]\s{{0,3}}(?={item}[^\d，,。]|{item}\s?\d)", lines[-1])
        if found is None:
            return lines
        lines[-1:] = [lines[-1][: found.end()], lines[-1][found.end() :]]


def close_sentence(text: str) -> str:
    """A text with a stop at its end, in place of a comma."""
    bare = text.rstrip("；;，,、 \t")
    if bare == text or not bare:
        return bare
    return f"{bare}{'' if bare[-1] in '。.!！?？:：' else '.' if bare.isascii() else '。'}"


def is_bullet(line: str) -> bool:
    """Whether a line is an item with a dot."""
    return bool(_BULLET.match(line))


def read_number(line: str) -> tuple[str, int] | None:
    """How a line is numbered: the style, and the number."""
    if line[:1].isalpha():
        return None
    match = _NUMBER.match(line)
    if match is None:
        return None
    close = "）" if match["close"] == ")" else match["close"]
    return ("（" if match["open"] else "") + close, int(match["number"])


def tie_units(units: list[Unit]) -> None:
    """Tell each announcement what it stands before."""
    for index, unit in enumerate(units):
        unit.announced = list(_find_announced(unit, units[index + 1 :])) if unit.announces else []


def _find_announced(unit: Unit, following: list[Unit]) -> Iterator[Unit]:
    """A list under a number reaches to the next number of its own list; under a bare label, to the list's end."""
    inner: tuple[str, int] | None = None
    for index, other in enumerate(following):
        if other.is_part and (unit.is_part or unit.number is None):
            return
        if other.number:
            if other.number[1] != 1 and (inner is None or other.number != (inner[0], inner[1] + 1)):
                return
            inner = other.number
        elif unit.number is None and not _goes_on(unit, other, is_next=not index):
            return
        yield other


def _goes_on(unit: Unit, other: Unit, *, is_next: bool) -> bool:
    """Whether what has no number is still under a label: what follows it, and the items with dots after that."""
    if is_bullet(other.text):
        return is_next or not is_bullet(unit.text)
    return is_next and not other.announces
