"""Statements about invented papers, labelled true or false by hand, and what the rules say of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from digestbot.domain.digest import Summary
from digestbot.domain.paper import Paper
from digestbot.quality.checks import AUTHORS, NUMBER, Evidence, find_violations

PATH = Path(__file__).with_name("statements.tsv")
LATER_PATHS = [PATH.with_name(f"statements_{number}.tsv") for number in ("second", "third", "fourth")]
"""Statements that were labelled one file after the other, each before the rules had seen it; then they were mended."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement about a paper. The rules were tuned on those ``for_tuning`` alone."""

    text: str
    evidence: Evidence
    is_true: bool
    for_tuning: bool

    @property
    def is_flagged(self) -> bool:
        """Whether the rules for numbers and names find something in it."""
        found = find_violations(Summary("", (self.text,)), self.evidence)
        return any(violation.rule in (NUMBER, AUTHORS) for violation in found)


def load_statements(path: Path = PATH) -> list[Statement]:
    """All statements, in order."""
    statements: list[Statement] = []
    title, text = "", ""
    authors: tuple[str, ...] = ()
    for line in path.read_text("utf-8").splitlines():
        kind, _, rest = line.partition("\t" if "\t" in line else " ")
        if kind == "=":
            title = rest
        elif kind == "@":
            authors = tuple(rest.split("; "))
        elif kind == ">":
            text = rest
        elif kind in ("true", "false"):
            paper = Paper("2611.00001", 1, f"About {title}", authors, "")
            number = len(statements) + 1
            statements.append(Statement(rest, Evidence(paper, text), kind == "true", number % 2 == 1))
    return statements


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What the rules say of some statements: true ones that they flag, and false ones that they miss."""

    true: int
    false: int
    flagged: list[str]
    missed: list[str]


def judge(statements: list[Statement]) -> Verdicts:
    """Hold statements against the rules."""
    true = [statement for statement in statements if statement.is_true]
    false = [statement for statement in statements if not statement.is_true]
    flagged = [statement.text for statement in true if statement.is_flagged]
    return Verdicts(len(true), len(false), flagged, [statement.text for statement in false if not statement.is_flagged])
