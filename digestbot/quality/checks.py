"""The quality checks: rules for what in a summary must not be shown, for loaded pages and built digests alike.

Each rule is a pure function of the summary and the evidence about its paper. A violation names its field, so that a
model can be asked to correct it, or else the field be dropped and flagged.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from digestbot.domain.digest import Section, Summary
from digestbot.domain.paper import Paper, find_links
from digestbot.net.addresses import find_host
from digestbot.quality.cleanup import PLACEHOLDER, clean_text, drop_sentences, split_sentences
from digestbot.quality.headlines import choose_headline, shorten_takeaway
from digestbot.quality.judge import is_off_topic
from digestbot.quality.mentions import find_unknown_people, find_unknown_places
from digestbot.quality.names import find_unknown_authors
from digestbot.quality.numbers import find_unsupported_numbers
from digestbot.quality.ruins import (
    SaidSentences,
    drop_empty_labels,
    drop_marks,
    has_placeholder,
    is_run_on,
    mend_line,
    repeats_data,
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
_CORRECTION_MARGIN = 1.0
"""How much surer the judge has to be where a model is asked again: that costs a request."""
SENTENCE_RULES = (OFF_TOPIC, RUN_ON)
"""For these a sentence goes, and not its whole field."""
_MAX_ROUNDS = 5
_MIN_KEPT_SHARE, _MIN_SECTION_CHARACTERS = 0.4, 200
"""How much of a long section has to be fit to show, or all of it is dropped."""
MAX_HEADLINE_LENGTH = {"en": 160, "zh": 100}
"""Maximum length of a headline in characters, by language."""
_SIMILARITY_THRESHOLD = 0.75
_INJECTION = re.compile(
    r"(?i)@(?:everyone|here|channel)\b|<@[!&]?\d+>|<#\d+>"
    r"|\b(?:ignore|disregard|forget)\s+(?:\w+\s+){0,3}(?:previous|prior|above|earlier|system)\s+(?:\w+\s+)?"
    r"(?:instructions?|prompts?|rules|messages?)"
    r"|(?:忽略|无视|忘记)[^。；\n]{0,10}(?:指令|指示|提示词?|要求|规则)|\bsystem prompt\b|系统提示词"
    r"|\b(?:you are|act as) (?:now )?(?:a|an|the) (?:\w+ )?(?:assistant|reviewer|language model|AI)\b"
)
_INJECTION_TRIGGERS = (
    "@",
    "<",
    "ignore",
    "disregard",
    "forget",
    "忽略",
    "无视",
    "忘记",
    "prompt",
    "提示词",
    "you are",
    "act as",
)
"""Every order has one of these: looking for them is cheap."""
_URL = re.compile(r"(?:https?://|www\.)[\w.~:/?#@!$&*+,;=%()-]+", re.ASCII)
_OTHER_ADDRESS = re.compile(
    r"(?:\b(?!https?:)[a-z][a-z0-9+-]{1,14}://|\bmailto:|\btg:(?!//))[\w.~:/?#@!$&*+,;=%()-]+"
    r"|(?<![\w@./-])(?!www\.)(?:[a-z0-9-]{1,63}\.){1,4}"
    r"(?:com|org|net|info|dev|app|xyz|site|top|link|click|online|shop|club|example"
    r"|io|ai|me|gg|co|ly|to|tk|pw|cc|tv|ws|ml|ga|cf|gq|su|cn|hk|tw|jp|kr|in|id|vn|my|sg|ru|ua|kz|ir"
    r"|de|uk|fr|nl|eu|us|ca|br|it|es|pl|se|no|ch|at|be)(?::\d{1,5})?[/?](?=[\w~#=&%-])[\w.~/?#=&%-]+"
    r"|(?<!\w)@(?!(?:everyone|channel)\b)[a-z]\w{4,31}",
    re.ASCII,
)
"""Addresses with another scheme or none, and names of accounts, in small letters."""
_FULL_WIDTH = {0xFEE0 + ord(char): char for char in f"./:@{string.ascii_letters}{string.digits}"}
_SECRET = re.compile(
    r"\b(?:(?:sk|pk|rk)-[\w-]{16,200}|gh[pousr]_\w{20,200}|xox[abprs]-[\w-]{10,200}|AKIA[0-9A-Z]{16}|AIza[\w-]{30,200}"
    r"|\d{8,12}:[\w-]{35}|glpat-[\w-]{16,200}|hf_\w{20,200}|eyJ[\w-]{8,2000}\.[\w-]{8,2000}\.[\w-]{8,2000})(?![\w-])"
    r"|-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----",
    re.ASCII,
)
_HIDDEN = re.compile(
    "[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0"
    "\U000e0000-\U000e0fff]"
    "|(?<![\u2600-\u27bf\ufe0f\U0001f000-\U0001faff])[\u200c\u200d\ufe00-\ufe0f]"
)
"""Characters without width, but for those that join emoji: they split words, so that no rule finds them."""
_PUBLISHER_HOSTS = ("arxiv.org", "doi.org", "biorxiv.org", "medrxiv.org", "alphaxiv.org", "huggingface.co")
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
        *_find_repeats(summary),
        *_find_false_authors(summary, evidence),
    )


def drop_hidden_characters(text: str) -> str:
    """The text without characters that nobody sees."""
    return text if text.isascii() else _HIDDEN.sub("", text)


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
        *_find_repeats(cleaned),
        *_find_false_authors(cleaned, evidence),
    )  # without a full text, there is nothing more to check
    return drop_fields(cleaned, find_violations(cleaned, evidence) if has_source else violations)


def _clean_fields(summary: Summary, evidence: Evidence) -> Summary:
    flags = dict.fromkeys(summary.flags)

    said = SaidSentences()

    def clean_field(text: str) -> str:
        result = clean_text(drop_marks(drop_hidden_characters(text)))
        flags.update(dict.fromkeys(result.flags))
        cleaned = result.text
        for rule, find in (
            (LINK, _find_unknown_links),
            (PROMPT_INJECTION, _find_injections),
            (LEAKED_KEY, _find_secrets),
        ):
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
    return "".join(kept).rstrip()


def find_rot(sentence: str, margin: float = 0.0) -> str:
    """The rule that a sentence breaks by itself; empty if it is fit to show."""
    if is_run_on(sentence):
        return RUN_ON
    if has_placeholder(sentence):
        return PLACEHOLDER
    return OFF_TOPIC if repeats_data(sentence) or is_off_topic(sentence.strip(), margin) else ""


def mend_text(text: str) -> str:
    """The text without what is left of what was dropped: empty labels, half brackets, blank lines."""
    lines = [mend_line(line) for line in text.split("\n")]
    return "\n".join(drop_empty_labels(line for line in lines if line.strip())).strip()


def _keep_most(before: str, after: str) -> str:
    """A section after it was cleaned, unless most of it had to go."""
    is_rotten = len(before) >= _MIN_SECTION_CHARACTERS and len(after) < _MIN_KEPT_SHARE * len(before)
    return "" if is_rotten else after


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
            _find_unknown_links,
            _find_injections,
            _find_secrets,
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


def _find_unknown_links(text: str, evidence: Evidence) -> Iterator[tuple[str, str]]:
    lowered = text.translate(_FULL_WIDTH).lower()
    if not any(sign in lowered for sign in ("/", "?", "@", "www.", "mailto:", "tg:")):
        return
    paper = evidence.paper
    known_urls = _list_known_urls(paper)
    for url in (*_URL.findall(lowered), *_OTHER_ADDRESS.findall(lowered)):
        if not any(_is_same_or_below(_normalize_url(url), known_url) for known_url in known_urls) and not _is_paper_url(
            url, paper
        ):
            yield LINK, f"the address {url[:80]} is none that the paper's own data give; leave addresses out"


@lru_cache(maxsize=16)
def _list_known_urls(paper: Paper) -> tuple[str, ...]:
    """The addresses that a paper's own data give; cached, since each line of a summary is checked against them."""
    links = (*paper.links, *find_links(paper.abstract, paper.comment))
    return tuple(dict.fromkeys(_normalize_url(link.url) for link in links))


def _normalize_url(url: str) -> str:
    return re.sub(r"^(?:https?://)?(?:www\.)?", "", url.lower()).rstrip("/.,;:!?)")


def _is_same_or_below(url: str, known_url: str) -> bool:
    """Whether a URL equals a known one or is below it: ``github.com/a/b-c`` is not below ``github.com/a/b``."""
    return url.startswith(known_url) and not re.match(r"(?!\.git\b)[\w.~@%:-]", url[len(known_url) :])


def _is_paper_url(url: str, paper: Paper) -> bool:
    """Whether a URL is a publication page of this paper."""
    if paper.arxiv_id.lower() not in url:
        return False
    host = find_host(url if "://" in url else f"https://{url}").removeprefix("www.")
    return any(host == publisher or host.endswith(f".{publisher}") for publisher in _PUBLISHER_HOSTS)


def _find_injections(text: str, _: Evidence) -> Iterator[tuple[str, str]]:
    if _may_be_injection(text.lower()) and (match := _INJECTION.search(text)):
        yield PROMPT_INJECTION, f"“{match[0][:60]}” is an order that the paper's text brought along: it is no finding"


def _find_secrets(text: str, _: Evidence) -> Iterator[tuple[str, str]]:
    if _SECRET.search(text):
        yield LEAKED_KEY, "it has what looks like somebody's key: leave it out"


def _may_be_injection(lowered: str) -> bool:
    for trigger in _INJECTION_TRIGGERS:  # noqa: SIM110  # a generator takes twice as long, and this runs on every line
        if trigger in lowered:
            return True
    return False


def _find_wrong_language(text: str, evidence: Evidence) -> Iterator[tuple[str, str]]:
    han_count, word_count = len(_HAN_CHARACTER.findall(text)), len(_LATIN_WORD.findall(text))
    if han_count + word_count < 6:
        return
    if evidence.language == "zh" and han_count < 0.4 * (han_count + word_count):
        yield LANGUAGE, "write it in Chinese (中文)"
    elif evidence.language == "en" and han_count > 0.2 * (han_count + word_count):
        yield LANGUAGE, "write it in English"


def _find_invented_numbers(text: str, evidence: Evidence) -> Iterator[tuple[str, str]]:
    if evidence.text and (unsupported := find_unsupported_numbers(_URL.sub(" ", text), evidence.source)):
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


def _find_repeats(summary: Summary) -> Iterator[Violation]:
    grams = [_build_grams(item) for item in summary.takeaways]
    for i, own_grams in enumerate(grams):
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


def _find_false_authors(summary: Summary, evidence: Evidence) -> Iterator[Violation]:
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
