"""Shapes of models' answers, as servers and models were seen to give them: the issue that has one stands behind it.

Each is a function of the request's body and of the form that the model means, to the body of the answer.
"""

# ruff: noqa: E501  # one shape a line

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Object = dict[str, Any]
Build = Callable[[Object, Object], object]
"""The answer to a request by a model that means a form: a body, or bytes that are none."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape, whether the answer is in it, and the status that it comes with."""

    name: str
    build: Build
    has_answer: bool = True
    status: int = 200


def complete(body: Object, message: Object | None, reason: str | None = "stop", **changes: object) -> Object:
    """A completion as OpenAI documents it, but for what is changed."""
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_790_000_000,
        "model": body["model"],
        "choices": [{"index": 0, "message": {"role": "assistant", **(message or {})}, "finish_reason": reason}],
        "usage": {"prompt_tokens": 900, "completion_tokens": 100, "total_tokens": 1_000},
        **changes,
    }


def call(arguments: object, name: str = "final_result", **changes: object) -> Object:
    """A message that calls the tool."""
    function = {"name": name, "arguments": arguments}
    return {"content": None, "tool_calls": [{"id": "call_1", "type": "function", "function": function, **changes}]}


def dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def from_form(convert: Callable[[Object], object]) -> Build:
    """A call with the form in another shape."""

    def build(body: Object, form: Object) -> Object:
        changed = convert(form)
        return complete(body, call(changed if isinstance(changed, str) else dump(changed)), "tool_calls")

    return build


def from_text(convert: Callable[[Object], str]) -> Build:
    """A text with the form in it."""
    return lambda body, form: complete(body, {"content": convert(form)})


def from_message(convert: Callable[[Object], Object]) -> Build:
    return lambda body, form: complete(body, convert(form))


def from_body(convert: Callable[[Object, Object], object]) -> Build:
    return convert


def nothing(answer: object) -> Build:
    """An answer without the form."""
    return lambda body, form: answer(body) if callable(answer) else answer


def _parameters(form: Object, pattern: str) -> str:
    return "\n".join(
        pattern.format(k=key, v=value if isinstance(value, str) else dump(value)) for key, value in form.items()
    )


def _markdown(form: Object) -> str:
    points = "\n".join(f"{number}. {text}" for number, text in enumerate(form["takeaways"], 1))
    parts = "\n\n".join(f"### {name.replace('_', ' ').title()}\n{text}" for name, text in form["analysis"].items())
    return f"Here is the summary.\n\n**Headline:** {form['headline']}\n\n**Key takeaways**\n\n{points}\n\n## Analysis\n\n{parts}"


def _yaml(form: Object) -> str:
    points = "\n".join(f'  - "{text}"' for text in form["takeaways"])
    parts = "\n".join(f"  {name}: {text}" for name, text in form["analysis"].items())
    return f"```yaml\nheadline: {form['headline']}\ntakeaways:\n{points}\nanalysis:\n{parts}\n```"


def _xml(form: Object) -> str:
    points = "".join(f"<item>{text}</item>" for text in form["takeaways"])
    parts = "".join(f"<{name}>{text}</{name}>" for name, text in form["analysis"].items())
    return f"<answer><headline>{form['headline']}</headline><takeaways>{points}</takeaways><analysis>{parts}</analysis></answer>"


def _schema(form: Object) -> Object:
    text = {"type": "string"}
    inner = {name: {**text, "description": value} for name, value in form["analysis"].items()}
    return {
        "type": "object",
        "properties": {
            "headline": {**text, "value": form["headline"]},
            "takeaways": {"type": "array", "items": form["takeaways"]},
            "analysis": {"type": "object", "properties": inner},
        },
    }


def _stream(body: Object, form: Object) -> bytes:
    text = dump(form)
    pieces = [text[at : at + 40] for at in range(0, len(text), 40)]
    chunks = [
        {"id": "c", "model": body["model"], "choices": [{"index": 0, "delta": {"content": piece}}]} for piece in pieces
    ]
    chunks.append({"id": "c", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    return ("".join(f"data: {dump(chunk)}\n\n" for chunk in chunks) + "data: [DONE]\n\n").encode()


def _stream_call(body: Object, form: Object) -> bytes:
    text = dump(form)
    calls = [{"index": 0, "id": "a", "type": "function", "function": {"name": "final_result", "arguments": ""}}]
    calls += [{"index": 0, "function": {"arguments": text[at : at + 50]}} for at in range(0, len(text), 50)]
    chunks = [
        {"id": "c", "model": body["model"], "choices": [{"index": 0, "delta": {"tool_calls": [one]}}]} for one in calls
    ]
    return "".join(f"data: {dump(chunk)}\n\n" for chunk in chunks).encode()


def _ollama_lines(body: Object, form: Object) -> bytes:
    text = dump(form)
    lines = [{"model": body["model"], "message": {"role": "assistant", "content": text}, "done": False}]
    return "\n".join(dump(line) for line in lines).encode()


_QWEN = "<parameter={k}>\n{v}\n</parameter>"
_GLM = "<arg_key>{k}</arg_key>\n<arg_value>{v}</arg_value>"
SORRY = "I'm sorry, but I can't help with that request."
TRUE_SHAPES = (
    # -- as documented, and nearly so
    Shape("a call", from_form(dict)),
    Shape("a call with thoughts before", from_message(lambda f: {**call(dump(f)), "reasoning_content": "Nine of 24 {so}."})),
    Shape("a call with a text beside it", from_message(lambda f: {**call(dump(f)), "content": "Let me fill in the form."})),
    Shape("a call, and stop as reason", lambda b, f: complete(b, call(dump(f)), "stop")),
    Shape("no reason to finish", lambda b, f: complete(b, call(dump(f)), None)),  # pydantic-ai, Ollama
    Shape("an unknown reason to finish", lambda b, f: complete(b, call(dump(f)), "eos_token")),
    Shape("another name of the tool", from_message(lambda f: call(dump(f), "summarize_paper"))),
    Shape("a call without an id", from_message(lambda f: call(dump(f), id=None))),  # Ollama, vLLM
    Shape("a call without a type", from_message(lambda f: call(dump(f), type=None))),
    Shape("arguments as an object", from_message(call)),  # Ollama's own
    Shape("a call not in a list", from_message(lambda f: {"tool_calls": call(dump(f))["tool_calls"][0]})),
    Shape("a call without function", from_message(lambda f: {"tool_calls": [{"name": "final_result", "args": f}]})),
    Shape("function_call of old", from_message(lambda f: {"function_call": {"name": "final_result", "arguments": dump(f)}})),
    Shape("two calls alike", from_message(lambda f: {"tool_calls": call(dump(f))["tool_calls"] * 2})),
    Shape(
        "a call for each field",
        from_message(lambda f: {"tool_calls": [call(dump({k: v}))["tool_calls"][0] for k, v in f.items()]}),
    ),
    # -- wrong types and wrappings in a call
    Shape("in properties", from_form(lambda f: {"properties": f})),  # cloudwego/eino#385
    Shape("in properties with its schema", from_form(_schema)),
    Shape("in arguments", from_form(lambda f: {"name": "final_result", "arguments": f})),  # kilocode#3282
    Shape("in arguments as JSON", from_form(lambda f: {"name": "final_result", "arguments": dump(f)})),
    Shape("in parameters", from_form(lambda f: {"function": "final_result", "parameters": f})),
    Shape("in an object of its name", from_form(lambda f: {"FullTextSummary": f})),
    Shape("in a list", from_form(lambda f: [f])),
    Shape("in two wrappings", from_form(lambda f: {"response": {"result": f}})),
    Shape("JSON in a string", from_form(lambda f: json.dumps(dump(f)))),
    Shape("fields as a list of names and values", from_form(lambda f: [{"name": k, "value": v} for k, v in f.items()])),
    Shape("null for a list and an object", from_form(lambda f: {**f, "takeaways": f["takeaways"], "analysis": {**f["analysis"], "workload": None}})),
    Shape("a string for a list", from_form(lambda f: {**f, "takeaways": "\n".join(f"- {t}" for t in f["takeaways"])})),
    Shape("a list as JSON in a string", from_form(lambda f: {**f, "takeaways": dump(f["takeaways"])})),  # pydantic list_type
    Shape("a list in Python in a string", from_form(lambda f: {**f, "takeaways": repr(f["takeaways"])})),
    Shape("numbered in one line", from_form(lambda f: {**f, "takeaways": " ".join(f"{n}. {t}" for n, t in enumerate(f["takeaways"], 1))})),
    Shape("an object for a list", from_form(lambda f: {**f, "takeaways": {str(n): t for n, t in enumerate(f["takeaways"])}})),
    Shape("objects in a list", from_form(lambda f: {**f, "takeaways": [{"takeaway": t} for t in f["takeaways"]]})),
    Shape("lists in a list", from_form(lambda f: {**f, "takeaways": [[t] for t in f["takeaways"]]})),
    Shape("a list where text is wanted", from_form(lambda f: {**f, "headline": [f["headline"]], "analysis": {k: [v] if v else [] for k, v in f["analysis"].items()}})),
    Shape("an object where text is wanted", from_form(lambda f: {**f, "headline": {"text": f["headline"]}})),
    Shape("an object as JSON in a string", from_form(lambda f: {**f, "analysis": dump(f["analysis"])})),  # vllm#46924
    Shape("an object as a list", from_form(lambda f: {**f, "analysis": [{"title": k, "content": v} for k, v in f["analysis"].items()]})),
    Shape("a flat object", from_form(lambda f: {**{k: v for k, v in f.items() if k != "analysis"}, **f["analysis"]})),
    Shape("other letters in names", from_form(lambda f: {"Headline": f["headline"], "key_takeaways": f["takeaways"], "Analysis": {k.title(): v for k, v in f["analysis"].items()}})),
    Shape("names in Chinese", from_form(lambda f: {"标题": f["headline"], "要点": f["takeaways"], "分析": f["analysis"]})),
    # -- JSON that is none
    Shape("a fence in the arguments", from_form(lambda f: f"```json\n{dump(f)}\n```")),
    Shape("a comma too many", from_form(lambda f: dump(f)[:-1] + ",}")),
    Shape("single quotes", from_form(repr)),
    Shape("a bracket missing", from_form(lambda f: dump(f)[:-1])),
    Shape("lines in strings", from_form(lambda f: dump(f).replace(". ", ".\n"))),
    Shape("a comment", from_form(lambda f: "{ // the form\n" + dump(f)[1:])),
    Shape("two objects after each other", from_form(lambda f: dump(f) + dump(f))),
    # -- as text
    Shape("JSON as text", from_text(dump)),
    Shape("JSON in a fence", from_text(lambda f: f"Here is the form:\n\n```json\n{json.dumps(f, indent=2)}\n```\n\nI hope this helps {{you}}!")),
    Shape("JSON after thoughts", from_text(lambda f: f'<think>Perhaps {{"headline": "A draft"}} and $\\frac{{a}}{{b}}$.</think>\n{dump(f)}')),
    Shape("JSON after thoughts whose start was cut", from_text(lambda f: f"So I fill it in.\n</think>\n\n{dump(f)}")),  # R1 templates
    Shape("JSON in curly quotes", from_text(lambda f: dump(f).replace('"', "”"))),
    Shape("JSON escaped for HTML", from_text(lambda f: dump(f).replace('"', "&quot;"))),
    Shape("JSON escaped once more", from_text(lambda f: json.dumps(dump(f)))),
    Shape("JSON after the schema", from_text(lambda f: '{"properties": {"headline": {"type": "string"}}, "type": "object"}\n' + dump(f))),
    Shape("a call by Hermes and Qwen", from_text(lambda f: f'<tool_call>\n{{"name": "final_result", "arguments": {dump(f)}}}\n</tool_call>')),
    Shape("a call by Qwen Coder", from_text(lambda f: f"<tool_call>\n<function=final_result>\n{_parameters(f, _QWEN)}\n</function>\n</tool_call>")),
    Shape("a call by GLM", from_text(lambda f: f"<tool_call>final_result\n{_parameters(f, _GLM)}\n</tool_call>")),
    Shape("a call by MiniMax", from_text(lambda f: f'<minimax:tool_call><invoke name="final_result">\n{_parameters(f, "<parameter name={k}>{v}</parameter>")}\n</invoke></minimax:tool_call>')),
    Shape("a call by DeepSeek", from_text(lambda f: f"<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>final_result\n```json\n{dump(f)}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>")),
    Shape("a call by DeepSeek's markup", from_text(lambda f: f'<｜DSML｜function_calls>\n{_parameters(f, "<｜DSML｜parameter name={k} string=true>{v}</｜DSML｜parameter>")}\n</｜DSML｜function_calls>')),
    Shape("a call by Mistral", from_text(lambda f: f'[TOOL_CALLS][{{"name": "final_result", "arguments": {dump(f)}}}]')),
    Shape("a call by Mistral with arguments apart", from_text(lambda f: f"[TOOL_CALLS]final_result[ARGS]{dump(f)}")),
    Shape("a call by Llama", from_text(lambda f: f'<|python_tag|>{{"name": "final_result", "parameters": {dump(f)}}}<|eom_id|>')),
    Shape("a call by Llama with a tag", from_text(lambda f: f"<function=final_result>{dump(f)}</function>")),
    Shape("a call in Python", from_text(lambda f: f"[final_result({', '.join(f'{k}={v!r}' for k, v in f.items())})]")),
    Shape("a call by Kimi", from_text(lambda f: f"<|tool_calls_section_begin|><|tool_call_begin|>functions.final_result:0<|tool_call_argument_begin|>{dump(f)}<|tool_call_end|><|tool_calls_section_end|>")),
    Shape("a call by gpt-oss", from_text(lambda f: f"<|channel|>analysis<|message|>I fill it in.<|end|><|start|>assistant<|channel|>commentary to=functions.final_result <|constrain|>json<|message|>{dump(f)}<|call|>")),
    Shape("a call by Gemma", from_text(lambda f: "<start_function_call>call:final_result" + dump(f).replace('"', "<escape>") + "<end_function_call>")),
    Shape("a call by Command", from_text(lambda f: f'Action: ```json\n[{{"tool_name": "final_result", "parameters": {dump(f)}}}]\n```')),
    Shape("Markdown", from_text(_markdown)),
    Shape("YAML", from_text(_yaml)),
    Shape("XML", from_text(_xml)),
    Shape("a text in parts", from_message(lambda f: {"content": [{"type": "text", "text": dump(f)}]})),
    Shape("thoughts and a text in parts", from_message(lambda f: {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "So."}]}, {"type": "text", "text": dump(f)}]})),
    Shape("an object as text", from_message(lambda f: {"content": f})),
    Shape("parsed beside an empty text", from_message(lambda f: {"content": "", "parsed": f})),
    Shape("an answer among the thoughts", from_message(lambda f: {"content": None, "reasoning_content": f"So:\n{dump(f)}"})),  # vllm#50948
    Shape("an answer in reasoning", from_message(lambda f: {"content": "", "reasoning": dump(f)})),
    # -- bodies
    Shape("null for metadata", lambda b, f: complete(b, call(dump(f)), id=None, object=None, created=None, model=None)),  # pydantic-ai#3994
    Shape("no usage", lambda b, f: {k: v for k, v in complete(b, call(dump(f))).items() if k != "usage"}),
    Shape("usage of null", lambda b, f: complete(b, call(dump(f)), usage=None)),
    Shape("usage in strings", lambda b, f: complete(b, call(dump(f)), usage={"prompt_tokens": "900", "completion_tokens": None})),
    Shape("an unknown tier", lambda b, f: complete(b, call(dump(f)), service_tier="standard", system_fingerprint=7)),  # pydantic-ai#4895
    Shape("within provider", lambda b, f: {"id": None, "choices": None, "provider": complete(b, call(dump(f)))}),  # pydantic-ai#3994
    Shape("within data", lambda b, f: {"code": 0, "msg": "ok", "data": complete(b, call(dump(f)))}),
    Shape("within result", lambda b, f: {"result": complete(b, call(dump(f))), "success": True, "errors": []}),  # Cloudflare
    Shape("choices as an object", lambda b, f: complete(b, None, choices={"message": call(dump(f))})),
    Shape("an empty choice before", lambda b, f: complete(b, None, choices=[{"index": 0, "message": {"content": ""}}, *complete(b, call(dump(f)))["choices"]])),
    Shape("a completion of old", lambda b, f: complete(b, None, choices=[{"text": dump(f), "finish_reason": "stop"}])),
    Shape("Ollama's protocol", lambda b, f: {"model": b["model"], "message": {"role": "assistant", "content": dump(f)}, "done": True, "prompt_eval_count": 900, "eval_count": 100}),
    Shape("Ollama's lines", _ollama_lines),
    Shape("Anthropic's protocol", lambda b, f: {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "final_result", "input": f}], "stop_reason": "tool_use", "usage": {"input_tokens": 900, "output_tokens": 100}}),
    Shape("Google's protocol", lambda b, f: {"candidates": [{"content": {"parts": [{"functionCall": {"name": "final_result", "args": f}}]}, "finishReason": "STOP"}]}),
    Shape("the Responses protocol", lambda b, f: {"object": "response", "output": [{"type": "message", "content": [{"type": "output_text", "text": dump(f)}]}], "status": "completed"}),
    Shape("a stream that was not asked for", _stream),
    Shape("a call in a stream", _stream_call),
    Shape("comments before the body", lambda b, f: b": OPENROUTER PROCESSING\n\n" + dump(complete(b, call(dump(f)))).encode()),
    Shape("a mark before the body", lambda b, f: b"\xef\xbb\xbf" + dump(complete(b, call(dump(f)))).encode()),
    Shape("half a character in it", lambda b, f: complete(b, call(json.dumps({**f, "takeaways": [*f["takeaways"]], "workload": "\ud83d"})))),
    Shape("an answer that its server could not read", lambda b, f: {"error": {"message": "Failed to call a function.", "code": "tool_use_failed", "failed_generation": f"<function=final_result>{dump(f)}</function>"}}, status=400),  # groq-typescript#28
)  # fmt: skip
EMPTY_SHAPES = (
    Shape("no choices", nothing(lambda b: complete(b, None, choices=[])), has_answer=False),
    Shape("null for choices", nothing({"id": None, "choices": None, "usage": None}), has_answer=False),  # pydantic-ai#6885
    Shape("an error with status 200", nothing({"error": {"message": "Provider returned error", "code": 400}}), has_answer=False),
    Shape("an error in words", nothing({"error": "model is not loaded"}), has_answer=False),
    Shape("an error of vLLM's", nothing({"object": "error", "message": "no", "code": 400}), has_answer=False),
    Shape("an error in detail", nothing({"detail": "Not Found"}), has_answer=False),
    Shape("an error beside empty choices", nothing({"choices": [], "error": {"message": "overloaded", "code": 400}}), has_answer=False),
    Shape("an error in the choice", nothing(lambda b: complete(b, {"content": ""}, "error")), has_answer=False),
    Shape("HTML", nothing(b"<!DOCTYPE html><html><body>Sign in {here}</body></html>"), has_answer=False),
    Shape("nothing", nothing(b""), has_answer=False),
    Shape("plain text", nothing(b"Internal Server Error"), has_answer=False),
    Shape("half a body", nothing(b'{"id": "a", "choices": [{"mess'), has_answer=False),
    Shape("a refusal", nothing(lambda b: complete(b, {"content": None, "refusal": SORRY})), has_answer=False),
    Shape("a refusal in words", nothing(lambda b: complete(b, {"content": SORRY})), has_answer=False),
    Shape("a filter", nothing(lambda b: complete(b, {"content": None}, "content_filter")), has_answer=False),
    Shape("an empty text", nothing(lambda b: complete(b, {"content": ""})), has_answer=False),
    Shape("null for a message", nothing(lambda b: complete(b, None, choices=[{"index": 0, "message": None}])), has_answer=False),
    Shape("thoughts only", nothing(lambda b: complete(b, {"content": None, "reasoning_content": "Nine of 24 {so}."})), has_answer=False),
    Shape("thoughts only, cut off", nothing(lambda b: complete(b, {"content": "<think>The paper says"}, "length")), has_answer=False),
    Shape("prose", nothing(lambda b: complete(b, {"content": "Sure, here is the summary you asked for."})), has_answer=False),
    Shape("a call without arguments", nothing(lambda b: complete(b, call(""), "tool_calls")), has_answer=False),
    Shape("a call with null", nothing(lambda b: complete(b, call(None), "tool_calls")), has_answer=False),
    Shape("a call with an empty form", nothing(lambda b: complete(b, call("{}"), "tool_calls")), has_answer=False),
    Shape("a form of nulls", nothing(lambda b: complete(b, call('{"headline": null, "takeaways": null}'))), has_answer=False),
    Shape("the schema", nothing(lambda b: complete(b, {"content": dump(b["tools"][0]["function"]["parameters"])})), has_answer=False),
    Shape("a call that was cut off", lambda b, f: complete(b, call(dump(f)[:40]), "length"), has_answer=False),
    Shape("a text that was cut off", lambda b, f: complete(b, {"content": dump(f)[:40]}, "length"), has_answer=False),
    Shape("a malformed call", nothing({"candidates": [{"content": {}, "finishReason": "MALFORMED_FUNCTION_CALL"}]}), has_answer=False),
)  # fmt: skip
