"""Lists after their items were judged: numbers without gaps, labels that are no items, and no lists of titles only."""

from __future__ import annotations

import re

from digestbot.quality.cleanup import split_sentences
from digestbot.quality.pieces import read_number, split_pieces

_NUMBER = re.compile(r"(?P<lead>[\s#*•·>\-]{0,12}[（(]?)(?P<number>\d{1,2})(?P<close>[)）.、．](?!\d))")
_NUMBER_INSIDE = re.compile(r"[。！？；;!?.]\s*[（(]?\d{1,2}[)）.、．](?!\d)")
_LABEL_BULLET = re.compile(
    r"\s{0,9}[-*•·]\s{1,9}(?P<label>(?:主要)?(?:创新点?|创新性|性能|工作量|工作负载|负载"
    r"|(?i:innovation(?: points?)?|performance|workload))[^：:，。\n]{0,12}[:：])\s{0,9}"
)
_SECTION_LABEL = re.compile(
    r"\s{0,9}(?:[-*•·]\s{0,9})?(?:总结|结论|综述|摘要|概述|方法|(?i:summary|conclusions?|abstract"
    r"|methods?))\s{0,9}[:：]\s{0,9}"
)
_OPEN_END = "；;，,、 \t"
_MAX_TITLE, _MAX_TITLES, _MAX_LABEL = 24, 80, 60
_ACT = re.compile(
    r"提出|构建|使用|利用|采用|设计|通过|训练|引入|生成[^器模]|将|对|以|优化|实现|收集|提取|计算|了|是|可|能|有|在"
    r"|为|从"
)


def mend_lists(text: str) -> str:
    """The text with the numbers of its lists without gaps, and its last sentence with a stop."""
    lines = [line for line in map(_mend_label, text.split("\n")) if line.strip()]
    if len(lines) > 1 or _NUMBER.match(text):
        lines = _renumber(lines)
    if not lines or has_only_titles(lines):
        return ""
    last = lines[-1]
    bare = last.rstrip(_OPEN_END)
    if bare != last:
        lines[-1] = f"{bare}{'' if bare[-1:] in '。.!！?？:：' else '.' if bare.isascii() else '。'}"
    return "\n".join(lines)


def _mend_label(line: str) -> str:
    """A label of an appraisal's part is no item of the list under it; a section's name is no label in it."""
    if len(line) <= _MAX_LABEL and _SECTION_LABEL.fullmatch(line):
        return ""
    match = _LABEL_BULLET.fullmatch(line) if len(line) <= _MAX_LABEL else None
    return match["label"] if match else line


def _renumber(lines: list[str]) -> list[str]:
    counts: dict[str, int] = {}
    return [_renumber_inside(_renumber_line(line, counts)) for line in lines]


def _renumber_line(text: str, counts: dict[str, int]) -> str:
    """A line or sentence with the number that comes next in its list; a 1 begins another list."""
    numbered = read_number(text)
    if numbered is None:
        return text
    style, number = numbered
    last = counts.get(style, 0)
    wanted = min(number, last + 1)
    counts[style] = wanted
    if wanted == number:
        return text
    match = _NUMBER.match(text)
    return f"{match['lead']}{wanted}{text[match.end('number') :]}" if match else text


def _renumber_inside(line: str) -> str:
    """A line with several items of a list."""
    if not _NUMBER_INSIDE.search(line):
        return line
    sentences = split_sentences(line)
    counts: dict[str, int] = {}
    first = read_number(sentences[0])
    if first:
        counts[first[0]] = first[1] - 1
    return "".join(_renumber_line(sentence, counts) for sentence in sentences)


def has_only_titles(lines: list[str]) -> bool:
    """Whether there are only titles of items, and nothing about any of them."""
    if sum(map(len, lines)) > _MAX_TITLES:
        return False
    pieces = [piece for line in lines for piece in split_pieces(line) if piece.text.strip()]
    if len(pieces) < 2:
        return False
    return all(
        bool(read_number(piece.text))
        and len(piece.content) <= _MAX_TITLE
        and not piece.content.isascii()
        and "，" not in piece.content
        and not _ACT.search(piece.content)
        for piece in pieces
    )
