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
_TITLE = "SplatTide: Gaussian Splatting of Moving Water"
_ABSTRACT = (
    "Radiance fields of rivers and coasts blur wherever the surface moves between two photographs. We present "
    "SplatTide, which lets each Gaussian follow a shallow-water simulation while it is fitted. On 12 coastal scenes it "
    "improves PSNR by 2.4 dB over static splats, and renders at 140 frames per second."
)
_HARDWARE = "Each scene was trained on a single NVIDIA A100 GPU for 3 hours, with 48 photographs from a drone."
_LIMITS = "Spray and foam remain blurred: SplatTide has no model of droplets, and their PSNR stays below 19 dB."
_FILLING = "Each Gaussian moves with the water below it, and its colour is fitted at every step of the simulation. "
_PAGE = (
    '<html><body><article class="ltx_document"><div class="ltx_abstract"><h6 class="ltx_title">Abstract</h6>'
    f'<p class="ltx_p">{_ABSTRACT}</p></div>'
    + "".join(
        f'<section class="ltx_section"><h2 class="ltx_title">{title}</h2><p class="ltx_p">{_FILLING * 6}</p>'
        f'<p class="ltx_p">{text}</p></section>'
        for title, text in (
            ("1 Introduction", "Water is in many of the scenes that people photograph."),
            ("4.1 Training", _HARDWARE),
            ("6 Limitations", _LIMITS),
        )
    )
    + "</article></body></html>"
)
_SUMMARIES: dict[str, dict[str, Any]] = {
    "en": {
        "headline": "SplatTide fits Gaussian splats to moving water by letting them follow a shallow-water simulation.",
        "takeaways": [
            "It improves PSNR by 2.4 dB over static splats on 12 coastal scenes.",
            "It renders at 140 frames per second.",
            "Spray and foam remain blurred.",
        ],
        "analysis": {
            "background": "Radiance fields of rivers and coasts blur wherever the surface moves.",
            "method": "Each Gaussian moves with the water below it, and its colour is fitted at every step.",
            "results": "PSNR improves by 2.4 dB on 12 coastal scenes.",
        },
    },
    "zh": {
        "headline": "SplatTide 让每个高斯随浅水模拟运动，从而重建流动的水面。",
        "takeaways": [
            "在 12 个海岸场景上，PSNR 比静态高斯泼溅提高 2.4 dB。",
            "渲染速度达到每秒 140 帧。",
            "浪花和泡沫仍然模糊。",
        ],
        "analysis": {
            "background": "水面在两张照片之间移动，河流与海岸的辐射场因此模糊。",
            "method": "每个高斯随其下方的水运动，颜色在模拟的每一步拟合。",
            "results": "在 12 个海岸场景上 PSNR 提高 2.4 dB。",
        },
    },
}
_ASKED = {
    "en": (
        ("how many GPUs?", "Each scene was trained on one A100 GPU.", "trained on a single NVIDIA A100 GPU"),
        ("and for how long?", "Training took 3 hours.", "NVIDIA A100 GPU for 3 hours, with 48 photographs"),
    ),
    "zh": (
        ("用了几块 GPU？", "每个场景用一块 A100 GPU 训练。", "trained on a single NVIDIA A100 GPU"),
        ("那训练了多久？", "训练用了 3 小时。", "NVIDIA A100 GPU for 3 hours, with 48 photographs"),
    ),
}
_LINES = {
    "en": (f"https://arxiv.org/abs/{_NUMBER}", "/summarize it", "/save it splatting, to read", "/cite it"),
    "zh": (f"https://arxiv.org/abs/{_NUMBER}", "/总结 它", "/收藏 它 三维重建", "/引用 它"),
}


class Said(NamedTuple):
    """What a person wrote, and the card that stays as the answer."""

    text: str
    card: Card


@asynccontextmanager
async def _open_exchange(message: IncomingMessage, folder: Path) -> AsyncIterator[tuple[App, ModelEndpoint]]:
    """An app whose arXiv has one paper, and the model that answers it."""
    async with AsyncExitStack() as stack:
        archive = await stack.enter_async_context(serve_archive(ArxivServer()))
        endpoint = await stack.enter_async_context(open_endpoint())
        archive.add(
            Submission(
                _NUMBER, _TITLE, _ABSTRACT, ("Ada Moreno", "Bo Lin", "Chidi Okafor"), html=_PAGE, comment="12 pages"
            )
        )
        builder: dict[str, object] = {
            "arxiv_api": archive.api, "arxiv_oai": archive.oai, "arxiv_pages": archive.url, "arxiv_delay_seconds": 0,
            "models": [{"name": "a-model", "account": "openai", "base_url": endpoint.url}],
            "api_keys": {"openai": SecretStr(endpoint.key)}, "figures_dir": folder / "figures",
        }  # fmt: skip
        settings = load_settings(
            database_url=build_sqlite_url(folder / f"{message.address.chat}.db"),
            topics=[],
            builder=builder,
            allow_private_hosts=True,
        )
        yield await stack.enter_async_context(open_app(settings)), endpoint


async def hold_exchange(message: IncomingMessage, folder: Path) -> list[list[Said]]:
    """What is said in two parts: about the paper and its summary, and what is asked, kept and cited.

    All lines come as the ``message``, in its language; ``folder`` is where the app keeps its files.
    """
    language = message.language
    link, summarize, *keep = _LINES[language]
    async with _open_exchange(message, folder) as (app, endpoint):
        endpoint.answer = _SUMMARIES[language]
        about = [await _say(app, message, line) for line in (link, summarize)]
        answers = []
        for question, claim, quotation in _ASKED[language]:
            endpoint.answer = {"says_it": True, "claims": [{"claim": claim, "passage": 1, "quotations": [quotation]}]}
            answers.append(await _say(app, message, f"/ask {question}" if language == "en" else f"/提问 {question}"))
        return [about, [*answers, *[await _say(app, message, line) for line in keep]]]


async def _say(app: App, message: IncomingMessage, line: str) -> Said:
    reply = await app.dispatcher.handle_message(replace(message, text=line))
    card = reply.card
    if reply.updates:
        async for later in reply.updates:
            card = later
    return Said(line, card)
