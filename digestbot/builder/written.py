"""The form that a model fills in, and the summary that it makes."""

from __future__ import annotations

from pydantic import BaseModel, Field

from digestbot.cards.text import drop_control_characters
from digestbot.domain.digest import Section, Summary
from digestbot.locale import translate

MOST_TAKEAWAYS = 7


class Analysis(BaseModel):
    """The longer analysis, which needs the full text."""

    background: str = ""
    past_methods: str = ""
    method: str = ""
    results: str = ""
    significance: str = ""
    innovation: str = ""
    performance: str = ""
    workload: str = ""


class Short(BaseModel):
    """What can be said of an abstract."""

    headline: str
    takeaways: list[str] = Field(default_factory=list)

    def summary(self, language: str, basis: str, writer: str) -> Summary:
        """The summary in the bot's own form."""
        takeaways = tuple(line for item in self.takeaways if (line := _line(item).lstrip("-•* ")))
        return Summary(_line(self.headline), takeaways[:MOST_TAKEAWAYS], self.sections(language), (), basis, writer)

    def sections(self, language: str) -> tuple[Section, ...]:  # noqa: ARG002
        """The parts of the analysis: none."""
        return ()


class Long(Short):
    """What can be said of a full text."""

    analysis: Analysis = Field(default_factory=Analysis)

    def sections(self, language: str) -> tuple[Section, ...]:
        """The parts of the analysis that have something to say; the last three are one."""
        whole = ("background", "past_methods", "method", "results", "significance")
        parts = [(translate(language, f"analysis.{name}"), _lines(getattr(self.analysis, name))) for name in whole]
        marks = ((name, _line(getattr(self.analysis, name))) for name in ("innovation", "performance", "workload"))
        judged = "\n".join(f"- {translate(language, f'analysis.{name}', text=text)}" for name, text in marks if text)
        parts.append((translate(language, "analysis.judgement"), judged))
        return tuple(Section(title, body) for title, body in parts if body)


def _line(text: str) -> str:
    return " ".join(drop_control_characters(text).split())


def _lines(text: str) -> str:
    return "\n".join(line for part in text.split("\n") if (line := _line(part)))
