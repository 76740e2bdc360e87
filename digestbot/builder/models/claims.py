"""Checks the claims of an answer: each quotation stands in the paper's text, and the claim says no more than that.

A complaint is a sentence that the model which wrote the claim understands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from digestbot.cards.text import drop_control_characters
from digestbot.domain.digest import Summary
from digestbot.domain.paper import Paper
from digestbot.domain.papers.paper_answers import Claim, PaperQuestion, Quotation
from digestbot.domain.papers.paper_paragraphs import PaperParagraph
from digestbot.domain.text.lengths import shorten_text
from digestbot.domain.text.search_words import split_tokens
from digestbot.quality import checks
from digestbot.quality.cleanup import INSTRUCTIONS, find_flags
from digestbot.quality.links import WEB_ADDRESS, find_unknown_urls
from digestbot.quality.quotations import FoldedText, FoundQuotation, turns_sense

_MAX_CLAIM_CHARACTERS = 400
_MAX_QUOTATIONS = 3
_RULES = (checks.LANGUAGE, checks.NUMBER, checks.LINK, checks.PROMPT_INJECTION, checks.LEAKED_KEY)
_SHOWN_CHARACTERS = 80
_ORDERS = re.compile(
    r"(?i)(?<!\S)/[a-z_]{4,}(?![\w/])|@所有人|@全体成员|加(?:我|好友)?微信"
    r"|\b(?:send|reveal|post|share|tell)\b[^.;]{0,30}\b(?:api keys?|passwords?|secrets?)\b"
    r"|\b(?:positive|favou?rable) reviews? only\b|\baccept this paper\b|\b(?:reviewers?|you) must accept\b"
    r"|\bpaper is the best (?:of all papers|paper)\b"
)
"""Orders to a reader, a reviewer or a bot that papers bring along, beside those that no summary may have."""


@dataclass(frozen=True, slots=True)
class WrittenClaim:
    """A claim as a model wrote it: ``passage`` is the number of the one that it names, from 1 on; 0 for none."""

    text: str
    quotations: tuple[str, ...]
    passage: int = 0


class ClaimChecker:
    """Checks claims against the passages that a model was shown."""

    def __init__(self, asked: PaperQuestion, passages: Sequence[PaperParagraph]) -> None:
        self._asked, self._passages = asked, passages
        self._folded = [FoldedText(passage.text) for passage in passages]

    def check(self, written: WrittenClaim) -> Claim | str:
        """The claim with the paper's own words for its quotations, or what is wrong with it."""
        text = shorten_text(
            " ".join(drop_control_characters(written.text).split()).lstrip("-•* "), _MAX_CLAIM_CHARACTERS
        )
        if not text:
            return "A claim is empty: leave it out."
        found = [self._find(quoted, written.passage) for quoted in written.quotations[:_MAX_QUOTATIONS]]
        if missing := [quoted for quoted, place in zip(written.quotations, found, strict=False) if place is None]:
            return (
                f"“{_shorten(missing[0])}” does not stand in the passages: copy the words of one passage exactly, "
                f"whole words and at least four of them, or leave out the claim “{_shorten(text)}”."
            )
        places = [place for place in found if place]
        if not places:
            return f"The claim “{_shorten(text)}” has no quotation: copy the words that show it, or leave it out."
        if complaint := next(self._iter_complaints(text, places), ""):
            return f"The claim “{_shorten(text)}”: {complaint}."
        quotations = dict.fromkeys(self._to_quotation(number, quoted) for number, quoted in places)
        return Claim(text, tuple(quotations))

    def _find(self, quoted: str, named: int) -> tuple[int, FoundQuotation] | None:
        """The passage that has a quotation, the named one before all others, and its words."""
        numbers = sorted(range(len(self._passages)), key=lambda number: number != named - 1)
        found = ((number, self._folded[number].find(quoted)) for number in numbers)
        return next(((number, words) for number, words in found if words), None)

    def _iter_complaints(self, text: str, places: Sequence[tuple[int, FoundQuotation]]) -> Iterator[str]:
        quoted = "\n".join(words.text for _, words in places)
        if any(_is_order(words.text) for _, words in places):
            yield "what it quotes is an order that the paper's text brought along: it is no finding; leave it out"
        if self._repeats_question(quoted):
            yield "its quotation only repeats the question; quote what answers it"
        if any(words.is_turned for _, words in places) and not turns_sense(text):
            turned = next(words.text for _, words in places if words.is_turned)
            yield f"what it quotes is turned by its sentence, “{_shorten(turned)}”: say what the whole sentence says"
        if _ORDERS.search(text) or _ORDERS.search(quoted):
            yield "it has a command or an order to somebody: it is no finding; leave it out"
        paper = replace(self._asked.paper, abstract="", comment="", links=())
        if WEB_ADDRESS.search(text) or next(find_unknown_urls(text, paper), ""):
            yield "no web addresses and no names of accounts"
        evidence = checks.Evidence(paper, quoted, self._asked.language)
        for fault in checks.find_violations(Summary(takeaways=(text,)), evidence):
            if fault.rule in _RULES:
                yield fault.reason

    def _repeats_question(self, quoted: str) -> bool:
        words = split_tokens(quoted)
        return len(words) > 3 and set(words) <= set(split_tokens(self._asked.question))

    def _to_quotation(self, number: int, found: FoundQuotation) -> Quotation:
        passage = self._passages[number]
        section = drop_control_characters(passage.section)
        return Quotation(found.text, "" if section == "Text" else section, passage.find_page(found.place))


def _is_order(text: str) -> bool:
    """Whether a piece of a paper is an instruction to a model, which no paper's findings are."""
    evidence = checks.Evidence(_NO_PAPER)
    return next(checks.find_injections(text, evidence), None) is not None or INSTRUCTIONS in find_flags(text)


def _shorten(text: str) -> str:
    return shorten_text(" ".join(text.split()), _SHOWN_CHARACTERS)


_NO_PAPER = Paper("", 1, "", (), "")
