"""What an entry says twice: sentences that were said letter for letter, or with hardly a word changed.

Sentences are compared by their clauses. Of two that say the same the fuller one stays; a paragraph or item goes as a
whole if all of it is said elsewhere, and stays as a whole where what is new in it needs what was said. The work grows
with the text's length.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache

from digestbot.domain.digest import Section, Summary
from digestbot.quality.headlines import MAX_HEADLINE_CHARACTERS
from digestbot.quality.lists import has_lost_most, keep_counted, read_units, write_units
from digestbot.quality.pieces import Unit, parse_unit

_MIN_SAID_HAN, _MIN_SAID_LATIN, _MIN_TELLING = 20, 60, 10
"""What is shorter may be said again, in characters; and how many of them have to be no small words."""
_KEY, _MIN_NEAR, _MAX_NEAR = 5, 9, 16
"""Long clauses that share five characters at their beginning or end are compared, with the last few."""
_MAX_CHANGED, _MAX_CHANGED_SHARE = 2, 0.2
_MAX_NEW_CLAUSE, _MAX_NEW_SHARE = 4, 0.12
"""How long a clause may be that was not said before: "同时", "in this way"."""
_MAX_REMEMBERED_SENTENCES = 4_096
_MIN_TAKEAWAYS, _MIN_REST, _MIN_REST_SHARE = 3, 80, 0.4
_HAN = re.compile(r"[\u3400-\u9fff]")
_STOP = re.compile(r"\.(?!\d)")
_CLAUSES = {
    **{ord(character): None for character in "的了地得着所和与及并也还均都以可会能够将把被其在中上 \t*-—–_'’‘/"},
    **{ord(character): "\n" for character in '，,。；;：:、!?！？()（）“”"《》'},
}
"""Small words go, and clauses end where a mark is."""
_SAME_WORDS = (
    *((word, "用") for word in ("采用", "使用", "运用", "借助", "通过")),
    *((word, "") for word in ("本文", "我们", "论文", "文章", "作者", "一种", "一个")),
    *((word, "提") for word in ("提出", "介绍", "引入", "设计")),
    *((word, "新") for word in ("新颖", "全新", "新型")),
)
_SMALL_WORD = re.compile(
    r"\b(?:the|a|an|of|and|to|is|are|was|were|we|our|this|that|it|its|can|also|by|with|in|on|for)\b"
)
_NEWS = re.compile(r"[\da-z不未无非没低高多少大小前后左右上下输入出]")
"""What changes the sense where it is new: a number, a name, a negation, a direction."""
_OPENING = re.compile(
    r"(?:(?:此外|另外|同时|而且|然而|因此|最后|其次|首先|然后|具体来说|具体而言|总之|总的来说|综上所述|总体而言|相比之下"
    r"|(?:最)?值得注意的是|(?:大量|广泛|全面|定量和定性|综合|各种)?的?(?:实验|研究|评估|测试)?(?:结果|实验)?(?:均|也)?"
    r"(?:表明|显示|证明)(?:了|，)?|(?:这项|本|该|这篇|此)?(?:文|工作|研究|论文|文章|框架|模型|系统|方法)(?:中|还|也|首次)?"
    r"|(?:我们|作者)(?:还|也|首次)?(?:的方法)?|所?提出的(?:方法|模型|框架)|它(?!们)|其(?!中|次|他)"
    r"|(?i:additionally|moreover|furthermore|finally|also|however|therefore|thus|in addition|specifically|overall"
    r"|(?:extensive )?(?:experiments|results|experimental results) (?:show|demonstrate|indicate) that"
    r"|in this (?:paper|work)|this (?:paper|work|study)|the (?:paper|authors?|(?:proposed )?method)|we|it\b))"
    r"[，,：:\s]{0,3}){1,4}"
)
_DEPENDENT = re.compile(
    r"(?:[（(]?[a-z\d][)）])?\s?(?:这|该|此|它|其(?!中一)|上述|前者|后者|结果|相比之下|相反|例如|比如|然后|接着|随后|接下来"
    r"|然而|但|不过|尽管如此|因此|所以|从而|于是|同时|同样|另外|而|也|还|并|则|再|最后|最终|另一|直观|具体|换句话说|首先|其次"
    r"|第[一二三四五]|以及|通过这|基于此|为此|由此"
    r"|(?i:this|these|it|they|such|that|the (?:latter|former|results?)|then|next|however|but|therefore|thus|hence|also"
    r"|both|moreover|furthermore|additionally|in addition|finally|for example|intuitively|specifically|second|first)\b)"
)


_OWN_WORK = re.compile(
    r"(?:研究|本文|提出|所提)[^：:]{0,6}方法|^方法|性能|结果|创新|意义|(?i:method|performance|innovation)"
)
"""A label under which any statement about the paper's own work may stand."""


def depends_on_before(sentence: str) -> bool:
    """Whether a sentence does not stand without the one before it."""
    return bool(_DEPENDENT.match(sentence.lstrip()))


@dataclass(frozen=True, slots=True)
class _Reading:
    """A sentence as it is compared: its clauses without small words."""

    clauses: tuple[str, ...]
    length: int
    is_long: bool


@dataclass(slots=True)
class SaidText:
    """What an entry says: which unit has which clause."""

    names: tuple[str, ...] = ()
    """What the paper calls its method: the same as "the method"."""
    _owners: dict[str, list[int]] = field(default_factory=dict)
    _similar: dict[str, list[str]] = field(default_factory=dict)

    def add(self, sentence: str, owner: int = 0) -> None:
        """Remember a sentence."""
        reading = _read_sentence(sentence, self.names)
        for clause in reading.clauses if reading.is_long else ():
            owners = self._owners.setdefault(clause, [])
            if not owners and len(clause) >= _MIN_NEAR:
                for key in (clause[:_KEY], clause[-_KEY:]):
                    self._similar.setdefault(key, []).append(clause)
            if owner not in owners:
                owners.append(owner)

    def remove(self, sentence: str, owner: int) -> None:
        """Forget a sentence of a unit that went."""
        for clause in _read_sentence(sentence, self.names).clauses:
            if owner in self._owners.get(clause, ()):
                self._owners[clause].remove(owner)

    def covers(self, sentence: str, owner: int = -1) -> bool:
        """Whether another unit than ``owner`` says what a sentence says, if that is no short one."""
        reading = _read_sentence(sentence, self.names)
        if not reading.is_long:
            return False
        new = 0
        for clause in reading.clauses:
            if not self._says(clause, owner):
                new += len(clause)
                if len(clause) > _MAX_NEW_CLAUSE or new > _MAX_NEW_SHARE * reading.length or _NEWS.search(clause):
                    return False
        return True

    def _says(self, clause: str, owner: int) -> bool:
        if any(one != owner for one in self._owners.get(clause, ())):
            return True
        if len(clause) < _MIN_NEAR:
            return False
        for key in (clause[:_KEY], clause[-_KEY:]):
            for other in self._similar.get(key, ())[-_MAX_NEAR:]:
                if any(one != owner for one in self._owners[other]) and _says_no_more(clause, other):
                    return True
        return False


def _says_no_more(clause: str, other: str) -> bool:
    """Whether a clause says what another one says, but for a word or two."""
    start = _count_shared(clause, other)
    longest = min(len(clause), len(other)) - start
    end = _count_shared(clause[::-1][:longest], other[::-1][:longest])
    new, instead = clause[start : len(clause) - end], other[start : len(other) - end]
    if len(new) > min(_MAX_CHANGED, _MAX_CHANGED_SHARE * len(clause)) or _NEWS.search(new):
        return False
    if not new and len(instead) > len(clause):
        return False
    return len(new) < _MAX_CHANGED or not instead or len(instead) > _MAX_NEW_CLAUSE


def _count_shared(one: str, other: str) -> int:
    """How many characters two texts begin with alike."""
    for index, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return index
    return min(len(one), len(other))


@lru_cache(_MAX_REMEMBERED_SENTENCES)
def _read_sentence(sentence: str, names: tuple[str, ...]) -> _Reading:
    opening = _OPENING.match(sentence)
    text = sentence[opening.end() if opening else 0 :].lower()
    size = len(text)
    for name in names:
        text = text.replace(name, "")
    if text.isascii():
        text = _SMALL_WORD.sub(" ", text)
        minimum = _MIN_SAID_LATIN
    else:
        for word, same in _SAME_WORDS:
            text = text.replace(word, same)
        minimum = _MIN_SAID_HAN
    if "." in text:
        text = _STOP.sub("\n", text)
    clauses = tuple(filter(None, text.translate(_CLAUSES).split("\n")))
    length = sum(map(len, clauses))
    return _Reading(clauses, length, size >= minimum and length >= _MIN_TELLING)


class RepeatFinder:
    """Drops what is said twice from one summary, several times over: what was read is remembered."""

    def __init__(self, title: str = "") -> None:
        self._names = _list_names(title)
        self._last: tuple[object, ...] = ()

    def drop_repeats(self, summary: Summary) -> Summary:
        """The summary without what it says a second time; the same one if it says all once."""
        if self._last == _list_texts(summary):
            return summary
        entry = _Entry(summary, SaidText(self._names))
        found = entry.drop_repeats()
        self._last = _list_texts(found)
        return summary if self._last == _list_texts(summary) else found


def _list_texts(summary: Summary) -> tuple[object, ...]:
    return summary.headline, summary.takeaways, summary.sections


def _list_names(title: str) -> tuple[str, ...]:
    """The short name before the colon of a title."""
    name, colon, _ = title.partition(":")
    return (name.strip().lower(),) if colon and 2 <= len(name.strip()) <= 24 and name.count(" ") <= 1 else ()


class _Entry:
    """The units of one summary, in the order in which they are shown."""

    def __init__(self, summary: Summary, said: SaidText) -> None:
        self._summary, self._said = summary, said
        self._headline = parse_unit(summary.headline)
        self._takeaways = [parse_unit(item) for item in summary.takeaways]
        self._sections = [read_units(section.body) for section in summary.sections]
        for unit in (self._headline, *self._takeaways, *(unit for units in self._sections for unit in units)):
            for sentence in unit.sentences if unit.has_content else ():
                said.add(sentence, id(unit))

    def drop_repeats(self) -> Summary:
        """From the last section to the headline: of two copies the first one stays, but a fuller one in any case."""
        bodies = [self._clean_section(units) for units in reversed(self._sections)][::-1]
        for unit in reversed(self._takeaways):
            self._clean_takeaway(unit)
        fuller = self._find_fuller_headline()
        takeaways = tuple(unit.text for unit in self._takeaways if unit.is_kept and unit is not fuller)
        sections = zip(self._summary.sections, bodies, strict=True)
        return replace(
            self._summary,
            headline=fuller.text if fuller else self._summary.headline,
            takeaways=takeaways,
            sections=tuple(Section(section.title, body) for section, body in sections if body),
        )

    def _clean_section(self, units: list[Unit]) -> str:
        before, size = [unit.text for unit in units], sum(unit.size for unit in units)
        for unit in reversed(units):
            self._judge(unit)
        keep_counted(units)
        if before == [unit.text for unit in units if unit.is_kept]:
            return "\n".join(before)
        body = "" if _is_restatement(units, size) else write_units(units)
        for unit in units:
            if not (unit.is_kept and body):
                self._forget(unit)
        return body

    def _clean_takeaway(self, unit: Unit) -> None:
        is_said_above = len([one for one in self._takeaways if one.is_kept]) > _MIN_TAKEAWAYS
        if is_said_above and self._is_all_said(unit):
            unit.is_kept = False
            self._forget(unit)

    def _find_fuller_headline(self) -> Unit | None:
        """A takeaway that says all that the headline says, and more."""
        if not self._headline.has_content or not self._is_all_said(self._headline):
            return None
        said = SaidText(self._said.names)
        for unit in self._takeaways:
            for sentence in unit.sentences:
                said.add(sentence, id(unit))
            if (
                unit.is_kept
                and len(unit.text) <= MAX_HEADLINE_CHARACTERS
                and all(map(said.covers, self._headline.sentences))
            ):
                return unit
        return None

    def _is_all_said(self, unit: Unit) -> bool:
        return unit.has_content and all(
            self._said.covers(sentence, id(unit)) for sentence in unit.sentences if sentence.strip()
        )

    def _judge(self, unit: Unit) -> None:
        """Drop a unit all of which is said elsewhere, or those of its sentences that the others do not need."""
        if not unit.has_content:
            return
        are_said = [self._said.covers(sentence, id(unit)) for sentence in unit.sentences]
        if not any(are_said):
            return
        if all(are_said):
            unit.is_kept = False
            self._forget(unit)
            return
        kept = _drop_said(unit, are_said)
        if len(kept) < len(unit.sentences):
            self._forget(unit)
            unit.replace_sentences(kept)
            for sentence in kept:
                self._said.add(sentence, id(unit))

    def _forget(self, unit: Unit) -> None:
        for sentence in unit.sentences:
            self._said.remove(sentence, id(unit))


def _drop_said(unit: Unit, are_said: list[bool]) -> list[str]:
    """The sentences of a unit without those that were said, where what is left stands without them."""
    are_kept = [not is_said for is_said in are_said]
    for index in range(len(are_kept) - 2, -1, -1):  # what is kept may need what is before it
        needed = are_kept[index + 1] and depends_on_before(unit.sentences[index + 1])
        is_head = index == 0 and bool(unit.label) and not _OWN_WORK.search(unit.label)
        are_kept[index] = are_kept[index] or needed or is_head
    return [sentence for sentence, is_kept in zip(unit.sentences, are_kept, strict=True) if is_kept]


def _is_restatement(units: list[Unit], size: int) -> bool:
    """Whether so much of a section was said that the rest does not stand by itself."""
    left = sum(unit.size for unit in units if unit.is_kept)
    is_little, is_small_share = left < _MIN_REST, left < _MIN_REST_SHARE * size
    return is_little or is_small_share if has_lost_most(units) else is_little and is_small_share
