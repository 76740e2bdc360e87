"""What is left of a section when some of its paragraphs and items went: nothing that announces what is not there.

A list that lost an item has no numbers any more: its items have dots, or stand under their labels.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from digestbot.quality.pieces import Unit, close_sentence, is_bullet, parse_unit, split_glued, tie_units

_SECTION_LABEL = re.compile(
    r"\s{0,9}(?:[-*•·]\s{0,9})?(?:总结|结论|综述|摘要|概述|方法|(?i:summary|conclusions?|abstract"
    r"|methods?))\s{0,9}[:：]?\s{0,9}"
)
_COUNTED = re.compile(
    r"(?:[2-9两二三四五六七八九]|一些|多)\s?(?:个|种|大|项|点|类|部分|步|阶段|方面)"
    r"|(?i:\b(?:two|three|four|five|six|seven) )"
)
_PSEUDOCODE = re.compile(r"伪代码|(?i:pseudo-?code)|算法(?:流程|步骤)?(?:如下|总结如下)")
_MAX_TITLE, _MAX_TITLES, _MAX_LABEL = 24, 80, 60
_ACT = re.compile(
    r"提出|构建|使用|利用|采用|设计|通过|训练|引入|生成[^器模]|将|对|以|优化|实现|收集|提取|计算|了|是|可|能|有|在"
    r"|为|从|更|最|很|较"
)
_MIN_ITEMS = 3


def read_units(body: str) -> list[Unit]:
    """The paragraphs and items of a section."""
    units = [parse_unit(one) for line in body.split("\n") for one in split_glued(line) if one.strip()]
    tie_units(units)
    return units


def write_units(units: list[Unit]) -> str:
    """What is kept of a section, as lines."""
    for unit in reversed(units):
        if unit.is_kept and _announces_nothing(unit):
            unit.replace_sentences(unit.sentences[:-1])
            unit.is_kept = unit.has_content
    kept = [unit for unit in units if unit.is_kept]
    tie_units(kept)
    kept = [unit for unit in kept if unit.announced or not unit.announces]
    if not kept or has_only_titles(kept):
        return ""
    broken = _find_broken_numbers(kept, has_lost=len(kept) < len(units))
    lines = [
        _write_without_number(unit, is_alone=broken[id(unit)]) if id(unit) in broken else unit.text for unit in kept
    ]
    return "\n".join((*lines[:-1], close_sentence(lines[-1])))


def _announces_nothing(unit: Unit) -> bool:
    """Whether a unit is a section's name, or a label or an announcement of what is not kept."""
    if len(unit.text) <= _MAX_LABEL and _SECTION_LABEL.fullmatch(unit.text):
        return True
    return unit.announces and not any(one.is_kept for one in unit.announced)


def keep_counted(units: list[Unit]) -> None:
    """Keep all of what a unit announces by its number, "three parts:", if any of it is kept."""
    for unit in units:
        if (
            unit.announces
            and unit.is_kept
            and _COUNTED.search(unit.text)
            and any(one.is_kept for one in unit.announced)
        ):
            for one in unit.announced:
                one.is_kept = True


def drop_pseudocode(units: list[Unit]) -> None:
    """Drop pseudo-code with what announces it: its lines lost their form."""
    for unit in units:
        if unit.announces and _PSEUDOCODE.search(unit.text):
            for one in (unit, *unit.announced):
                one.is_kept = False


def has_lost_most(units: list[Unit]) -> bool:
    """Whether half of a section's list went, or more; paragraphs are none."""
    items = [unit for unit in list_items(units) if unit.number or is_bullet(unit.text)]
    lost = sum(not is_item_kept(unit) for unit in items)
    return len(items) >= _MIN_ITEMS and 2 * lost >= len(items)


def list_items(units: list[Unit]) -> list[Unit]:
    """The units that are not under another one."""
    inside = {id(one) for unit in units for one in unit.announced}
    return [unit for unit in units if id(unit) not in inside]


def is_item_kept(unit: Unit) -> bool:
    """Whether anything of an item is kept."""
    return unit.is_kept and (not unit.announces or any(map(is_item_kept, unit.announced)))


def _find_broken_numbers(units: list[Unit], *, has_lost: bool) -> dict[int, bool]:
    """The units that lose their number, and whether each stands alone: of a list with a gap, or all that is left."""
    lists: list[list[Unit]] = []
    opened: dict[str, list[list[Unit]]] = {}
    broken: list[list[Unit]] = []
    for unit in units:
        if unit.number is None:
            continue
        style, number = unit.number
        stack = opened.setdefault(style, [])
        outer = next((one for one in reversed(stack) if one[-1].number == (style, number - 1)), None)
        if outer is None and (number == 1 or not stack):
            outer = []
            stack.append(outer)
            lists.append(outer)
            if number != 1:
                broken.append(outer)
        elif outer is None:
            outer = stack[-1]
            broken.append(outer)
        outer.append(unit)
    alone = [one for one in lists if len(one) == 1 and (has_lost or len(one[0].text) > _MAX_TITLES)]
    return {id(unit): len(one) == 1 for one in (*broken, *alone) for unit in one}


def _write_without_number(unit: Unit, *, is_alone: bool) -> str:
    """An item with a dot; one that stands alone or before a list of its own, as a paragraph."""
    text = unit.text[len(unit.marker) :].lstrip(" ：:")
    return text if unit.announces or is_alone else f"- {text}"


def has_only_titles(units: Iterable[Unit]) -> bool:
    """Whether there are only titles of items, and nothing about any of them."""
    units = list(units)
    if sum(len(unit.text) - len(unit.marker) for unit in units) > _MAX_TITLES:
        return False
    pieces = [
        (unit, piece)
        for unit in units
        for piece in re.split(r"(?<=[；;])", unit.text[len(unit.marker) :])
        if piece.strip()
    ]
    if len(pieces) < 2:
        return False
    return all(
        unit.number is not None
        and not unit.announces
        and len(piece) <= _MAX_TITLE
        and not piece.isascii()
        and "，" not in piece
        and not _ACT.search(piece)
        for unit, piece in pieces
    )
