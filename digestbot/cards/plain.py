"""Text as plain characters: what no renderer lets through, and formulas where LaTeX cannot be set."""

from __future__ import annotations

import re

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_SUPER = str.maketrans("0123456789+-=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ")
_SCRIPT = re.compile(r"\^(?:\{([0-9+\-=()n]+)\}|([0-9n]))")
_SUB = str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")
_INDEX = re.compile(r"_(?:\{([0-9]+)\}|([0-9]))")
_COMMAND = re.compile(r"\\(?:mathrm|mathbf|mathcal|text|textbf|textit|mathbb|operatorname)\{([^{}]*)\}")
_SYMBOLS = {
    r"\times": "×", r"\sim": "~", r"\approx": "≈", r"\pm": "±", r"\leq": "≤", r"\geq": "≥", r"\to": "→",
    r"\rightarrow": "→", r"\alpha": "α", r"\beta": "β", r"\gamma": "γ", r"\lambda": "λ", r"\sigma": "σ",
    r"\mu": "μ", r"\epsilon": "ε", r"\infty": "∞", r"\cdot": "·", r"\%": "%", r"\_": "_", r"\,": " ",
}  # fmt: skip
_SYMBOL = re.compile(
    "|".join(
        sorted(
            (re.escape(name) + (r"(?![a-zA-Z])" if name[-1].isalpha() else "") for name in _SYMBOLS),
            key=len,
            reverse=True,
        )
    )
)


def safe(text: str) -> str:
    """Text without control characters: a title must not move the cursor, nor turn the line's direction."""
    return _CONTROL.sub("", text)


def printable(text: str) -> str:
    """One line of text for a terminal, with a mark where something stood that it would obey."""
    return "".join(char if char.isprintable() else "�" for char in text)


def readable_math(source: str) -> str:
    """LaTeX as near to its look as plain characters go: ``\\times`` as ×, ``^3`` as ³, the rest as its source."""
    text = _SYMBOL.sub(lambda match: _SYMBOLS[match.group()], source)  # before what follows a name loses its backslash
    text = _COMMAND.sub(r"\1", text)
    text = _SCRIPT.sub(lambda match: (match[1] or match[2]).translate(_SUPER), text)
    return _INDEX.sub(lambda match: (match[1] or match[2]).translate(_SUB), text)
