"""What a day may cost: set aside before a model is asked, given back, and written down for the model that answered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from digestbot.builder.models.budget import Budget, BudgetLimits
from digestbot.builder.models.model_writer import MAX_CORRECTIONS, ModelWriter
from digestbot.builder.models.prompts import load_instructions
from digestbot.builder.texts.full_text import FullText
from digestbot.domain.digest import Section
from digestbot.domain.paper import Paper
from digestbot.settings import BuilderSettings, Settings
from digestbot.store import Database, Store
from digestbot.store.digests.builds import BuildStore, Usage
from digestbot.store.tables import spending
from tests.builder.endpoint import ModelEndpoint
from tests.waiting import HANG_SECONDS

TODAY = date(2026, 11, 24)
PLENTY = BudgetLimits(10**9, 10**6)
PAPER = Paper("2611.00001", 1, "Loops", (), "We design loops. Nine of 24 designs bind.")


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        (Usage(1, 900, 100, 2_000_000), True),  # both caps to the last token and cent
        (Usage(1, 901, 100, 0), False),
        (Usage(1, 900, 101, 0), False),
        (Usage(1, 0, 0, 2_000_001), False),
        (Usage(1, 1, 1, 9_000_000), False),
        (Usage(1, 9_000, 1, 1), False),
    ],
)
async def test_a_day_has_its_caps_to_the_last_token_and_cent(store: Store, asked: Usage, given: bool) -> None:
    assert await Budget(store.builds, BudgetLimits(1_000, 2.0), TODAY).reserve(asked) is given


async def test_what_is_on_its_way_counts_until_it_is_settled(store: Store) -> None:
    budget = Budget(store.builds, BudgetLimits(1_000, 2.0), TODAY)
    first, second, third = Usage(3, 300, 200, 10), Usage(3, 250, 240, 20), Usage(1, 5, 5, 5)
    assert await budget.reserve(first)
    assert await budget.reserve(second)
    assert not await budget.reserve(Usage(1, 11, 0, 0))
    assert await budget.reserve(third)  # what was refused is not held
    assert not await budget.reserve(Usage(1, 1, 0, 0))
    await budget.settle(second, [])
    assert not await budget.reserve(Usage(1, 491, 0, 0))
    assert await budget.reserve(Usage(1, 490, 0, 0))
    await budget.settle(Usage(1, 490, 0, 0), [])
    await budget.settle(first, [])
    await budget.settle(third, [])
    assert await store.builds.get_usage(TODAY) == Usage()
    assert await budget.reserve(Usage(1, 500, 500, 2_000_000))


async def test_what_a_killed_process_reserved_counts_for_its_day(store: Store) -> None:
    killed = Budget(store.builds, BudgetLimits(1_000, 2.0), TODAY)
    assert await killed.reserve(Usage(3, 500, 400, 10))
    restarted = Budget(store.builds, BudgetLimits(1_000, 2.0), TODAY)
    assert await store.builds.get_reserved_usage(TODAY) == Usage(3, 500, 400, 10)
    assert not await restarted.reserve(Usage(3, 500, 400, 10))
    assert await restarted.reserve(Usage(1, 60, 40, 10))
    await restarted.settle(Usage(1, 60, 40, 10), [("a", Usage(1, 50, 30, 9))])
    assert await store.builds.get_usage(TODAY) == Usage(4, 550, 430, 19)
    tomorrow = Budget(store.builds, BudgetLimits(1_000, 2.0), TODAY + timedelta(days=1))
    assert await tomorrow.reserve(Usage(3, 500, 400, 10))


async def test_processes_that_reserve_at_once_stay_within_the_days_limit(store: Store, settings: Settings) -> None:
    others = [Database(settings.effective_database_url) for _ in range(4)]
    budgets = [Budget(BuildStore(database), BudgetLimits(1_000, 2.0), TODAY) for database in others]
    given = await asyncio.gather(*(budget.reserve(Usage(1, 100, 50, 0)) for budget in budgets * 3))
    assert given.count(True) == 6
    assert await store.builds.get_usage(TODAY) == Usage(6, 600, 300, 0)
    for database in others:
        await database.close()


async def test_what_was_spent_today_counts_and_what_was_spent_on_other_days_does_not(store: Store) -> None:
    yesterday = Budget(store.builds, BudgetLimits(1_000, 2.0), TODAY - timedelta(days=1))
    await yesterday.settle(Usage(), [("a", Usage(1, 900, 100, 2_000_000))])
    budget = Budget(store.builds, BudgetLimits(1_000, 2.0), TODAY)
    spent = [("a", Usage(1, 300, 100, 0)), ("b", Usage(1, 300, 100, 1_500_000)), ("b", Usage(1, 50, 50, 0))]
    await budget.settle(Usage(), [*spent, ("c", Usage())])
    assert await store.builds.get_usage(TODAY) == Usage(3, 650, 250, 1_500_000)
    assert not await budget.reserve(Usage(1, 101, 0, 0))
    assert not await budget.reserve(Usage(1, 0, 0, 500_001))
    assert await budget.reserve(Usage(1, 100, 0, 500_000))


class RecordingBudget(Budget):
    """The budget, and what was asked of it."""

    def __init__(self, store: Store, limits: BudgetLimits = PLENTY) -> None:
        super().__init__(store.builds, limits, TODAY)
        self.asked: list[Usage] = []

    async def reserve(self, expected: Usage) -> bool:
        self.asked.append(expected)
        return await super().reserve(expected)


def make_settings(endpoint: ModelEndpoint, *models: dict[str, Any]) -> BuilderSettings:
    given = models or (
        {"name": "small-model", "account": "openai", "base_url": endpoint.url, "dollars_in": 1.0, "dollars_out": 4.0},
    )
    return BuilderSettings.model_validate(
        {"api_keys": {"openai": endpoint.key}, "models": given, "timeout_seconds": HANG_SECONDS}
    )


Make = Callable[..., ModelWriter]


@pytest.fixture
async def make_writer(endpoint: ModelEndpoint) -> AsyncIterator[Make]:
    made: list[ModelWriter] = []

    def build_writer(*models: dict[str, Any]) -> ModelWriter:
        chosen = make_settings(endpoint, *models)
        made.append(ModelWriter(chosen, chosen.list_usable_models()))
        return made[-1]

    yield build_writer
    for one in made:
        await one.close()


def make_long_text(characters: int) -> FullText:
    return FullText("html", (Section("Method", "word " * (characters // 5)),))


async def test_the_whole_question_is_set_aside_with_every_correction_at_the_dearest_price(
    endpoint: ModelEndpoint, store: Store, make_writer: Make
) -> None:
    budget = RecordingBudget(store)
    writer = make_writer()
    for text in (make_long_text(5_000), make_long_text(20_000), FullText("abstract")):
        await writer.write(PAPER, text, "en", budget)
    questions = [sum(len(message["content"]) for message in asked["messages"]) for asked in endpoint.asked]
    for expected, question in zip(budget.asked, questions, strict=True):
        assert (
            question // 4 * (MAX_CORRECTIONS + 1) < expected.tokens_in < (question // 2 + 5_000) * (MAX_CORRECTIONS + 1)
        )
        assert expected.calls == MAX_CORRECTIONS + 1
        assert expected.tokens_out >= 1_000 * (MAX_CORRECTIONS + 1)
        assert abs(expected.microdollars - expected.tokens_in - 4 * expected.tokens_out) < 10
    assert budget.asked[1].tokens_in - budget.asked[0].tokens_in >= (MAX_CORRECTIONS + 1) * 15_000 // 4
    assert budget.asked[0].tokens_in - budget.asked[2].tokens_in >= (MAX_CORRECTIONS + 1) * 5_000 // 4
    cheap = {"name": "cheap", "account": "openai", "base_url": endpoint.url, "dollars_in": 0.0, "dollars_out": 0.0}
    dear = {"name": "dear", "account": "openai", "base_url": endpoint.url, "dollars_in": 100.0, "dollars_out": 0.0}
    for models in ((cheap, dear), (dear, cheap)):
        await make_writer(*models).write(PAPER, FullText("abstract"), "en", budget)
        assert budget.asked[-1].microdollars == 100 * budget.asked[-1].tokens_in
    [shorter, longer] = sorted(("en", "zh"), key=lambda language: len(load_instructions(language)))
    for language in (shorter, longer):
        await writer.write(PAPER, FullText("abstract"), language, budget)
    assert budget.asked[-2].tokens_in < budget.asked[-1].tokens_in


@pytest.mark.parametrize("fault", ["", "400", "invalid", "half", "reset"])
async def test_what_was_set_aside_is_given_back_whatever_comes_of_it(
    endpoint: ModelEndpoint, store: Store, make_writer: Make, fault: str
) -> None:
    if fault:
        endpoint.fail_next(*[fault] * 9)
    budget = RecordingBudget(store)
    outcome = await make_writer().write(PAPER, FullText("abstract"), "en", budget)
    assert budget.asked
    assert await store.builds.get_reserved_usage(TODAY) == Usage()
    assert await store.builds.get_usage(TODAY) == outcome.usage


async def test_what_the_day_has_not_got_is_asked_of_nobody_and_held_by_nobody(
    endpoint: ModelEndpoint, store: Store, make_writer: Make
) -> None:
    probe = RecordingBudget(store)
    writer = make_writer()
    await writer.write(PAPER, FullText("abstract"), "en", probe)
    [expected], spent = probe.asked, await store.builds.get_usage(TODAY)
    short = RecordingBudget(store, BudgetLimits(spent.tokens + expected.tokens - 1, 10**6))
    outcome = await writer.write(PAPER, FullText("abstract"), "en", short)
    assert (outcome.summary.writer, len(endpoint.asked)) == ("abstract", 1)
    assert await store.builds.get_usage(TODAY) == spent
    enough = RecordingBudget(store, BudgetLimits(spent.tokens + expected.tokens, 10**6))
    assert (await writer.write(PAPER, FullText("abstract"), "en", enough)).summary.writer == "small-model"


async def test_each_answer_is_booked_on_the_model_that_gave_it(
    endpoint: ModelEndpoint, store: Store, make_writer: Make
) -> None:
    one = {"name": "one", "account": "openai", "base_url": endpoint.url, "dollars_in": 1.0, "dollars_out": 4.0}
    two = {
        "name": "two-which-is-longer",
        "account": "openai",
        "base_url": endpoint.url,
        "dollars_in": 100.0,
        "dollars_out": 100.0,
    }
    budget = RecordingBudget(store)
    await make_writer(one, two).write(PAPER, FullText("abstract"), "en", budget)
    endpoint.fail_next("400")
    await make_writer(one, two).write(PAPER, FullText("abstract"), "en", budget)
    async with store.database.read() as connection:
        rows = {row.model: row for row in await connection.execute(select(spending).where(spending.c.calls > 0))}
    assert {name: (row.day, row.calls) for name, row in rows.items()} == {
        "one": (TODAY, 1),
        "two-which-is-longer": (TODAY, 1),
    }
    first, second = rows["one"], rows["two-which-is-longer"]
    assert first.microdollars == first.tokens_in + 4 * first.tokens_out
    assert second.microdollars == 100 * (second.tokens_in + second.tokens_out)


async def test_an_answer_costs_what_the_model_does_that_was_asked_whatever_its_server_calls_it(
    make_writer: Make, endpoint: ModelEndpoint, store: Store
) -> None:
    names = {"small": 1.0, "small-model": 10.0}
    writer = make_writer(
        *(
            {"name": n, "account": "openai", "base_url": endpoint.url, "dollars_in": d, "dollars_out": 0.0}
            for n, d in names.items()
        )
    )
    endpoint.fail_next("400")
    endpoint.called = "small-2026-11-01"
    outcome = await writer.write(PAPER, FullText("abstract"), "en", RecordingBudget(store))
    assert outcome.usage.microdollars == 10 * outcome.usage.tokens_in
    async with store.database.read() as connection:
        rows = [row.model for row in await connection.execute(select(spending).where(spending.c.calls > 0))]
    assert rows == ["small-2026-11-01"]


async def test_each_further_model_is_set_aside_an_answer_that_may_be_none(
    endpoint: ModelEndpoint, store: Store, make_writer: Make
) -> None:
    models = [{"name": name, "account": "openai", "base_url": endpoint.url} for name in "abc"]
    endpoint.fail_next(*["no-tool"] * 9)
    budget = RecordingBudget(store)
    outcome = await make_writer(*models).write(PAPER, FullText("abstract"), "en", budget)
    assert budget.asked[0].calls == outcome.usage.calls == MAX_CORRECTIONS + 3
