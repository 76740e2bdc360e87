"""Find an entry's one-line summary and takeaways by their structure.

Between a paper's link and its analysis there are two blocks: a label with text, and a label with a list. The labels are
bold, headings or short lines, in any language, and are recognized by their position.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from digestbot.pages.analysis import classify_section

_LIST_ITEM = re.compile(
    r"\s*(?:[-*+•·▪◦–]\s+|[•·▪◦]\s*|[-*](?=[^\s*\-])|[（(]?(?P<number>\d{1,2})[.)、．）]\s*)(?P<text>.+)"
)
_BOLD_LINE = re.compile(r"\s*(?:##.|(?:\*\*|__)(?P<bold>[^*\n]+?)(?:\*\*|__)(?P<after>.*))")
_LINK_LINE = re.compile(r"\s*(?:\*\*)?\[[^\]]*\]\([^)]*\)(?:\*\*)?\s*$")
_SHORT_LINE = re.compile(r"\s*[^\s。！？；.!?;][^。！？；!?;\n]{0,23}\s*$")
_SUMMARY_END = re.compile(
    r"\s*(?:<(?:ol|ul|p|pre|details|div|!--)\b|<!--|#{1,6}\s|-{3,}\s*$|\*{3,}\s*$)", re.IGNORECASE
)


@dataclass(slots=True)
class ParsedSummary:
    """The headline, the takeaways, and ``end_index``, the index of the first line after them."""

    headline: str = ""
    takeaways: list[str] = field(default_factory=list)
    closing_lines: list[str] = field(default_factory=list)
    end_index: int = 0


def parse_summary(lines: list[str]) -> ParsedSummary:
    """Parse the lines after a paper's link."""
    first_list = _find_first_list(lines)
    if first_list is None:
        end = next(
            (i for i, line in enumerate(lines) if _LINK_LINE.match(line) or _SUMMARY_END.match(line)), len(lines)
        )
        return _parse_unlisted(lines[:end], end)
    second_list = _find_second_list(lines, first_list)
    summary = ParsedSummary(end_index=first_list)
    if second_list is not None and _has_only_label(lines[:first_list]):
        first_items = _parse_items(lines, first_list, ParsedSummary())
        summary.headline = " ".join(first_items.takeaways)
        first_list = second_list
    else:
        summary.headline = _parse_headline(lines[:first_list])
    return _parse_items(lines, first_list, summary)


def _parse_unlisted(lines: list[str], end_index: int) -> ParsedSummary:
    """Takeaways not marked as a list: the lines under the second label."""
    labels = [i for i, line in enumerate(lines) if _is_label(line)]
    if len(labels) < 2 or labels[-1] == labels[0] + 1:
        return ParsedSummary(_parse_headline(lines), end_index=end_index)
    takeaways = [_to_plain_text(line) for line in lines[labels[-1] + 1 :] if line.strip()]
    return ParsedSummary(
        _join_text([line for line in lines[: labels[-1]] if line.strip()]), takeaways, end_index=end_index
    )


def _find_first_list(lines: list[str]) -> int | None:
    for index, line in enumerate(lines):
        if _LINK_LINE.match(line) or (_SUMMARY_END.match(line) and not _is_label(line)):
            return None
        if _match_item(line):
            return index
    return None


def _find_second_list(lines: list[str], first: int) -> int | None:
    has_label = False
    for index in range(first, len(lines)):
        if _LINK_LINE.match(lines[index]) or (_SUMMARY_END.match(lines[index]) and not _is_label(lines[index])):
            return None
        has_label = has_label or _is_label(lines[index])
        if has_label and _match_item(lines[index]):
            return index
    return None


def _has_only_label(lines: list[str]) -> bool:
    """Whether only a label, without text, precedes the first list, so that the list is the summary."""
    non_empty = [line for line in lines if line.strip()]
    return len(non_empty) == 1 and (_is_label(non_empty[0]) or bool(_SHORT_LINE.match(non_empty[0])))


def _parse_items(lines: list[str], start: int, summary: ParsedSummary) -> ParsedSummary:
    index, after_gap, count = start, False, 0
    while index < len(lines):
        line = lines[index]
        item = _match_item(line)
        if _LINK_LINE.match(line) or _SUMMARY_END.match(line) or (item is None and _is_label(line)):
            break
        if item is not None:
            number = int(item["number"] or 0)
            if number and _is_analysis_start(item["text"], number, count, is_bulleted=not _is_numbered(lines[start])):
                break
            count = number or count
            summary.takeaways.append(_to_plain_text(item["text"]))
        elif line.strip() and (line[0].isspace() and not after_gap):
            summary.takeaways[-1] += " " + _to_plain_text(line)
        elif line.strip():
            summary.closing_lines.append(line)
        after_gap = not line.strip()
        index += 1
    summary.end_index = index
    return summary


def _is_analysis_start(text: str, number: int, count: int, *, is_bulleted: bool) -> bool:
    """Whether a numbered line after the takeaways starts the analysis, by its name or its own numbering."""
    has_section_name = classify_section(re.split(r"[:：]", text, maxsplit=1)[0].strip(" *")) and re.search(
        r"[:：]", text
    )
    return bool(has_section_name) or is_bulleted or number < count


def _is_numbered(line: str) -> bool:
    item = _match_item(line)
    return bool(item and item["number"])


def _parse_headline(lines: list[str]) -> str:
    """The text between the first label and that of the takeaways."""
    non_empty = [line for line in lines if line.strip()]
    if not non_empty:
        return ""
    body = non_empty[:-1] if len(non_empty) > 1 and _is_takeaways_label(non_empty) else non_empty
    if len(non_empty) > 1 and body is non_empty and len(non_empty) > 2 and _is_label(non_empty[-2]):
        body = non_empty[:-2]  # the last line introduces the list
    return _join_text(body)


def _join_text(body: list[str]) -> str:
    """Join the lines without their leading label."""
    has_label = len(body) > 1 or _is_label(body[0]) or _is_label_with_text(body[0])
    lines = [_drop_label(body[0]), *body[1:]] if has_label else body
    return " ".join(filter(None, (_to_plain_text(line) for line in lines)))


def _is_takeaways_label(non_empty: list[str]) -> bool:
    last = non_empty[-1]
    if _is_label(last):
        return True
    ends_with_colon = last.rstrip().endswith((":", "："))
    if ends_with_colon and any(_is_label(line) for line in non_empty[1:-1]):
        return False
    return bool(_SHORT_LINE.match(last)) and (ends_with_colon or len(non_empty) > 2) and not _is_label_with_text(last)


def _is_label(line: str) -> bool:
    """Whether it is a bold line or a heading on its own."""
    match = _BOLD_LINE.match(line)
    return bool(match) and not (match["after"] or "").strip(" :：") if match else False


def _is_label_with_text(line: str) -> bool:
    match = _BOLD_LINE.match(line)
    return bool(match and (match["after"] or "").strip(" :："))


def _drop_label(line: str) -> str:
    """The first line without its label; a line that is only a label is dropped."""
    match = _BOLD_LINE.match(line)
    if match and match["bold"] and len(match["bold"]) <= 24:
        return (match["after"] or "").strip(" :：")
    if match:
        return ""
    label = re.match(r"\s*(?:summary|摘要|概述|总结|總結)\s*[:：]\s*", line, re.IGNORECASE)
    if label:
        return line[label.end() :]
    return "" if _SHORT_LINE.match(line) else line


def _match_item(line: str) -> re.Match[str] | None:
    return None if line.lstrip().startswith("**") else _LIST_ITEM.match(line)


def _to_plain_text(text: str) -> str:
    """The line without bold markers and extra spaces, since the text is stored plain."""
    return re.sub(r"\*\*([^*\n]+)\*\*", r"\1", " ".join(text.replace("\u200b", "").split()))
