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
from dataclasses import replace
from pathlib import Path

from digestbot.app import App, open_app
from digestbot.cards.card import Card
from digestbot.cards.context import RenderContext
from digestbot.cards.digests import delivery_cards, digest_cards
from digestbot.core.ports import IncomingMessage
from digestbot.domain.subscription import Address, CardStyle, Preferences
from digestbot.figures.downloads import FigureAvailability, FigureDownloader
from digestbot.pages.fetch import PageFetcher, find_pages
from digestbot.pages.load import PageLoader
from digestbot.platforms.discord.incoming.context import COMMON_CAPABILITIES
from digestbot.platforms.discord.outgoing.message import build_messages as discord_parts
from digestbot.platforms.telegram.incoming.messages import build_capabilities
from digestbot.platforms.telegram.outgoing.classic import find_preview_url
from digestbot.platforms.telegram.outgoing.message import OutgoingMessage, ServerFeatures, build_messages
from digestbot.settings import build_sqlite_url, load_settings
from docs import discord_page

ROOT = Path(__file__).resolve().parents[1]
OUTPUT_DIR = ROOT / "docs" / "pictures"
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
background:#eef6fd;border-radius:4px;white-space:pre-line}.classic{white-space:pre-line;overflow-wrap:break-word}
blockquote.folded{position:relative;padding-right:22px}blockquote.folded div{display:-webkit-box;overflow:hidden;
-webkit-line-clamp:3;-webkit-box-orient:vertical}
blockquote.folded:after{content:'\\2304';position:absolute;right:7px;bottom:3px;color:#4d9be6}
.above{margin:-3px -6px 7px}.photos{display:grid;grid-template-columns:1fr 1fr;gap:3px;margin:-4px -7px 6px}
"""
FIGURE = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 170">
<rect width="400" height="170" fill="#f4f7fa"/>
<g fill="none" stroke-width="3"><path stroke="#1c7ed6" d="M30 140C90 130 110 60 170 52S300 40 370 30"/>
<path stroke="#e8590c" d="M30 145C100 142 130 100 190 92S310 78 370 72"/></g>
<g stroke="#9aa7b3" fill="none"><path d="M30 15v135h350"/></g></svg>"""


def to_browser_html(text: str) -> str:
    """Telegram's HTML as a browser shows it."""
    text = re.sub(r"<tg-math>(.*?)</tg-math>", lambda m: f'<span class="math">{_formula_to_html(m[1])}</span>', text)
    text = re.sub(r"<tg-button [^>]*>(.*?)</tg-button>", r"<span>\1</span>", text)
    text = text.replace("<tg-button-row>", '<div class="row">').replace("</tg-button-row>", "</div>")
    text = re.sub(r"<tg-slideshow>(<img[^>]*>).*?</tg-slideshow>", r'<div class="slides">\1</div>', text)
    text = text.replace("</blockquote>\n", "</blockquote>")  # a quotation is a block: its line ends by itself
    text = text.replace("\n<blockquote", "<blockquote")
    text = re.sub(r"<blockquote expandable>(.*?)</blockquote>", _fold_quotation, text, flags=re.DOTALL)
    return re.sub(r"<img [^>]*>", FIGURE.replace("<svg ", '<svg class="figure" '), text)


def _fold_quotation(match: re.Match[str]) -> str:
    """An expandable quotation: three lines of it, until it is tapped."""
    return f'<blockquote class="folded"><div>{match[1]}</div></blockquote>'


def _formula_to_html(source: str) -> str:
    text = re.sub(r"\\mathrm\{(.*?)\}", r"\1", source).replace(r"\times", "×")
    text = re.sub(r"\^\{(.*?)\}|\^(\w)", lambda m: f"<sup>{m[1] or m[2]}</sup>", text)
    return re.sub(r"_\{(.*?)\}|_(\w)", lambda m: f"<sub>{m[1] or m[2]}</sub>", text)


def render_bubble(message: OutgoingMessage) -> str:
    """One message with its keyboard."""
    rows = "".join(f'<div class="row">{"".join(map(_render_button, row))}</div>' for row in message.keyboard)
    is_classic = message.style is CardStyle.CLASSIC
    css_class = "bubble classic" if is_classic else "bubble"
    pictures = _render_pictures(message) if is_classic else ""
    return f'<div class="{css_class}">{pictures}{to_browser_html(message.text)}</div><div class="keys">{rows}</div>'


def _render_pictures(message: OutgoingMessage) -> str:
    """An album's photos, or the preview above the text."""
    picture = FIGURE.replace("<svg ", '<svg class="figure" ')
    if message.is_album:
        return f'<div class="photos">{picture * len(message.photos.figures)}</div>'
    return f'<div class="above">{picture}</div>' if find_preview_url(message.card) else ""


def _render_button(button: dict[str, object]) -> str:
    return f"<span>{html.escape(str(button['text']))}</span>"


def render_chat(messages: list[OutgoingMessage]) -> str:
    """A chat with the messages in it."""
    return _render_html(STYLE, "".join(map(render_bubble, messages)))


def _render_html(style: str, chat: str) -> str:
    return f'<meta charset="utf-8"><style>{style}</style><div class="chat">{chat}</div>'


async def build_telegram_chats(app: App) -> dict[str, list[OutgoingMessage]]:
    """The cards to draw, by the name of their picture."""
    rich = await _render_digest(app, CardStyle.RICH)
    rich[0].text = rich[0].text.replace("<details><summary>", "<details open><summary>", 1)
    classic = {
        f"telegram-{name}": await _render_answer(app, text, CardStyle.CLASSIC)
        for name, text in (
            ("start", "/start"),
            ("paper", "/paper 2611.90112"),
            ("search", "/search design"),
            ("settings", "/settings"),
            ("sample", "/settings format sample"),
        )
    }
    return {
        "telegram-digest": await _render_digest(app, CardStyle.CLASSIC),
        "telegram-digest-rich": rich,
        "telegram-paper-rich": await _render_answer(app, "/paper 2611.90112", CardStyle.RICH),
        "telegram-search-rich": await _render_answer(app, "/search design", CardStyle.RICH),
        "telegram-catch-up": await _render_catch_up(app),
        **classic,
    }


async def _render_answer(app: App, text: str, card_style: CardStyle) -> list[OutgoingMessage]:
    """The answer to what is typed, in a chat with this card style."""
    address = Address("telegram", card_style)
    capabilities_for = lambda style: build_capabilities(style, rich=True, can_choose_style=True)  # noqa: E731
    message = IncomingMessage(address, text, "en", capabilities_for=capabilities_for)
    for setup in ("/subscribe protein-design", f"/settings format {card_style}"):
        await app.dispatcher.handle_message(replace(message, text=setup))
    card = (await app.dispatcher.handle_message(message)).card
    answer = _render_card(card, card_style if card.has_papers else CardStyle.CLASSIC)
    return [*answer, *_render_card(card.sample, CardStyle.RICH)] if card.sample else answer


async def _render_digest(app: App, card_style: CardStyle) -> list[OutgoingMessage]:
    match = await app.catalog.find_topic("protein-design")
    assert match.topic, "the sample pages have it"
    stored = await app.catalog.get_latest(match.topic)
    assert stored, "the sample pages have it"
    context = RenderContext(capabilities=build_capabilities(card_style, rich=True, can_choose_style=True))
    return [
        message
        for card in digest_cards(stored.topic, stored.digest, context)
        for message in _render_card(card, card_style)
    ]


async def _render_catch_up(app: App) -> list[OutgoingMessage]:
    """What a reader gets after some days without the bot."""
    capabilities = build_capabilities(CardStyle.CLASSIC, rich=True, can_choose_style=True)
    cards = await build_catch_up_cards(app, RenderContext(capabilities=capabilities))
    return [message for card in cards for message in _render_card(card, CardStyle.CLASSIC)]


async def build_catch_up_cards(app: App, context: RenderContext) -> tuple[Card, ...]:
    """A delivery of all digests of a topic: what came while the bot was down for some days."""
    topic = (await app.catalog.find_topic("protein-design")).topic
    assert topic, "the sample pages have it"
    dates = await app.store.digests.list_dates(topic.slug)
    stored = [await app.store.digests.get_by_date(topic.slug, day) for day in dates]
    newest, *earlier = [one.digest for one in stored if one]
    return delivery_cards(topic, newest, context, Preferences(), earlier=earlier)


def _render_card(card, card_style: CardStyle) -> list[OutgoingMessage]:  # type: ignore[no-untyped-def]
    return build_messages(card, card_style, ServerFeatures("your_digest_bot"), FigureDownloader())


async def build_discord_chats(app: App) -> dict[str, str]:
    """Discord's cards to draw, by the name of their picture: as members see them."""
    answers = {
        name: (await app.dispatcher.handle_message(IncomingMessage(Address("discord", "1"), text, "en"))).card
        for name, text in (("discord-digest", "/latest protein-design"), ("discord-paper", "/paper 2611.90112"))
    }
    catch_up = await build_catch_up_cards(app, RenderContext(capabilities=COMMON_CAPABILITIES))
    return {
        "discord-digest": _render_discord_card(answers["discord-digest"]),
        "discord-paper": _render_discord_card(answers["discord-paper"], ephemeral=True),
        "discord-catch-up": "".join(map(_render_discord_card, catch_up)),
        "discord-classic-digest": _render_classic_discord_card(await _build_delivered_card(app)),
        "discord-classic-paper": _render_classic_discord_card(answers["discord-paper"], ephemeral=True),
    }


async def _build_delivered_card(app: App) -> Card:
    """A morning's digest."""
    match = await app.catalog.find_topic("protein-design")
    assert match.topic, "the sample pages have it"
    stored = await app.catalog.get_latest(match.topic)
    assert stored, "the sample pages have it"
    context = RenderContext(capabilities=COMMON_CAPABILITIES)
    return delivery_cards(stored.topic, stored.digest, context, Preferences())[0]


def _render_classic_discord_card(card: Card, *, ephemeral: bool = False) -> str:
    """The card as embeds, with the line that a notification shows."""
    messages = discord_parts(
        card, FigureAvailability(FigureDownloader()), style=CardStyle.CLASSIC, with_share_button=ephemeral
    )
    bodies = [message.build_body({figure.url: figure.url for figure in message.figures}) for message in messages]
    return "".join(
        discord_page.render_message(
            body.view.to_components() if body.view else [],
            FIGURE,
            ephemeral=ephemeral,
            embeds=[embed.to_dict() for embed in body.embeds],  # type: ignore[misc]  # a plain dictionary
            line=message.preview,
        )
        for message, body in zip(messages, bodies, strict=True)
    )


def _render_discord_card(card: Card, *, ephemeral: bool = False) -> str:
    messages = discord_parts(card, FigureAvailability(FigureDownloader()), with_share_button=ephemeral)
    views = [message.build_view({figure.url: figure.url for figure in message.figures}) for message in messages]
    return "".join(discord_page.render_message(view.to_components(), FIGURE, ephemeral=ephemeral) for view in views)


async def write_pages(folder: Path) -> list[Path]:
    """The pages to draw, in a folder."""
    settings = load_settings(database_url=build_sqlite_url(folder / "pictures.db"), topics=[])
    async with open_app(settings) as app, PageFetcher(20_000_000) as fetcher:
        await PageLoader(app.store, app.clock, fetcher).load(
            find_pages([str(ROOT / "digestbot" / "samples")]), lambda _: None
        )
        pages = {
            name: render_chat(telegram_messages)
            for name, telegram_messages in (await build_telegram_chats(app)).items()
        }
        for name, chat in (await build_discord_chats(app)).items():
            pages[name] = _render_html(discord_page.STYLE, chat)
        for name, text in pages.items():
            (folder / f"{name}.html").write_text(text, "utf-8")
        return [folder / f"{name}.html" for name in pages]


def draw_picture(source: Path) -> None:
    """One picture, as high as the chat is."""
    target = OUTPUT_DIR / f"{source.stem}.png"
    chromium = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    height = _measure_height(chromium, source)
    options = [
        f"--window-size={_choose_width(source)},{height}",
        "--force-device-scale-factor=1.5",
        f"--screenshot={target}",
    ]
    subprocess.run([*chromium, *options, source.as_uri()], check=True, capture_output=True, timeout=60)
    sys.stdout.write(f"{target.relative_to(ROOT)}\n")


def _choose_width(source: Path) -> int:
    return 592 if source.stem.startswith("discord") else 454


def _measure_height(chromium: list[str], source: Path) -> int:
    script = "<script>document.title=document.querySelector('.chat').getBoundingClientRect().height</script>"
    probe = source.with_suffix(".probe.html")
    probe.write_text(source.read_text("utf-8") + script, "utf-8")
    result = subprocess.run(
        [*chromium, f"--window-size={_choose_width(source)},900", "--dump-dom", probe.as_uri()],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    match = re.search(r"<title>([\d.]+)</title>", result.stdout)
    return int(float(match[1])) if match else 900


def main() -> None:
    """Draw all of them."""
    OUTPUT_DIR.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for source in asyncio.run(write_pages(Path(folder))):
            draw_picture(source)


if __name__ == "__main__":
    main()
