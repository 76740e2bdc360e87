"""An OpenAI-compatible endpoint on loopback: it answers by tool call, and misbehaves when told to."""

from __future__ import annotations

import asyncio
import json
import re
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.builder.answer_shapes import Shape
from tests.loopback_http import serve_app
from tests.waiting import wait_until

GOOD: dict[str, Any] = {
    "headline": "Nine of 24 designed loops bind their epitope.",
    "takeaways": ["Loops are designed from a handful of residues.", "A learned energy folds them."],
    "analysis": {
        "background": "Loops decide what an antibody binds.",
        "past_methods": "Earlier methods need the antigen.",
        "method": "Loops are designed from residues, then folded.",
        "results": "Nine of 24 designs bind.",
        "significance": "Fewer designs have to be made.",
        "innovation": "No antigen is needed.",
        "performance": "Shown in the lab.",
        "workload": "",
    },
}
CHINESE = {
    "headline": "由少量表位残基设计抗体环，24 个设计中有 9 个能结合。",
    "takeaways": ["只需少量残基即可设计抗体环。", "用学习到的能量函数进行折叠。"],
    "analysis": {"background": "抗体环决定抗体结合哪种抗原。", "method": "先由残基设计，再折叠。"},
}


@dataclass
class ModelEndpoint:
    """The server's state. ``answer`` is what it says when it is well; ``faults`` are taken one by one before.

    ``shapes`` are taken before both, and ``refuses`` says why a request is answered 400, if it is. ``free`` says how
    many questions are answered, where those after them are to wait; ``called`` is the model's name in answers, if it
    has another.
    """

    url: str = ""
    answer: dict[str, Any] = field(default_factory=lambda: GOOD)
    faults: deque[str | dict[str, Any]] = field(default_factory=deque)
    shapes: deque[Shape] = field(default_factory=deque)
    refuses: Callable[[dict[str, Any]], str] = field(default=lambda body: "")
    delay: float = 0.0
    free: int | None = None
    key: str = "sk-test-key"
    called: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    tokens: int = 0

    def fail_next(self, *faults: str | dict[str, Any]) -> None:
        """The next answers: a status, ``invalid``, ``no-tool``, ``half``, ``slow``, ``reset``, or changes of a form."""
        self.faults.extend(faults)

    def list_questions(self) -> list[str]:
        """What was asked, the last message of each."""
        return [json.dumps(request["messages"], ensure_ascii=False) for request in self.asked]

    async def handle_request(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Authorization") != f"Bearer {self.key}":
            shown = request.headers.get("Authorization", "")[-12:]
            return web.json_response({"error": {"message": f"Incorrect API key provided: {shown}"}}, status=401)
        body = await request.json()
        self.asked.append(body)
        number = len(self.asked)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(self.delay)
            await wait_until(lambda: self.free is None or number <= self.free)
            return await self._send_answer(request, body)
        finally:
            self.at_once -= 1

    async def handle_gemini(self, request: web.Request) -> web.StreamResponse:
        """The same by Google's protocol (ai.google.dev/api/generate-content)."""
        if request.headers.get("x-goog-api-key") != self.key:
            return web.json_response({"error": {"code": 401, "message": "no", "status": "UNAUTHENTICATED"}}, status=401)
        body = await request.json()
        self.asked.append(body)
        [declared] = body["tools"][0]["functionDeclarations"]
        wanted = set(next(value for key, value in declared.items() if key.startswith("parameters"))["properties"])
        call = {"name": declared["name"], "args": {key: value for key, value in self.answer.items() if key in wanted}}
        content = {"role": "model", "parts": [{"functionCall": call}]}
        usage = {"promptTokenCount": 900, "candidatesTokenCount": 100, "totalTokenCount": 1000}
        candidates = [{"content": content, "finishReason": "STOP", "index": 0}]
        model = request.path.rsplit("/", 1)[1].split(":")[0]
        return web.json_response({"candidates": candidates, "usageMetadata": usage, "modelVersion": model})

    async def _send_answer(self, request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        if reason := self.refuses(body):
            return web.json_response({"error": {"message": reason, "type": "invalid_request_error"}}, status=400)
        if self.shapes:
            shape = self.shapes.popleft()
            answer = shape.build(body, self.answer)
            raw = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            return web.Response(body=raw, status=shape.status, content_type="application/json")
        fault = self.faults.popleft() if self.faults else None
        if isinstance(fault, str) and fault.isdigit():
            headers = {"Retry-After": "0"} if fault == "429" else {}
            return web.json_response({"error": {"message": "no"}}, status=int(fault), headers=headers)
        if fault == "slow":
            await wait_until(lambda: request.transport is None)  # until who asked gives up
        if fault == "reset":
            request.transport.abort()  # type: ignore[union-attr]
            return web.Response()
        changes = fault if isinstance(fault, dict) else {}
        payload = json.dumps(
            self._build_completion(body, {**self.answer, **changes}, str(fault)), ensure_ascii=False
        ).encode()
        if fault == "half":
            response = web.StreamResponse(
                headers={"Content-Type": "application/json", "Content-Length": str(len(payload))}
            )
            await response.prepare(request)
            await response.write(payload[: len(payload) // 2])
            request.transport.close()  # type: ignore[union-attr]
            return response
        return web.Response(body=payload, content_type="application/json")

    def _build_completion(self, body: dict[str, Any], form: dict[str, Any], fault: str) -> dict[str, Any]:
        [tool] = body.get("tools") or [{"function": {"name": "", "parameters": {"properties": form}}}]
        wanted = set(tool["function"]["parameters"]["properties"])
        arguments = json.dumps({name: value for name, value in form.items() if name in wanted}, ensure_ascii=False)
        function = {"name": tool["function"]["name"], "arguments": arguments}
        call = {"id": "call_1", "type": "function", "function": function}
        message: dict[str, Any] = {"role": "assistant", "content": None, "tool_calls": [call]}
        if "tools" not in body:
            message = {"role": "assistant", "content": arguments}
        if fault == "invalid":
            function["arguments"] = arguments[:40]
        if fault == "no-tool":
            message = {"role": "assistant", "content": "Sure, here is the summary you asked for."}
        tokens = len(json.dumps(body["messages"])) // 4, len(arguments) // 4
        self.tokens += sum(tokens)
        return {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1_790_000_000,
            "model": self.called or body["model"],
            "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}],
            "usage": {"prompt_tokens": tokens[0], "completion_tokens": tokens[1], "total_tokens": sum(tokens)},
        }


def paper_of(question: str) -> str:
    """The title of the paper that a question is about."""
    match = re.search(r"Title: (.*?)\\n", question)
    return match[1] if match else ""


@asynccontextmanager
async def open_endpoint() -> AsyncIterator[ModelEndpoint]:
    """The endpoint, served."""
    endpoint = ModelEndpoint()
    app = web.Application()
    app.router.add_post("/v1/chat/completions", endpoint.handle_request)
    app.router.add_post("/v1beta/models/{model}", endpoint.handle_gemini)
    async with serve_app(app) as address:
        endpoint.url = f"{address}/v1"
        yield endpoint
