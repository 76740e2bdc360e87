"""The quality gate: what of a summary is held back, and why. The same for pages that are loaded and digests made here.

Every rule is a pure function of the summary and of what is known of the paper. What a rule finds names the field, so
that a model can be told, and the field be dropped and flagged where telling does not help.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from digestbot.domain.digest import Section, Summary
from digestbot.domain.names import strangers
from digestbot.domain.numbers import strange_numbers
from digestbot.domain.paper import Paper, find_links
from digestbot.domain.quality import clean, drop_sentences

LANGUAGE = "language"
"""Not in the language that was asked for."""
LENGTH = "length"
"""A headline that is longer than a line."""
REPEAT = "repeat"
"""A takeaway that says what another one says."""
NUMBER = "number"
"""A number that the source has not."""
AUTHORS = "authors"
"""A claim about authors or where they work that the paper's own data contradicts."""
LINK = "link"
"""An address that the paper's own data has not: made up, or smuggled in by the text."""
SMUGGLED = "smuggled"
"""Orders to the model or to the chat, such as ``@everyone``, that the text brought along."""
HEADLINE_LENGTH = {"en": 160, "zh": 100}
"""The most characters of a headline."""
_ALIKE = 0.75
_ORDERS = re.compile(
    r"(?i)@(?:everyone|here|channel)\b|<@[!&]?\d+>|<#\d+>"
    r"|\b(?:ignore|disregard|forget)\s+(?:\w+\s+){0,3}(?:previous|prior|above|earlier|system)\s+(?:\w+\s+)?"
    r"(?:instructions?|prompts?|rules|messages?)"
    r"|(?:忽略|无视|忘记)[^。；\n]{0,10}(?:指令|指示|提示词?|要求|规则)|\bsystem prompt\b|系统提示词"
    r"|\b(?:you are|act as) (?:now )?(?:a|an|the) (?:\w+ )?(?:assistant|reviewer|language model|AI)\b"
)
_SIGNS = ("@", "<", "ignore", "disregard", "forget", "忽略", "无视", "忘记", "prompt", "提示词", "you are", "act as")
"""Every order has one of these: looking for them is cheap."""
_ADDRESS = re.compile(r"(?:https?://|www\.)[\w.~:/?#@!$&*+,;=%()-]+", re.ASCII)
_PUBLISHERS = ("arxiv.org", "doi.org", "biorxiv.org", "medrxiv.org", "alphaxiv.org", "huggingface.co")
_PLACE = re.compile(
    r"\b(?i:researchers?|authors?|team|scientists?|group|work)\s+(?:from|at|of)\s+(?:the\s+)?"
    r"(?P<place>[A-Z][\w.&-]*(?:\s+(?:of|for|and|the|[A-Z][\w.&-]*))*)"
)
_PLACE_ZH = re.compile(r"(?:来自|由)(?P<place>[^，。；、\s]{2,16}?(?:大学|学院|研究院|研究所|实验室|公司|科学院))")
_CITED = re.compile(r"(?P<name>[A-Z][^\W\d_]+(?:[-\s][A-Z][^\W\d_]+)*)\s+(?:et al|等人)")
_NAMED = re.compile(
    r"(?:(?:^|[\s。；(（])(?:作者|authors?)(?:[:：]|为|是|包括|\s(?:are|is|include)\s)|\bwritten by\s|\bby authors\s)"
    r"(?P<names>[^。\n]{2,300})",
    re.IGNORECASE,
)
_HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN = re.compile(r"[A-Za-z][A-Za-z'-]+")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a summary is held against: the paper's data; where they are known, the whole text that its writer had before
    it, and the language (``en``, ``zh``) that it was to write in.
    """

    paper: Paper
    text: str = ""
    language: str = ""

    @property
    def source(self) -> str:
        """All that is known of the paper."""
        return "\n".join((self.paper.title, self.paper.abstract, self.paper.comment, self.text))


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a field, in words that its writer understands.

    ``field`` is ``headline``, ``takeaways.0`` or ``sections.0``, counted from 0.
    """

    field: str
    rule: str
    reason: str


def find_faults(summary: Summary, evidence: Evidence) -> tuple[Fault, ...]:
    """All that is wrong with a summary."""
    return (
        *_in_fields(summary, evidence),
        *_too_long(summary, evidence),
        *_repeated(summary),
        *_false_authors(summary, evidence),
    )


def without(summary: Summary, faults: Iterable[Fault]) -> Summary:
    """The summary without the fields that something is wrong with, and flagged with the rules that found it."""
    faults = tuple(faults)
    bad = {fault.field for fault in faults}
    return replace(
        summary,
        headline="" if "headline" in bad else summary.headline,
        takeaways=tuple(item for i, item in enumerate(summary.takeaways) if f"takeaways.{i}" not in bad),
        sections=tuple(section for i, section in enumerate(summary.sections) if f"sections.{i}" not in bad),
        flags=tuple(dict.fromkeys((*summary.flags, *(fault.rule for fault in faults)))),
    )


def passed(summary: Summary, evidence: Evidence) -> Summary:
    """What of a summary may be shown: sentences are taken out where that is enough, fields where it is not."""
    mended = _mended(summary, evidence)
    known = evidence.text or evidence.language
    whole = (*_repeated(mended), *_false_authors(mended, evidence))  # where no more is known, no more can be found
    return without(mended, find_faults(mended, evidence) if known else whole)


def _mended(summary: Summary, evidence: Evidence) -> Summary:
    flags = dict.fromkeys(summary.flags)

    def mend(text: str) -> str:
        cleaned = clean(text)
        flags.update(dict.fromkeys(cleaned.flags))
        kept = cleaned.text
        for rule, finds in ((LINK, _links), (SMUGGLED, _smuggled)):
            kept, dropped = drop_sentences(kept, lambda sentence, finds=finds: any(finds(sentence, evidence)))  # type: ignore[misc]
            if dropped:
                flags[rule] = None
        return kept.strip()

    takeaways = [mend(item) for item in summary.takeaways]
    sections = [Section(section.title, mend(section.body)) for section in summary.sections]
    return replace(
        summary,
        headline=mend(summary.headline),
        takeaways=tuple(item for item in takeaways if item),
        sections=tuple(section for section in sections if section.body),
        flags=tuple(flags),
    )


# -- field by field -------------------------------------------------------------------------------------------


def _in_fields(summary: Summary, evidence: Evidence) -> Iterator[Fault]:
    fields = (
        ("headline", summary.headline),
        *((f"takeaways.{i}", item) for i, item in enumerate(summary.takeaways)),
        *((f"sections.{i}", section.body) for i, section in enumerate(summary.sections)),
    )
    for field, text in fields:
        for rule in (_forms, _links, _smuggled, _language, _numbers, _claims):
            for name, reason in rule(text, evidence):
                yield Fault(field, name, reason)


def _forms(text: str, _: Evidence) -> Iterator[tuple[str, str]]:
    for flag in clean(text).flags:
        yield flag, f"it has {flag} in it: an unfilled form, a repeated instruction or small talk"


def _links(text: str, evidence: Evidence) -> Iterator[tuple[str, str]]:
    small = text.lower()
    if "http" not in small and "www." not in small:
        return
    paper = evidence.paper
    known = [_bare(link.url) for link in (*paper.links, *find_links(paper.abstract, paper.comment))]
    for address in _ADDRESS.findall(small):
        if not any(_is_at(_bare(address), one) for one in known) and not _is_of(address, paper):
            yield LINK, f"the address {address[:80]} is none that the paper's own data give; leave addresses out"


def _bare(url: str) -> str:
    return re.sub(r"^(?:https?://)?(?:www\.)?", "", url.lower()).rstrip("/.,;:!?)")


def _is_at(url: str, known: str) -> bool:
    """Whether an address is a known one, or below it: ``github.com/a/b-c`` is not below ``github.com/a/b``."""
    return url.startswith(known) and not re.match(r"(?!\.git\b)[\w.~@%-]", url[len(known) :])


def _is_of(url: str, paper: Paper) -> bool:
    """Whether an address is where a paper of this number is published."""
    if paper.arxiv_id.lower() not in url:
        return False
    host = (urlsplit(url if "://" in url else f"https://{url}").hostname or "").removeprefix("www.")
    return any(host == one or host.endswith(f".{one}") for one in _PUBLISHERS)


def _smuggled(text: str, _: Evidence) -> Iterator[tuple[str, str]]:
    if _may_order(text.lower()) and (order := _ORDERS.search(text)):
        yield SMUGGLED, f"“{order[0][:60]}” is an order that the paper's text brought along: it is no finding"


def _may_order(small: str) -> bool:
    for sign in _SIGNS:  # noqa: SIM110  # a generator takes twice as long, and this runs on every line
        if sign in small:
            return True
    return False


def _language(text: str, evidence: Evidence) -> Iterator[tuple[str, str]]:
    han, words = len(_HAN.findall(text)), len(_LATIN.findall(text))
    if han + words < 6:
        return
    if evidence.language == "zh" and han < 0.4 * (han + words):
        yield LANGUAGE, "write it in Chinese (中文)"
    elif evidence.language == "en" and han > 0.2 * (han + words):
        yield LANGUAGE, "write it in English"


def _numbers(text: str, evidence: Evidence) -> Iterator[tuple[str, str]]:
    if evidence.text and (strange := strange_numbers(_ADDRESS.sub(" ", text), evidence.source)):
        yield NUMBER, f"the text does not have {', '.join(strange[:5])}: use only numbers that it has, as it has them"


def _claims(text: str, evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Authors and institutions in running text, which can be held against the text that the writer had only."""
    if not evidence.text:
        return
    source = evidence.source.casefold()
    authors = " ".join(evidence.paper.authors).casefold()
    for match in _CITED.finditer(text):
        if match["name"].split()[-1].casefold() not in source + authors:
            yield AUTHORS, f"“{match[0]}” is nobody whom the text or the list of authors has; do not name authors"
    for match in _NAMED.finditer(text):
        if strange := strangers(match["names"], evidence.paper.authors):
            yield AUTHORS, f"{', '.join(strange[:3])}: no author of this paper; do not name authors"
    for pattern in (_PLACE, _PLACE_ZH):
        for match in pattern.finditer(text):
            if match["place"].strip().casefold() not in source:
                yield AUTHORS, f"the text does not say “{match['place'][:60]}”; do not name institutions"


# -- the summary as a whole -----------------------------------------------------------------------------------


def _too_long(summary: Summary, evidence: Evidence) -> Iterator[Fault]:
    most = HEADLINE_LENGTH.get(evidence.language)
    if most is None:
        return
    if len(summary.headline) > most or "\n" in summary.headline:
        yield Fault(
            "headline", LENGTH, f"it is one line of at most {most} characters; this has {len(summary.headline)}"
        )


def _repeated(summary: Summary) -> Iterator[Fault]:
    grams = [_grams(item) for item in summary.takeaways]
    for i, mine in enumerate(grams):
        for j, other in enumerate(grams[:i]):
            if mine and len(mine & other) >= _ALIKE * min(len(mine | other), 1.3 * len(mine)):
                yield Fault(f"takeaways.{i}", REPEAT, f"it says again what takeaway {j + 1} says")
                break


def _grams(text: str) -> frozenset[str]:
    """Latin words and pairs of Chinese characters."""
    small = text.casefold()
    runs = re.findall(r"[\u3400-\u9fff]+", small)
    pairs = (run[i : i + 2] for run in runs for i in range(max(1, len(run) - 1)))
    return frozenset((*re.findall(r"[a-z0-9]+(?:\.\d+)?%?", small), *pairs))


def _false_authors(summary: Summary, evidence: Evidence) -> Iterator[Fault]:
    """Sections that list authors whom the paper has not; then where they work is not to be believed either."""
    lists = [(i, s) for i, s in enumerate(summary.sections) if _kind(s.title) == "authors"]
    false = [(i, strangers(section.body, evidence.paper.authors)) for i, section in lists if evidence.paper.authors]
    for i, names in false:
        if names:
            yield Fault(f"sections.{i}", AUTHORS, f"{', '.join(names[:3])}: no author of this paper")
    if any(names for _, names in false):
        for i, section in enumerate(summary.sections):
            if _kind(section.title) == "affiliation":
                yield Fault(f"sections.{i}", AUTHORS, "it tells where others than the authors work")


def _kind(title: str) -> str:
    small = title.casefold().strip()
    if re.search(r"单位|机构|隶属|归属|所属|affiliation|institution", small):
        return "affiliation"
    return "authors" if re.search(r"作者|authors?", small) else ""
