"""Takes from a summary what must not be shown: sentences where that is enough, and whole fields otherwise."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

from digestbot.domain.digest import Section, Summary
from digestbot.quality.checks import (
    REPEAT,
    SENTENCE_CHECKS,
    TORN,
    Evidence,
    Violation,
    drop_fields,
    drop_hidden_characters,
    find_false_authors,
    find_repeats,
    find_rot,
    find_violations,
)
from digestbot.quality.cleanup import clean_text, drop_sentences, split_sentences
from digestbot.quality.headlines import choose_headline, shorten_takeaway
from digestbot.quality.lists import mend_lists
from digestbot.quality.pieces import Piece, join_pieces, split_pieces
from digestbot.quality.prompts import drop_answer_clauses, drop_link_clause, simplify_labels
from digestbot.quality.references import drop_author_years, drop_references
from digestbot.quality.repeats import RepeatFinder
from digestbot.quality.ruins import drop_marks, drop_preambles, mend_text

_MAX_ROUNDS = 6
_MIN_KEPT_SHARE, _MIN_SECTION_CHARACTERS = 0.4, 200
"""How much of a long section has to be fit to show, or all of it is dropped; what only repeats is not counted."""
_POINTS_BACK = re.compile(r"(?:这[种一些个使是样]|此方法|此外还|上述|结果(?:表明|显示)|(?i:this|these|it|they|such)\b)")


def sanitize(summary: Summary, evidence: Evidence) -> Summary:
    """The part of a summary that may be shown: drops sentences where that is enough, and whole fields otherwise.

    What is left is looked at again, until nothing has to go: without a sentence, its neighbours may read differently.
    """
    cleaner = _Cleaner(evidence)
    cleaned = summary
    for _ in range(_MAX_ROUNDS):
        before, cleaned = cleaned, cleaner.clean(cleaned)
        if cleaned == before:
            break
    return cleaned


class _Cleaner:
    """Cleans one summary, several times over: a line that was fit to show is not judged again."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._fit_lines: set[str] = set()
        self._fit_texts: set[str] = set()
        self._repeats = RepeatFinder()
        self._fit_summary: Summary | None = None
        self._flags: dict[str, None] = {}

    def clean(self, summary: Summary) -> Summary:
        """The summary without what must not be shown; what that leaves behind may have to go the next time."""
        cleaned = self._clean_fields(summary)
        has_source = self._evidence.text or self._evidence.language
        if has_source:
            return drop_fields(cleaned, find_violations(cleaned, self._evidence))
        return drop_fields(cleaned, self._find_violations(cleaned))  # without a full text, there is no more to check

    def _find_violations(self, summary: Summary) -> tuple[Violation, ...]:
        if summary == self._fit_summary:
            return ()
        violations = (*find_repeats(summary), *find_false_authors(summary, self._evidence))
        if not violations:
            self._fit_summary = summary
        return violations

    def _clean_fields(self, summary: Summary) -> Summary:
        self._flags = dict.fromkeys(summary.flags)
        takeaways = [shorten_takeaway(self._clean_text(item)) for item in summary.takeaways]
        headline = choose_headline(self._clean_text(summary.headline), takeaways)
        bodies = [
            (section.title, _keep_most(section.body, self._clean_text(section.body))) for section in summary.sections
        ]
        fit = replace(
            summary,
            headline=headline,
            takeaways=tuple(item for item in takeaways if item),
            sections=tuple(Section(title, body) for title, body in bodies if body),
        )
        said_once = self._repeats.drop_repeats(fit)
        if said_once is not fit:
            self._flags[REPEAT] = None
            sections = [Section(section.title, _mend(section.body)) for section in said_once.sections]
            said_once = replace(said_once, sections=tuple(section for section in sections if section.body))
            self._repeats.trust(said_once)
        return replace(said_once, flags=tuple(self._flags))

    def _clean_text(self, text: str) -> str:
        if text in self._fit_texts:
            return text
        cleaned = _mend("\n".join(filter(str.strip, self._clean_lines(text))))
        if cleaned == text:
            self._fit_texts.add(text)
        return cleaned

    def _clean_lines(self, text: str) -> list[str]:
        lines = text.split("\n")
        if self._fit_lines.issuperset(lines):
            return lines
        result = clean_text(drop_preambles(drop_marks(drop_hidden_characters(text))))
        self._flags.update(dict.fromkeys(result.flags))
        return [self._clean_line(line) for line in result.text.split("\n")]

    def _clean_line(self, line: str) -> str:
        if line in self._fit_lines:
            return line
        cleaned = line
        for rule, find in SENTENCE_CHECKS if self._breaks_check(line) else ():
            cleaned, dropped = drop_sentences(
                cleaned,
                lambda sentence, find=find: any(find(sentence, self._evidence)),  # type: ignore[misc]
            )
            if dropped:
                self._flags[rule] = None
        judged = self._judge_line(drop_author_years(cleaned))
        if judged == line:
            self._fit_lines.add(line)
        return judged

    def _breaks_check(self, line: str) -> bool:
        for _, find in SENTENCE_CHECKS:
            for _ in find(line, self._evidence):
                return True
        return False

    def _judge_line(self, line: str) -> str:
        """The line without sentences that are not about the paper, repeat its data, or never stop."""
        sentences = split_sentences(line)
        mended = [self._judge_sentence(sentence) for sentence in sentences]
        if mended == sentences:
            return line
        pieces = split_pieces_of(sentences, mended)
        _drop_dependents(pieces)
        return join_pieces(pieces)

    def _judge_sentence(self, sentence: str) -> str:
        """The sentence as it may be shown; empty if it may not."""
        plain = simplify_labels(sentence)
        if rule := find_rot(plain):
            self._flags[rule] = None
            return ""
        mended = mend_sentence(plain)
        if not mended and plain:
            self._flags[TORN] = None
        return mended


def mend_sentence(sentence: str) -> str:
    """A sentence without clauses and phrases that say nothing of the paper; empty if it does not stand without them."""
    return drop_references(drop_link_clause(drop_answer_clauses(sentence)))


def split_pieces_of(sentences: list[str], mended: list[str]) -> list[Piece]:
    """The pieces of a line's sentences as they were mended; those of which nothing is left are not kept."""
    pieces = []
    for sentence, plain in zip(sentences, mended, strict=True):
        piece = split_pieces(plain or sentence)
        is_kept = bool(plain) or not sentence
        for one in piece:
            one.is_kept = is_kept
        pieces.extend(piece)
    return pieces


def _drop_dependents(pieces: list[Piece]) -> None:
    """Drop sentences that point back at one that was dropped."""
    for previous, piece in pairwise(pieces):
        if not previous.is_kept and piece.is_kept and not piece.label and _POINTS_BACK.match(piece.content):
            piece.is_kept = False


def _mend(text: str) -> str:
    return mend_lists(mend_text(text))


def _keep_most(before: str, after: str) -> str:
    """A section after it was cleaned, unless most of it had to go."""
    is_rotten = len(before) >= _MIN_SECTION_CHARACTERS and len(after) < _MIN_KEPT_SHARE * len(before)
    return "" if is_rotten else after
