"""Why there is no summary where models were to write one."""

from __future__ import annotations

from digestbot.builder.entry_builder import EntryResult
from digestbot.builder.models.summary_writer import WriteResult
from digestbot.core.papers.summary_services import NoSummaryReason


def find_reason(result: WriteResult | EntryResult) -> NoSummaryReason:
    """Whether the money was used up, no model said anything, or none of what they said held up."""
    if result.is_over_budget:
        return NoSummaryReason.BUDGET
    return NoSummaryReason.ANSWER if result.usage.calls else NoSummaryReason.SILENT
