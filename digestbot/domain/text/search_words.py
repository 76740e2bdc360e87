"""Text as the words of the full-text index: the same for both databases, and for what is searched as for what is found.

``H₂O``, ``H$_2$O`` and ``H2O`` are one word, as are ``ﬁeld`` and ``field``, ``Σοφός`` and ``ΣΟΦΟΣ``, ``Łukasz`` and
``lukasz``. Chinese and Japanese have no spaces: every such character becomes a word, and what was one word is searched
as the phrase of its characters (measured in docs/architecture.md).
"""

from __future__ import annotations

import unicodedata

from digestbot.domain.text.tex import normalize_tex
from digestbot.late_patterns import compile_late

_MAX_WORD_CHARACTERS = 100
_MAX_QUERY_WORDS = 32
_ASCII_WORD = compile_late(r"[a-z0-9]+")
_CJK = compile_late(
    r"[\u3005-\u3007\u3040-\u312f\u31f0-\u31ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]+"
)
_SUPERSCRIPT = compile_late(r"(?<=[^\W_])[}$]{0,2}[_^](?:\{([^\W_]+)\}|(\d+))\$?\{?")
"""``CO$_2$``, ``H$_{2}$O``, ``ID$^3$``: a number or a letter that belongs to the word before it."""
_FONT = compile_late(r"\\(?:math|text|operatorname|emph)[a-z]*|</?su[bp]>")
_LETTERS = {
    "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ł": "l", "ŋ": "n", "þ": "th", "ŧ": "t", "æ": "ae", "œ": "oe",
    "\u2044": " ",
}  # fmt: skip
"""Letters that Unicode does not take apart, as people without them on their keyboard type them."""
_VOICED_MARKS = "\u3099\u309a"
"""Of kana: another letter, not an accent."""
_SIGN = compile_late("[™℠©®]")
"""What would otherwise become letters of the word before."""


_COMMON_WORDS_TEXT = """
a about above after again all also am an and another any anybody anyone anything are as at be because been before
being below best between both but by can cannot could d did do does doing don down during each else etc ever every
everything few find for from further get give go going good got great had has have having he hello help her here
hers hey hi him his how i if in into is it its just know let like ll look looking m make many may maybe me might
mine more most much must my need no nor not now of off ok okay on once one only or other our out over own paper
papers please re read really s same say see seem send shall she should show so some somebody someone something still
such t take tell than thank thanks that the their them then there these they thing things this those through to too
try under until up us use using ve very want was we well were what when where which while who whom whose why will
with without would yes you your 的 了 是 在 我 你 吗 呢 吧 请 和 有 要 就 都
"""
_COMMON_WORDS = frozenset(_COMMON_WORDS_TEXT.split())
"""Words that carry nothing where papers are searched for, if others stand beside them."""


class _Characters(dict[int, str | None]):
    """What becomes of each character, after compatibility decomposition: kept, replaced, or a gap between words."""

    def __missing__(self, code: int) -> str | None:
        self[code] = replacement = _replace_character(chr(code))
        return replacement


def _replace_character(char: str) -> str | None:
    category = unicodedata.category(char)
    if char in _LETTERS:
        return _LETTERS[char]
    if char in _VOICED_MARKS or category[0] == "L":
        return char
    if category[0] == "N":
        return str(unicodedata.digit(char, char))
    if unicodedata.combining(char) or category in {"Me", "Cf"} or "VARIATION SELECTOR" in unicodedata.name(char, ""):
        return " " if char == "\u200b" else None
    return char if category in {"Mn", "Mc"} else " "  # the vowels of Hindi or Thai belong to their word


_CHARACTERS = _Characters()


def split_words(text: str) -> list[str]:
    """The words in order, as they stand in the index; a word's CJK characters are still together."""
    if _has_markup(text):
        text = _SUPERSCRIPT.sub(r"\1\2", _FONT.sub("", normalize_tex(text)))
    words = _ASCII_WORD.findall(text.lower()) if text.isascii() else _fold_text(text).split()
    return [word[:_MAX_WORD_CHARACTERS] for word in words]


def _fold_text(text: str) -> str:
    compatible = unicodedata.normalize("NFKC", _SIGN.sub(" ", text)).casefold()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKD", compatible).translate(_CHARACTERS))


def _has_markup(text: str) -> bool:
    return "_" in text or "^" in text or "\\" in text or "<" in text  # twice as fast as any()


def split_tokens(text: str) -> list[str]:
    """The words in order, with every CJK character as a word."""
    words = split_words(text)
    return words if text.isascii() else _space_cjk(" ".join(words)).split()


def is_cjk(token: str) -> bool:
    """Whether a token is a character that stands in no spaces where it is written."""
    return _CJK.fullmatch(token) is not None


def _space_cjk(text: str) -> str:
    return _CJK.sub(lambda run: f" {' '.join(run[0])} ", text)


def split_phrases(query: str) -> list[tuple[str, ...]]:
    """What is searched for: each word once, as the phrase of its tokens."""
    words = dict.fromkeys(split_words(query))
    return [tuple(_space_cjk(word).split()) for word in words][:_MAX_QUERY_WORDS]


def is_telling(phrase: tuple[str, ...]) -> bool:
    """Whether a word tells what a paper is about, which “could” and “the” do not."""
    return len(phrase) > 1 or phrase[0] not in _COMMON_WORDS
