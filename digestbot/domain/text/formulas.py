"""Formulas in plain text: LaTeX between dollar signs, told from sums of money."""

from __future__ import annotations

import re
from collections.abc import Iterator

from digestbot.late_patterns import compile_late

FORMULA_PATTERN = r"(?<!\\)\$(?=[^\s$])(?P<math>[^$\n]{1,300}?)(?<=[^\s\\])\$"
"""A dollar sign opens a formula before a non-space and closes one after a non-space. What it finds may still be
:func:`is_money`."""
_FORMULA = compile_late(FORMULA_PATTERN)
_SURE_SIGN = compile_late(r"[\\^_]")
_NO_AMOUNT = compile_late(r"[^\w\s]{1,3}")
_TEX_SIGN = compile_late(r"[\\^_=<>{}]")
_AMOUNT_IN_PROSE = compile_late(r"\d[\d,.]*[\s/(-].*?(?:[A-Za-z]{3}|\b(?:to|or|a|in|at|of|US)\b)")
_END_OF_RANGE = compile_late(r"\s?[-–—~]\s?\d[\d,.]*\s?[kKMB]?")
_CURRENCY_BEFORE = compile_late(r"(?<![A-Za-z])(?:US|AU|CA|NZ|HK|NT|SG|A|C|S|R)$")


def iter_formulas(text: str) -> Iterator[re.Match[str]]:
    """The formulas in order; their LaTeX is the group ``math``."""
    position = 0
    while match := _FORMULA.search(text, position):
        money = is_money(match)
        if not money:
            yield match
        position = match.start() + 1 if money else match.end()


def is_money(match: re.Match[str]) -> bool:
    """Whether what looks like a formula is sums of money: ``5$-10$``, ``$20/month (US$)``, ``US$5 (A$7)``.

    No formula ends before a digit (Pandoc's rule for tex_math_dollars), so that "$5-$6" is money; but for ``$\\pm$5``,
    where nothing else is meant.
    """
    inner = match["math"]
    if match.string[match.end() : match.end() + 1].isdigit() and not _NO_AMOUNT.fullmatch(inner):
        return not _SURE_SIGN.search(inner)
    if _TEX_SIGN.search(inner):
        return False
    before = match.string[max(0, match.start() - 3) : match.start()]
    if before[-1:].isdigit() and _END_OF_RANGE.fullmatch(inner):
        return True
    return bool(_AMOUNT_IN_PROSE.match(inner) or (_CURRENCY_BEFORE.search(before) and not inner[0].isalpha()))
