"""Plain text: removal of characters that no renderer may pass on, and formulas where LaTeX cannot be typeset."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from functools import lru_cache

from digestbot.late_patterns import compile_late

_CONTROL_CHARACTERS = compile_late(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_LONG_NUMBER = compile_late(r"&#0*+\d{8,}+;?")
_SCRIPTS = {
    "^": str.maketrans(
        "0123456789+-=()abcdefghijklmnoprstuvwxyz*ABDEGHIJKLMNOPRTUVWαβγδθφχ−′∘⊤†‡",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ*ᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵅᵝᵞᵟᶿᵠᵡ⁻′°ᵀ†‡",
    ),
    "_": str.maketrans(
        "0123456789+-=()aehijklmnoprstuvxβγρφχ−ABCDEFGHIJKLMNOPRSTUVWYZ",
        "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ₋ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ",
    ),
}
"""Raised and lowered characters. Unicode lowers no capital letters: small ones stand on the line instead."""
_SCRIPT = compile_late(r"([_^])\s?(?:\{([^{}]+)\}|([^\s{}\\_^]))")
_LATEX_COMMAND = compile_late(
    r"\\(?:math(?:rm|bf|cal|bb|sf|it|tt|frak|scr)|text(?:bf|it|rm|sf|tt|sc)?|operatorname\*?|bm|boldsymbol|mbox|mathop)"
    r"\{([^{}]*)\}"
)
_SCRIPT_COMMAND = compile_late(rf"([_^])\s?{_LATEX_COMMAND.pattern}")
_GROUP = compile_late(r"(?<![A-Za-z_^}])\{([^{}]*)\}")
_LATEX_ACCENTS = {"hat": "\u0302", "widehat": "\u0302", "bar": "\u0304", "overline": "\u0304", "tilde": "\u0303",
                  "widetilde": "\u0303", "vec": "\u20d7", "dot": "\u0307", "ddot": "\u0308"}  # fmt: skip
_LATEX_ACCENT = compile_late(rf"\\({'|'.join(_LATEX_ACCENTS)})(?:\{{([^{{}}\\])\}}|\s*([^\W\d_]))")
_LATEX_FRACTION = compile_late(r"\\[dt]?frac\{([^{}]*)\}\{([^{}]*)\}")
_LATEX_ROOT = compile_late(r"\\sqrt\{([^{}]*)\}")
_LATEX_SIZE = compile_late(r"\\(?:left|right|[bB]igg?[lr]?|displaystyle|textstyle|limits|nolimits)(?![a-zA-Z])\s*")
_NOT_WRITTEN, _NOT_SET = compile_late(r"[\\{}]"), compile_late(r"[\\{}_^]")
"""What LaTeX leaves where a formula is not written out, and where it is not set."""
_LITERALS = str.maketrans("\x00\x01\x02", "_{}")
_ONE_TERM = compile_late(r"[\w.′]*")
_MAX_NESTING = 3
_GREEK = (
    "alpha α beta β gamma γ delta δ epsilon ε varepsilon ε zeta ζ eta η theta θ vartheta ϑ iota ι kappa κ lambda λ "
    "mu μ nu ν xi ξ pi π rho ρ sigma σ tau τ upsilon υ phi φ varphi φ chi χ psi ψ omega ω Gamma Γ Delta Δ Theta Θ "
    "Lambda Λ Xi Ξ Pi Π Sigma Σ Upsilon Υ Phi Φ Psi Ψ Omega Ω ell ℓ hbar ħ nabla ∇ partial ∂ infty ∞ "
    "forall ∀ exists ∃ emptyset ∅"
)
_OPERATORS = (
    "times × cdot · div ÷ pm ± mp ∓ ast ∗ star ⋆ circ ∘ bullet • oplus ⊕ otimes ⊗ odot ⊙ sum ∑ prod ∏ int ∫ sqrt √ "
    "sim ~ simeq ≃ approx ≈ cong ≅ equiv ≡ propto ∝ neq ≠ ne ≠ leq ≤ le ≤ geq ≥ ge ≥ ll ≪ gg ≫ lesssim ≲ gtrsim ≳ "
    "in ∈ notin ∉ subset ⊂ subseteq ⊆ supset ⊃ cup ∪ cap ∩ setminus ∖ wedge ∧ vee ∨ neg ¬ "
    "to → rightarrow → longrightarrow → leftarrow ← leftrightarrow ↔ Rightarrow ⇒ Leftrightarrow ⇔ mapsto ↦ uparrow ↑ "
    "downarrow ↓ ldots … dots … cdots ⋯ mid | vert | lvert | rvert | Vert ‖ lVert ‖ rVert ‖ langle ⟨ rangle ⟩ "
    "lfloor ⌊ rfloor ⌋ lceil ⌈ rceil ⌉ prime ′ dagger † degree ° perp ⊥ parallel ∥ top ⊤ angle ∠"
)
_FUNCTIONS = "log ln exp sin cos tan min max arg sup inf lim det dim deg gcd tanh Pr"
_NAMED = (_GREEK + " " + _OPERATORS).split()
_LATEX_SYMBOLS = {
    **{f"\\{name}": sign for name, sign in zip(_NAMED[::2], _NAMED[1::2], strict=True)},
    **{f"\\{name}": name for name in _FUNCTIONS.split()},
    r"\%": "%", r"\_": "\x00", r"\{": "\x01", r"\}": "\x02",
    r"\#": "#", r"\&": "&", r"\$": "$", r"\,": " ", r"\;": " ", r"\:": " ", r"\!": "",
    r"\ ": " ", r"\quad": " ", r"\qquad": " ", r"\|": "‖",
}  # fmt: skip
_LATEX_SYMBOL = compile_late(
    "|".join(
        sorted(
            (
                re.escape(name)
                + (r"(?![a-zA-Z{])" if name == r"\sqrt" else r"(?![a-zA-Z])" if name[-1].isalpha() else "")
                for name in _LATEX_SYMBOLS
            ),
            key=len,
            reverse=True,
        )
    )
)


def drop_control_characters(text: str) -> str:
    """Remove control characters: a title must not move the cursor or reverse the text direction."""
    return _CONTROL_CHARACTERS.sub("", text)


def to_one_line(text: str) -> str:
    """The text without a feed's line wrapping and without control characters."""
    return drop_control_characters(" ".join(text.split()))


def decode_entities(text: str) -> str:
    """The text with HTML's entities as characters. A number that Python would refuse to read is no character."""
    return html.unescape(_LONG_NUMBER.sub("\ufffd", text)) if "&" in text else text


def replace_unprintable(text: str) -> str:
    """One line of text for a terminal, with control characters replaced by a visible mark."""
    return "".join(char if char.isprintable() else "�" for char in text)


@lru_cache(maxsize=2048)
def math_to_text(source: str) -> str:
    """LaTeX in plain characters: ``\\times`` as ×, ``^3`` as ³, fractions with /.

    A formula is set as a whole, or not at all: if a raised or lowered part has no characters of its own, all of them
    are written with ^ and _, and a formula with a command that is not known is shown as it is.
    """
    set_text = _write_formula(source, _set_script)
    if not _NOT_SET.search(set_text):
        return set_text.translate(_LITERALS)
    spelled = _write_formula(source, _spell_script)
    return source if _NOT_WRITTEN.search(spelled) else spelled.translate(_LITERALS)


@lru_cache(maxsize=2048)
def math_to_scripts(source: str) -> str:
    """The same for markup that raises and lowers: each such part is left as ``^{…}`` or ``_{…}``.

    Empty if such markup cannot set it: a part within a part, or a command that is not known.
    """
    text = _write_formula(source, _group_script)
    rest = _SCRIPT.sub(lambda match: match[2] or match[3], text)
    return "" if _NOT_SET.search(rest) else text.translate(_LITERALS)


def _write_formula(source: str, write_script: Callable[[re.Match[str]], str]) -> str:
    text = _LATEX_SYMBOL.sub(
        lambda match: _LATEX_SYMBOLS[match.group()], _LATEX_SIZE.sub("", source)
    )  # before what follows a name loses its backslash
    for _ in range(_MAX_NESTING):
        before, text = text, _write_innermost(text, write_script)
        if text == before:
            break
    return text


def _write_innermost(text: str, write_script: Callable[[re.Match[str]], str]) -> str:
    """The formula with the commands, fractions and scripts that hold no others as plain characters."""
    text = _SCRIPT_COMMAND.sub(r"\1{\2}", text)
    text = _LATEX_COMMAND.sub(r"\1", text)
    text = _LATEX_ACCENT.sub(lambda match: (match[2] or match[3]) + _LATEX_ACCENTS[match[1]], text)
    text = _LATEX_ROOT.sub(lambda match: f"√{_put_in_brackets(match[1])}", text)
    text = _LATEX_FRACTION.sub(lambda match: f"{_put_in_brackets(match[1])}/{_put_in_brackets(match[2])}", text)
    return _GROUP.sub(r"\1", _SCRIPT.sub(write_script, text))


def _set_script(match: re.Match[str]) -> str:
    """A raised or lowered part in characters of its own; as it is if there are none for it."""
    table, inner = _SCRIPTS[match[1]], match[2] or match[3]
    has_characters = all(ord(character) in table or character == " " for character in inner)
    return inner.translate(table) if has_characters else match[0]


def _spell_script(match: re.Match[str]) -> str:
    return f"{match[1]}{_put_in_brackets(match[2]) if match[2] else match[3]}"


def _group_script(match: re.Match[str]) -> str:
    return f"{match[1]}{{{match[2] or match[3]}}}"


def _put_in_brackets(term: str) -> str:
    return term if _ONE_TERM.fullmatch(term) else f"({term})"
