"""What the builder makes of models' answers: the shapes that were recorded, and labelled statements about papers.

Of the statements (``tests/quality/statements.tsv``), the rules were tuned on one half alone: the other is reported.
"""

from __future__ import annotations

import asyncio
import logging
import tempfile
from datetime import date
from pathlib import Path

import structlog

from benchmarks.claim import Claim, report_claims
from digestbot.app import open_app
from digestbot.builder.models.budget import Budget, BudgetLimits
from digestbot.builder.models.model_writer import ModelWriter
from digestbot.builder.texts.full_text import FullText
from digestbot.domain.digest import Section
from digestbot.domain.paper import Paper
from digestbot.settings import BuilderSettings, build_sqlite_url, load_settings
from tests.builder.answer_shapes import EMPTY_SHAPES, TRUE_SHAPES, Shape
from tests.builder.endpoint import GOOD, ModelEndpoint, open_endpoint
from tests.quality.statements import judge, load_statements

PAPER = Paper("2611.00001", 1, "Loops", (), "We design loops. Nine of 24 designs bind.")
TEXT = FullText("html", (Section("Method", "Nine of 24 designs bind. Loops are designed from residues, then folded."),))


async def count_written(endpoint: ModelEndpoint, budget: Budget, shapes: tuple[Shape, ...], models: int) -> int:
    """How many of the shapes give a summary, with so many models; all but the first answer well."""
    named = [{"name": name, "account": "openai", "base_url": endpoint.url} for name in ("first", "second")[:models]]
    settings = BuilderSettings.model_validate({"api_keys": {"openai": endpoint.key}, "models": named})
    writer, written = ModelWriter(settings, settings.list_usable_models()), 0
    for shape in shapes:
        endpoint.shapes.extend([shape] if models > 1 else [shape] * 3)
        result = await writer.write(PAPER, TEXT, "en", budget)
        endpoint.shapes.clear()
        written += result.summary.headline == GOOD["headline"]
    await writer.close()
    return written


async def measure_shapes() -> tuple[int, int]:
    """How many shapes give a summary: those with the answer by one model, and all by two."""
    with tempfile.TemporaryDirectory() as folder:
        return await measure_shapes_in(build_sqlite_url(Path(folder) / "a.db"))


async def measure_shapes_in(database: str) -> tuple[int, int]:
    async with open_app(load_settings(database_url=database)) as app, open_endpoint() as endpoint:
        budget = Budget(app.store.builds, BudgetLimits(10**9, 10**6), date(2026, 11, 24))
        one = await count_written(endpoint, budget, TRUE_SHAPES, 1)
        return one, await count_written(endpoint, budget, TRUE_SHAPES + EMPTY_SHAPES, 2)


def main() -> None:
    one, two = asyncio.run(measure_shapes())
    with_answer, shapes = len(TRUE_SHAPES), len(TRUE_SHAPES) + len(EMPTY_SHAPES)
    other = judge([statement for statement in load_statements() if not statement.for_tuning])
    report_claims(
        Claim("shapes of answers read, one model", one, "", "those with the answer", with_answer, 1, True, True),
        Claim("shapes of answers read, two models", two, "", "all", shapes, 1, True, True),
        Claim("true statements flagged", len(other.flagged), "", "all true ones", other.true, 0.04, True),
        Claim("false statements missed", len(other.missed), "", "all false ones", other.false, 0.09, True),
    )


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    main()
