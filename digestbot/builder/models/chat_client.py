"""The HTTP client of a model that speaks OpenAI's protocol: it reads what servers make of the protocol, and asks again
in another way where a server refuses how it was asked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import structlog
from openai import DefaultAsyncHttpxClient

from digestbot.builder.models.completions import CompletionError, Object, find_lost_answer, read_completion

if TYPE_CHECKING:
    from ssl import SSLContext

    import httpx2

_MAX_ERROR_CHARACTERS = 4_000
_NEVER_ADAPTED = (401, 403, 408, 409, 429)
"""Statuses that say nothing about how a server was asked."""
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Adaptation:
    """Another way to ask, for servers whose error matches ``pattern``; ``apply`` is false where it changes nothing."""

    name: str
    pattern: re.Pattern[str]
    apply: Callable[[Object], bool]


def _drop_choice(body: Object) -> bool:
    """Let the model choose whether it calls the tool; thinking models may not be forced."""
    if "tool_choice" not in body:
        return False
    del body["tool_choice"]
    [tool] = body["tools"]
    _add_instruction(body, f"Answer with a call of the tool `{tool['function']['name']}`.")
    return True


def _describe_tool(body: Object) -> bool:
    """Ask for the arguments as text, for servers and models without tools."""
    tools = body.pop("tools", None)
    if not tools:
        return False
    for name in ("tool_choice", "parallel_tool_calls"):
        body.pop(name, None)
    body["messages"] = [_flatten_message(message) for message in body["messages"]]
    schema = json.dumps(tools[0]["function"].get("parameters", {}), ensure_ascii=False)
    _add_instruction(
        body,
        f"Answer with one JSON object and nothing else: the values, not the schema. It is of this schema:\n{schema}",
    )
    return True


def _rename_limit(body: Object) -> bool:
    if "max_completion_tokens" not in body:
        return False
    body["max_tokens"] = body.pop("max_completion_tokens")
    return True


def _drop_limit(body: Object) -> bool:
    found = [name for name in ("max_tokens", "max_completion_tokens") if name in body]
    for name in found:
        del body[name]
    return bool(found)


def _rename_developer(body: Object) -> bool:
    found = [message for message in body["messages"] if message.get("role") == "developer"]
    for message in found:
        message["role"] = "system"
    return bool(found)


def _join_system(body: Object) -> bool:
    """Put the instructions into the first question, for models that know no system message."""
    messages = body["messages"]
    spoken = [message for message in messages if message.get("role") not in ("system", "developer")]
    instructions = "\n\n".join(str(message["content"]) for message in messages if message not in spoken)
    if not instructions or not spoken:
        return False
    body["messages"] = [{**spoken[0], "content": f"{instructions}\n\n{spoken[0].get('content') or ''}"}, *spoken[1:]]
    return True


def _loosen_schema(body: Object) -> bool:
    """Leave out what some servers know nothing of in a tool's schema."""
    tools = body.get("tools") or ()
    before = json.dumps(tools)
    for tool in tools:
        function = tool["function"]
        function.pop("strict", None)
        parameters = function.get("parameters", {})
        function["parameters"] = _simplify_schema(parameters, parameters.get("$defs", {}))
    return json.dumps(tools) != before


ADAPTATIONS = tuple(
    Adaptation(name, re.compile(pattern, re.IGNORECASE), apply)
    for name, pattern, apply in (
        ("token limit renamed", r"max_completion_tokens", _rename_limit),
        ("no token limit", r"max_(?:completion_|new_)?tokens|context (?:length|window|size)", _drop_limit),
        ("system role", r"developer", _rename_developer),
        ("no system message", r"system (?:role|message|prompt)|roles must alternate", _join_system),
        ("simple schema", r"\bstrict\b|additionalProperties|\$defs|\$ref|invalid (?:json )?schema", _loosen_schema),
        ("free choice", r"tool[_ ]choice|thinking|reasoning mode|forc(?:e|ed|ing) (?:a )?tool", _drop_choice),
        ("no tools", r"tool|function|grammar|reasoning_content|jinja|template|unprocessable|extra", _describe_tool),
    )
)  # fmt: skip


@cache
def _open_certificates() -> SSLContext:
    """Whom all clients trust: reading the certificates takes 40 ms, so they do it once."""
    import httpx2  # noqa: PLC0415  # late: openai has imported it by then

    return httpx2.create_ssl_context()


class ChatClient(DefaultAsyncHttpxClient):
    """Asks one model's server, in the way that it turned out to take."""

    def __init__(self, model: str) -> None:
        super().__init__(verify=_open_certificates())
        self._model = model
        self._adaptations: tuple[Adaptation, ...] = ()

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:  # noqa: ANN401
        """Send a request and read its answer; refused, it is sent again in another way, which is remembered."""
        sent, refusal = self._adaptations, None
        while True:
            response = await super().send(self._adapt_request(request, sent), **options)
            raw = await response.aread()
            if response.status_code < 400:
                self._remember(sent, refusal)
                return self._read_answer(response, raw)
            if lost := find_lost_answer(raw):
                return _build_response(response, 200, _build_completion(lost, self._model))
            refusal = refusal or response
            if not (other := self._choose_adaptation(response, raw, sent, request)):
                return refusal
            sent = (*sent, other)

    def _adapt_request(self, request: httpx2.Request, adaptations: Sequence[Adaptation]) -> httpx2.Request:
        if not adaptations:
            return request
        body = json.loads(request.content)
        for adaptation in adaptations:
            adaptation.apply(body)
        headers = {name: value for name, value in request.headers.items() if name.lower() != "content-length"}
        content = json.dumps(body, ensure_ascii=False).encode()
        return self.build_request(
            request.method, request.url, headers=headers, content=content, extensions=request.extensions
        )

    def _choose_adaptation(
        self, response: httpx2.Response, raw: bytes, sent: Sequence[Adaptation], request: httpx2.Request
    ) -> Adaptation | None:
        """The first other way that the server's words point to and that changes the request."""
        if response.status_code in _NEVER_ADAPTED:
            return None
        words = raw[:_MAX_ERROR_CHARACTERS].decode("utf-8", "replace")
        for adaptation in ADAPTATIONS:
            if adaptation not in sent and adaptation.pattern.search(words):
                body = json.loads(self._adapt_request(request, sent).content)
                if adaptation.apply(body):
                    return adaptation
        return None

    def _remember(self, adaptations: tuple[Adaptation, ...], refusal: httpx2.Response | None) -> None:
        if refusal is not None and refusal.status_code < 500 and adaptations != self._adaptations:
            self._adaptations = adaptations
            _log.info("model_request_adapted", model=self._model, ways=[way.name for way in adaptations])

    def _read_answer(self, response: httpx2.Response, raw: bytes) -> httpx2.Response:
        try:
            return _build_response(response, 200, read_completion(raw, self._model))
        except CompletionError as error:
            return _build_response(response, error.status, {"error": {"message": str(error)}})


def _build_response(response: httpx2.Response, status: int, body: Object) -> httpx2.Response:
    headers = {"content-type": "application/json"}
    if status == 502:  # what is no answer at all is none the next time either
        headers["x-should-retry"] = "false"
    return type(response)(status, headers=headers, content=json.dumps(body).encode(), request=response.request)


def _build_completion(text: str, model: str) -> Object:
    return read_completion(json.dumps({"choices": [{"message": {"content": text}}]}).encode(), model)


def _add_instruction(body: Object, text: str) -> None:
    """Add to the instructions, or to the question where there are none."""
    messages = body["messages"]
    place = next((i for i, message in enumerate(messages) if message.get("role") in ("system", "developer")), 0)
    messages[place] = {**messages[place], "content": f"{messages[place].get('content') or ''}\n\n{text}"}


def _flatten_message(message: Object) -> Object:
    """A message without calls: what was called is what was said, and what a tool answered was asked."""
    if message.get("role") == "tool":
        return {"role": "user", "content": message.get("content") or ""}
    if calls := message.get("tool_calls"):
        return {"role": "assistant", "content": "\n".join(call["function"]["arguments"] for call in calls)}
    return message


def _simplify_schema(schema: Any, definitions: Object) -> Any:  # noqa: ANN401
    if isinstance(schema, list):
        return [_simplify_schema(item, definitions) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if reference := schema.get("$ref"):
        schema = definitions.get(str(reference).rsplit("/", 1)[-1], {})
    left_out = ("$defs", "additionalProperties", "$ref", "default")
    return {key: _simplify_schema(value, definitions) for key, value in schema.items() if key not in left_out}
