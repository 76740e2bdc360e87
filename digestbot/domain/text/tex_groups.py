"""TeX's groups in braces, and the commands that take them: styles, citations, notes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from digestbot.late_patterns import compile_late

_TOKEN = compile_late(r"\\(?P<command>[A-Za-z]{1,30})\*?|(?P<open>\{)|(?P<close>\})|(?P<text>[^\\{}]+|\\)")
_STYLES = frozenset({
    "textbf", "textit", "emph", "texttt", "textsc", "textrm", "textsf", "textsl", "textup", "textmd", "textnormal",
    "underline", "uline", "mbox", "hbox", "fbox", "text", "mathrm", "mathbf", "mathit", "mathcal", "mathbb",
    "mathsf", "mathtt", "boldsymbol", "bm", "operatorname", "ensuremath", "textbfit",
})  # fmt: skip
_DROPPED = frozenset({
    "cite", "citep", "citet", "citealp", "citealt", "citeauthor", "citeyear", "citeyearpar", "parencite",
    "textcite", "autocite", "nocite", "ref", "eqref", "cref", "Cref", "autoref", "pageref", "label", "vspace",
    "hspace", "index", "footnotemark", "thanks", "pagestyle", "begin", "end",
})  # fmt: skip
_SWITCHES = frozenset({
    "bf", "it", "em", "tt", "sc", "sl", "rm", "sf", "tiny", "scriptsize", "footnotesize", "small", "normalsize",
    "large", "Large", "LARGE", "huge", "Huge", "bfseries", "itshape", "ttfamily", "scshape", "sffamily",
    "normalfont", "noindent", "centering", "indent", "protect", "xspace", "displaystyle", "boldmath", "item",
})  # fmt: skip
_MAX_DEPTH = 20
"""How many groups may be open: a text with more is not TeX, and each would be copied into the one around it."""
_RAISED = str.maketrans("0123456789+-=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ")
_LOWERED = str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")
_MASKED = compile_late("(\ufdd0\\d+\ufdd1)")
_OPTION = compile_late(r"\s?\[[^\[\]]{0,100}\]")
_COLOR = compile_late(r"\s?\{[^{}]{0,60}\}")
_NEXT_GROUP = compile_late(r"\s?\{")
_SPACE = compile_late(r"\s*")
_PROTECTED = compile_late(r"(?:[^\WA-Z]|[+.-])*[A-Z][\w+.-]*|[^\x00-\x7f]{1,2}|")
r"""What braces keep together: a name whose capitals stay, a letter with an accent, nothing (``\ours{}``)."""


@dataclass(slots=True)
class _Group:
    """An open group: how its text is written when it closes, and what it has so far."""

    write: Callable[[str], str]
    parts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.parts)


def _translate(text: str, table: dict[int, int]) -> str:
    """A text raised or lowered, but for the formulas and addresses in it, which are numbered."""
    parts = enumerate(_MASKED.split(text))
    return "".join(part if index % 2 else part.translate(table) for index, part in parts)


def _write_literal(text: str) -> str:
    return text if _PROTECTED.fullmatch(text) else f"{{{text}}}"


def _write_inner(text: str) -> str:
    return text


def _write_nothing(_text: str) -> str:
    return ""


_WRITERS: dict[str, Callable[[str], str]] = {
    "textsuperscript": lambda text: _translate(text, _RAISED),
    "textsubscript": lambda text: _translate(text, _LOWERED),
    "footnote": lambda text: f" ({text.strip()})",
    "enquote": lambda text: f"“{text}”",
    **dict.fromkeys(_STYLES, _write_inner),
    **dict.fromkeys(_DROPPED, _write_nothing),
}


def read_groups(text: str) -> str:
    """The text without groups that only style it, and without citations; other groups and commands stay."""
    return _GroupReader(text).read() if "{" in text or "\\" in text else text


class _GroupReader:
    """Reads a text once, from left to right."""

    def __init__(self, text: str) -> None:
        self._source, self._position = text, 0
        self._groups = [_Group(_write_inner)]

    def read(self) -> str:
        """The text; a group that nothing closes is taken as it stands."""
        while match := _TOKEN.match(self._source, self._position):
            self._position = match.end()
            self._read_token(match)
        return "".join(("{" if group.write is _write_literal else "") + group.text for group in self._groups)

    def _read_token(self, match: re.Match[str]) -> None:
        if match["command"]:
            self._read_command(match["command"], match[0])
        elif match["open"] and len(self._groups) <= _MAX_DEPTH:
            self._groups.append(_Group(_write_literal))
        elif match["close"]:
            self._close_group()
        else:
            self._groups[-1].parts.append(match[0])

    def _close_group(self) -> None:
        if len(self._groups) == 1:
            self._groups[0].parts.append("}")
            return
        group = self._groups.pop()
        self._groups[-1].parts.append(group.write(group.text))

    def _read_command(self, name: str, written: str) -> None:
        if name in _SWITCHES:
            self._switch_style()
        elif name in {"textcolor", "color", "colorbox"}:
            self._skip(_COLOR)
            self._switch_style() if name == "color" else self._open_group(_write_inner, written)
        elif name in _WRITERS:
            if name in _DROPPED or name == "footnote":
                self._drop_space_before()
            self._skip(_OPTION)
            self._skip(_OPTION)
            self._open_group(_WRITERS[name], written)
        else:
            self._groups[-1].parts.append(written)

    def _switch_style(self) -> None:
        """A style up to the end of the group: with the group's braces, it goes."""
        group = self._groups[-1]
        if group.write is _write_literal and not any(part.strip() for part in group.parts):
            group.write = _write_inner
        self._skip(_SPACE)

    def _open_group(self, write: Callable[[str], str], written: str) -> None:
        """Open the group that a command takes; a command without one stays."""
        if len(self._groups) <= _MAX_DEPTH and self._skip(_NEXT_GROUP):
            self._groups.append(_Group(write))
        else:
            self._groups[-1].parts.append("" if write is _write_nothing else written)

    def _drop_space_before(self) -> None:
        parts = self._groups[-1].parts
        if parts:
            parts[-1] = parts[-1].rstrip("~ \t")

    def _skip(self, pattern: re.Pattern[str]) -> bool:
        match = pattern.match(self._source, self._position)
        if match:
            self._position = match.end()
        return bool(match)
