"""Personal names: matching people named in a text with a paper's authors."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence

_SIMILARITY_THRESHOLD = 0.8
"""Similarity of names that differ by a misspelling: "Jiachang Zhang" and "Jiacheng Zhang" score 0.92."""
_HTML_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_BRACKETS = re.compile(r"[（(\[【][^（()）\[\]【】]*[)）\]】]|\$[^$]*\$|[\w.+-]{1,64}+@[\w.-]+|https?://\S+")
_PARENTHESIZED = re.compile(r"[（(]([^（()）]*)[)）]")
_FAMILY_FIRST = re.compile(r"\W*[^\W\d_][\w'’-]+,\s*[^\W\d_]\.")
_INVERTED_NAME = re.compile(r"(?<![^\W\d_])([^\W\d_][\w'’-]{1,60}+),\s*((?:[^\W\d_]\.[\s-]?)+)(?=[\s,，、;；&.]|$)")
_FOOTNOTE_MARKS = re.compile(r"\d+(?![^\W\d_])|[*∗†‡§¶#^_{}\\⋆★♠♣✉‖|<>“”\"]+|(?<=[^\W\d_])[¹²³⁴⁵⁶⁷⁸⁹⁰]+")
_ET_AL = re.compile(r"(?i)\b(?:et\.? al\.?|and others|etc\.?)|等(?:人|作者|学者)?[。.]?$|…+|\.{2,}")
_AUTHORS_LABEL = re.compile(
    r"(?i)^\W*(?:(?:the )?(?:first |co-?|corresponding )?authors?(?: names?| list)?|\S{0,4}作者\S{0,4}|names?|姓名)"
    r"\s*(?:[:：]|是|为|are|is\b)"
)
_NAME_SEPARATOR = re.compile(
    r"[,，、;；/•] ?| (?:and|&) |&|(?<=[\u3400-\u9fff]) ?[和与及] ?(?=[\u3400-\u9fff])| [和与及·]"
)
_SPACES = re.compile(r"\s+")
_MIXED_SCRIPTS = re.compile(r"(?<=[a-z.])\s*[\u3400-\u9fff]+|(?<![\u3400-\u9fff])[\u3400-\u9fff]++\s*+(?=[A-Z])")
_NAME_WORD = re.compile(r"[^\W\d_ʼ]++(?:['’`.\-‐‑ʼ]++[^\W\d_ʼ]++)*+\.?")  # ʼ counts as a letter too
_HAN = r"[\u3400-\u9fff]"
_HAN_NAME = re.compile(rf"{_HAN}{{2,3}}|{_HAN}{{1,2}} {_HAN}{{1,2}}|{_HAN}{{1,7}}(?:[·・•.\-]{_HAN}{{1,7}})+")
_PARTICLES = re.compile("van|von|der|den|de|del|della|di|da|dos|du|la|le|el|al|bin|ben|ibn|ter|ten|zu|af|y|e")
_NOT_A_NAME = re.compile(
    "none|unknown|null|authors?|names?|universit(?:y|ies)|institutes?|departments?|school|colleges?|laborator(?:y|ies)|labs?"
    "|research(?:ers?)?|cent(?:er|re)s?|technology|sciences?|engineering|see|supplementary|material|paper|anonymous|group"
    "|team|company|academy|google|meta|microsoft|nvidia|adobe|tencent|alibaba|huawei|apple|intel|corporation|inc|ltd|china"
    "|usa|not|provided|available|mentioned|given|specified|the|this|of|for|in|from|to|with|first|co|corresponding|equal"
    "|contribution|all|listed|full|list"
)
_NOT_A_HAN_NAME = re.compile(
    "作者|大学|学院|研究|公司|实验室|未知|机构|提供|邮箱|单位|名单|列表|论文|无法|暂无|文中|姓名|中国|美国|团队|标题|以及|科技|学者|人员"
)


_MAX_CLAIMED_NAMES = 100
"""How many names of a list are compared with the authors: each is compared with all of them."""


def find_unknown_authors(claim: str, authors: Sequence[str]) -> tuple[str, ...]:
    """The people in a list of authors who are not among ``authors``; letters are compared in any order.

    Text that is not a name (a university, a remark) is skipped, as is anything after "et al.".
    """
    known_tokens = dict.fromkeys(_to_tokens(part) for name in authors for part in _split_merged_name(name))
    claimed = ((name, _to_tokens(name)) for name in parse_names(claim)[:_MAX_CLAIMED_NAMES])
    return tuple(
        name
        for name, tokens in claimed
        if tokens not in known_tokens and not any(_is_same_name(tokens, known) for known in known_tokens)
    )


def parse_names(claim: str) -> tuple[str, ...]:
    """The names in a list of authors, as written.

    For names in Chinese characters followed by the original in brackets, the original is used.
    """
    names = list(_iter_names(_BRACKETS.sub(" ", _HTML_TAG.sub(" ", claim))))
    if any(_HAN_NAME.fullmatch(name) for name in names):
        originals = [
            name
            for parenthesized in _PARENTHESIZED.findall(claim)
            for name in _iter_names(parenthesized)
            if name.isascii()
        ]
        names = [*(name for name in names if not (originals and _HAN_NAME.fullmatch(name))), *originals]
    return tuple(dict.fromkeys(names))


def _iter_names(claim: str) -> Iterator[str]:
    for line in claim.split("\n"):
        text = _AUTHORS_LABEL.sub("", line)
        if _FAMILY_FIRST.match(text):
            text = _INVERTED_NAME.sub(r"\2 \1", text)
        parted = _MIXED_SCRIPTS.sub(", ", _FOOTNOTE_MARKS.sub(" ", text))
        for part in _NAME_SEPARATOR.split(_SPACES.sub(" ", parted)):
            name = " ".join(_ET_AL.sub(" ", part).strip(" .。:：-–—'’`·").split())
            if _is_name(name):
                yield name


def _split_merged_name(name: str) -> tuple[str, ...]:
    """A name and, if it may be two names that lost their comma, each of them."""
    words = name.split()
    return (name, " ".join(words[:2]), " ".join(words[2:])) if len(words) == 4 else (name,)


def _is_name(text: str) -> bool:
    if _HAN_NAME.fullmatch(text):
        return not _NOT_A_HAN_NAME.search(text)
    words = text.split()
    if not 2 <= len(words) <= 5 or not all(_NAME_WORD.fullmatch(word) for word in words):
        return False
    if any(_NOT_A_NAME.fullmatch(word.lower().strip(".")) for word in words):
        return False
    return all(word[0].isupper() or _PARTICLES.fullmatch(word.lower()) for word in words)


def _to_tokens(name: str) -> tuple[str, ...]:
    plain = unicodedata.normalize("NFKD", name.replace("ł", "l").replace("ø", "o").replace("ß", "ss").replace("ı", "i"))
    letters = "".join(c for c in plain.casefold() if not unicodedata.combining(c))
    return tuple(re.findall(r"[^\W\d_]+", re.sub(r"['’`ʼ\-‐‑]", "", letters)))


def _is_same_name(tokens: tuple[str, ...], other_tokens: tuple[str, ...]) -> bool:
    if not tokens or not other_tokens:
        return False
    if sorted(tokens) == sorted(other_tokens) or "".join(tokens) == "".join(other_tokens):
        return True
    if _is_same_family_name(tokens[-1], other_tokens[-1]) and _is_abbreviation(tokens[:-1], other_tokens[:-1]):
        return True
    return _score_similarity("".join(tokens), "".join(other_tokens)) >= _SIMILARITY_THRESHOLD


def _score_similarity(letters: str, other_letters: str) -> float:
    """The share of letters that two names have in common, in any order: family names come first or last."""
    common = Counter(letters) & Counter(other_letters)
    return 2 * common.total() / (len(letters) + len(other_letters))


def _is_same_family_name(name: str, other_name: str) -> bool:
    """Whether family names match, including double names: "Fuentes" and "Fuentes-Perez"."""
    return name == other_name or (
        min(len(name), len(other_name)) >= 4 and (name.startswith(other_name) or other_name.startswith(name))
    )


def _is_abbreviation(given_names: tuple[str, ...], other_names: tuple[str, ...]) -> bool:
    """Whether given names match as far as both are written: initials and omitted middle names are allowed."""
    if not given_names or not other_names:
        return False
    first, other_first = given_names[0], other_names[0]
    return first == other_first or (min(len(first), len(other_first)) == 1 and first[0] == other_first[0])
