"""The one-line summary and the takeaways of an entry, found by their structure.

Between a paper's link and its analysis stand two blocks: a label and some text, a label and a list. The
labels are bold, headings or short lines, in any language; what makes them labels is where they stand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from digestbot.sources.analysis import kind_of

_ITEM = re.compile(
    r"\s*(?:[-*+•·▪◦–]\s+|[•·▪◦]\s*|[-*](?=[^\s*\-])|[（(]?(?P<number>\d{1,2})[.)、．）]\s*)(?P<text>.+)"
)
_BOLD = re.compile(
    r"\s*(?:#{2,6}\s*(?P<heading>.+?)\s*#*|(?:\*\*|__)(?P<bold>[^*\n]+?)(?:\*\*|__)(?P<after>\s*[:：]?\s*.*))\s*$"
)
_LINKED = re.compile(r"\s*(?:\*\*)?\[[^\]]*\]\([^)]*\)(?:\*\*)?\s*$")
_SHORT = re.compile(r"\s*[^\s。！？；.!?;][^。！？；!?;\n]{0,23}\s*$")
_ENDS = re.compile(r"\s*(?:<(?:ol|ul|p|pre|details|div|!--)\b|<!--|#{1,6}\s|-{3,}\s*$|\*{3,}\s*$)", re.IGNORECASE)


@dataclass(slots=True)
class Blocks:
    """What was found: the headline, the takeaways, and ``rest``, the index of the first line after them."""

    headline: str = ""
    takeaways: list[str] = field(default_factory=list)
    outro: list[str] = field(default_factory=list)
    rest: int = 0


def read_blocks(lines: list[str]) -> Blocks:
    """Read the lines that follow a paper's link."""
    first = _first_list(lines)
    if first is None:
        end = next((i for i, line in enumerate(lines) if _LINKED.match(line) or _ENDS.match(line)), len(lines))
        return _without_list(lines[:end], end)
    second = _second_list(lines, first)
    blocks = Blocks(rest=first)
    if second is not None and _labels_only(lines[:first]):
        items = _read_items(lines, first, Blocks())
        blocks.headline = " ".join(items.takeaways)
        first = second
    else:
        blocks.headline = _headline(lines[:first])
    return _read_items(lines, first, blocks)


def _without_list(lines: list[str], rest: int) -> Blocks:
    """Takeaways that nobody marked as a list: the lines under the second label."""
    labels = [i for i, line in enumerate(lines) if _label(line)]
    if len(labels) < 2 or labels[-1] == labels[0] + 1:
        return Blocks(_headline(lines), rest=rest)
    under = [_plain(line) for line in lines[labels[-1] + 1 :] if line.strip()]
    return Blocks(_text([line for line in lines[: labels[-1]] if line.strip()]), under, rest=rest)


def _first_list(lines: list[str]) -> int | None:
    for index, line in enumerate(lines):
        if _LINKED.match(line) or (_ENDS.match(line) and not _label(line)):
            return None
        if _item(line):
            return index
    return None


def _second_list(lines: list[str], first: int) -> int | None:
    labelled = False
    for index in range(first, len(lines)):
        if _LINKED.match(lines[index]) or (_ENDS.match(lines[index]) and not _label(lines[index])):
            return None
        labelled = labelled or _label(lines[index])
        if labelled and _item(lines[index]):
            return index
    return None


def _labels_only(lines: list[str]) -> bool:
    """Whether only one label, and no text, stands before the first list: then that list is the summary."""
    filled = [line for line in lines if line.strip()]
    return len(filled) == 1 and (_label(filled[0]) or bool(_SHORT.match(filled[0])))


def _read_items(lines: list[str], start: int, blocks: Blocks) -> Blocks:
    index, gap, count = start, False, 0
    while index < len(lines):
        line = lines[index]
        item = _item(line)
        if _LINKED.match(line) or _ENDS.match(line) or (item is None and _label(line)):
            break
        if item is not None:
            number = int(item["number"] or 0)
            if number and _begins_analysis(item["text"], number, count, bulleted=not _numbered(lines[start])):
                break
            count = number or count
            blocks.takeaways.append(_plain(item["text"]))
        elif line.strip() and (line[0].isspace() and not gap):
            blocks.takeaways[-1] += " " + _plain(line)
        elif line.strip():
            blocks.outro.append(line)
        gap = not line.strip()
        index += 1
    blocks.rest = index
    return blocks


def _begins_analysis(text: str, number: int, count: int, *, bulleted: bool) -> bool:
    """Whether a numbered line after the takeaways is the analysis: it has its names, or its own numbers."""
    named = kind_of(re.split(r"[:：]", text, maxsplit=1)[0].strip(" *")) and re.search(r"[:：]", text)
    return bool(named) or bulleted or number < count


def _numbered(line: str) -> bool:
    item = _item(line)
    return bool(item and item["number"])


def _headline(lines: list[str]) -> str:
    """The text between the first label and the takeaways' own."""
    filled = [line for line in lines if line.strip()]
    if not filled:
        return ""
    body = filled[:-1] if len(filled) > 1 and _is_takeaways_label(filled) else filled
    if len(filled) > 1 and body is filled and len(filled) > 2 and _label(filled[-2]):
        body = filled[:-2]  # the last line only introduces the list
    return _text(body)


def _text(body: list[str]) -> str:
    """The lines without the label that they begin with."""
    labelled = len(body) > 1 or _label(body[0]) or _label_with_text(body[0])
    text = [_without_label(body[0]), *body[1:]] if labelled else body
    return " ".join(filter(None, (_plain(line) for line in text)))


def _is_takeaways_label(filled: list[str]) -> bool:
    last = filled[-1]
    if _label(last):
        return True
    introduces = last.rstrip().endswith((":", "："))
    if introduces and any(_label(line) for line in filled[1:-1]):
        return False
    return bool(_SHORT.match(last)) and (introduces or len(filled) > 2) and not _label_with_text(last)


def _label(line: str) -> bool:
    """A bold line or a heading, alone on its line."""
    match = _BOLD.match(line)
    return bool(match) and not (match["after"] or "").strip(" :：") if match else False


def _label_with_text(line: str) -> bool:
    match = _BOLD.match(line)
    return bool(match and (match["after"] or "").strip(" :："))


def _without_label(line: str) -> str:
    """The first line of the summary: a label alone is dropped, a label before text is cut off."""
    match = _BOLD.match(line)
    if match and match["bold"] and len(match["bold"]) <= 24:
        return (match["after"] or "").strip(" :：")
    if match:
        return ""
    named = re.match(r"\s*(?:summary|摘要|概述|总结|總結)\s*[:：]\s*", line, re.IGNORECASE)
    if named:
        return line[named.end() :]
    return "" if _SHORT.match(line) else line


def _item(line: str) -> re.Match[str] | None:
    return None if line.lstrip().startswith("**") else _ITEM.match(line)


def _plain(text: str) -> str:
    """The line without bold marks and needless space: inside, text is plain."""
    return re.sub(r"\*\*([^*\n]+)\*\*", r"\1", " ".join(text.replace("\u200b", "").split()))
