"""The quality checks: rules for what in a summary must not be shown, for loaded pages and built digests alike.

Each rule is a pure function of the summary and the evidence about its paper. A violation names its field, so that a
model can be asked to correct it, or else the field be dropped and flagged.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from digestbot.domain.digest import Summary
from digestbot.domain.paper import Paper
from digestbot.quality.cleanup import PLACEHOLDER, clean_text, split_sentences
from digestbot.quality.fillers import is_filler, only_offers_code
from digestbot.quality.judge import is_off_topic, may_be_off_topic
from digestbot.quality.links import WEB_ADDRESS, find_unknown_urls
from digestbot.quality.mentions import find_unknown_people, find_unknown_places
from digestbot.quality.names import find_unknown_authors
from digestbot.quality.numbers import find_unsupported_numbers
from digestbot.quality.prompts import is_about_writing, is_prompt_answer, only_tells_links
from digestbot.quality.references import is_torn
from digestbot.quality.ruins import MAX_EMPTY_CHARACTERS, has_placeholder, is_cut_off, is_run_on, repeats_data
from digestbot.quality.signs import (
    ANSWER,
    CAPTION,
    COLON,
    DATA_LABEL,
    ENGLISH_PART,
    FILLER,
    GRADE,
    MARK,
    NOTHING,
    OFFER,
    ORDER,
    PLACE,
    QUESTION,
    RELEASE,
    SECRET,
    THANKS,
    WORKLOAD,
    WRITING,
    WRITING_FAULT,
    YEAR,
    find_signs,
)

LANGUAGE = "language"
"""Not in the requested language."""
LENGTH = "length"
"""A headline longer than one line."""
REPEAT = "repeat"
"""A takeaway that repeats another one."""
NUMBER = "number"
"""A number that is not in the source."""
AUTHORS = "authors"
"""A claim about authors or affiliations that contradicts the paper's own data."""
LINK = "link"
"""A URL that is not in the paper's own data: invented, or injected by the text."""
PROMPT_INJECTION = "prompt_injection"
"""Instructions to the model or to the chat, such as ``@everyone``, that came from the text."""
LEAKED_KEY = "key"
"""What looks like the key to somebody's account."""
OFF_TOPIC = "off_topic"
"""A sentence about the form, the reader, the writer or what is not known, instead of the paper."""
RUN_ON = "run_on"
"""A sentence that goes on without a stop."""
TORN = "torn"
"""A reference that only the paper itself can follow, or a formula that lost its form."""
_CORRECTION_MARGIN = 1.0
"""How much surer the judge has to be where a model is asked again: that costs a request."""
_SUSPECT = ANSWER | CAPTION | FILLER | MARK | OFFER | PLACE | RELEASE | THANKS | WORKLOAD | YEAR
_LABELS = DATA_LABEL | ENGLISH_PART | GRADE | QUESTION
SENTENCE_RULES = (OFF_TOPIC, RUN_ON, TORN)
"""For these a sentence goes, and not its whole field."""
MAX_HEADLINE_LENGTH = {"en": 160, "zh": 100}
"""Maximum length of a headline in characters, by language."""
_MIN_SAID_GRAMS = 10
_SIMILARITY_THRESHOLD, _SAID_THRESHOLD = 0.75, 0.9
"""How much two takeaways may share, and how much of one may stand in the headline."""
_INJECTION = re.compile(
    r"(?i)@(?:everyone|here|channel)\b|<@[!&]?\d+>|<#\d+>"
    r"|\b(?:ignore|disregard|forget)\s+(?:\w+\s+){0,3}(?:previous|prior|above|earlier|system)\s+(?:\w+\s+)?"
    r"(?:instructions?|prompts?|rules|messages?)"
    r"|(?:忽略|无视|忘记)[^。；\n]{0,10}(?:指令|指示|提示词?|要求|规则)|\bsystem prompt\b|系统提示词"
    r"|\b(?:you are|act as) (?:now )?(?:a|an|the) (?:\w+ )?(?:assistant|reviewer|language model|AI)\b"
)
_SECRET = re.compile(
    r"\b(?:(?:sk|pk|rk)-[\w-]{16,200}|gh[pousr]_\w{20,200}|xox[abprs]-[\w-]{10,200}|AKIA[0-9A-Z]{16}|AIza[\w-]{30,200}"
    r"|\d{8,12}:[\w-]{35}|glpat-[\w-]{16,200}|hf_\w{20,200}|eyJ[\w-]{8,2000}\.[\w-]{8,2000}\.[\w-]{8,2000})(?![\w-])"
    r"|-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----",
    re.ASCII,
)
_MAY_BE_HIDDEN = re.compile(
    "[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u2065\u206a-\u206f\u3164\ufe00-\ufe0f\ufeff"
    "\uffa0\U000e0000-\U000e0fff]"
)
_HIDDEN = re.compile(
    "[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0"
    "\U000e0000-\U000e0fff]"
    "|(?<![\u2600-\u27bf\ufe0f\U0001f000-\U0001faff])[\u200c\u200d\ufe00-\ufe0f]"
)
"""Characters without width, but for those that join emoji: they split words, so that no rule finds them."""
_CITATION = re.compile(
    r"(?<![^\W\d_])[^\W\d_A-Z]*+(?P<name>[A-Z][^\W\d_]++(?:[-\s][A-Z][^\W\d_]++){0,4}+)\s++(?:et al|等人)"
)
"""A name of at most five words, from the first capital of a word."""
_AUTHOR_LIST = re.compile(
    r"(?:(?:^|[\s。；(（])(?:作者|authors?)(?:[:：]|为|是|包括|\s(?:are|is|include)\s)|\bwritten by\s|\bby authors\s)"
    r"(?P<names>[^。\n]{2,300})",
    re.IGNORECASE,
)
_HAN_CHARACTER = re.compile(r"[\u3400-\u9fff]")
_LATIN_WORD = re.compile(r"[A-Za-z][A-Za-z'-]+")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a summary is checked against.

    The paper's metadata and, where known, the full text that its writer had and the language (``en``, ``zh``) it
    was to be written in.
    """

    paper: Paper
    text: str = ""
    language: str = ""

    @property
    def source(self) -> str:
        """All known text about the paper."""
        return "\n".join((self.paper.title, self.paper.abstract, self.paper.comment, self.text))


@dataclass(frozen=True, slots=True)
class Violation:
    """A violation in a field, worded for the model that wrote it.

    ``field`` is ``headline``, ``takeaways.0`` or ``sections.0``, counted from 0.
    """

    field: str
    rule: str
    reason: str


def find_violations(summary: Summary, evidence: Evidence) -> tuple[Violation, ...]:
    """All violations in a summary."""
    return (
        *_find_field_violations(summary, evidence),
        *_find_long_headline(summary, evidence),
        *find_repeats(summary),
        *find_false_authors(summary, evidence),
    )


def drop_hidden_characters(text: str) -> str:
    """The text without characters that nobody sees."""
    return _HIDDEN.sub("", text) if not text.isascii() and _MAY_BE_HIDDEN.search(text) else text


def drop_fields(summary: Summary, violations: Iterable[Violation]) -> Summary:
    """The summary without the violating fields, flagged with the violated rules."""
    violations = tuple(violations)
    dropped = {violation.field for violation in violations}
    return replace(
        summary,
        headline="" if "headline" in dropped else summary.headline,
        takeaways=tuple(item for i, item in enumerate(summary.takeaways) if f"takeaways.{i}" not in dropped),
        sections=tuple(section for i, section in enumerate(summary.sections) if f"sections.{i}" not in dropped),
        flags=tuple(dict.fromkeys((*summary.flags, *(violation.rule for violation in violations)))),
    )


def is_surely_fit(sentence: str) -> bool:
    """Whether no rule could find anything in a sentence, and the judge would not: so it is with most of them."""
    signs = find_signs(sentence)
    return (
        not signs & _SUSPECT
        and (len(sentence) > MAX_EMPTY_CHARACTERS or not signs & NOTHING)
        and not (signs & COLON and signs & _LABELS)
        and not (signs & WRITING and signs & WRITING_FAULT)
        and not is_run_on(sentence)
        and not is_cut_off(sentence)
        and not may_be_off_topic(sentence)
    )


def find_rot(sentence: str, margin: float = 0.0) -> str:
    """The rule that a sentence breaks by itself; empty if it is fit to show."""
    if is_run_on(sentence) or is_cut_off(sentence):
        return RUN_ON
    if has_placeholder(sentence):
        return PLACEHOLDER
    if repeats_data(sentence) or is_prompt_answer(sentence) or is_about_writing(sentence) or is_filler(sentence):
        return OFF_TOPIC
    if not margin and (
        only_tells_links(sentence) or only_offers_code(sentence)
    ):  # no reason to ask a model again: it just goes
        return OFF_TOPIC
    if is_torn(sentence):
        return TORN
    return OFF_TOPIC if is_off_topic(sentence.strip(), margin) else ""


# -- field by field -------------------------------------------------------------------------------------------


def _find_field_violations(summary: Summary, evidence: Evidence) -> Iterator[Violation]:
    fields = (
        ("headline", summary.headline),
        *((f"takeaways.{i}", item) for i, item in enumerate(summary.takeaways)),
        *((f"sections.{i}", section.body) for i, section in enumerate(summary.sections)),
    )
    for field, text in fields:
        for rule in (
            _find_boilerplate,
            _find_rot_sentences,
            find_unknown_links,
            find_injections,
            find_secrets,
            _find_wrong_language,
            _find_invented_numbers,
            _find_false_claims,
        ):
            for name, reason in rule(drop_hidden_characters(text), evidence):
                yield Violation(field, name, reason)


def _find_boilerplate(text: str, _: Evidence) -> Iterator[tuple[str, str]]:
    for flag in clean_text(text).flags:
        yield flag, f"it has {flag} in it: an unfilled form, a repeated instruction or small talk"


def _find_rot_sentences(text: str, _: Evidence) -> Iterator[tuple[str, str]]:
    for sentence in (sentence for line in text.split("\n") for sentence in split_sentences(line)):
        if rule := find_rot(sentence, _CORRECTION_MARGIN):
            yield (
                rule,
                f"“{sentence.strip()[:60]}” is no plain statement about the paper: say what it does, and no more",
            )


def find_unknown_links(text: str, evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Addresses that are none of the paper's own."""
    for url in find_unknown_urls(text, evidence.paper):
        yield LINK, f"the address {url[:80]} is none that the paper's own data give; leave addresses out"


def find_injections(text: str, _: Evidence) -> Iterator[tuple[str, str]]:
    """Orders to the model or the chat."""
    if find_signs(text) & ORDER and (match := _INJECTION.search(text)):
        yield PROMPT_INJECTION, f"“{match[0][:60]}” is an order that the paper's text brought along: it is no finding"


def find_secrets(text: str, _: Evidence) -> Iterator[tuple[str, str]]:
    """What looks like somebody's key."""
    if find_signs(text) & SECRET and _SECRET.search(text):
        yield LEAKED_KEY, "it has what looks like somebody's key: leave it out"


def _find_wrong_language(text: str, evidence: Evidence) -> Iterator[tuple[str, str]]:
    han_count, word_count = len(_HAN_CHARACTER.findall(text)), len(_LATIN_WORD.findall(text))
    if han_count + word_count < 6:
        return
    if evidence.language == "zh" and han_count < 0.4 * (han_count + word_count):
        yield LANGUAGE, "write it in Chinese (中文)"
    elif evidence.language == "en" and han_count > 0.2 * (han_count + word_count):
        yield LANGUAGE, "write it in English"


def _find_invented_numbers(text: str, evidence: Evidence) -> Iterator[tuple[str, str]]:
    if evidence.text and (unsupported := find_unsupported_numbers(WEB_ADDRESS.sub(" ", text), evidence.source)):
        yield (
            NUMBER,
            f"the text does not have {', '.join(unsupported[:5])}: use only numbers that it has, as it has them",
        )


def _find_false_claims(text: str, evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Authors and institutions in running text that the sources do not name; only checked with a full text."""
    if not evidence.text:
        return
    source = evidence.source.casefold()
    authors = " ".join(evidence.paper.authors).casefold()
    for match in _CITATION.finditer(text):
        if match["name"].split()[-1].casefold() not in source + authors:
            yield AUTHORS, f"“{match[0]}” is nobody whom the text or the list of authors has; do not name authors"
    for match in _AUTHOR_LIST.finditer(text):
        if unknown := find_unknown_authors(match["names"], evidence.paper.authors):
            yield AUTHORS, f"{', '.join(unknown[:3])}: no author of this paper; do not name authors"
    for name in dict.fromkeys(find_unknown_people(text, evidence.source, evidence.paper.authors)):
        yield AUTHORS, f"“{name}” is nobody whom the text or the list of authors has; do not name people"
    for place in dict.fromkeys(find_unknown_places(text, evidence.source)):
        yield AUTHORS, f"the text does not say “{place[:60]}”; do not name institutions"


# -- the summary as a whole -----------------------------------------------------------------------------------


def _find_long_headline(summary: Summary, evidence: Evidence) -> Iterator[Violation]:
    limit = MAX_HEADLINE_LENGTH.get(evidence.language)
    if limit is None:
        return
    if len(summary.headline) > limit or "\n" in summary.headline:
        yield Violation(
            "headline", LENGTH, f"it is one line of at most {limit} characters; this has {len(summary.headline)}"
        )


def find_repeats(summary: Summary) -> Iterator[Violation]:
    """Takeaways that say what the headline or an earlier one says."""
    grams = [_build_grams(item) for item in summary.takeaways]
    headline = _build_grams(summary.headline)
    for i, own_grams in enumerate(grams):
        if len(own_grams) >= _MIN_SAID_GRAMS and len(own_grams & headline) >= _SAID_THRESHOLD * len(own_grams):
            yield Violation(f"takeaways.{i}", REPEAT, "it says again what the headline says")
            continue
        for j, other_grams in enumerate(grams[:i]):
            if own_grams and len(own_grams & other_grams) >= _SIMILARITY_THRESHOLD * min(
                len(own_grams | other_grams), 1.3 * len(own_grams)
            ):
                yield Violation(f"takeaways.{i}", REPEAT, f"it says again what takeaway {j + 1} says")
                break


def _build_grams(text: str) -> frozenset[str]:
    """Latin words, and pairs of Chinese characters."""
    lowered = text.casefold()
    runs = re.findall(r"[\u3400-\u9fff]+", lowered)
    pairs = (run[i : i + 2] for run in runs for i in range(max(1, len(run) - 1)))
    return frozenset((*re.findall(r"[a-z0-9]+(?:\.\d+)?%?", lowered), *pairs))


def find_false_authors(summary: Summary, evidence: Evidence) -> Iterator[Violation]:
    """Sections that list unknown authors; the affiliations that go with them are not trusted either."""
    author_sections = [
        (i, section) for i, section in enumerate(summary.sections) if _classify_title(section.title) == "authors"
    ]
    unknown_names = [
        (i, find_unknown_authors(section.body, evidence.paper.authors))
        for i, section in author_sections
        if evidence.paper.authors
    ]
    for i, names in unknown_names:
        if names:
            yield Violation(f"sections.{i}", AUTHORS, f"{', '.join(names[:3])}: no author of this paper")
    if any(names for _, names in unknown_names):
        for i, section in enumerate(summary.sections):
            if _classify_title(section.title) == "affiliation":
                yield Violation(f"sections.{i}", AUTHORS, "it tells where others than the authors work")


def _classify_title(title: str) -> str:
    lowered = title.casefold().strip()
    if re.search(r"单位|机构|隶属|归属|所属|affiliation|institution", lowered):
        return "affiliation"
    return "authors" if re.search(r"作者|authors?", lowered) else ""


SENTENCE_CHECKS = ((LINK, find_unknown_links), (PROMPT_INJECTION, find_injections), (LEAKED_KEY, find_secrets))
"""What is wrong with a sentence by itself, so that dropping it is enough."""
