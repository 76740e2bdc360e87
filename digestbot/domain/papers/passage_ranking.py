"""Which paragraphs of one paper a question is about: BM25 over the words that the full-text index has.

A paper has some hundred paragraphs, so all of them are looked at: an index of all papers' paragraphs would take longer
to ask than one paper's take to read. Words count in whatever form they are bent to (“scales” is found by “scaling”),
but less than in the very form that was asked.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import NamedTuple

from digestbot.domain.papers.paper_paragraphs import PaperParagraph
from digestbot.domain.text.research_words import has_chinese, translate_to_chinese, translate_to_english
from digestbot.domain.text.search_words import is_cjk, is_telling, split_phrases, split_tokens

MAX_PASSAGE_CHARACTERS = 16_000
"""How much of a paper a question is answered from: about 4,000 tokens of English."""
_MAX_FOUND = 9
_MAX_TERMS = 48
_SATURATION, _LENGTH_SHARE = 1.2, 0.6
_BENT_WEIGHT, _TITLE_WEIGHT, _TRANSLATED_WEIGHT, _CONTEXT_WEIGHT = 0.7, 1.5, 0.6, 0.4
_REFERENCES_WEIGHT = 0.2
_COUNT_BONUS, _REASON_BONUS, _NUMBER_WEIGHT = 1.2, 1.2, 0.5
_REFERENCES = frozenset(("references", "bibliography", "literature cited", "works cited", "参考文献"))
_ENDINGS = (
    "izations", "isations", "ization", "isation", "ilities", "ations", "ation", "ility", "izing", "ising", "izers",
    "isers", "izer", "iser", "ized", "ised", "izes", "ises", "ments", "ment", "ings", "ions", "ize", "ise", "ing",
    "ies", "ied", "ion", "ers", "ed", "es", "er", "ly", "le", "s", "e", "y",
)  # fmt: skip
_MIN_STEM = 4
_ASKS_COUNT = re.compile(
    r"(?i)\bhow (?:many|much|long|large|big|fast|good|well|often|deep|high|heavy|far|old)\b|\b(?:what|which) (?:number"
    r"|fraction|share|percentage|size|rate|learning rate|batch size|accuracy|speed|cost)\b"
    r"|多少|几|多大|多久|多快|多长|比例"
)
_ASKS_REASON = re.compile(r"(?i)\bwhy\b|\breasons?\b|为什么|为何|原因")
_REASON = re.compile(r" (?:because|due to|since|reasons?|caused?|in order to|因 为|由 于|因 此|原 因) ")
_SENTENCE_START = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9(“\"$])|(?<=[。！？])\s*(?=\S)")
_DIGIT = re.compile(r"\d")
_CHINESE_FILLERS = frozenset("的了是在我你吗呢吧请和有要就都么什哪怎几多为这那个们被把给对从到与及或其")


@dataclass(frozen=True, slots=True)
class Term:
    """A word or phrase as tokens, how much it counts, and the beginning that all forms of its last word have."""

    tokens: tuple[str, ...]
    weight: float
    stem: str


class IndexedParagraph(NamedTuple):
    """A paragraph, and its words as the full-text index has them, with spaces between."""

    position: int
    paragraph: PaperParagraph
    tokens: str


def index_paragraphs(paragraphs: Sequence[PaperParagraph]) -> list[IndexedParagraph]:
    """The paragraphs of a paper in order, with their words."""
    return [
        IndexedParagraph(position, paragraph, " ".join(split_tokens(paragraph.text)))
        for position, paragraph in enumerate(paragraphs)
    ]


def find_passages(
    paragraphs: Sequence[IndexedParagraph],
    question: str,
    *,
    more_words: Sequence[str] = (),
    context: str = "",
    max_characters: int = MAX_PASSAGE_CHARACTERS,
) -> list[IndexedParagraph]:
    """The passages that a question is about, in the paper's order: what was found, and the neighbours of that.

    ``more_words`` are what to look for beside the question's own words, and ``context`` what was asked before.
    """
    if sum(len(one.paragraph.text) for one in paragraphs) <= max_characters:
        return list(paragraphs)
    ranked = rank_paragraphs(paragraphs, question, more_words=more_words, context=context)
    return _add_neighbours(paragraphs, ranked[:_MAX_FOUND], max_characters)


def rank_paragraphs(
    paragraphs: Sequence[IndexedParagraph], question: str, *, more_words: Sequence[str] = (), context: str = ""
) -> list[IndexedParagraph]:
    """The paragraphs that have any of a question's words, the best first."""
    is_chinese = sum(has_chinese(one.paragraph.text[:200]) for one in paragraphs) * 2 > len(paragraphs)
    terms = _list_terms(question, more_words, context, is_chinese=is_chinese)
    scores = _score(paragraphs, terms)
    least = _find_least(scores)
    wants_number, wants_reason = bool(_ASKS_COUNT.search(question)), bool(_ASKS_REASON.search(question))
    for number, one in enumerate(paragraphs):
        if scores[number] > least:
            scores[number] *= _judge(one, wants_number=wants_number, wants_reason=wants_reason)
    order = sorted((n for n in range(len(paragraphs)) if scores[n]), key=lambda n: (-scores[n], n))
    return [paragraphs[number] for number in order]


def has_own_words(paragraphs: Sequence[IndexedParagraph], question: str, *, more_words: Sequence[str] = ()) -> bool:
    """Whether a paper has any telling word of a question, or the question has none: it goes on from another then."""
    words = (question, *more_words)
    return not any(map(_list_phrases, words)) or bool(rank_paragraphs(paragraphs, question, more_words=more_words))


def _find_least(scores: Sequence[float]) -> float:
    """The score that is too low for any bonus to bring a paragraph among the first ones."""
    first = sorted(scores, reverse=True)[: 2 * _MAX_FOUND]
    return first[-1] / (_COUNT_BONUS * _REASON_BONUS) if len(first) == 2 * _MAX_FOUND else 0.0


def find_excerpt(
    one: IndexedParagraph, question: str, limit: int, *, more_words: Sequence[str] = (), context: str = ""
) -> tuple[int, int]:
    """Where the part of a paragraph begins and ends that has most of a question's words: whole sentences, if it can."""
    text = one.paragraph.text
    if len(text) <= limit:
        return 0, len(text)
    terms = _list_terms(question, more_words, context, is_chinese=has_chinese(text))
    starts = [0, *(match.end() for match in _SENTENCE_START.finditer(text))]
    ends = [*(match.start() for match in _SENTENCE_START.finditer(text)), len(text)]

    wants_number = bool(_ASKS_COUNT.search(question))

    def judge(start: int) -> float:
        window = text[start : start + limit]
        tokens = f" {' '.join(split_tokens(window))} "
        said = sum(term.weight * max((weight for _, weight in _iter_places(term, tokens)), default=0) for term in terms)
        return said + (_NUMBER_WEIGHT if wants_number and _DIGIT.search(window) else 0)

    best, start = max((judge(start), start) for start in starts)  # the sentence that has them, and what follows it
    start = start if best else 0
    whole = [end for end in ends if start < end <= start + limit]
    return start, whole[-1] if whole else text.rfind(" ", start + 1, start + limit) + 1 or start + limit


def _add_neighbours(
    paragraphs: Sequence[IndexedParagraph], found: Sequence[IndexedParagraph], limit: int
) -> list[IndexedParagraph]:
    """What was found with what stands before and behind it, the best first, as much as there is room for."""
    places = {one.position: number for number, one in enumerate(paragraphs)}
    first = [places[one.position] for one in found]
    chosen: dict[int, None] = {}
    for number in (*first, *(near for place in first for near in (place + 1, place - 1))):
        size = len(paragraphs[number].paragraph.text) if 0 <= number < len(paragraphs) else 0
        if size and number not in chosen and size <= limit:
            chosen[number] = None
            limit -= size
    return [paragraphs[number] for number in sorted(chosen)]


# -- words ------------------------------------------------------------------------------------------------------


def _list_terms(question: str, more_words: Sequence[str], context: str, *, is_chinese: bool) -> list[Term]:
    """What is looked for, each once with the most that it counts."""
    weighed = [(phrase, 1.0) for phrase in _list_phrases(question)]
    translated = translate_to_chinese(question) if is_chinese else translate_to_english(question)
    weighed += [(phrase, _TRANSLATED_WEIGHT) for text in translated for phrase in _list_phrases(text)]
    weighed += [(phrase, 1.0) for text in more_words for phrase in _list_phrases(text)]
    weighed += [(phrase, _CONTEXT_WEIGHT) for phrase in _list_phrases(context)]
    best: dict[tuple[str, ...], float] = {}
    for phrase, weight in weighed:
        best[phrase] = max(weight, best.get(phrase, 0.0))
    return [Term(phrase, weight, _find_stem(phrase[-1])) for phrase, weight in list(best.items())[:_MAX_TERMS]]


def _list_phrases(text: str) -> list[tuple[str, ...]]:
    """The telling words of a text; of Chinese, each two characters that follow each other."""
    phrases: list[tuple[str, ...]] = []
    for phrase in split_phrases(text):
        cjk = [token for token in phrase if is_cjk(token)]
        phrases += [(token,) for token in phrase if not is_cjk(token) and is_telling((token,))]
        if len(cjk) == 1:
            phrases += [(token,) for token in cjk if token not in _CHINESE_FILLERS]
        phrases += [pair for pair in pairwise(cjk) if not _CHINESE_FILLERS.issuperset(pair)]
    return phrases


def _find_stem(word: str) -> str:
    """What all forms of an English word begin with; the word itself if it has no other."""
    if not word.isascii() or not word.isalpha():
        return word
    ending = next((end for end in _ENDINGS if word.endswith(end) and len(word) - len(end) >= _MIN_STEM), "")
    if not ending and word.endswith("s") and len(word) > _MIN_STEM - 1:
        ending = "s"
    return word[: len(word) - len(ending)]


# -- scores -----------------------------------------------------------------------------------------------------


def _score(paragraphs: Sequence[IndexedParagraph], terms: Sequence[Term]) -> list[float]:
    """BM25 of each paragraph, by how many of the paper's paragraphs have each word."""
    texts = [f" {one.tokens} " for one in paragraphs]
    lengths = [len(text) for text in texts]
    starts = list(accumulate(lengths[:-1], initial=0))
    whole = "".join(texts)  # one text is looked through faster than a thousand
    average = sum(lengths) / max(len(lengths), 1) or 1.0
    saturations = [_SATURATION * (1 - _LENGTH_SHARE + _LENGTH_SHARE * length / average) for length in lengths]
    titles = [one.paragraph.section for one in paragraphs]
    scores = [0.0] * len(paragraphs)
    for term in terms:
        counts = _count_by_paragraph(term, whole, starts)
        for number, count in _count_in_titles(term, titles).items():
            counts[number] = counts.get(number, 0.0) + _TITLE_WEIGHT * count
        rarity = math.log(1 + (len(texts) - len(counts) + 0.5) / (len(counts) + 0.5))
        for number, count in counts.items():
            scores[number] += term.weight * rarity * (_SATURATION + 1) * count / (count + saturations[number])
    return scores


def _count_by_paragraph(term: Term, text: str, starts: Sequence[int]) -> dict[int, float]:
    """How often each paragraph that has a term has it, in the asked form and in others."""
    counts: dict[int, float] = {}
    for place, weight in _iter_places(term, text):
        number = bisect_right(starts, place) - 1
        counts[number] = counts.get(number, 0.0) + weight
    return counts


def _count_in_titles(term: Term, titles: Sequence[str]) -> dict[int, float]:
    """The same in the titles of their sections."""
    by_title = {
        title: sum(weight for _, weight in _iter_places(term, f" {' '.join(split_tokens(title))} "))
        for title in dict.fromkeys(titles)
        if term.stem[:_MIN_STEM] in title.casefold()
    }
    return {number: count for number, title in enumerate(titles) if (count := by_title.get(title, 0.0))}


def _iter_places(term: Term, text: str) -> Iterator[tuple[int, float]]:
    """Where a text of words has a term, each with how much it counts there."""
    begun = f" {' '.join((*term.tokens[:-1], term.stem))}"
    rest = f"{term.tokens[-1][len(term.stem) :]} "
    bent_weight = _BENT_WEIGHT if len(term.stem) >= _MIN_STEM - 1 else 0.0
    first, *pieces = text.split(begun)  # faster than to look for one after another
    place = len(first)
    for piece in pieces:
        if weight := 1.0 if piece.startswith(rest) else bent_weight:
            yield place, weight
        place += len(begun) + len(piece)


def _judge(one: IndexedParagraph, *, wants_number: bool, wants_reason: bool) -> float:
    """How much a paragraph's score counts, by its kind and by what the question asks for."""
    factor = _REFERENCES_WEIGHT if one.paragraph.section.strip().lower() in _REFERENCES else 1.0
    if wants_number and _DIGIT.search(one.paragraph.text):
        factor *= _COUNT_BONUS
    if wants_reason and _REASON.search(f" {one.tokens} "):
        factor *= _REASON_BONUS
    return factor
