"""Papers to follow, and how their follows are typed and tapped."""

from __future__ import annotations

from digestbot.app import App
from digestbot.cards.card import Card, ListItem, to_plain_text
from digestbot.domain.arxiv.announcement import AnnouncementKind
from tests.announced import make_announced
from tests.core.commands.asking import ADDRESS, list_commands, send_text

PAPERS = [
    make_announced("2611.00001", "Gaussian splatting in the dark", authors=("Bernhard Kerbl", "Ada Moreno")),
    make_announced("2611.00002", "Splatting with a Gaussian", "cs.GR cs.CV", authors=("Wei Wang",)),
    make_announced("2611.00003", "Gaussian splatting, faster", "cs.GR cs.CV", authors=("Xin Wang",)),
    make_announced("2611.00004", "高斯泼溅的实时渲染", "cs.CV", authors=("Li Wang",)),
    make_announced("2611.00005", "Old gaussian splatting", "cs.GR", kind=AnnouncementKind.REPLACEMENT),
]
SEEN = [
    *PAPERS,
    make_announced("2611.00006", "Stereo vision", "cs.CV", authors=("Yi Ma", "Kaiming He")),
    make_announced("2611.00007", "Robots that see", "cs.RO cs.CV", authors=("Yi Ma",)),
    make_announced("2611.00010", "Diffusion models of video", "hep-th"),
    make_announced("2611.00011", "Diffusion policies", "cs.RO"),
]


def list_titles(card: Card) -> list[str]:
    return [to_plain_text(block.title) for block in card.blocks if isinstance(block, ListItem)]


async def tap(app: App, card: Card, start: str) -> tuple[Card, str]:
    """Tap the first button whose command begins so."""
    command = next(one for one in list_commands(card) if one.startswith(start))
    return await send_text(app, f"/{command}")


async def find(app: App):
    subscriber = await app.subscriptions.find(ADDRESS)
    assert subscriber
    return subscriber
