r"""Plain text with formulas as TeX that prints it and does nothing else.

Every sign that means something to TeX is escaped. Formulas stay as they are where all of their commands are known to
only print: of any other, what a reader would see in plain text is printed. Letters of all scripts stay: biber, Zotero
and JabRef read UTF-8. Braces are written so that they pair, since BibTeX counts them whatever stands before.
"""

from __future__ import annotations

from collections.abc import Iterator

from digestbot.cards.text import math_to_text
from digestbot.citations.tex_formulas import is_settable
from digestbot.domain.text.formulas import iter_formulas
from digestbot.late_patterns import compile_late

_SIGNS = {
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "&": r"\&", "%": r"\%", "#":
    r"\#",
    "_": r"\_", "$": r"\$", "`": r"\textasciigrave{}",
}  # fmt: skip
_PAIRED = {"{": r"\{", "}": r"\}"}
_UNPAIRED = {"{": r"\textbraceleft{}", "}": r"\textbraceright{}"}
_LIGATURES = (("--", "-{}-"), ("''", "'{}'"), ("<<", "<{}<"), (">>", ">{}>"), (",,", ",{},"))
"""What TeX would print as another sign."""
_COMMAND = compile_late(r"\\([A-Za-z]+|.)")
_WORD = compile_late(r"\S+")
_CAPITAL_INSIDE = compile_late(r"(?<=[^\W_])[A-Z]|[A-Z](?![a-z'’])")
"""A capital that is no word's first letter, or is all of it: styles put others into lower case."""
_AROUND_WORDS = ".,:;!?()[]\"'’‘“”"
_PRINTING_COMMANDS = """
    alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi varpi rho varrho
    sigma varsigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega
    mathcal mathbb mathbf mathrm mathit mathsf mathtt mathfrak boldsymbol text textbf textit textrm textsf
    textsc texttt emph rm bf it sf tt cal operatorname hat bar tilde vec dot ddot check breve widehat widetilde overline
    underline
    frac tfrac dfrac sqrt sum prod int oint lim log ln exp sin cos tan min max sup inf arg det dim ker deg gcd Pr
    mod pmod
    bmod cdot cdots ldots dots vdots ddots times div pm mp ast star circ bullet oplus otimes odot wedge vee cap cup
    setminus in notin ni subset subseteq supset supseteq emptyset varnothing leq geq le ge ll gg neq ne equiv approx sim
    simeq cong propto perp parallel mid nmid to rightarrow leftarrow leftrightarrow Rightarrow Leftarrow
    Leftrightarrow longrightarrow mapsto uparrow downarrow hookrightarrow infty partial nabla forall exists neg ell hbar
    Re Im aleph prime angle triangle square dagger ddagger langle rangle lfloor rfloor lceil rceil lVert rVert Vert vert
    left right big Big bigg Bigg quad qquad S P
"""
"""Commands that only print, take nothing but what is printed, and are LaTeX's own or of amsmath
and amssymb: others stop a document that does not load their package."""
_MATHS = frozenset(_PRINTING_COMMANDS.split())
_MATHS_SIGNS = frozenset(",;:!|{}% _&#")
_REFUSED_IN_FORMULA = frozenset("%#&~$")


def escape_tex(text: str, *, protect: bool = False) -> str:
    """The text as TeX; with ``protect``, styles that put titles into lower case leave acronyms and formulas alone."""
    pieces = list(_iter_pieces(text))
    plain = "".join(piece for piece, is_formula in pieces if not is_formula)
    braces = _PAIRED if _is_balanced(plain) else _UNPAIRED
    return "".join(_write(piece, is_formula, braces, protect=protect) for piece, is_formula in pieces)


def _iter_pieces(text: str) -> Iterator[tuple[str, bool]]:
    """Plain text, and the formulas that may stay."""
    end = 0
    for match in iter_formulas(text):
        yield text[end : match.start()], False
        yield (match["math"], True) if is_harmless(match["math"]) else (math_to_text(match["math"]), False)
        end = match.end()
    yield text[end:], False


def is_harmless(source: str) -> bool:
    """Whether a formula only prints: it has no command but known ones, no comment, and TeX sets it without an error.

    Two superscript signs are TeX's other way to write a sign: ``^^5c`` is a backslash.
    """
    if "^^" in source or not source.isprintable():
        return False
    commands = _COMMAND.findall(source)
    bare = _COMMAND.sub("", source)
    known = all(command in _MATHS or command in _MATHS_SIGNS for command in commands)
    has_escaped_brace = "{" in commands or "}" in commands
    is_paired = _is_balanced(bare) and (not has_escaped_brace or _is_balanced(source.replace("\\", "")))
    is_printing = known and is_paired and "\\" not in bare and not _REFUSED_IN_FORMULA & set(bare)
    return is_printing and is_settable(source)


def _is_balanced(text: str) -> bool:
    depth = 0
    for sign in text:
        depth += (sign == "{") - (sign == "}")
        if depth < 0:
            return False
    return depth == 0


def _write(piece: str, is_formula: bool, braces: dict[str, str], *, protect: bool) -> str:
    if is_formula:
        return f"{{${piece}$}}" if protect else f"${piece}$"
    if not protect:
        return _escape(piece, braces)
    return _WORD.sub(lambda match: _protect(match[0], braces), piece)


def _protect(word: str, braces: dict[str, str]) -> str:
    """The word, in braces without the punctuation around it if styles must leave its capitals alone."""
    core = word.strip(_AROUND_WORDS)
    start = word.find(core)
    before, after = (_escape(part, braces) for part in (word[:start], word[start + len(core) :]))
    is_protected = core not in ("A", "") and _CAPITAL_INSIDE.search(core) and not set("{}\\") & set(core)
    inner = _escape(core, braces)
    return f"{before}{{{inner}}}{after}" if is_protected else _escape(word, braces)


def _escape(text: str, braces: dict[str, str]) -> str:
    signs = _SIGNS | braces
    for written, apart in _LIGATURES:
        while written in text:
            text = text.replace(written, apart.replace("{}", "\ufdd0"))
    return "".join(signs.get(one, one) for one in text).replace("\ufdd0", "{}")
