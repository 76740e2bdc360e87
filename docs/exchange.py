"""A reader's hour with one paper, for the pictures: a link, its card, its summary, and what is asked after that.

The bot's answers are its own, from an arXiv and a model on loopback; the paper and what the model says are made up.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import SecretStr

from digestbot.app import App, open_app
from digestbot.cards.card import Card
from digestbot.core.ports import IncomingMessage
from digestbot.settings import build_sqlite_url, load_settings
from tests.builder.archive import ArxivServer, Submission, serve_archive
from tests.builder.endpoint import ModelEndpoint, open_endpoint

_NUMBER = "2611.90300"
_TITLE = "MarginNote: Reading Agents That Cite What They Read"
_ABSTRACT = (
    "Agents that read papers for researchers rarely say where a statement is from. We present MarginNote, a reader that "
    "may only answer with passages that it can point to. On 1,200 questions about 240 papers it answers 81% correctly, "
    "and 98.6% of its quotations stand in the paper word for word."
)
_HARDWARE = (
    "MarginNote was trained on 8 NVIDIA H100 GPUs for 36 hours, with a batch of 64 questions and a context of 32,000 "
    "tokens."
)
_LIMITS = (
    "Tables that span two pages remain a weakness: the reader finds 61% of the answers that stand in them, against 87% "
    "for all other tables."
)
_FILLING = "Each passage is scored by how many of the question's rare words it has, and its neighbours are read with it. "
_PAGE = (
    '<html><body><article class="ltx_document"><div class="ltx_abstract"><h6 class="ltx_title">Abstract</h6>'
    f'<p class="ltx_p">{_ABSTRACT}</p></div>'
    + "".join(
        f'<section class="ltx_section"><h2 class="ltx_title">{title}</h2><p class="ltx_p">{_FILLING * 6}</p>'
        f'<p class="ltx_p">{text}</p></section>'
        for title, text in (
            ("1 Introduction", "We ask what a reader needs to trust an answer."),
            ("4.1 Training", _HARDWARE),
            ("6 Limitations", _LIMITS),
        )
    )
    + "</article></body></html>"
)
_SUMMARIES = {
    "en": {
        "headline": "MarginNote answers questions about papers only with passages that it can point to.",
        "takeaways": [
            "It answers 81% of 1,200 questions about 240 papers correctly.",
            "98.6% of its quotations stand in the paper word for word.",
            "Tables that span two pages remain a weakness.",
        ],
        "analysis": {
            "background": "Agents that read papers rarely say where a statement is from.",
            "method": "Passages are scored by the question's rare words, and their neighbours are read with them.",
            "results": "It answers 81% of 1,200 questions correctly.",
        },
    },
    "zh": {
        "headline": "MarginNote 只用能指出原文位置的段落来回答关于论文的问题。",
        "takeaways": [
            "在关于 240 篇论文的 1,200 个问题上，正确率为 81%。",
            "98.6% 的引文与论文原文逐字一致。",
            "跨页表格仍是弱点。",
        ],
        "analysis": {
            "background": "替研究者读论文的智能体很少说明结论出自哪里。",
            "method": "按问题中的罕见词给段落打分，并连同相邻段落一起阅读。",
            "results": "1,200 个问题中正确回答了 81%。",
        },
    },
}
_ASKED = {
    "en": (
        ("how many GPUs?", "It was trained on 8 H100 GPUs.", "was trained on 8 NVIDIA H100 GPUs"),
        ("and for how long?", "Training took 36 hours.", "for 36 hours, with a batch of 64 questions"),
        ("what does it not do well?", "Tables that span two pages are a weakness.",
         "Tables that span two pages remain a weakness"),
    ),
    "zh": (
        ("用了多少块 GPU？", "训练使用了 8 块 H100 GPU。", "was trained on 8 NVIDIA H100 GPUs"),
        ("那训练了多久？", "训练历时 36 小时。", "for 36 hours, with a batch of 64 questions"),
        ("有什么不足？", "跨页的表格是弱点。", "Tables that span two pages remain a weakness"),
    ),
}  # fmt: skip
_LINES = {
    "en": (f"https://arxiv.org/abs/{_NUMBER}", "/summarize it", "/save it agents, to read", "/cite it"),
    "zh": (f"https://arxiv.org/abs/{_NUMBER}", "/总结 它", "/收藏 它 智能体", "/引用 它"),
}


class Said(NamedTuple):
    """What a person wrote, and the card that stays as the answer."""

    text: str
    card: Card


@asynccontextmanager
async def open_exchange(folder: Path) -> AsyncIterator[tuple[App, ModelEndpoint]]:
    """An app whose arXiv has one paper, and the model that answers it."""
    async with AsyncExitStack() as stack:
        archive = await stack.enter_async_context(serve_archive(ArxivServer()))
        endpoint = await stack.enter_async_context(open_endpoint())
        archive.add(
            Submission(_NUMBER, _TITLE, _ABSTRACT, ("Ada Moreno", "Bo Lin", "Chidi Okafor"), html=_PAGE, comment="12 pages")
        )
        builder: dict[str, object] = {
            "arxiv_api": archive.api, "arxiv_oai": archive.oai, "arxiv_pages": archive.url, "arxiv_delay_seconds": 0,
            "models": [{"name": "a-model", "account": "openai", "base_url": endpoint.url}],
            "api_keys": {"openai": SecretStr(endpoint.key)}, "figures_dir": folder / "figures",
        }  # fmt: skip
        settings = load_settings(
            database_url=build_sqlite_url(folder / "exchange.db"), topics=[], builder=builder, allow_private_hosts=True
        )
        yield await stack.enter_async_context(open_app(settings)), endpoint


async def hold_exchange(app: App, endpoint: ModelEndpoint, message: IncomingMessage, language: str) -> list[list[Said]]:
    """What is said: the paper and its summary, the questions, and what is kept."""
    link, summarize, *keep = _LINES[language]
    endpoint.answer = _SUMMARIES[language]
    about = [await _say(app, message, line) for line in (link, summarize)]
    answers = []
    for question, claim, quotation in _ASKED[language]:
        endpoint.answer = _answer(claim, quotation)
        line = f"/ask {question}" if language == "en" else f"/提问 {question}"
        answers.append(await _say(app, message, line))
    return [about, answers, [await _say(app, message, line) for line in keep]]


def _answer(claim: str, quotation: str) -> dict[str, Any]:
    return {"says_it": True, "claims": [{"claim": claim, "passage": 1, "quotations": [quotation]}]}


async def _say(app: App, message: IncomingMessage, line: str) -> Said:
    reply = await app.dispatcher.handle_message(replace(message, text=line))
    card = reply.card
    if reply.updates:
        async for later in reply.updates:
            card = later
    return Said(line, card)
