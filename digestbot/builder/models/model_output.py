"""The output schema for models, and its conversion to a summary."""

from __future__ import annotations

from pydantic import BaseModel, Field

from digestbot.cards.text import drop_control_characters
from digestbot.domain.digest import Section, Summary
from digestbot.domain.text.lengths import MAX_HEADLINE, MAX_SECTION, MAX_TAKEAWAY, shorten_text
from digestbot.i18n import translate
from digestbot.quality.checks import drop_hidden_characters

MAX_TAKEAWAYS = 7


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


class AbstractSummary(BaseModel):
    """What can be said of an abstract."""

    headline: str
    takeaways: list[str] = Field(default_factory=list)

    def to_summary(self, language: str, basis: str, writer: str) -> Summary:
        """Convert to the bot's own summary type."""
        lines = (_to_one_line(item).lstrip("-•* ") for item in self.takeaways)
        takeaways = tuple(shorten_text(line, MAX_TAKEAWAY) for line in lines if line)
        headline = shorten_text(_to_one_line(self.headline), MAX_HEADLINE)
        return Summary(headline, takeaways[:MAX_TAKEAWAYS], self.build_sections(language), (), basis, writer)

    def build_sections(self, language: str) -> tuple[Section, ...]:  # noqa: ARG002
        """No sections: an abstract gets no analysis."""
        return ()


class FullTextSummary(AbstractSummary):
    """What can be said of a full text."""

    analysis: Analysis = Field(default_factory=Analysis)

    def build_sections(self, language: str) -> tuple[Section, ...]:
        """The non-empty sections of the analysis; the last three are merged."""
        whole = ("background", "past_methods", "method", "results", "significance")
        parts = [(translate(language, f"analysis.{name}"), _to_lines(getattr(self.analysis, name))) for name in whole]
        marks = (
            (name, _to_one_line(getattr(self.analysis, name))) for name in ("innovation", "performance", "workload")
        )
        judged = "\n".join(f"- {translate(language, f'analysis.{name}', text=text)}" for name, text in marks if text)
        parts.append((translate(language, "analysis.judgement"), judged))
        return tuple(Section(title, shorten_text(body, MAX_SECTION)) for title, body in parts if body)


def _to_one_line(text: str) -> str:
    return " ".join(drop_hidden_characters(drop_control_characters(text)).split())


def _to_lines(text: str) -> str:
    return "\n".join(line for part in text.split("\n") if (line := _to_one_line(part)))
