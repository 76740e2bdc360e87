"""What is wrong with an expression, and where."""

from __future__ import annotations

from digestbot.errors import CommandError

_MAX_SHOWN = 60


class QueryError(CommandError):
    """An expression that means nothing, because of the ``length`` characters from ``position`` on.

    ``key`` and ``values`` name the sentence in the locale (``error.query_…``): ``text`` among the values is what stands
    there, and ``place`` counts its first character from 1. ``mended`` is the expression with what may be meant instead
    (``likely``); both are empty if nothing is near.
    """

    def __init__(self, key: str, expression: str, position: int, length: int, likely: str = "") -> None:
        self.expression = expression
        self.position = position
        self.length = length
        end = position + length
        self.likely = likely
        self.mended = f"{expression[:position]}{likely}{expression[end:]}" if likely else ""
        values = {"text": expression[position : min(end, position + _MAX_SHOWN)], "place": position + 1}
        super().__init__(f"{key}_likely" if likely else key, **values, **({"likely": likely} if likely else {}))
