"""Plain text: removal of characters that no renderer may pass on, and formulas where LaTeX cannot be typeset."""

from __future__ import annotations

import html
import re

_CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_LONG_NUMBER = re.compile(r"&#0*+\d{8,}+;?")
_SUPERSCRIPTS = str.maketrans("0123456789+-=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ")
_SUPERSCRIPT = re.compile(r"\^(?:\{([0-9+\-=()n]+)\}|([0-9n]))")
_SUBSCRIPTS = str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")
_SUBSCRIPT = re.compile(r"_(?:\{([0-9]+)\}|([0-9]))")
_LATEX_COMMAND = re.compile(r"\\(?:mathrm|mathbf|mathcal|text|textbf|textit|mathbb|operatorname)\{([^{}]*)\}")
_LATEX_SYMBOLS = {
    r"\times": "×", r"\sim": "~", r"\approx": "≈", r"\pm": "±", r"\leq": "≤", r"\geq": "≥", r"\to": "→",
    r"\rightarrow": "→", r"\alpha": "α", r"\beta": "β", r"\gamma": "γ", r"\lambda": "λ", r"\sigma": "σ",
    r"\mu": "μ", r"\epsilon": "ε", r"\infty": "∞", r"\cdot": "·", r"\%": "%", r"\_": "_", r"\,": " ",
}  # fmt: skip
_LATEX_SYMBOL = re.compile(
    "|".join(
        sorted(
            (re.escape(name) + (r"(?![a-zA-Z])" if name[-1].isalpha() else "") for name in _LATEX_SYMBOLS),
            key=len,
            reverse=True,
        )
    )
)


def drop_control_characters(text: str) -> str:
    """Remove control characters: a title must not move the cursor or reverse the text direction."""
    return _CONTROL_CHARACTERS.sub("", text)


def decode_entities(text: str) -> str:
    """The text with HTML's entities as characters. A number that Python would refuse to read is no character."""
    return html.unescape(_LONG_NUMBER.sub("\ufffd", text)) if "&" in text else text


def replace_unprintable(text: str) -> str:
    """One line of text for a terminal, with control characters replaced by a visible mark."""
    return "".join(char if char.isprintable() else "�" for char in text)


def math_to_text(source: str) -> str:
    """Approximate LaTeX in plain characters: ``\\times`` as ×, ``^3`` as ³, and source for the rest."""
    text = _LATEX_SYMBOL.sub(
        lambda match: _LATEX_SYMBOLS[match.group()], source
    )  # before what follows a name loses its backslash
    text = _LATEX_COMMAND.sub(r"\1", text)
    text = _SUPERSCRIPT.sub(lambda match: (match[1] or match[2]).translate(_SUPERSCRIPTS), text)
    return _SUBSCRIPT.sub(lambda match: (match[1] or match[2]).translate(_SUBSCRIPTS), text)
