"""A model as one question about a paper asks it: its answers are counted, and a form in its text is read as a call."""

from __future__ import annotations

from dataclasses import replace

from pydantic_ai.messages import ModelMessage, ModelResponse, ToolCallPart
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.settings import ModelSettings as RequestSettings

from digestbot.builder.models.counted_model import CountedModel
from digestbot.builder.models.loose_json import find_objects, parse_json


class AskedModel(CountedModel):
    """Counts each answer with its tokens (input, output), and makes a call of the form's tool of it, if it has one."""

    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: RequestSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        """Ask the model."""
        response = await super().request(messages, model_settings, model_request_parameters)
        tool = model_request_parameters.output_tools[0]
        fields = set(tool.parameters_json_schema.get("properties", {}))
        form = _read_form(response, fields)
        if form is None:
            return response
        known = next((part for part in response.parts if isinstance(part, ToolCallPart)), None)
        call = ToolCallPart(tool.name, form)
        call = replace(call, tool_call_id=known.tool_call_id) if known else call
        return replace(response, parts=[call], finish_reason="tool_call")


def _read_form(response: ModelResponse, fields: set[str]) -> dict[str, object] | None:
    """The form in a response: the arguments of its call, or an object in its text that has one of the fields."""
    calls = [part for part in response.parts if isinstance(part, ToolCallPart)]
    values = [part.args if isinstance(part.args, dict) else parse_json(part.args or "") for part in calls]
    values += [found.value for found in find_objects(response.text or "") if found.is_whole]
    return next((value for value in values if isinstance(value, dict) and fields & value.keys()), None)
