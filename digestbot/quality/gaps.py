"""What a section announces and does not have: a lost formula, a title's text; and a summary that begins anew."""

from __future__ import annotations

import re
from itertools import zip_longest

from digestbot.quality.pieces import Unit, is_bullet

_MAX_TITLE = 24
_MAX_PART = 8
_FORMULA_NEXT = re.compile(
    r"(?:表示|表达|定义|计算|写|给出|描述|构造|更新|公式化|建模)(?:为|成|如下)?\s?[:：]\s?$"
    r"|(?:公式|方程|等式|函数|损失)(?:为|是|如下(?:所示)?)\s?[:：]\s?$|(?i:\b(?:as|by|as follows)\s?:\s?$)"
)
_AS_FOLLOWS = re.compile(r"(?:如下(?:所示)?|(?:表示|定义)为)\s?[:：]\s?$")
_SYMBOLS = re.compile(r"\s?(?:其中[，,\s]?|式中|这里[，,]?\s?|(?i:where )\s?)(?=[A-Za-zα-ωΑ-Ω\\$∑∥ˆ])")
_MAX_EQUATIONS = 3
_EQUATION = re.compile(r"[A-Za-zα-ωΑ-Ω∆′)\]}\d]\s?=\s?(?=[A-Za-zα-ωΑ-Ω∆∑{(\[∥√−])")
_DOLLARS = re.compile(r"\$[^$\n]{1,300}\$")
_STATES = re.compile(
    r"[，。；;：:,=\d]|[是将把对了使让用]|提出|通过|利用|采用|生成|优于|提高|实现|不[^同]|没有|可以|能够"
)
_LETTER = re.compile(r"\s{0,9}(?:[-*•]\s)?[（(]?(?P<letter>[a-hA-H](?=[)）])|[①-⑨❶-❾])[)）.、]?[\s:：]{0,9}")
_SUMMARY_LABEL = re.compile(r"(?:内容|文章|论文|全文)?(?:摘要|总结|概述|概括)(?:部分)?\s?\**[:：]\s{0,9}")


def drop_gaps(units: list[Unit]) -> int:
    """Drop what announces something that is not there; returns how many characters only said the rest again."""
    restated = 0
    kept = [unit for unit in units if unit.is_kept]
    for unit, following in zip_longest(kept, kept[1:]):
        if unit.is_kept:
            _close_formula_gap(unit, following)
    _drop_equations(kept)
    for index, unit in enumerate(kept):
        if _restates(kept, index):
            restated += _drop_restatement(unit, kept[index + 1 :])
        unit.is_kept = unit.is_kept and not (_is_bare_title(kept, index) or _is_bare_part(unit))
    _drop_broken_letters([unit for unit in kept if unit.is_kept])
    return restated


def _drop_equations(units: list[Unit]) -> None:
    """Drop what was copied from the paper's formulas, which lost their form."""
    counts = [len(_EQUATION.findall(_DOLLARS.sub(" ", unit.text))) if "=" in unit.text else 0 for unit in units]
    least = 1 if sum(counts) >= _MAX_EQUATIONS else 2
    for unit, count in zip(units, counts, strict=True):
        unit.is_kept = unit.is_kept and count < least


def _close_formula_gap(unit: Unit, following: Unit | None) -> None:
    """Drop an announcement of a formula before what explains its symbols, and the explanation."""
    if not unit.announces or not unit.sentences:
        return
    last = unit.sentences[-1]
    explains = following is not None and bool(_SYMBOLS.match(following.text))
    is_lost = (
        _FORMULA_NEXT.search(last) and following is not None and not (following.number or is_bullet(following.text))
    )
    if not (explains and _AS_FOLLOWS.search(last)) and not (is_lost and "=" not in following.text[:120]):  # type: ignore[union-attr]
        return
    _drop_sentence(unit, -1)
    if explains:
        _drop_sentence(following, 0)  # type: ignore[arg-type]  # what explains is there


def _drop_sentence(unit: Unit, place: int) -> None:
    sentences = list(unit.sentences)
    del sentences[place]
    unit.replace_sentences(sentences)
    unit.is_kept = bool(sentences)


def _is_bare_title(units: list[Unit], index: int) -> bool:
    """Whether a numbered title has nothing under it, where another title of its list has."""
    unit = units[index]
    if not _is_title(unit) or _has_text_below(units, index):
        return False
    return any(
        other.number and other.number[0] == unit.number[0] and _is_title(other) and _has_text_below(units, place)  # type: ignore[index]  # a title has a number
        for place, other in enumerate(units)
    )


def _is_title(unit: Unit) -> bool:
    text = unit.text[len(unit.marker) :].strip(" *")
    return bool(unit.number) and 0 < len(text) <= _MAX_TITLE and not _STATES.search(text)


def _has_text_below(units: list[Unit], index: int) -> bool:
    return index + 1 < len(units) and (units[index + 1].number is None or units[index + 1].number[1] == 1)  # type: ignore[index]


def _is_bare_part(unit: Unit) -> bool:
    """Whether a part of an appraisal has a word instead of a statement."""
    text = "".join(unit.sentences).strip(" *。；;.：:")
    return (
        unit.is_part and not unit.announces and text.isascii() and len(text) <= _MAX_PART and not _STATES.search(text)
    )


def _restates(units: list[Unit], index: int) -> bool:
    """Whether a paragraph behind a list begins the summary anew."""
    unit = units[index]
    if not index or unit.number or not _SUMMARY_LABEL.match(unit.text):
        return False
    return any(other.number for other in units[:index])


def _drop_restatement(unit: Unit, following: list[Unit]) -> int:
    has_more = unit.announces and following and not following[0].number and not is_bullet(following[0].text)
    restated = [unit, following[0]] if has_more else [unit]
    for one in restated:
        one.is_kept = False
    return sum(len(one.text) for one in restated)


def _drop_broken_letters(units: list[Unit]) -> None:
    """Items with letters or circled figures have dots where one of them is missing."""
    matches = [(unit, match) for unit in units if (match := _LETTER.match(unit.text))]
    letters = [match["letter"] for _, match in matches]
    is_whole = all(_follows(before, letter) for before, letter in zip(["", *letters], letters, strict=False))
    for unit, match in () if is_whole else matches:
        unit.rewrite(f"- {unit.text[match.end() :]}")


def _follows(before: str, letter: str) -> bool:
    return letter in "aA①❶" or (bool(before) and ord(letter) == ord(before) + 1)
