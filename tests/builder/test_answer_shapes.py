"""Each shape of answer that was recorded: where the answer is in it, it is read; where not, the next model is asked."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import date
from typing import Any

import pytest

from digestbot.builder.models.budget import Budget, BudgetLimits
from digestbot.builder.models.model_writer import ModelWriter
from digestbot.builder.models.summary_writer import WriteResult
from digestbot.domain.digest import Summary
from digestbot.store import Store
from digestbot.store.digests.builds import Usage
from tests.builder.answer_shapes import EMPTY_SHAPES, TRUE_SHAPES, Shape, call, complete, dump
from tests.builder.endpoint import GOOD, ModelEndpoint
from tests.builder.models.test_model_writer import PAPER, TEXT, make_settings

TODAY = date(2026, 11, 24)


MODELS = ("small-model", "second")
Ask = Callable[[int], Awaitable[WriteResult]]
"""Has a summary written by so many models."""


class EndlessBudget(Budget):
    """A budget that keeps no books: that it does is tested elsewhere, and takes as long as an answer."""

    async def reserve(self, expected: Usage) -> bool:
        return expected.calls > 0

    async def settle(self, expected: Usage, costs: Sequence[tuple[str, Usage]]) -> None:
        assert sum((cost.calls for _, cost in costs), 0) <= expected.calls


@pytest.fixture
async def ask(endpoint: ModelEndpoint, store: Store) -> AsyncIterator[Ask]:
    budget = EndlessBudget(store.builds, BudgetLimits(10**9, 10), TODAY)
    chosen = [{"name": name, "account": "openai", "base_url": endpoint.url} for name in MODELS]
    writers: dict[int, ModelWriter] = {}

    async def write(models: int) -> WriteResult:
        endpoint.asked.clear()
        if models not in writers:
            settings = make_settings(endpoint, *chosen[:models])
            writers[models] = ModelWriter(settings, settings.list_usable_models())
        return await writers[models].write(PAPER, TEXT, "en", budget)

    yield write
    for writer in writers.values():
        await writer.close()


@pytest.fixture
async def good(ask: Ask) -> Summary:
    """What is written of a good answer."""
    return (await ask(1)).summary


async def test_whatever_an_answer_is_wrapped_in_it_is_read_at_once(
    endpoint: ModelEndpoint, ask: Ask, good: Summary
) -> None:
    wrong = {}
    for shape in TRUE_SHAPES:
        for models in (1, 2):
            endpoint.shapes.append(shape)
            outcome = await ask(models)
            if (outcome.summary, outcome.problem, len(endpoint.asked)) != (good, "", 1):
                wrong[shape.name, models] = (outcome, len(endpoint.asked))
    assert len(TRUE_SHAPES) > 90
    assert wrong == {}


async def test_where_no_answer_is_the_next_model_is_asked(endpoint: ModelEndpoint, ask: Ask, good: Summary) -> None:
    wrong = {}
    for shape in EMPTY_SHAPES:
        endpoint.shapes.append(shape)
        outcome = await ask(2)
        asked = [body["model"] for body in endpoint.asked]
        if (outcome.summary.headline, outcome.summary.writer, asked) != (
            good.headline,
            "second",
            [*MODELS],
        ):
            wrong[shape.name] = (outcome, asked)
    assert len(EMPTY_SHAPES) > 25
    assert wrong == {}


async def test_where_no_answer_is_and_no_other_model_the_abstract_begins(endpoint: ModelEndpoint, ask: Ask) -> None:
    wrong = {}
    for shape in EMPTY_SHAPES:
        endpoint.shapes.extend([shape] * 3)
        outcome = await ask(1)
        endpoint.shapes.clear()
        if outcome.summary.writer != "abstract" or not outcome.problem or not 1 <= len(endpoint.asked) <= 3:
            wrong[shape.name] = outcome
    assert wrong == {}


# -- how a server wants to be asked ---------------------------------------------------------------------------


def forces_call(body: dict[str, Any]) -> bool:
    return "tool_choice" in body


def has_tools(body: dict[str, Any]) -> bool:
    return "tools" in body


def calls_or_answers(body: dict[str, Any]) -> bool:
    """Whether there are tools, or messages that come of them."""
    return has_tools(body) or any(message["role"] == "tool" or "tool_calls" in message for message in body["messages"])


def has_role(role: str) -> Callable[[dict[str, Any]], bool]:
    return lambda body: any(message["role"] == role for message in body["messages"])


REFUSALS = [
    ("Thinking mode does not support this tool_choice", forces_call),  # DeepSeek V4: deepseek-ai/DeepSeek-V3#1376
    ("deepseek-reasoner does not support this tool_choice", forces_call),
    (
        "The tool_choice parameter does not support being set to required or object in thinking mode",
        forces_call,
    ),  # Qwen
    ("tool_choice 'required' is incompatible with thinking enabled", forces_call),  # Kimi
    ("Thinking may not be enabled when tool_choice forces tool use.", forces_call),  # Anthropic
    ('"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set', has_tools),  # vLLM
    ("registry.ollama.ai/library/gemma:2b does not support tools", calls_or_answers),  # Ollama
    ("tools param requires --jinja flag", has_tools),  # llama.cpp
    ("No endpoints found that support tool use", has_tools),  # OpenRouter
    ("Function calling is not enabled for this model", has_tools),
    ("[{'type': 'extra_forbidden', 'loc': ['body', 'max_completion_tokens']}]", lambda b: "max_completion_tokens" in b),
    ("Unsupported parameter: 'max_tokens' is not supported with this model.", lambda b: "max_tokens" in b),
    ("'max_completion_tokens' is too large: 12000.", lambda b: "max_completion_tokens" in b or "max_tokens" in b),
    ("This model's maximum context length is 8192 tokens", lambda b: "max_completion_tokens" in b),
    ("System role not supported", lambda b: has_role("system")(b) or has_role("developer")(b)),  # Gemma
    ("Unknown role: developer", has_role("developer")),
    ("schema: additionalProperties is not supported", lambda b: "additionalProperties" in json.dumps(b)),
    ("schema must not have $ref or $defs", lambda b: "$ref" in json.dumps(b)),
]


@pytest.mark.parametrize(("reason", "is_refused"), REFUSALS, ids=[reason[:40] for reason, _ in REFUSALS])
async def test_a_server_is_asked_as_it_wants_to_be_and_that_is_remembered(
    endpoint: ModelEndpoint, ask: Ask, reason: str, is_refused: Callable[[dict[str, Any]], bool]
) -> None:
    endpoint.refuses = lambda body: reason if is_refused(body) else ""
    first = await ask(1)
    asked = len(endpoint.asked)
    assert (first.summary.headline, first.summary.takeaways) == (GOOD["headline"], tuple(GOOD["takeaways"]))
    assert first.usage.calls == 1
    endpoint.fail_next({"headline": "XXXX 待补充"})
    second = await ask(1)
    assert second.summary.headline == GOOD["headline"]
    assert "placeholder" in endpoint.list_questions()[-1]  # it is told what is wrong, in whatever way it is asked
    assert len(endpoint.asked) == 2
    assert asked <= 5


async def test_what_a_server_refuses_in_every_way_is_left_to_the_next(endpoint: ModelEndpoint, ask: Ask) -> None:
    endpoint.refuses = lambda body: "no tool, function or thinking here" if body["model"] == MODELS[0] else ""
    outcome = await ask(2)
    assert (outcome.summary.writer, outcome.usage.calls) == ("second", 1)
    endpoint.refuses = lambda body: "no tool, function or thinking here"
    assert (await ask(2)).problem == "small-model answered 400; second answered 400"


async def test_a_failure_of_the_server_does_not_change_how_it_is_asked(endpoint: ModelEndpoint, ask: Ask) -> None:
    endpoint.shapes.append(Shape("", lambda body, form: {"error": "error parsing tool call: raw='{'"}, status=500))
    assert (await ask(1)).summary.headline == GOOD["headline"]
    assert "tools" not in endpoint.asked[-1]
    await ask(1)
    assert "tools" in endpoint.asked[0]


# -- what was cut off, and what is counted --------------------------------------------------------------------


async def test_what_there_is_of_an_answer_that_was_cut_off_is_taken_if_nobody_has_more(
    endpoint: ModelEndpoint, ask: Ask
) -> None:
    half = Shape("", lambda body, form: complete(body, call(dump(form)[:300]), "length"))
    endpoint.shapes.extend([half, half])
    outcome = await ask(2)
    assert len(endpoint.asked) == 2
    assert outcome.summary.headline == GOOD["headline"]
    assert outcome.summary.takeaways == tuple(GOOD["takeaways"])
    assert [section.body for section in outcome.summary.sections] == list(GOOD["analysis"].values())[:2]
    endpoint.shapes.append(half)
    assert (await ask(2)).summary.sections[2:]
    assert outcome.usage.calls == 2


@pytest.mark.parametrize(
    "usage", [None, {}, {"prompt_tokens": 0, "completion_tokens": 0}, {"prompt_tokens": "many"}, []]
)
async def test_an_answer_that_was_not_counted_is_estimated(endpoint: ModelEndpoint, ask: Ask, usage: object) -> None:
    endpoint.shapes.append(Shape("", lambda body, form: complete(body, call(dump(form)), usage=usage)))
    outcome = await ask(1)
    asked = sum(len(message["content"]) for message in endpoint.asked[0]["messages"])
    assert asked / 5 < outcome.usage.tokens_in < asked / 2
    assert len(dump(GOOD)) / 5 < outcome.usage.tokens_out < len(dump(GOOD)) / 2


async def test_answers_that_are_none_are_counted_too(endpoint: ModelEndpoint, ask: Ask) -> None:
    endpoint.shapes.append(Shape("", lambda body, form: complete(body, {"content": "Sure."})))
    outcome = await ask(2)
    assert outcome.usage.calls == 2
    assert outcome.usage.tokens_in > 900
