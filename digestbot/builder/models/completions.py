"""A server's answer in OpenAI's own shape, whatever it sent: streams, other protocols, gaps, errors with status 200."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

_ENVELOPES = ("data", "result", "response", "body", "output", "completion", "provider")
"""Where some gateways put the whole answer."""
_MAX_DEPTH = 3
_CALL_ARGUMENTS = ("arguments", "args", "input", "parameters")
_THOUGHTS = ("reasoning_content", "reasoning", "thinking")
_TOKENS_IN = ("prompt_tokens", "input_tokens", "prompt_eval_count", "promptTokenCount")
_TOKENS_OUT = ("completion_tokens", "output_tokens", "eval_count", "candidatesTokenCount")
_TOKENS = ("total_tokens", "totalTokenCount")
_MAX_TOKENS = 100_000_000
_NO_ANSWER = 502
_ERROR_STATUS = {"rate_limit": 429, "quota": 429, "auth": 401, "api_key": 401, "not_found": 404, "overloaded": 503}

_NO_NAME = "unknown"
Object = dict[str, Any]


class CompletionError(Exception):
    """A server answered with success what is none; ``status`` is what it should have answered."""

    def __init__(self, reason: str, status: int) -> None:
        super().__init__(reason)
        self.status = status


def read_completion(raw: bytes, model: str) -> Object:
    """A completion by OpenAI's protocol.

    Raises :class:`CompletionError` if the server told of an error, or answered in a form that nobody knows.
    """
    try:
        return _read_chunks(raw, model)
    except (TypeError, AttributeError, KeyError, IndexError, ValueError, RecursionError):
        raise CompletionError("its server's answer is in no known form", _NO_ANSWER) from None


def _read_chunks(raw: bytes, model: str) -> Object:
    chunks = list(_iter_objects(raw.decode("utf-8", "replace").strip().removeprefix("\ufeff")))
    if not chunks:
        raise CompletionError("its server did not answer in JSON", _NO_ANSWER)
    bodies = [found for chunk in chunks if (found := _unwrap(chunk, _MAX_DEPTH))]
    if not bodies:
        raise _read_error(chunks)
    body = bodies[-1]
    choice = _merge_choices([choice for found in bodies for choice in _list_choices(found)])
    return {
        "id": _get_text(body, "id") or "chatcmpl-0",
        "object": "chat.completion",
        "created": 0,
        "model": _get_text(body, "model", "modelVersion") or model,
        "choices": [{"index": 0, "message": _build_message(choice), "finish_reason": _read_finish(choice)}],
        **_read_usage(bodies),
    }


def find_lost_answer(raw: bytes) -> str:
    """The answer that a server quotes in its error because it could not read it (Groq's ``failed_generation``)."""
    for body in _iter_objects(raw.decode("utf-8", "replace").strip()):
        error = body.get("error")
        return _get_text(error if isinstance(error, Mapping) else body, "failed_generation")
    return ""


def _iter_objects(text: str) -> Iterator[Object]:
    """The objects of a body: one, one a line, or the events of a stream; comments before it are left out."""
    try:
        parsed = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        lines = (line.removeprefix("data:").strip() for line in text.split("\n"))
        objects = list(filter(None, (_load_object(line) for line in lines if line.startswith("{"))))
        start = text.find("{")
        yield from objects or filter(None, [_load_object(text[start:]) if start >= 0 and text[:1] != "<" else None])
        return
    parsed = parsed if isinstance(parsed, list) else [parsed]
    yield from (item for item in parsed if isinstance(item, dict))


def _load_object(text: str) -> Object | None:
    try:
        parsed = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) else None


def _unwrap(body: Object, depth: int) -> Object | None:
    """The object that has the answer: the body, or one inside it."""
    if _list_choices(body) or (isinstance(body.get("choices"), list) and not body.get("error")):
        return body
    inner = (body.get(name) for name in _ENVELOPES) if depth else ()
    found = (_unwrap(value, depth - 1) for value in inner if isinstance(value, dict))
    return next(filter(None, found), None)


def _list_choices(body: Object) -> list[Object]:
    """What an answer offers, each with its message, by OpenAI's protocol, Ollama's, Anthropic's or Google's."""
    choices = body.get("choices")
    if isinstance(choices, dict):
        choices = [choices]
    if isinstance(choices, list) and choices:
        return [choice for choice in choices if isinstance(choice, dict)]
    if isinstance(candidates := body.get("candidates"), list):
        return [
            {"message": candidate.get("content"), "finish_reason": _get_text(candidate, "finishReason").lower()}
            for candidate in candidates
            if isinstance(candidate, dict)
        ]
    reason = body.get("done_reason") or body.get("stop_reason")
    if isinstance(output := body.get("output"), list):
        return [{"message": {"content": output}, "finish_reason": body.get("status")}]
    if isinstance(message := body.get("message"), dict):
        return [{"message": message, "finish_reason": reason}]
    if body.get("role") == "assistant" or isinstance(body.get("response"), str):
        return [{"message": {**body, "content": body.get("content", body.get("response"))}, "finish_reason": reason}]
    return []


def _merge_choices(choices: list[Object]) -> Object:
    """The first choice that says something; of a stream, all its pieces together."""
    deltas = [choice for choice in choices if isinstance(choice.get("delta"), dict) and "message" not in choice]
    if deltas and len(deltas) == len(choices):
        return _join_deltas(deltas)
    return next((choice for choice in choices if _has_content(choice)), choices[0] if choices else {})


def _has_content(choice: Object) -> bool:
    message = choice.get("message") or choice
    return isinstance(message, dict) and any(message.get(name) for name in ("content", "tool_calls", "text", "parts"))


def _join_deltas(choices: list[Object]) -> Object:
    message: Object = {"content": "", "reasoning_content": "", "tool_calls": []}
    calls: dict[object, Object] = {}
    for choice in choices:
        delta = _build_message({"message": choice["delta"]})
        message["content"] += delta["content"] or ""
        message["reasoning_content"] += delta.get("reasoning_content") or ""
        for call in delta.get("tool_calls", ()):
            function = calls.setdefault(call.get("index", 0), {"function": {"name": "", "arguments": ""}})["function"]
            function["name"] += call["function"]["name"].removesuffix(_NO_NAME)
            function["arguments"] += call["function"]["arguments"]
    reasons = [reason for choice in choices if (reason := choice.get("finish_reason"))]
    return {"message": {**message, "tool_calls": list(calls.values())}, "finish_reason": reasons[-1] if reasons else ""}


def _build_message(choice: Object) -> Object:
    """A message with text, thoughts and calls, each of its type."""
    message = choice.get("message") or choice.get("delta") or {"content": choice.get("text")}
    message = message if isinstance(message, dict) else {"content": message}
    parts = message.get("parts") if isinstance(message.get("parts"), list) else message.get("content")
    text, thoughts, calls = _read_parts(parts)
    thoughts = "\n".join(filter(None, (thoughts, *(_to_text(message.get(name)) for name in _THOUGHTS))))
    calls = [*calls, *_list_calls(message.get("tool_calls")), *_list_calls(message.get("function_call"))]
    text = text or _to_text(message.get("parsed")) or _to_text(message.get("refusal"))
    built: Object = {"role": "assistant", "content": text or None}
    if thoughts:
        built["reasoning_content"] = thoughts
    if calls:
        built["tool_calls"] = [_build_call(call, number) for number, call in enumerate(calls)]
    return built


def _read_parts(content: object) -> tuple[str, str, list[Object]]:
    """The text, the thoughts and the calls of a content in parts."""
    if not isinstance(content, list):
        return _to_text(content), "", []
    texts, thoughts, calls = [], [], []
    for part in content:
        kind = _get_text(part, "type") if isinstance(part, dict) else ""
        if not isinstance(part, dict):
            texts.append(_to_text(part))
        elif kind in ("tool_use", "function_call", "tool_call") or "functionCall" in part:
            calls.append(part.get("functionCall") or part)
        elif kind in ("thinking", "reasoning") or part.get("thought") is True:
            thoughts.append(_read_parts(part.get("thinking") or part.get("text") or part.get("summary"))[0])
        elif kind == "message":
            texts.append(_read_parts(part.get("content"))[0])
        else:
            texts.append(_to_text(part.get("text", part.get("refusal", ""))))
    return "".join(texts), "\n".join(filter(None, thoughts)), calls


def _list_calls(calls: object) -> list[Object]:
    calls = [calls] if isinstance(calls, dict) else calls
    return [call for call in calls if isinstance(call, dict)] if isinstance(calls, list) else []


def _build_call(call: Object, number: int) -> Object:
    """A call with an id, a name and its arguments as text."""
    inner = call.get("function")
    function = inner if isinstance(inner, dict) else call
    name = _get_text(function, "name") or _get_text(call, "function", "tool_name", "name")
    arguments = next((value for key in _CALL_ARGUMENTS if (value := function.get(key)) is not None), None)
    if arguments is None:
        arguments = next((value for key in _CALL_ARGUMENTS if (value := call.get(key)) is not None), "")
    return {
        **{key: value for key, value in call.items() if key in ("extra_content", "index")},
        "id": _get_text(call, "id") or f"call_{number}",
        "type": "function",
        "function": {"name": name or _NO_NAME, "arguments": _to_text(arguments)},
    }


def _read_finish(choice: Object) -> str:
    reason = _get_text(choice, "finish_reason").lower()
    return {"max_tokens": "length", "incomplete": "length", "safety": "content_filter"}.get(reason, reason) or "stop"


def _read_usage(bodies: Iterable[Object]) -> Object:
    """The tokens that a server counted; nothing where it counted none."""
    for body in reversed(list(bodies)):
        usage = next((body[name] for name in ("usage", "usageMetadata") if isinstance(body.get(name), dict)), body)
        tokens_in, tokens_out, tokens = (_get_count(usage, names) for names in (_TOKENS_IN, _TOKENS_OUT, _TOKENS))
        if tokens_in or tokens_out:
            tokens_out = max(tokens_out, tokens - tokens_in if tokens_in else 0)  # some leave thoughts out
            counts = {"prompt_tokens": tokens_in, "completion_tokens": tokens_out}
            return {"usage": {**counts, "total_tokens": tokens_in + tokens_out}}
    return {}


def _get_count(usage: Object, names: Iterable[str]) -> int:
    for name in names:
        value = usage.get(name)
        if isinstance(value, str) and value.isdecimal() and len(value) < 12:
            value = int(value)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= _MAX_TOKENS:
            return int(value)
    return 0


def _read_error(chunks: list[Object]) -> CompletionError:
    """The error that a server told with a status of success."""
    errors = [error for chunk in chunks if (error := chunk.get("error") or chunk)]
    error = errors[0] if errors else {}
    told = error if isinstance(error, dict) else {"message": str(error)}
    status = next((code for key in ("code", "status", "status_code") if (code := _to_status(told.get(key)))), 0)
    words = json.dumps(told).lower()
    status = status or next((code for word, code in _ERROR_STATUS.items() if word in words), _NO_ANSWER)
    return CompletionError("its server told of an error", status)


def _to_status(value: object) -> int:
    number = int(value) if isinstance(value, int) or (isinstance(value, str) and value.isdecimal()) else 0
    return number if 400 <= number < 600 else 0


def _get_text(value: object, *names: str) -> str:
    found = (value.get(name) for name in names) if isinstance(value, Mapping) else ()
    return next((text for text in found if isinstance(text, str) and text), "")


def _to_text(value: object) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) and value else ""
