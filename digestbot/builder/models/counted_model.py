"""A model whose answers are counted, with their tokens, and which is asked by a few at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence

from pydantic_ai.messages import ModelMessage, ModelResponse, ToolCallPart
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.models.wrapper import WrapperModel
from pydantic_ai.settings import ModelSettings as RequestSettings

_LATIN_CHARACTERS_PER_TOKEN = 4


class CountedModel(WrapperModel):
    """Tells ``count`` of each answer with its tokens (input, output).

    A slot is held only while the model works: what is done with its answer keeps nobody else from asking.
    """

    def __init__(
        self, wrapped: Model, count: Callable[[ModelResponse, int, int], None], *, slots: asyncio.Semaphore
    ) -> None:
        super().__init__(wrapped)
        self._count, self._slots = count, slots

    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: RequestSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        """Ask the model."""
        async with self._slots:
            response = await super().request(messages, model_settings, model_request_parameters)
        self._count(response, *count_tokens(messages, response))
        return response


def estimate_tokens(text: str) -> int:
    """About how many tokens a text has, rather too many: a token is a Chinese character, or four letters."""
    latin = len(text.encode("ascii", "ignore"))
    return len(text) - latin + -(-latin // _LATIN_CHARACTERS_PER_TOKEN)


def count_tokens(messages: Sequence[ModelMessage], response: ModelResponse) -> tuple[int, int]:
    """The tokens that the server counted, or an estimate where it counted none."""
    usage = response.usage
    tokens_in = usage.input_tokens or estimate_tokens("\n".join(_iter_texts(messages)))
    return tokens_in, usage.output_tokens or estimate_tokens("\n".join(_iter_texts([response])))


def _iter_texts(messages: Sequence[ModelMessage]) -> Iterator[str]:
    for message in messages:
        yield getattr(message, "instructions", None) or ""
        for part in message.parts:
            said = part.args if isinstance(part, ToolCallPart) else getattr(part, "content", "")
            yield said if isinstance(said, str) else repr(said or "")
