r"""TeX in titles, abstracts, comments and names, as plain text with formulas between single dollar signs.

Authors write ``K\"ahler``, ``50\%``, ``\textbf{new}``, ``~\cite{x}``, ``\href{u}{t}`` and ``\(x\)``. What a paper's
fields hold is normalised once, on reading. pylatexenc knows the accents and symbols; it reads no whole texts, since it
takes ``%`` for a comment and drops commands that it does not know. The work grows with the text's length.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from digestbot.domain.text.formulas import iter_formulas
from digestbot.domain.text.tex_groups import read_groups
from digestbot.late_patterns import compile_late

_SIGNS_OF_TEX = ("\\", "~", "--", "``", "$", "{")
_MASK = compile_late("\ufdd0(\\d+)\ufdd1")
_MASK_CHARACTERS = compile_late("[\ufdd0-\ufdd2]")
_MAX_FORMULA = 300
_OTHER_FORMULA = compile_late(
    rf"(?<!\\)\$(?=[^\s$])[^$\n]{{1,{_MAX_FORMULA}}}?(?<=[^\s\\])\$"
    rf"|(?<!\\)\\\((?P<round>(?:[^\\]|\\[^()]){{1,{_MAX_FORMULA}}}?)\\\)"
    rf"|(?<!\\)\\\[(?P<square>(?:[^\\]|\\[^\[\]]){{1,{_MAX_FORMULA}}}?)\\\]"
    rf"|(?<![\\$])\$\$(?P<double>[^$]{{1,{_MAX_FORMULA}}})\$\$(?!\$)"
    rf"|(?<![\\$])\$(?=\s)(?P<spaced>[^$\n]{{1,{_MAX_FORMULA}}})\$"
    rf"|(?<![\\$])\$(?P<loose>[^$\s][^$\n]{{0,{_MAX_FORMULA}}})(?<=\s)\$"
    rf"|\\begin\{{(?P<name>(?:equation|align|gather|multline|eqnarray|displaymath|math)\*?)\}}"
    rf"(?P<display>(?:[^\\$]|\\(?!end\{{)){{1,{_MAX_FORMULA}}})\\end\{{(?P=name)\}}"
)
_SURELY_MATHS = compile_late(r"[\\^_]|^\s?\w\s?$|[=<>+]")
_URL = compile_late(r"https?://(?:[^\s<>{}\"'`\\$，。；、（）】」”]|\\[_%#&~$]){1,2000}")
_ESCAPE_IN_URL = compile_late(r"\\(?=[_%#&~$])")
_HREF = compile_late(
    r"(?P<dollar>\$)?\\href\s?\{\s?(?P<style>\\[A-Za-z]{1,12}\s?\{\s?)?(?P<url>[^{}\s]{1,1000})\s?(?(style)\}\s?)\}\s?\{(?P<text>(?:[^{}]|\{[^{}]{0,200}\}){0,300})\}"
    r"(?(dollar)\$)"
)
_URL_COMMAND = compile_late(r"\\(?:url|href|path|nolinkurl|hyperlink)\s?\{\s?(?P<url>[^{}\s]{1,1000})\s?\}")
_COMMANDS_IN_LABEL = compile_late(r"\\[A-Za-z]+|\\(?=[_%#&~])|[{}\s]|https?://")
_ACCENT = compile_late(
    r"\\(?:[\"'`^~=.]|[Hbcdkrtuv](?=[\s{\\]))\s?(?:\{\s?(?:\\[ij]|[^\W\d_]{1,2})\s?\}|\\[ij](?![A-Za-z])\s?|[A-Za-z])"
)
_BROKEN_COMMAND = compile_late(r"\\([bcdkrtuvH])\{([a-z]{2,12})\}")
r"""What arXiv itself made of ``\copyright`` and ``\beta``: ``\c{opyright}``, ``\b{eta}``."""
_LETTER = compile_late(
    r"\\(?P<name>ss|ae|AE|oe|OE|aa|AA|dh|DH|th|TH|dj|DJ|ng|NG|[oOlLij])(?![A-Za-z])(?:\{\}|\s(?=[\w-]))?"
)
_SYMBOL = compile_late(
    r"(?<![:\w])\\(?P<name>[A-Za-z]{1,30})(?![A-Za-z])(?:\{\})?|(?<=[\w)])\\(?P<glued>[A-Za-z]{2,30})(?![A-Za-z])(?:\{\})?"
)
_WORDS = {
    "copyright": "©", "deg": "°", "degree": "°", "S": "§", "P": "¶", "pounds": "£", "euro": "€", "LaTeX": "LaTeX",
    "TeX": "TeX", "BibTeX": "BibTeX", "ie": "i.e.", "eg": "e.g.", "etc": "etc.", "etal": "et al.", "wrt": "w.r.t.",
    "textquotesingle": "'", "quad": " ", "qquad": " ", "newline": " ",
    "par": " ", "slash": "/",
}  # fmt: skip
_SIGNS = (
    {"%": "%", "&": "&", "#": "#", "_": "_", "{": "\ufdd3", "}": "\ufdd4", "$": "\ufdd2"}
    | dict.fromkeys(",;: \n\\", " ")
    | dict.fromkeys("!/-@", "")
)
_SIGN = compile_late(r"\\([%&#_{}$,;: \n\\!/@-])")
_QUANTITY = compile_late(r"\\(?:SI|qty)\{(?P<number>[^{}]{1,40})\}\{\\?(?P<unit>[^{}]{1,40})\}")
_QUOTED = compile_late(r"``([^`\"]{1,400}?)(?:''|\")")
_DASH = compile_late(r"(?<=[\w).\ufdd1])(---?)(?=[\w(\\\ufdd0])|(?<=\s)(---?)(?=\s)")
_TIE = compile_late(r"(?<=[A-Za-z.,;:)\]}\ufdd1])~(?=[\w(\[\\{\ufdd0])|(?<=\d)~(?=[A-Za-z(\[\\])")
_LOST_TIE = compile_late(r"(?<=[\w)])~+(?=[\s,.;:)]|$)")
_SPACES = compile_late(r"[ \t]{2,}")


def normalize_tex(text: str) -> str:
    r"""The text without TeX's commands; formulas stay, as ``$x$``. A dollar sign that would become one stays ``\$``.

    What comes of real texts stays as it is when it is normalised again.
    """
    if not any(sign in text for sign in _SIGNS_OF_TEX):
        return text
    formulas: list[str] = []
    masked = _mask_formulas(_mask_urls(_unify_formulas(_MASK_CHARACTERS.sub("", text)), formulas), formulas)
    plain = _LOST_TIE.sub("", read_groups(_read_commands(masked)))
    tidy = _SPACES.sub(" ", plain).replace("\ufdd3", "{").replace("\ufdd4", "}")
    return _choose_dollars(tidy, formulas).strip()


def _unify_formulas(text: str) -> str:
    return _OTHER_FORMULA.sub(_unify_formula, text)


def _unify_formula(match: re.Match[str]) -> str:
    kind = match.lastgroup
    if kind is None:
        return match[0]
    inner = " ".join(match[kind].split())
    is_sure = kind in {"round", "square", "display"} or _SURELY_MATHS.search(inner)
    return f"${inner}$" if is_sure and inner and "$" not in inner else match[0]


def _mask_urls(text: str, masked: list[str]) -> str:
    text = _URL_COMMAND.sub(lambda match: match["url"], _HREF.sub(_write_link, text))
    return _URL.sub(lambda match: _mask(_ESCAPE_IN_URL.sub("", match[0]), masked), text)


def _write_link(match: re.Match[str]) -> str:
    """A link's text and its address; only the address where that is the text."""
    label, url = match["text"].strip(), match["url"]
    is_address = _strip_commands(label).rstrip("/") == _strip_commands(url).rstrip("/")
    return url if is_address or not label else f"{label} ({url})"


def _strip_commands(text: str) -> str:
    return _COMMANDS_IN_LABEL.sub("", text)


def _mask_formulas(text: str, masked: list[str]) -> str:
    parts, end = [], 0
    for formula in iter_formulas(text):
        parts += [text[end : formula.start()], _mask(_unmask(formula[0], masked), masked)]
        end = formula.end()
    return "".join([*parts, text[end:]])


def _mask(text: str, masked: list[str]) -> str:
    masked.append(text)
    return f"\ufdd0{len(masked) - 1}\ufdd1"


def _unmask(text: str, masked: list[str]) -> str:
    return _MASK.sub(lambda match: masked[int(match[1])], text)


def _read_commands(text: str) -> str:
    """Accents, letters, symbols and signs as the characters that they stand for."""
    text = _DASH.sub(lambda match: "—" if "---" in match[0] else "–", _QUOTED.sub(r"“\1”", _TIE.sub(" ", text)))
    if "\\" not in text:
        return text
    text = _ACCENT.sub(lambda match: _read_accent(match[0]), _BROKEN_COMMAND.sub(_mend_command, text))
    text = _LETTER.sub(lambda match: _read_symbol(match["name"]) or match[0], text)
    text = _SYMBOL.sub(_read_symbol_match, _QUANTITY.sub(r"\g<number> \g<unit>", text))
    return _SIGN.sub(lambda match: _SIGNS[match[1]], text)


def _mend_command(match: re.Match[str]) -> str:
    name = match[1] + match[2]
    return _read_symbol(name) or match[0]


def _read_symbol_match(match: re.Match[str]) -> str:
    return _read_symbol(match["name"] or match["glued"]) or match[0]


@cache
def _read_symbol(name: str) -> str:
    """The character that a command stands for; empty for other commands."""
    if name in _WORDS:
        return _WORDS[name]
    specification = _load_pylatexenc().get_default_latex_context_db().get_macro_spec(name)
    written = getattr(specification, "simplify_repl", None)
    is_character = isinstance(written, str) and len(written) <= 2 and written.strip() and "%" not in written
    return str(written) if is_character else ""


@cache
def _read_accent(written: str) -> str:
    """A letter with its accent, in one character where there is one."""
    return str(_load_pylatexenc().LatexNodes2Text(keep_comments=True).latex_to_text(written)) or written


@cache
def _load_pylatexenc() -> Any:  # noqa: ANN401  # it has no types
    from pylatexenc import latex2text  # noqa: PLC0415  # late: 60 ms, and most texts have no command

    return latex2text


def _choose_dollars(text: str, masked: list[str]) -> str:
    """The masked parts back in their places, and plain dollar signs where none of them would begin or end a formula."""

    def fill(dollar: str) -> str:
        return _unmask(text.replace("\ufdd2", dollar), masked)

    plain = fill("$")
    if "\ufdd2" not in text:
        return plain
    wanted = [masked[int(match[1])] for match in _MASK.finditer(text) if masked[int(match[1])].startswith("$")]
    return plain if [formula[0] for formula in iter_formulas(plain)] == wanted else fill("\\$")
