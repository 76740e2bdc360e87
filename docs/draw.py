"""Pictures of the cards, drawn from what the bot really sends: ``make pictures`` (needs Chromium).

The page is a likeness of a chat; the text in it is the adapter's own: Telegram's HTML, with the tags that only
Telegram knows turned into ones that a browser shows, and Discord's components.
"""

from __future__ import annotations

import asyncio
import html
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from digestbot.app import App, opened
from digestbot.cards.context import RenderContext
from digestbot.cards.digests import digest_cards
from digestbot.core.ports import IncomingMessage
from digestbot.domain.subscription import Address, CardStyle
from digestbot.platforms.discord.outgoing.message import build_messages as discord_parts
from digestbot.platforms.telegram.features import ServerFeatures
from digestbot.platforms.telegram.incoming.messages import build_capabilities
from digestbot.platforms.telegram.outgoing.message import OutgoingMessage, build_messages
from digestbot.settings import load_settings, sqlite_url
from digestbot.sources.fetch import Fetcher, find
from digestbot.sources.figures import Downloads, Shown
from digestbot.sources.load import Loader
from docs import discord_page

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "docs" / "pictures"
STYLE = """
body{margin:0;color:#111;
font:15px/1.38 -apple-system,'Segoe UI',Roboto,'Noto Sans','Noto Color Emoji','Noto Sans CJK SC',sans-serif}
.chat{width:430px;padding:16px 12px 20px;background:linear-gradient(160deg,#cfe0d2,#b9d3dd)}
.bubble{background:#fff;border-radius:14px 14px 14px 4px;padding:9px 12px;box-shadow:0 1px 1px #0002}
h2{font-size:18px;margin:2px 0 6px}h3,h4{font-size:15px;margin:8px 0 2px}p{margin:5px 0}
ul,ol{margin:5px 0;padding-left:22px}li{margin:2px 0}a{color:#1c7ed6;text-decoration:none}
details{border-left:3px solid #d0e3f5;padding:1px 0 1px 9px;margin:7px 0}
summary{cursor:pointer;list-style-position:outside}
details details{border-color:#e4e9ee;margin:4px 0}footer{color:#7c8a96;font-size:13px;margin-top:8px}
.math{font-family:'STIX Two Math','Latin Modern Math',Cambria,serif;font-style:italic}
.slides{position:relative}.slides:after{content:'\\25CF \\25CB';position:absolute;bottom:8px;left:0;right:0;
text-align:center;color:#fff;font-size:10px;letter-spacing:4px}
.figure{display:block;width:100%;border-radius:8px;margin:5px 0}
.row{display:flex;gap:5px;margin-top:5px}.row span{flex:1;text-align:center;padding:7px 4px;border-radius:9px;
background:#eaf3fc;color:#1c7ed6;font-size:14px;white-space:nowrap}
.keys .row span{background:#5b8a9fcc;color:#fff}blockquote{margin:4px 0;padding:3px 8px;border-left:3px solid #4d9be6;
background:#eef6fd;border-radius:4px;white-space:pre-line}.classic{white-space:pre-line}
"""
FIGURE = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 170">
<rect width="400" height="170" fill="#f4f7fa"/>
<g fill="none" stroke-width="3"><path stroke="#1c7ed6" d="M30 140C90 130 110 60 170 52S300 40 370 30"/>
<path stroke="#e8590c" d="M30 145C100 142 130 100 190 92S310 78 370 72"/></g>
<g stroke="#9aa7b3" fill="none"><path d="M30 15v135h350"/></g></svg>"""


def browser(text: str) -> str:
    """Telegram's HTML as a browser shows it."""
    text = re.sub(r"<tg-math>(.*?)</tg-math>", lambda m: f'<span class="math">{_formula(m[1])}</span>', text)
    text = re.sub(r"<tg-button [^>]*>(.*?)</tg-button>", r"<span>\1</span>", text)
    text = text.replace("<tg-button-row>", '<div class="row">').replace("</tg-button-row>", "</div>")
    text = re.sub(r"<tg-slideshow>(<img[^>]*>).*?</tg-slideshow>", r'<div class="slides">\1</div>', text)
    text = text.replace("</blockquote>\n", "</blockquote>")  # a quotation is a block: its line ends by itself
    return re.sub(r"<img [^>]*>", FIGURE.replace("<svg ", '<svg class="figure" '), text)


def _formula(source: str) -> str:
    text = re.sub(r"\\mathrm\{(.*?)\}", r"\1", source).replace(r"\times", "×")
    text = re.sub(r"\^\{(.*?)\}|\^(\w)", lambda m: f"<sup>{m[1] or m[2]}</sup>", text)
    return re.sub(r"_\{(.*?)\}|_(\w)", lambda m: f"<sub>{m[1] or m[2]}</sub>", text)


def bubble(part: OutgoingMessage) -> str:
    """One message with its keyboard."""
    rows = "".join(f'<div class="row">{"".join(map(_key, row))}</div>' for row in part.keyboard)
    kind = "bubble classic" if part.style is CardStyle.CLASSIC else "bubble"
    return f'<div class="{kind}">{browser(part.text)}</div><div class="keys">{rows}</div>'


def _key(button: dict[str, object]) -> str:
    return f"<span>{html.escape(str(button['text']))}</span>"


def page(parts: list[OutgoingMessage]) -> str:
    """A chat with the messages in it."""
    return _page(STYLE, "".join(map(bubble, parts)))


def _page(style: str, chat: str) -> str:
    return f'<meta charset="utf-8"><style>{style}</style><div class="chat">{chat}</div>'


async def messages(app: App) -> dict[str, list[OutgoingMessage]]:
    """The cards to draw, by the name of their picture."""
    rich = await _digest(app, CardStyle.RICH)
    rich[0].text = rich[0].text.replace("<details><summary>", "<details open><summary>", 1)
    return {
        "telegram-start": await _answer(app, "/start"),
        "telegram-digest": rich,
        "telegram-classic": await _digest(app, CardStyle.CLASSIC),
    }


async def _answer(app: App, text: str) -> list[OutgoingMessage]:
    shows = lambda form: build_capabilities(form, rich=True, can_choose_style=True)  # noqa: E731
    said = IncomingMessage(Address("telegram", "1"), text, "en", capabilities_for=shows)
    await app.dispatcher.handle_message(IncomingMessage(said.address, "/subscribe protein-design", "en"))
    return _parts((await app.dispatcher.handle_message(said)).card, CardStyle.RICH)


async def _digest(app: App, form: CardStyle) -> list[OutgoingMessage]:
    match = await app.library.find_topic("protein-design")
    assert match.topic, "the sample pages have it"
    found = await app.library.get_latest(match.topic)
    assert found, "the sample pages have it"
    view = RenderContext(capabilities=build_capabilities(form, rich=True, can_choose_style=True))
    return [part for card in digest_cards(found.topic, found.digest, view) for part in _parts(card, form)]


def _parts(card, form: CardStyle) -> list[OutgoingMessage]:  # type: ignore[no-untyped-def]
    return build_messages(card, form, ServerFeatures("your_digest_bot"), Downloads())


async def on_discord(app: App) -> dict[str, str]:
    """Discord's cards to draw, by the name of their picture: as members see them."""
    shown = {}
    for name, text, aside in (
        ("discord-digest", "/latest protein-design", False),
        ("discord-paper", "/paper 2611.90112", True),
    ):
        card = (await app.dispatcher.handle_message(IncomingMessage(Address("discord", "1"), text, "en"))).card
        parts = discord_parts(card, Shown(Downloads()), with_share_button=aside)
        components = [
            part.build_view({figure.url: figure.url for figure in part.figures}).to_components() for part in parts
        ]
        shown[name] = "".join(discord_page.message(one, FIGURE, aside=aside) for one in components)
    return shown


async def written(folder: Path) -> list[Path]:
    """The pages to draw, in a folder."""
    settings = load_settings(database_url=sqlite_url(folder / "pictures.db"), topics=[])
    async with opened(settings) as app, Fetcher(20_000_000) as fetcher:
        await Loader(app.store, app.clock, fetcher).load(find([str(ROOT / "digestbot" / "samples")]), lambda _: None)
        pages = {name: page(parts) for name, parts in (await messages(app)).items()}
        for name, chat in (await on_discord(app)).items():
            pages[name] = _page(discord_page.STYLE, chat)
        for name, text in pages.items():
            (folder / f"{name}.html").write_text(text, "utf-8")
        return [folder / f"{name}.html" for name in pages]


def draw(source: Path) -> None:
    """One picture, as high as the chat is."""
    target = OUT / f"{source.stem}.png"
    chromium = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    height = _height(chromium, source)
    options = [f"--window-size={_width(source)},{height}", "--force-device-scale-factor=1.5", f"--screenshot={target}"]
    subprocess.run([*chromium, *options, source.as_uri()], check=True, capture_output=True, timeout=60)
    sys.stdout.write(f"{target.relative_to(ROOT)}\n")


def _width(source: Path) -> int:
    return 592 if source.stem.startswith("discord") else 454


def _height(chromium: list[str], source: Path) -> int:
    script = "<script>document.title=document.querySelector('.chat').getBoundingClientRect().height</script>"
    probe = source.with_suffix(".probe.html")
    probe.write_text(source.read_text("utf-8") + script, "utf-8")
    shown = subprocess.run(
        [*chromium, f"--window-size={_width(source)},900", "--dump-dom", probe.as_uri()],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    found = re.search(r"<title>([\d.]+)</title>", shown.stdout)
    return int(float(found[1])) if found else 900


def main() -> None:
    """Draw all of them."""
    OUT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for source in asyncio.run(written(Path(folder))):
            draw(source)


if __name__ == "__main__":
    main()
