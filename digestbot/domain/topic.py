"""Topics, and finding them by name."""

from __future__ import annotations

import difflib
import itertools
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from hashlib import sha256
from heapq import nlargest
from operator import itemgetter
from typing import NamedTuple

from digestbot.domain.text.chinese_characters import SIMPLIFIED
from digestbot.late_patterns import compile_late

_MIN_LIKENESS, _CLEAR_LIKENESS, _CLEAR_LEAD = 0.6, 0.8, 0.08
"""From which likeness on a name is similar to another, up to 1; and from which on, and how far before any other, it is
taken for it."""
FOLLOW_PREFIX = "follow-"
"""What the slugs of follows begin with."""
_MIN_BEGINNING, _MIN_GUESSED, _MIN_CHINESE_GUESSED, _MAX_TYPO_CHARACTERS = 3, 5, 4, 2
"""Letters that the beginning of a name needs, and a mistyped name, and by how many that may be longer; two characters
of Chinese tell as much as three letters."""
MAX_COMPARED_CHARACTERS, _MAX_COMPARED_TOPICS = 64, 50
"""How much of a name is compared with others, and with how many topics: a comparison takes 20 to 200 µs."""
_MAX_ALIKE_CHARACTERS = 200
"""A longer text is like no name."""
_MAX_REMEMBERED_TOPICS = 4_096
_MAX_REMEMBERED_NAMES = 256
"""What is typed is compared with several kinds of names in one answer."""
_TO_SIMPLIFIED = str.maketrans(SIMPLIFIED)
_SIGN_WORDS = {"+": "-plus", "#": "-sharp"}
_OTHER_ASCII = compile_late(r"[^a-z0-9+#]+")
_ENDING_SIGNS = compile_late(r"(?<=\w)[+#]+(?!\w)")
_BETWEEN_PARTS = compile_late(r"[/／|｜、()（）]")
_DIGITS = compile_late(r"\d+")
_MAX_RUN_WORDS = 8
_FLAG_LETTER = "REGIONAL INDICATOR SYMBOL LETTER "
_MAX_SPELLED_LENGTH = 40
_MAX_SHORT_SLUG, _DIGEST_LENGTH = 100, 8
"""Characters of a value in Discord's lists of choices, which is a command's option then."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A research topic with digests. ``slug`` is its stable name in commands and links.

    ``expression`` is what a follow's papers match, in its normalised form: such a topic is known only to the chats that
    follow it. It is empty for topics that the operator named or loaded.
    """

    slug: str
    title: str
    aliases: tuple[str, ...] = ()
    expression: str = ""

    @property
    def short_slug(self) -> str:
        """The slug, or where that is too long for some platforms' buttons and lists, another name that is as unique."""
        if len(self.slug) <= _MAX_SHORT_SLUG:
            return self.slug
        digest = sha256(self.slug.encode()).hexdigest()[:_DIGEST_LENGTH]
        return f"{self.slug[: _MAX_SHORT_SLUG - _DIGEST_LENGTH - 1].rstrip('-')}-{digest}"

    @property
    def normalized_names(self) -> tuple[str, ...]:
        """All of its names, normalized for comparison."""
        return _normalize_names(self)


def slugify(title: str) -> str:
    """Make a slug of letters (of any script), digits and hyphens: "Diffusion Models" -> "diffusion-models".

    A sign that ends a word is spelled out, as are the signs of a title without words: "C++" -> "c-plus-plus",
    "🚀" -> "rocket".
    """
    spelled = _ENDING_SIGNS.sub(lambda signs: "".join(_SIGN_WORDS[sign] for sign in signs[0]), _fold_case(title))
    return slugify_letters(spelled) or slugify_letters(_spell_signs(title))[:_MAX_SPELLED_LENGTH].strip("-") or "topic"


def slugify_letters(title: str) -> str:
    """The slug of a title's letters and digits alone, as earlier versions made it; empty if it has none."""
    return re.sub(r"[^\w]+|_+", "-", _fold_case(title)).strip("-")


def choose_slug(title: str, taken: Collection[str]) -> str:
    """A slug for a new topic that no other has."""
    slug = slugify(title)
    numbered = (f"{slug}-{number}" for number in itertools.count(2))
    return slug if slug not in taken else next(other for other in numbered if other not in taken)


@lru_cache(_MAX_REMEMBERED_NAMES)
def normalize_name(name: str) -> str:
    """The name without case, width, spaces and punctuation, in simplified characters; "C++", "C#" and "🚀" stay."""
    folded = _fold_case(name)
    if folded.isascii():
        return _OTHER_ASCII.sub("", folded)
    return "".join(filter(_is_telling, folded)).translate(_TO_SIMPLIFIED)


def _normalize_whole_name(name: str) -> str:
    """The same, but a name that is nothing but punctuation is kept: "→", "!!!"."""
    return normalize_name(name) or "".join(_fold_case(name).split())


def _is_telling(char: str) -> bool:
    return char.isalnum() or char in _SIGN_WORDS or unicodedata.category(char) == "So"


def _fold_case(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _spell_signs(title: str) -> str:
    """The names of a title's pictographs, and the words for its other signs; of its punctuation if it has no others."""
    signs = list(filter(_is_telling, title)) or dict.fromkeys("".join(title.split()))
    return " ".join(_SIGN_WORDS.get(char) or unicodedata.name(char, "").removeprefix(_FLAG_LETTER) for char in signs)


class TopicMatch(NamedTuple):
    """The result of a lookup by name: one topic, or none and similar ones (``suggestions``, best first).

    ``guess`` is the one of them that is clearly meant, if one is: it has such a beginning alone, or differs by a typo.
    """

    topic: Topic | None = None
    suggestions: tuple[Topic, ...] = ()
    guess: Topic | None = None


def find_topic(name: str, topics: Sequence[Topic]) -> TopicMatch:
    """Find a topic by slug, title, alias or a part of its title; similar names become suggestions.

    A part stands between slashes, as 元宇宙 in 元宇宙/虚拟人, and names the topic if no other has such a part.
    """
    topic = match_topic(name, topics) or _index_parts(topics).get(_normalize_whole_name(name))
    return TopicMatch(topic) if topic else _find_similar(normalize_name(name), topics)


def match_topic(name: str, topics: Iterable[Topic]) -> Topic | None:
    """The topic with exactly this slug, title or alias, ignoring case."""
    normalized = _normalize_whole_name(name)
    return next((topic for topic in topics if normalized and normalized in topic.normalized_names), None)


def match_title(title: str, topics: Sequence[Topic]) -> Topic | None:
    """The topic of a page with this title, which may also be a slug or an alias.

    A slug that is only what was left of another title is no name: a page "C" is not of the topic "C++", whatever its
    slug.
    """
    same = next((topic for topic in topics if _fold_case(topic.title) == _fold_case(title)), None)
    return same or match_topic(title, [topic for topic in topics if not _is_left_over(topic, title)])


def _is_left_over(topic: Topic, title: str) -> bool:
    """Whether a topic has a title in common with another but for its signs."""
    name, own_name = _normalize_whole_name(title), _normalize_whole_name(topic.title)
    is_same = name == own_name or name in map(_normalize_whole_name, topic.aliases)
    return not is_same and all((slugify_letters(one) or "topic") == topic.slug for one in (title, topic.title))


def match_first_words(words: Sequence[str], topics: Iterable[Topic]) -> tuple[Topic | None, int]:
    """The topic that the longest leading run of words names, and the number of these words; 0 if there is none."""
    return find_first_words(words, index_topics(topics))


def find_first_words(words: Sequence[str], by_name: Mapping[str, Topic]) -> tuple[Topic | None, int]:
    """The same among topics by their names.

    Nothing longer than the longest name is looked up, however many words there are.
    """
    longest = max(map(len, by_name), default=0)
    topic = by_name.get(_normalize_whole_name(words[0])) if words else None
    name, found_count = "", 1 if topic else 0
    for count, word in enumerate(words, 1):
        name += normalize_name(word)
        if len(name) > longest:
            break
        if name in by_name:
            topic, found_count = by_name[name], count
    return topic, found_count


def find_first_characters(text: str, by_name: Mapping[str, Topic]) -> tuple[Topic | None, int]:
    """The topic that the longest beginning of a text names, and its length: "3dgs每天" begins with "3dgs"."""
    for end in range(min(len(text), MAX_COMPARED_CHARACTERS), 0, -1):
        if (name := normalize_name(text[:end])) in by_name:
            return by_name[name], end
    return None, 0


def index_topics(topics: Iterable[Topic]) -> dict[str, Topic]:
    """The topics by each of their normalized names, and by parts of their titles; where two share one, the first."""
    known = tuple(topics)
    by_name = _index_parts(known)
    for topic in reversed(known):
        by_name |= dict.fromkeys(topic.normalized_names, topic)
    return by_name


def _index_parts(topics: Iterable[Topic]) -> dict[str, Topic]:
    """The topics by the parts of their titles that only one of them has."""
    by_part: dict[str, Topic] = {}
    shared: set[str] = set()
    for topic in topics:
        for part in _list_parts(topic.title):
            shared |= {part} & by_part.keys()
            by_part[part] = topic
    return {part: topic for part, topic in by_part.items() if part not in shared}


@lru_cache(_MAX_REMEMBERED_TOPICS)
def _list_parts(title: str) -> tuple[str, ...]:
    if not _BETWEEN_PARTS.search(title):
        return ()
    return tuple({name for part in _BETWEEN_PARTS.split(title) if len(name := normalize_name(part)) > 1})


def _find_similar(normalized: str, topics: Sequence[Topic], limit: int = 3) -> TopicMatch:
    """The topics with similar names, best first, and the one that is clearly meant."""
    begun = _list_begun(normalized, topics)
    if begun:
        return TopicMatch(suggestions=begun[:limit], guess=begun[0] if len(begun) == 1 else None)
    scored = _score_likely(normalized, topics, limit)
    return TopicMatch(suggestions=tuple(topic for _, topic in scored), guess=_choose_clear(normalized, scored))


def _list_begun(name: str, topics: Sequence[Topic]) -> tuple[Topic, ...]:
    """The topics whose names, or else words of whose names, begin with a name; none for a name too short to tell."""
    if not _MIN_BEGINNING - (not name.isascii()) <= len(name) <= MAX_COMPARED_CHARACTERS:
        return ()
    beginning, stem = f"\n{name}", name if len(name) == _MIN_BEGINNING else name.removesuffix("s")
    begun = tuple(topic for topic in topics if beginning in _join_names(topic))
    if begun or not name.isascii():  # there are no spaces between Chinese words
        return begun or tuple(topic for topic in topics if name in _join_names(topic))
    return tuple(topic for topic in topics if stem in _list_inner_runs(topic))


@lru_cache(_MAX_REMEMBERED_TOPICS)
def _join_names(topic: Topic) -> str:
    """Every name of a topic on a line of its own."""
    return "".join(f"\n{name}" for name in topic.normalized_names)


@lru_cache(_MAX_REMEMBERED_TOPICS)
def _list_inner_runs(topic: Topic) -> frozenset[str]:
    """Every run of words of a topic's names, joined and without a plural's ending: "design" of "Protein Design"."""
    runs = set()
    for name in (topic.title, *topic.aliases):
        words = slugify(name).split("-")[:_MAX_RUN_WORDS]
        runs |= {"".join(words[a:b]).removesuffix("s") for a, b in itertools.combinations(range(len(words) + 1), 2)}
    return frozenset(runs)


def _score_likely(normalized: str, topics: Iterable[Topic], limit: int) -> list[tuple[float, Topic]]:
    """The likeliest topics, best first: those that look most alike at a glance are compared."""
    name = normalized[:MAX_COMPARED_CHARACTERS]
    if not name or len(normalized) > _MAX_ALIKE_CHARACTERS:
        return []
    matcher = difflib.SequenceMatcher(None, "", name)
    glances = ((_score_topic(name, topic, partial(_glance_at_name, matcher)), topic) for topic in topics)
    likely = nlargest(_MAX_COMPARED_TOPICS, (pair for pair in glances if pair[0] >= _MIN_LIKENESS), key=itemgetter(0))
    scored = [(_score_topic(name, topic, partial(_compare_names, matcher)), topic) for _, topic in likely]
    return [pair for pair in nlargest(limit, scored, key=itemgetter(0)) if pair[0] >= _MIN_LIKENESS]


def _choose_clear(name: str, scored: Sequence[tuple[float, Topic]]) -> Topic | None:
    """The best one, if it is like the name, other than by its numbers, and no other nearly as much."""
    if not scored:
        return None
    (best, topic), second = scored[0], max((score for score, _ in scored[1:]), default=0.0)
    if second <= best - _CLEAR_LEAD and any(_is_one_character_off(name, one) for one in topic.normalized_names):
        return topic
    is_clear = best >= _CLEAR_LIKENESS and second <= best - _CLEAR_LEAD
    return topic if is_clear and any(_could_be_typo(name, one) for one in _list_compared(name, topic)) else None


def _could_be_typo(name: str, other: str) -> bool:
    """Whether two like names begin alike, are as long, and have the same numbers: Sora 2 is no typo of Sora 3."""
    if abs(len(name) - len(other)) > _MAX_TYPO_CHARACTERS:
        return False
    is_initials = len(name) >= _MIN_BEGINNING and name == other
    has_same_numbers = _DIGITS.findall(name) == _DIGITS.findall(other)
    return is_initials or (len(name) >= _MIN_GUESSED and name[0] == other[0] and has_same_numbers)


def _is_one_character_off(name: str, other: str) -> bool:
    """Whether one of four or more Chinese characters is another: 具身只能 is 具身智能."""
    if len(name) != len(other) or len(name) < _MIN_CHINESE_GUESSED or name.isascii():
        return False
    return sum(one != same for one, same in zip(name, other, strict=True)) == 1


def _list_compared(name: str, topic: Topic) -> list[str]:
    """The names of a topic, their beginnings that are as long as a name, and its initials."""
    end, names = len(name) + 1, topic.normalized_names
    beginnings = [one[:end] for one in names if len(one) > end] if len(name) >= _MIN_GUESSED else []
    return [_find_initials(topic.title), *beginnings, *names]


def _score_topic(name: str, topic: Topic, compare: Callable[[str], float]) -> float:
    return max(_score_parts(name, topic), *map(compare, _list_compared(name, topic)[1:]))


def _glance_at_name(matcher: difflib.SequenceMatcher[str], name: str) -> float:
    """An upper bound of the likeness that takes little time."""
    matcher.set_seq1(name)
    return matcher.quick_ratio() if matcher.real_quick_ratio() >= _MIN_LIKENESS else 0.0


def _compare_names(matcher: difflib.SequenceMatcher[str], name: str) -> float:
    matcher.set_seq1(name)
    return matcher.ratio()


def _score_parts(name: str, topic: Topic) -> float:
    """How like a part of a topic's name, or its initials, a name is."""
    if len(name) < 2:
        return 0.0
    if name == _find_initials(topic.title):
        return 0.95
    return 0.9 if any(name in whole for whole in topic.normalized_names) else 0.0


@lru_cache(_MAX_REMEMBERED_TOPICS)
def _normalize_names(topic: Topic) -> tuple[str, ...]:
    names = (topic.slug, topic.title, *topic.aliases, topic.short_slug)
    return tuple(dict.fromkeys(map(_normalize_whole_name, names)))


@lru_cache(_MAX_REMEMBERED_TOPICS)
def _find_initials(title: str) -> str:
    return "".join(word[0] for word in slugify(title).split("-") if word)
