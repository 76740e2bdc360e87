"""Answers to questions about a paper: claims with the paper's own words, or the passages themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from digestbot.domain.digest import Section
from digestbot.domain.paper import Paper


class AnswerKind(StrEnum):
    """What an answer is."""

    ANSWERED = "answered"
    NOT_SAID = "not_said"
    """The paper does not say it."""
    PASSAGES = "passages"
    """What may hold the answer, as it is: no model was asked, or none answered."""
    NOTHING = "nothing"
    """Nothing in the paper has any word of the question."""


class AnswerStep(StrEnum):
    """What is being done for an answer."""

    READING = "reading"
    LOOKING = "looking"
    ANSWERING = "answering"


@dataclass(frozen=True, slots=True)
class Quotation:
    """A paper's own words, in the section and on the page where they begin; a page of 0 is none."""

    text: str
    section: str = ""
    page: int = 0


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence of an answer, with what supports it."""

    text: str
    quotations: tuple[Quotation, ...]


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question that was asked before, and what was said to it."""

    question: str
    said: str


@dataclass(frozen=True, slots=True)
class PaperQuestion:
    """A question about a paper, in whose ``language`` the answer is, and what was asked before if it goes on from that.

    ``sections`` are the text of a PDF that a person sent: nothing of what is asked about that is kept.
    """

    paper: Paper
    question: str
    language: str
    earlier: tuple[AskedQuestion, ...] = ()
    sections: tuple[Section, ...] = ()

    @property
    def is_sent(self) -> bool:
        """Whether it is about a PDF that a person sent."""
        return bool(self.sections)


@dataclass(frozen=True, slots=True)
class PaperAnswer:
    """An answer. ``basis`` says what of the paper was read, ``writer`` is the model, ``problem`` why none answered.

    ``is_billed`` where a model was paid for it, even if nothing came of that.
    """

    kind: AnswerKind
    claims: tuple[Claim, ...] = ()
    passages: tuple[Quotation, ...] = ()
    basis: str = ""
    writer: str = ""
    problem: str = ""
    is_billed: bool = False

    def to_json(self) -> dict[str, Any]:
        """The answer as JSON."""
        return asdict(self)

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> PaperAnswer:
        """The answer that was stored. Raises what a damaged one raises."""
        claims = (Claim(str(one["text"]), _read_quotations(one["quotations"])) for one in value["claims"])
        return PaperAnswer(
            AnswerKind(value["kind"]),
            tuple(claims),
            _read_quotations(value["passages"]),
            str(value["basis"]),
            str(value["writer"]),
            str(value["problem"]),
        )

    @property
    def text(self) -> str:
        """What the answer says, as plain text."""
        return " ".join(claim.text for claim in self.claims)


def _read_quotations(values: Any) -> tuple[Quotation, ...]:  # noqa: ANN401  (JSON's)
    return tuple(Quotation(str(one["text"]), str(one["section"]), int(one["page"])) for one in values)
