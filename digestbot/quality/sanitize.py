"""Takes from a summary what must not be shown: sentences where that is enough, and whole fields otherwise."""

from __future__ import annotations

from dataclasses import replace

from digestbot.domain.digest import Section, Summary
from digestbot.quality.checks import (
    REPEAT,
    SENTENCE_CHECKS,
    Evidence,
    drop_fields,
    drop_hidden_characters,
    find_false_authors,
    find_repeats,
    find_rot,
    find_violations,
)
from digestbot.quality.cleanup import clean_text, drop_sentences, join_kept, split_sentences
from digestbot.quality.headlines import choose_headline, shorten_takeaway
from digestbot.quality.ruins import SaidSentences, drop_marks, drop_preambles, mend_text

_MAX_ROUNDS = 5
_MIN_KEPT_SHARE, _MIN_SECTION_CHARACTERS = 0.4, 200
"""How much of a long section has to be fit to show, or all of it is dropped."""


def sanitize(summary: Summary, evidence: Evidence) -> Summary:
    """The part of a summary that may be shown: drops sentences where that is enough, and whole fields otherwise.

    What is left is looked at again, until nothing has to go: without a sentence, its neighbours may read differently.
    """
    cleaned = summary
    for _ in range(_MAX_ROUNDS):
        before, cleaned = cleaned, _sanitize_once(cleaned, evidence)
        if cleaned == before:
            break
    return cleaned


def _sanitize_once(summary: Summary, evidence: Evidence) -> Summary:
    cleaned = _clean_fields(summary, evidence)
    has_source = evidence.text or evidence.language
    violations = (
        *find_repeats(cleaned),
        *find_false_authors(cleaned, evidence),
    )  # without a full text, there is nothing more to check
    return drop_fields(cleaned, find_violations(cleaned, evidence) if has_source else violations)


def _clean_fields(summary: Summary, evidence: Evidence) -> Summary:
    flags = dict.fromkeys(summary.flags)
    said = SaidSentences()

    def clean_field(text: str) -> str:
        result = clean_text(drop_preambles(drop_marks(drop_hidden_characters(text))))
        flags.update(dict.fromkeys(result.flags))
        cleaned = result.text
        for rule, find in SENTENCE_CHECKS:
            cleaned, dropped = drop_sentences(cleaned, lambda sentence, find=find: any(find(sentence, evidence)))  # type: ignore[misc]
            if dropped:
                flags[rule] = None
        return mend_text(_judge_lines(cleaned, said, flags))

    headline = choose_headline(clean_field(summary.headline))
    takeaways = [shorten_takeaway(clean_field(item)) for item in summary.takeaways]
    sections = [
        Section(section.title, _keep_most(section.body, clean_field(section.body))) for section in summary.sections
    ]
    return replace(
        summary,
        headline=headline,
        takeaways=tuple(item for item in takeaways if item),
        sections=tuple(section for section in sections if section.body),
        flags=tuple(flags),
    )


def _judge_lines(text: str, said: SaidSentences, flags: dict[str, None]) -> str:
    """The text without sentences that are not about the paper, repeat its data or each other, or never stop."""
    return "\n".join(_judge_line(line, said, flags) for line in text.split("\n"))


def _judge_line(line: str, said: SaidSentences, flags: dict[str, None]) -> str:
    kept = []
    for sentence in split_sentences(line):
        rule = find_rot(sentence) or (REPEAT if said.is_repeat(sentence) else "")
        if rule:
            flags[rule] = None
        else:
            kept.append(sentence)
    return join_kept(line, kept)


def _keep_most(before: str, after: str) -> str:
    """A section after it was cleaned, unless most of it had to go."""
    is_rotten = len(before) >= _MIN_SECTION_CHARACTERS and len(after) < _MIN_KEPT_SHARE * len(before)
    return "" if is_rotten else after
