"""A claim: a figure, its yardstick from the same run, and the goal it has to meet."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from typing import NoReturn


@dataclass(frozen=True, slots=True)
class Claim:
    """``goal`` bounds the ratio of figure to yardstick where ``of_ratio``, else the figure itself.

    It is the most that is allowed, or the least where ``at_least``.
    """

    claim: str
    figure: float
    unit: str
    yardstick: str
    yardstick_figure: float
    goal: float
    of_ratio: bool = False
    at_least: bool = False
    processor: float | None = None
    """The figure in processor time of this process and its threads, where that is told beside it."""

    @property
    def ratio(self) -> float:
        """The figure in yardsticks."""
        return self.figure / self.yardstick_figure

    @property
    def holds(self) -> bool:
        """Whether the goal is met."""
        measured = self.ratio if self.of_ratio else self.figure
        return measured >= self.goal if self.at_least else measured <= self.goal


def report_claims(*claims: Claim) -> NoReturn:
    """Print a JSON line a claim, and exit 1 where one does not hold."""
    for claim in claims:
        rounded = {key: round(value, 4) for key, value in asdict(claim).items() if isinstance(value, float)}
        bound = f"{'>=' if claim.at_least else '<='} {claim.goal:g}"
        goal = f"ratio {bound}" if claim.of_ratio else f"{bound} {claim.unit}"
        line = asdict(claim) | rounded | {"ratio": round(claim.ratio, 2), "goal": goal, "holds": claim.holds}
        del line["of_ratio"], line["at_least"]
        if claim.processor is None:
            del line["processor"]
        print(json.dumps(line, ensure_ascii=False), flush=True)
    sys.exit(0 if all(claim.holds for claim in claims) else 1)
