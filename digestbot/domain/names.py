"""People's names: whether somebody whom a text names is one of a paper's authors."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence

_SAME = 0.8
"""How alike two names are that differ by a slip of spelling: "Jiachang Zhang" and "Jiacheng Zhang" are 0.92."""
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_BRACKETS = re.compile(r"[（(\[【][^（()）\[\]【】]*[)）\]】]|\$[^$]*\$|[\w.+-]+@[\w.-]+|https?://\S+")
_INSIDE = re.compile(r"[（(]([^（()）]*)[)）]")
_FAMILY_FIRST = re.compile(r"\W*[^\W\d_][\w'’-]+,\s*[^\W\d_]\.")
_TURNED = re.compile(r"([^\W\d_][\w'’-]+),\s*((?:[^\W\d_]\.[\s-]?)+)(?=[\s,，、;；&.]|$)")
_MARKS = re.compile(r"\d+(?![^\W\d_])|[*∗†‡§¶#^_{}\\⋆★♠♣✉‖|<>“”\"]+|(?<=[^\W\d_])[¹²³⁴⁵⁶⁷⁸⁹⁰]+")
_OTHERS = re.compile(r"(?i)\b(?:et\.? al\.?|and others|etc\.?)|等(?:人|作者|学者)?[。.]?$|…+|\.{2,}")
_LABEL = re.compile(
    r"(?i)^\W*(?:(?:the )?(?:first |co-?|corresponding )?authors?(?: names?| list)?|\S{0,4}作者\S{0,4}|names?|姓名)"
    r"\s*(?:[:：]|是|为|are|is\b)"
)
_BETWEEN = re.compile(
    r"\s*[,，、;；/\n•]\s*|\s+(?:and|&)\s+|&|(?<=[\u3400-\u9fff])\s*[和与及]\s*(?=[\u3400-\u9fff])|\s+[和与及·]\s*"
)
_MIXED = re.compile(r"(?<=[a-z.])\s*[\u3400-\u9fff]+|[\u3400-\u9fff]+\s*(?=[A-Z])")
_WORD = re.compile(r"[^\W\d_]+(?:['’`.\-‐‑ʼ]+[^\W\d_]+)*\.?")
_HAN = r"[\u3400-\u9fff]"
_HAN_NAME = re.compile(rf"{_HAN}{{2,3}}|{_HAN}{{1,2}} {_HAN}{{1,2}}|{_HAN}{{1,7}}(?:[·・•.\-]{_HAN}{{1,7}})+")
_PARTICLES = re.compile("van|von|der|den|de|del|della|di|da|dos|du|la|le|el|al|bin|ben|ibn|ter|ten|zu|af|y|e")
_NO_NAME = re.compile(
    "none|unknown|null|authors?|names?|universit(?:y|ies)|institutes?|departments?|school|colleges?|laborator(?:y|ies)|labs?"
    "|research(?:ers?)?|cent(?:er|re)s?|technology|sciences?|engineering|see|supplementary|material|paper|anonymous|group"
    "|team|company|academy|google|meta|microsoft|nvidia|adobe|tencent|alibaba|huawei|apple|intel|corporation|inc|ltd|china"
    "|usa|not|provided|available|mentioned|given|specified|the|this|of|for|in|from|to|with|first|co|corresponding|equal"
    "|contribution|all|listed|full|list"
)
_NO_HAN_NAME = re.compile(
    "作者|大学|学院|研究|公司|实验室|未知|机构|提供|邮箱|单位|名单|列表|论文|无法|暂无|文中|姓名|中国|美国|团队|标题|以及|科技|学者|人员"
)


def strangers(claim: str, authors: Sequence[str]) -> tuple[str, ...]:
    """The people in a list of authors whom ``authors`` does not have; names are compared as letters, in any order.

    What is no name (a university, a remark) is passed over; so are the others behind "et al.".
    """
    known = [_tokens(part) for name in authors for part in _unglued(name)]
    claimed = ((name, _tokens(name)) for name in named(claim))
    return tuple(name for name, its in claimed if its not in known and not any(_is_same(its, one) for one in known))


def named(claim: str) -> tuple[str, ...]:
    """The names in a list of authors, as they are written there.

    Names in Chinese characters with the originals in brackets behind them are the originals.
    """
    found = list(_names(_BRACKETS.sub(" ", _TAG.sub(" ", claim))))
    if any(_HAN_NAME.fullmatch(name) for name in found):
        originals = [name for inside in _INSIDE.findall(claim) for name in _names(inside) if name.isascii()]
        found = [*(name for name in found if not (originals and _HAN_NAME.fullmatch(name))), *originals]
    return tuple(dict.fromkeys(found))


def _names(claim: str) -> Iterator[str]:
    for line in claim.split("\n"):
        plain = _LABEL.sub("", line)
        if _FAMILY_FIRST.match(plain):
            plain = _TURNED.sub(r"\2 \1", plain)
        for part in _BETWEEN.split(_MIXED.sub(", ", _MARKS.sub(" ", plain))):
            name = " ".join(_OTHERS.sub(" ", part).strip(" .。:：-–—'’`·").split())
            if _is_name(name):
                yield name


def _unglued(name: str) -> tuple[str, ...]:
    """An author's name; of two that lost the comma between them, each too."""
    words = name.split()
    return (name, " ".join(words[:2]), " ".join(words[2:])) if len(words) == 4 else (name,)


def _is_name(text: str) -> bool:
    if _HAN_NAME.fullmatch(text):
        return not _NO_HAN_NAME.search(text)
    words = text.split()
    if not 2 <= len(words) <= 5 or not all(_WORD.fullmatch(word) for word in words):
        return False
    if any(_NO_NAME.fullmatch(word.lower().strip(".")) for word in words):
        return False
    return all(word[0].isupper() or _PARTICLES.fullmatch(word.lower()) for word in words)


def _tokens(name: str) -> tuple[str, ...]:
    plain = unicodedata.normalize("NFKD", name.replace("ł", "l").replace("ø", "o").replace("ß", "ss").replace("ı", "i"))
    letters = "".join(c for c in plain.casefold() if not unicodedata.combining(c))
    return tuple(re.findall(r"[^\W\d_]+", re.sub(r"['’`ʼ\-‐‑]", "", letters)))


def _is_same(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    if not one or not other:
        return False
    if sorted(one) == sorted(other) or "".join(one) == "".join(other):
        return True
    if _is_family(one[-1], other[-1]) and _abbreviates(one[:-1], other[:-1]):
        return True
    return _likeness("".join(one), "".join(other)) >= _SAME


def _likeness(one: str, other: str) -> float:
    """The share of letters that two names have in common, in whatever order: family names come first or last."""
    common = Counter(one) & Counter(other)
    return 2 * common.total() / (len(one) + len(other))


def _is_family(one: str, other: str) -> bool:
    """Whether family names are the same, one of them perhaps double: "Fuentes" and "Fuentes-Perez"."""
    return one == other or (min(len(one), len(other)) >= 4 and (one.startswith(other) or other.startswith(one)))


def _abbreviates(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether given names are the same where both have them: initials, and middle names left out."""
    if not one or not other:
        return False
    first, second = one[0], other[0]
    return first == second or (min(len(first), len(second)) == 1 and first[0] == second[0])
