"""Which part of a paper is asked for, in whatever place of the line: “the abstract of 2”, 2611.90112的图."""

from __future__ import annotations

import re

from digestbot.core.lines.typed_line import parse_list_numbers
from digestbot.domain.paper import find_paper_ids
from digestbot.late_patterns import compile_late

_PARTS = {
    "摘要": "abstract", "原文摘要": "abstract", "解读": "analysis", "分析": "analysis", "全文": "full", "详情": "full",
    "图": "figures", "插图": "figures", "图片": "figures", "figure": "figures", "pictures": "figures",
}  # fmt: skip
_PART_FIRST = compile_late(
    r"(?:the )?(?P<part>abstract|analysis|figures?|pictures) (?:of|for|from) (?P<paper>.{1,80})", re.IGNORECASE
)
_PART_LAST = compile_late(
    r"(?:看看|看|查看)?(?P<paper>.{1,80}?)\s?的?\s?(?P<part>原文摘要|摘要|解读|分析|插图|图片|图|全文|详情)"
)


def name_part_last(args: tuple[str, ...]) -> tuple[str, ...]:
    """The words with the part of the paper that they ask for last: “the abstract of 2”, 2611.90112的图."""
    text = " ".join(args)
    match = _PART_FIRST.fullmatch(text) or _PART_LAST.fullmatch(text)
    if match is None or not (find_paper_ids(match["paper"]) or parse_list_numbers(match["paper"])):
        return args
    part = match["part"].casefold()
    return (*match["paper"].split(), _PARTS.get(part, part))
