"""A model as one paper asks it: its answers are counted, and read whatever they are wrapped in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from pydantic_ai.exceptions import AgentRunError
from pydantic_ai.messages import ModelMessage, ModelResponse, ThinkingPart, ToolCallPart
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.settings import ModelSettings as RequestSettings

from digestbot.builder.models.answer_reader import Answer, read_text
from digestbot.builder.models.counted_model import CountedModel
from digestbot.builder.models.form_reader import count_texts, read_form


class NoAnswerError(AgentRunError):
    """A model's answer has no summary in it. ``answer`` is what there is of one that was cut off."""

    def __init__(self, reason: str, answer: Answer | None = None) -> None:
        super().__init__(reason)
        self.answer = answer


class AnsweringModel(CountedModel):
    """Counts each answer with its tokens (input, output), and makes a call of the form's tool of it.

    Where there is no form to be found, :class:`NoAnswerError` is raised if another model may be asked
    (``has_next``); otherwise the answer is left as it is, so that the model is told.
    """

    def __init__(
        self,
        wrapped: Model,
        count: Callable[[ModelResponse, int, int], None],
        *,
        slots: asyncio.Semaphore,
        has_next: bool,
    ) -> None:
        super().__init__(wrapped, count, slots=slots)
        self._has_next = has_next

    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: RequestSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        """Ask the model. Raises :class:`NoAnswerError`."""
        response = await super().request(messages, model_settings, model_request_parameters)
        answer = read_response(response)
        if answer and answer.is_whole:
            return _build_call(response, answer, model_request_parameters)
        if self._has_next or (answer and {"headline", "takeaways"} <= answer.form.keys()):
            raise NoAnswerError(_describe(response), answer)
        return _end_response(response)


def read_response(response: ModelResponse) -> Answer | None:
    """The form in a response: in its calls, in its text, or in its thoughts, if it thought it out."""
    is_cut = response.finish_reason == "length"
    calls = [part for part in response.parts if isinstance(part, ToolCallPart)]
    values = [part.args for part in calls if isinstance(part.args, dict)]
    texts = [part.args for part in calls if isinstance(part.args, str)]
    if values and (form := read_form(values)):
        return Answer(form, is_whole=not is_cut)
    answers = [answer for text in (*texts, "\n".join(texts), response.text or "") if (answer := read_text(text))]
    best = max(answers, key=lambda answer: (answer.is_whole, count_texts(answer.form)), default=None)
    if best is None and not calls and not response.text and not is_cut:
        thought = "\n".join(part.content for part in response.parts if isinstance(part, ThinkingPart))
        best = read_text(thought)
        return best if best and best.is_whole else None
    return best


def _build_call(response: ModelResponse, answer: Answer, parameters: ModelRequestParameters) -> ModelResponse:
    """The response with its answer as the one call that was asked for."""
    call = ToolCallPart(parameters.output_tools[0].name, {"headline": "", **answer.form})
    for known in (part for part in response.parts if isinstance(part, ToolCallPart)):
        call = replace(call, tool_call_id=known.tool_call_id, id=known.id, provider_details=known.provider_details)
        call = replace(call, provider_name=known.provider_name)
        break
    thoughts = [part for part in response.parts if isinstance(part, ThinkingPart)]
    return replace(response, parts=[*thoughts, call], finish_reason="tool_call")


def _end_response(response: ModelResponse) -> ModelResponse:
    """The response as if it had ended of itself, so that its writer is told what is wrong with it.

    Not if it thought until it was cut off: that it would do again.
    """
    if response.finish_reason == "length" and (response.text or response.tool_calls):
        return replace(response, finish_reason="stop")
    return response


def _describe(response: ModelResponse) -> str:
    if response.finish_reason == "length":
        return "its answer was cut off"
    if response.finish_reason == "content_filter":
        return "its answer was withheld"
    return "its answer has no summary" if response.text or response.tool_calls else "its answer is empty"
