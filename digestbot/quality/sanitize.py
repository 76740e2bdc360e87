"""Takes from a summary what must not be shown: sentences where that is enough, and whole fields otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from digestbot.domain.digest import Section, Summary
from digestbot.quality.checks import (
    OFF_TOPIC,
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
    is_surely_fit,
)
from digestbot.quality.cleanup import clean_text, drop_sentences, split_sentences
from digestbot.quality.fillers import drop_filler_clause
from digestbot.quality.gaps import drop_gaps
from digestbot.quality.headlines import choose_headline, shorten_takeaway
from digestbot.quality.languages import has_chinese, is_chinese, is_english
from digestbot.quality.links import may_have_address
from digestbot.quality.lists import drop_pseudocode, has_lost_most, read_units, write_units
from digestbot.quality.pieces import Unit, close_sentence, parse_unit
from digestbot.quality.prompts import drop_answer_clauses, drop_link_clause, drop_workload, simplify_labels
from digestbot.quality.references import drop_author_years, drop_references, name_macros
from digestbot.quality.repeats import RepeatFinder, depends_on_before
from digestbot.quality.ruins import drop_marks, drop_preambles, mend_line, repeats_data
from digestbot.quality.signs import CLEANUP, ORDER, SECRET, YEAR, find_signs

_LINE_SIGNS = CLEANUP | ORDER | SECRET | YEAR
_MAX_ROUNDS = 6
_MAX_REMEMBERED_SENTENCES = 8_192
"""The pages of one day share papers."""
_MIN_KEPT_SHARE, _MIN_SECTION_CHARACTERS = 0.4, 200
"""How much of a long section has to be fit to show, or all of it is dropped; what only repeats is not counted."""
_MIN_TAKEAWAY = 4
_MIN_LINE_SHARE = 0.4
_POINTS_BACK = re.compile(r"(?:这[种一些个使是样]|此方法|此外还|上述|结果(?:表明|显示)|(?i:this|these|it|they|such)\b)")
_ITEM_INSIDE = re.compile(r"(?:^|[^\d.])\d{1,2}[)）、]|[（(]\d{1,2}[)）]")


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
        self._fit_bodies: set[str] = set()
        self._repeats = RepeatFinder(evidence.paper.title)
        self._fit_summary: Summary | None = None
        self._flags: dict[str, None] = {}
        self._is_chinese = False

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
        takeaways = [close_sentence(shorten_takeaway(self._clean_text(item))) for item in summary.takeaways]
        headline = self._clean_text(summary.headline)
        self._is_chinese = is_chinese(" ".join((headline, *takeaways)))
        bodies = [(section.title, self._clean_body(section.body)) for section in summary.sections]
        sections = tuple(Section(title, body) for title, body in bodies if body)
        fit = replace(
            summary,
            headline=choose_headline(headline, takeaways, sections),
            takeaways=tuple(item for item in takeaways if len(item) >= _MIN_TAKEAWAY or (item and item.isascii())),
            sections=sections,
        )
        said_once = self._repeats.drop_repeats(fit)
        if said_once is not fit:
            self._flags[REPEAT] = None
        return replace(said_once, flags=tuple(self._flags))

    def _clean_text(self, text: str) -> str:
        if text in self._fit_bodies:
            return text
        lines = self._prepare(text).split("\n")
        cleaned = "\n".join(filter(str.strip, map(self._clean_line, lines))).strip()
        if cleaned == text:
            self._fit_bodies.add(text)
        return cleaned

    def _prepare(self, text: str) -> str:
        """The text without marks and macros."""
        plain = drop_preambles(drop_marks(drop_hidden_characters(text)))
        return name_macros(plain, self._evidence.paper.title) if "\\" in plain else plain

    def _clean_body(self, body: str) -> str:
        """A section; nothing if most of it, or half of what it lists, had to go."""
        if body in self._fit_bodies:
            return body
        units = read_units(self._prepare(body))
        for unit in units:
            self._clean_unit(unit)
        drop_pseudocode(units)
        size = len(body) - drop_gaps(units)
        is_rotten = not all(unit.is_kept for unit in units) and has_lost_most(units)
        drop_workload(units)
        cleaned = "" if is_rotten else write_units(units)
        if size >= _MIN_SECTION_CHARACTERS and len(cleaned) < _MIN_KEPT_SHARE * size:
            cleaned = ""
        if self._is_chinese and not has_chinese(cleaned):
            cleaned = ""
        if cleaned == body:
            self._fit_bodies.add(body)
        return cleaned

    def _clean_unit(self, unit: Unit) -> None:
        if self._is_chinese and is_english(unit.text):
            unit.is_kept = False
            return
        cleaned = self._clean_line(unit.text)
        if not cleaned:
            unit.is_kept = False
        elif cleaned != unit.text:
            unit.rewrite(cleaned)

    def _clean_line(self, line: str) -> str:
        if line in self._fit_lines:
            return line
        cleaned = line
        if find_signs(line) & _LINE_SIGNS or may_have_address(line):
            cleaned = drop_author_years(self._check_line(line))
        judged = mend_line(self._judge_line(cleaned))
        if judged == line:
            self._fit_lines.add(line)
        return judged

    def _check_line(self, line: str) -> str:
        """The line without forms, small talk, orders and strange addresses."""
        result = clean_text(line)
        self._flags.update(dict.fromkeys(result.flags))
        cleaned = result.text
        for rule, find in SENTENCE_CHECKS if self._breaks_check(cleaned) else ():
            cleaned, dropped = drop_sentences(
                cleaned,
                lambda sentence, find=find: any(find(sentence, self._evidence)),  # type: ignore[misc]
            )
            if dropped:
                self._flags[rule] = None
        return cleaned

    def _breaks_check(self, line: str) -> bool:
        for _, find in SENTENCE_CHECKS:
            for _ in find(line, self._evidence):
                return True
        return False

    def _judge_line(self, line: str) -> str:
        """The line without sentences that are not about the paper, repeat its data, or never stop."""
        sentences = split_sentences(line)
        mended = list(map(judge_sentence, sentences))
        if [plain for plain, _ in mended] == sentences:
            return line
        self._flags.update((rule, None) for _, rule in mended if rule)
        return _settle(list(_join_statements(sentences, mended)))


@lru_cache(_MAX_REMEMBERED_SENTENCES)
def judge_sentence(sentence: str) -> tuple[str, str]:
    """A sentence as it may be shown, empty if it may not, and the rule that it breaks."""
    if is_surely_fit(sentence):
        return sentence, ""
    plain = simplify_labels(sentence)
    if rule := find_rot(plain):
        return "", rule
    answered = drop_filler_clause(drop_answer_clauses(plain))
    mended = drop_references(drop_link_clause(answered))
    return mended, "" if mended or not plain else TORN if answered else OFF_TOPIC


@dataclass(frozen=True, slots=True)
class _Statement:
    """What stands between two full stops: as it was, as it may be shown, and whether the paper lost something by it."""

    before: str
    text: str
    is_torn: bool


def _join_statements(sentences: list[str], mended: list[tuple[str, str]]) -> Iterator[_Statement]:
    start = 0
    for index, sentence in enumerate(sentences, 1):
        if index < len(sentences) and sentence.rstrip()[-1:] in ("；", ";"):
            continue
        yield _join_statement(sentences[start:index], mended[start:index])
        start = index


def _join_statement(sentences: list[str], mended: list[tuple[str, str]]) -> _Statement:
    """Of parts between semicolons some may go, unless they are numbered."""
    before, text = "".join(sentences), "".join(plain for plain, _ in mended)
    rules = {rule for _, rule in mended if rule}
    is_whole = TORN in rules or any(map(_ITEM_INSIDE.search, sentences[1:])) or repeats_data(sentences[0])
    if len(sentences) > 1 and rules and is_whole:
        text = ""
    elif rules and text:
        if not mended[0][0]:  # the label stays before what is left under it
            head = parse_unit(sentences[0])
            text = head.marker + head.label + text.lstrip()
        text = close_sentence(text)
    return _Statement(before, text, TORN in rules)


def _settle(statements: list[_Statement]) -> str:
    """What is left of a line: without what points at something that went; nothing if too little of it is left."""
    kept: list[str] = []
    lost: _Statement | None = None
    is_torn = False
    for one in statements:
        if not one.text:
            lost, is_torn = one, is_torn or one.is_torn
        elif lost and _needs(one.text, lost):
            is_torn = is_torn or lost.is_torn
        else:
            lost = None
            kept.append(one.text)
    size, left = sum(len(one.before) for one in statements), sum(map(len, kept))
    if not left or (is_torn and left < _MIN_LINE_SHARE * size):
        return ""
    text = "".join(kept)
    return text if kept[0] == statements[0].text else _find_lead(statements[0]) + text.lstrip()


def _find_lead(lost: _Statement) -> str:
    """What stands before a line whose first statement went.

    Its label does not where it said of its own that nothing is known: the rest would say the opposite. What repeats the
    paper's data may go on behind it.
    """
    head = parse_unit(simplify_labels(lost.before))
    return head.marker + (head.label if lost.is_torn or repeats_data(lost.before) else "")


def _needs(text: str, lost: _Statement) -> bool:
    return depends_on_before(text) if lost.is_torn else bool(_POINTS_BACK.match(text.lstrip()))
