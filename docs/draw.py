"""Pictures of the cards, drawn from what the bot really sends: ``make pictures`` (needs Chromium).

The page is a likeness of a chat; the text in it is the adapter's own: Telegram's HTML, with the tags that only
Telegram knows turned into ones that a browser shows, Discord's components, and what the terminal prints.

``python -m docs.draw FOLDER`` draws every card instead: on each platform, in both languages, light and dark.
"""

from __future__ import annotations

import asyncio
import io
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import product
from pathlib import Path

from PIL import Image, ImageChops
from rich.console import Console
from rich.terminal_theme import TerminalTheme

from digestbot.app import App, open_app
from digestbot.cards.bundles import bundle_cards
from digestbot.cards.capabilities import Capabilities
from digestbot.cards.card import Card
from digestbot.cards.context import RenderContext
from digestbot.cards.digests import delivery_cards
from digestbot.core.answers.bundle_commands import format_bundle_command
from digestbot.core.answers.delivered_bundles import gather_bundle
from digestbot.core.ports import ChatRole, IncomingMessage
from digestbot.domain.arxiv.announcement import AnnouncedPaper
from digestbot.domain.calendar import find_today
from digestbot.domain.subscription import Address, CardStyle, PostMode, Preferences
from digestbot.figures.downloads import FigureAvailability, FigureDownloader
from digestbot.i18n import translate
from digestbot.pages.fetch import PageFetcher, find_pages
from digestbot.pages.load import PageLoader
from digestbot.platforms.console.adapter import ConsolePlatform
from digestbot.platforms.console.render import render_card
from digestbot.platforms.discord.incoming.context import COMMON_CAPABILITIES
from digestbot.platforms.discord.outgoing.message import build_messages as discord_parts
from digestbot.platforms.discord.outgoing.render import ComponentLabels
from digestbot.platforms.telegram.incoming.messages import build_capabilities
from digestbot.platforms.telegram.outgoing.message import ServerFeatures
from digestbot.platforms.telegram.outgoing.message import build_messages as telegram_parts
from digestbot.settings import build_sqlite_url, load_settings
from docs import discord_page, telegram_page
from docs.exchange import Said, hold_exchange
from docs.telegram_page import FIGURE

ROOT = Path(__file__).resolve().parents[1]
OUTPUT_DIR = ROOT / "docs" / "pictures"
DELIVERY, CATCH_UP, BUNDLE = "a delivery", "a delivery after some days", "a delivery of several topics"
EXCHANGE = "a paper that a reader asks about"
_UNASKED = (DELIVERY, CATCH_UP, BUNDLE)
"""What comes unasked."""
TELEGRAM, TELEGRAM_RICH, DISCORD, DISCORD_CLASSIC, TERMINAL = (
    "telegram", "telegram-rich", "discord", "discord-classic", "terminal",
)  # fmt: skip
LIGHT_TERMINAL = TerminalTheme((255, 255, 255), (31, 35, 40), [(31, 35, 40), (207, 34, 46), (17, 99, 41), (154, 103, 0),
    (9, 105, 218), (130, 80, 223), (27, 124, 131), (110, 119, 129)], [(101, 109, 118), (164, 14, 38), (26, 127, 55),
    (99, 60, 1), (33, 139, 255), (163, 113, 247), (49, 146, 170), (140, 149, 159)])  # fmt: skip
DARK_TERMINAL = TerminalTheme((24, 26, 31), (220, 223, 228), [(63, 68, 81), (224, 108, 117), (152, 195, 121),
    (229, 192, 123), (97, 175, 239), (198, 120, 221), (86, 182, 194), (215, 218, 224)], [(127, 132, 142),
    (255, 97, 110), (165, 224, 117), (240, 164, 93), (77, 196, 255), (222, 115, 255), (76, 209, 224),
    (230, 230, 230)])  # fmt: skip
TERMINAL_STYLE = """
body{margin:0;--page:#fff}body.dark{--page:#181a1f}.chat{width:440px;padding:10px;background:var(--page)}
pre{margin:0;font:13px/1.32 'Noto Sans Mono','DejaVu Sans Mono','Noto Sans Mono CJK SC',monospace}
a{color:inherit;text-decoration:none}
"""
_TERMINAL_COLUMNS, _COLOURS = 56, 128
_CHAT_WIDTH, _HEIGHT, _AROUND = 480, 3200, "#ff00ff"
"""A window in which each chat has room, and the colour of what is cut off around the page."""
_CHROMIUM = ("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars")
_POST_MODES = (PostMode.PAGES, PostMode.THREADS)
_FONTS = {"Noto Color Emoji": "fonts-noto-color-emoji", "Noto Sans CJK SC": "fonts-noto-cjk"}
"""The fonts, and the packages that have them."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A chat to draw: what is sent or asked on a platform, in a language, on a light or a dark screen."""

    name: str
    platform: str
    text: str
    language: str = "en"
    is_dark: bool = False

    @property
    def card_style(self) -> CardStyle:
        """The card style of the chat."""
        return CardStyle.RICH if self.platform in (TELEGRAM_RICH, DISCORD) else CardStyle.CLASSIC

    @property
    def address(self) -> Address:
        """A chat of its own."""
        return Address(self.platform.split("-")[0], f"{self.name} {self.platform} {self.language}")

    def get_capabilities(self, style: CardStyle) -> Capabilities:
        """What the platform can show."""
        if self.platform == TERMINAL:
            return ConsolePlatform().capabilities_for(style)
        if self.platform in (DISCORD, DISCORD_CLASSIC):
            return replace(COMMON_CAPABILITIES, post_modes=_POST_MODES, private_answers=True, can_mention=True)
        return build_capabilities(style, rich=True, can_choose_style=True)


def _dark(name: str, platform: str, text: str, language: str = "en") -> Scene:
    return Scene(name, platform, text, language, is_dark=True)


PAPER, CHINESE_PAPER = "/paper 2611.90112", "/paper 2611.90140"
SCENES = (
    Scene("telegram-digest", TELEGRAM, DELIVERY),
    _dark("telegram-digest-chinese", TELEGRAM, DELIVERY, "zh"),
    Scene("telegram-digest-rich", TELEGRAM_RICH, DELIVERY),
    Scene("telegram-paper", TELEGRAM, PAPER),
    Scene("telegram-paper-rich", TELEGRAM_RICH, PAPER),
    Scene("telegram-search", TELEGRAM, "/search design"),
    Scene("telegram-search-rich", TELEGRAM_RICH, "/search design"),
    Scene("telegram-catch-up", TELEGRAM, CATCH_UP),
    Scene("telegram-bundle", TELEGRAM, BUNDLE),
    Scene("telegram-start", TELEGRAM, "/start"),
    Scene("telegram-settings", TELEGRAM, "/settings"),
    _dark("telegram-settings-chinese", TELEGRAM, "/settings", "zh"),
    Scene("telegram-error", TELEGRAM, "/subscribe 3d protein design 8pm"),
    Scene("telegram-follow", TELEGRAM, "/follow model design"),
    _dark("discord-follow-chinese", DISCORD, "/follow author:Tan", "zh"),
    Scene("telegram-sample", TELEGRAM, "/settings format sample"),
    _dark("discord-digest", DISCORD, DELIVERY),
    Scene("discord-digest-chinese", DISCORD, DELIVERY, "zh"),
    _dark("discord-paper", DISCORD, PAPER),
    _dark("discord-catch-up", DISCORD, CATCH_UP),
    _dark("discord-bundle", DISCORD, BUNDLE),
    _dark("discord-settings", DISCORD, "/settings"),
    _dark("discord-error-chinese", DISCORD, "/subscribe 3d protein design 8pm", "zh"),
    _dark("discord-classic-digest", DISCORD_CLASSIC, DELIVERY),
    _dark("discord-classic-paper", DISCORD_CLASSIC, PAPER),
    _dark("terminal-digest", TERMINAL, "/latest protein-design"),
    Scene("telegram-exchange", TELEGRAM, EXCHANGE),
    _dark("telegram-exchange-chinese", TELEGRAM, EXCHANGE, "zh"),
    _dark("discord-exchange", DISCORD, EXCHANGE),
)
"""The pictures in README and docs."""
_SHEET_TEXTS = {
    "digest": DELIVERY, "catch-up": CATCH_UP, "bundle": BUNDLE, "paper": PAPER, "list": "/search design",
    "start": "/start",
    "topics": "/topics", "help": "/help", "settings": "/settings", "timezone": "/settings timezone",
    "subscriptions": "/subscriptions", "error": "/subscribe 3d protein design 8pm",
}  # fmt: skip


async def draw_scene(app: App, scene: Scene) -> str:
    """The scene as a page."""
    return _wrap_page(scene, [await _render_scene(app, scene)])


def _wrap_page(scene: Scene, chats: Iterable[str]) -> str:
    style = {TERMINAL: TERMINAL_STYLE}.get(
        scene.platform, discord_page.STYLE if scene.platform.startswith("discord") else telegram_page.STYLE
    )
    body = "".join(f'<div class="chat">{chat}</div>' for chat in chats)
    theme = "dark" if scene.is_dark else "light"
    layout = f"html{{background:{_AROUND}}}.sheet{{display:inline-flex;align-items:stretch}}.chat{{flex:none}}"
    return f'<meta charset="utf-8"><style>{style}{layout}</style><body class="{theme}"><div class="sheet">{body}</div>'


async def _render_scene(app: App, scene: Scene) -> str:
    cards = await _build_cards(app, scene)
    if scene.platform == TERMINAL:
        return "".join(_render_in_terminal(card, scene) for card in cards)
    if scene.platform in (TELEGRAM, TELEGRAM_RICH):
        return "".join(_render_on_telegram(card, scene) for card in cards)
    return "".join(_render_on_discord(card, scene) for card in cards)


async def _build_cards(app: App, scene: Scene) -> tuple[Card, ...]:
    if scene.text in _UNASKED:
        return await _build_delivered_cards(app, scene)
    message = IncomingMessage(
        scene.address,
        scene.text,
        scene.language,
        capabilities_for=scene.get_capabilities,
        sender=ConsolePlatform(),
        find_roles=lambda _: [ChatRole("1", "Paper Readers")],
    )
    for setup in ("/subscribe protein-design", f"/settings format {scene.card_style}", "/settings mention readers"):
        await app.dispatcher.handle_message(replace(message, text=setup))
    return ((await app.dispatcher.handle_message(message)).card,)


async def _build_delivered_cards(app: App, scene: Scene) -> tuple[Card, ...]:
    """A morning's digest, all that a reader gets after some days without the bot, or what several topics bring."""
    context = RenderContext(scene.language, capabilities=scene.get_capabilities(scene.card_style))
    if scene.text == BUNDLE:
        newest_of_each = [await app.catalog.get_latest(one.topic) for one in await app.catalog.list_topics()]
        bundle = gather_bundle(one for one in newest_of_each if one)
        return bundle_cards(bundle, format_bundle_command(1), context, Preferences())
    topic = (await app.catalog.find_topic("protein-design" if scene.language == "en" else "具身智能")).topic
    assert topic, "the sample pages have it"
    dates = await app.store.digests.list_dates(topic.slug)
    stored = [await app.store.digests.get_by_date(topic.slug, day) for day in dates]
    newest, *earlier = [one.digest for one in stored if one]
    return delivery_cards(topic, newest, context, Preferences(), earlier=earlier if scene.text == CATCH_UP else ())


def _render_on_telegram(card: Card, scene: Scene) -> str:
    style = scene.card_style if card.has_papers else CardStyle.CLASSIC
    messages = telegram_parts(card, style, ServerFeatures("your_digest_bot"), FigureDownloader())
    if style is CardStyle.RICH and "digest" in scene.name:
        messages[0].text = messages[0].text.replace("<details><summary>", "<details open><summary>", 1)
    sample = _render_on_telegram(card.sample, replace(scene, platform=TELEGRAM_RICH)) if card.sample else ""
    return "".join(map(telegram_page.render_bubble, messages)) + sample


def _render_on_discord(card: Card, scene: Scene) -> str:
    """The card as a member sees it; in the classic form with the line that a notification shows."""
    is_answer = scene.text not in _UNASKED
    labels = ComponentLabels(*(translate(scene.language, f"discord.{word}") for word in ("choose", "on", "off")))
    messages = discord_parts(
        card,
        FigureAvailability(FigureDownloader()),
        style=scene.card_style,
        with_share_button=is_answer,
        labels=labels,
    )
    bodies = [message.build_body({figure.url: figure.url for figure in message.figures}) for message in messages]
    return "".join(
        discord_page.render_message(
            body.view.to_components() if body.view else [],
            FIGURE,
            ephemeral=is_answer,
            embeds=[embed.to_dict() for embed in body.embeds],  # type: ignore[misc]  # a plain dictionary
            line="" if body.is_rich else message.preview,
        )
        for message, body in zip(messages, bodies, strict=True)
    )


def _render_in_terminal(card: Card, scene: Scene) -> str:
    console = Console(
        width=_TERMINAL_COLUMNS, record=True, file=io.StringIO(), highlight=False, markup=False, emoji=False,
        force_terminal=True, color_system="truecolor",
    )  # fmt: skip
    console.print(f"› {scene.text}", style="bold")
    console.print(render_card(card, console.width))
    return console.export_html(
        theme=DARK_TERMINAL if scene.is_dark else LIGHT_TERMINAL,
        code_format='<pre style="color:{foreground};background:{background}">{code}</pre>',
        inline_styles=True,
    )


async def draw_exchange(scene: Scene, folder: Path) -> str:
    """What a reader and the bot say about one paper as a page: a chat for each part of it."""
    message = IncomingMessage(
        scene.address, "", scene.language, capabilities_for=scene.get_capabilities, sender=ConsolePlatform()
    )
    parts = await hold_exchange(message, folder)
    return _wrap_page(scene, ["".join(_render_said(said, scene) for said in part) for part in parts])


def _render_said(said: Said, scene: Scene) -> str:
    if scene.platform == TELEGRAM:
        return telegram_page.render_question(said.text) + _render_on_telegram(said.card, scene)
    return _render_on_discord(said.card, scene)


async def write_pages(folder: Path, scenes: Iterable[Scene] = SCENES) -> list[Path]:
    """The pages to draw, in a folder."""
    async with _open_sample_app(folder) as app:
        paths = []
        for scene in scenes:
            paths.append(folder / f"{scene.name}.html")
            page = await (draw_exchange(scene, folder) if scene.text == EXCHANGE else draw_scene(app, scene))
            paths[-1].write_text(page, "utf-8")
        return paths


async def write_sheets(folder: Path) -> list[Path]:
    """Every card as a page to look at: one of each platform, language and light."""
    async with _open_sample_app(folder) as app:
        paths = []
        platforms = (TELEGRAM, TELEGRAM_RICH, DISCORD, DISCORD_CLASSIC, TERMINAL)
        for platform, language, is_dark in product(platforms, ("en", "zh"), (False, True)):
            scenes = [Scene(name, platform, text, language, is_dark) for name, text in _SHEET_TEXTS.items()]
            page = _wrap_page(scenes[0], [await _render_scene(app, scene) for scene in scenes])
            paths.append(folder / f"{platform}-{language}-{'dark' if is_dark else 'light'}.html")
            paths[-1].write_text(page, "utf-8")
        return paths


@asynccontextmanager
async def _open_sample_app(folder: Path) -> AsyncIterator[App]:
    """An app with the sample pages."""
    settings = load_settings(database_url=build_sqlite_url(folder / "pictures.db"), topics=[])
    async with open_app(settings) as app, PageFetcher(20_000_000) as fetcher:
        await PageLoader(app.store, app.clock, fetcher).load(
            find_pages([str(ROOT / "digestbot" / "samples")]), lambda _: None
        )
        await _announce_samples(app)
        yield app


async def _announce_samples(app: App) -> None:
    """Let arXiv have announced the sample papers, so that what is followed has a preview."""
    papers = [stored.entry.paper for stored in await app.catalog.list_newest_papers(50)]
    categories = (("q-bio.BM", "cs.LG"), ("cs.RO", "cs.LG"), ("physics.ao-ph", "cs.LG"))
    announced = [AnnouncedPaper(paper, categories[place % 3]) for place, paper in enumerate(papers)]
    for back in range(1, 5):
        await app.store.announcements.save_papers(find_today(app.clock.now()) - timedelta(days=back), announced)


def draw_picture(source: Path, folder: Path) -> None:
    """One picture, as large as what is on the page, in few colours, so that it is a small file."""
    target = folder / f"{source.stem}.png"
    width = source.read_text("utf-8").count('class="chat"') * _CHAT_WIDTH
    options = [f"--window-size={width},{_HEIGHT}", "--force-device-scale-factor=1.5", f"--screenshot={target}"]
    subprocess.run([*_CHROMIUM, *options, source.as_uri()], check=True, capture_output=True, timeout=60)
    with Image.open(target) as picture:
        whole = picture.convert("RGB")
        around = Image.new("RGB", whole.size, _AROUND)
        page = whole.crop(ImageChops.difference(whole, around).getbbox())
        page.quantize(_COLOURS, dither=Image.Dither.NONE).save(target, optimize=True)
    sys.stdout.write(f"{target}\n")


def find_missing_fonts() -> list[str]:
    """The fonts without which signs in the pictures would be empty boxes."""
    if not shutil.which("fc-list"):
        return []
    listed = subprocess.run(["fc-list", ":", "family"], check=True, capture_output=True, text=True, timeout=60).stdout
    return [package for family, package in _FONTS.items() if family not in listed]


def main() -> None:
    """Draw the pictures, or with a folder everything there is to look at."""
    if missing := find_missing_fonts():
        sys.exit(f"make pictures needs fonts for emoji and Chinese: on Debian, apt install {' '.join(missing)}")
    folder = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else OUTPUT_DIR
    folder.mkdir(exist_ok=True, parents=True)
    with tempfile.TemporaryDirectory() as pages:
        write = write_sheets if len(sys.argv) > 1 else write_pages
        for source in asyncio.run(write(Path(pages))):
            draw_picture(source, folder)


if __name__ == "__main__":
    main()
