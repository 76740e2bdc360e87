"""Figures that Telegram cannot fetch: their mirrors in order, then our own download, then none."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from digestbot.app import App
from digestbot.domain.digest import Figure
from digestbot.figures.downloads import FigureDownloader
from tests.factories import make_digest, make_entry
from tests.platforms.telegram.botapi import spec
from tests.platforms.telegram.botapi.people import Person
from tests.platforms.telegram.botapi.server import BotApi
from tests.platforms.telegram.conftest import RunningBot, Starts
from tests.platforms.telegram.mornings import choose_rich, subscribe

PNG = b"\x89PNG\r\n\x1a\n" + bytes(200)


@dataclass
class FigureHost:
    """A host of figures: paths that answer with a picture."""

    url: str
    asked: list[str] = field(default_factory=list)


@pytest.fixture
async def host() -> AsyncIterator[FigureHost]:
    host = FigureHost("")

    async def serve_figure(request: web.Request) -> web.Response:
        host.asked.append(request.path)
        if "dead" in request.path:
            return web.Response(status=404)
        if "page" in request.path:
            return web.Response(text="<html>no picture</html>")
        return web.Response(
            body=PNG if "huge" not in request.path else PNG + bytes(11_000_000), content_type="image/png"
        )

    app = web.Application()
    app.router.add_get("/{tail:.*}", serve_figure)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"  # type: ignore[union-attr]
    yield host
    await runner.cleanup()


async def load_digest(app: App, *figures: Figure) -> None:
    from digestbot.store.digests.digest_writer import PageKey

    one = make_digest("Topic A", "2026-11-24", [make_entry(figures=figures)])
    await app.store.digests.save_pages([(PageKey("a", "", {}), [one])], app.clock.now())


@pytest.fixture
async def due_bot(empty_app: App, start_bot: Starts, ada: Person, clock) -> AsyncIterator[RunningBot]:
    """The bot, with a digest for Ada due once it is loaded."""
    await load_digest(empty_app, Figure("https://placeholder.example/0.png"))
    await subscribe(empty_app, ada)
    await choose_rich(empty_app, ada)
    clock.set("2026-11-24 10:00")
    async with start_bot(empty_app, listening=False) as running:
        yield running


@pytest.mark.parametrize("rich", [True, False], ids=["rich", "classic"])
async def test_the_other_host_is_tried_first(
    due_bot: RunningBot, api: BotApi, ada: Person, host: FigureHost, rich: bool
) -> None:
    await load_digest(due_bot.app, Figure("https://dead.example/1.png", ("https://alive.example/1.png",)))
    api.dead_media = lambda url: "dead.example" in url
    await show_figures(due_bot, ada, rich)
    assert ada.chat.messages[-1].photos == ["https://alive.example/1.png"]
    assert host.asked == []


@pytest.mark.parametrize("rich", [True, False], ids=["rich", "classic"])
async def test_each_mirror_is_tried_in_its_order(
    due_bot: RunningBot, api: BotApi, ada: Person, host: FigureHost, rich: bool
) -> None:
    mirrors = tuple(f"https://{name}.example/1.png" for name in ("dead2", "dead3", "dead4", "dead5", "alive"))
    await load_digest(
        due_bot.app,
        Figure("https://dead1.example/1.png", mirrors),
        Figure("https://dead1.example/2.png", ("https://alive.example/2.png",)),
    )
    asked: list[str] = []

    def is_dead(url: str) -> bool:
        asked.append(url)
        return "dead" in url

    api.dead_media = is_dead
    await show_figures(due_bot, ada, rich)
    assert list(dict.fromkeys(url for url in asked if "/1.png" in url)) == ["https://dead1.example/1.png", *mirrors]
    photos = [photo for message in ada.chat.messages for photo in message.photos]
    assert photos == ["https://alive.example/1.png", "https://alive.example/2.png"]
    assert host.asked == []


async def show_figures(bot: RunningBot, person: Person, rich: bool) -> None:
    """Deliver the digest, or ask for the paper's album in classic form."""
    if rich:
        assert (await bot.deliver()).sent == 1
        return
    from digestbot.core.ports import IncomingMessage
    from digestbot.domain.subscription import Address, CardStyle
    from digestbot.platforms.telegram.incoming.messages import build_capabilities

    address = Address("telegram", str(person.id))
    shows = lambda form: build_capabilities(CardStyle.CLASSIC, rich=True, can_choose_style=True)  # noqa: E731
    answer = await bot.app.dispatcher.handle_message(
        IncomingMessage(address, "/paper 2611.00001 figures", capabilities_for=shows)
    )
    for part in bot.platform.render(answer.card, CardStyle.CLASSIC):
        await bot.platform.send(address, part)


@pytest.mark.parametrize("count", [1, 2, 11])
async def test_an_album_has_its_caption_once_and_a_single_picture_is_no_album(
    due_bot: RunningBot, api: BotApi, ada: Person, count: int
) -> None:
    await load_digest(due_bot.app, *(Figure(f"https://alive.example/{number}.png") for number in range(count)))
    await show_figures(due_bot, ada, rich=False)
    captions = [bool(message.text) for message in ada.chat.messages]
    assert captions == {1: [True], 2: [True, False], 11: [True, *[False] * 5, True, *[False] * 4]}[count]
    calls = (len(api.list_calls("sendPhoto")), len(api.list_calls("sendMediaGroup")))
    assert calls == {1: (1, 0), 2: (0, 1), 11: (0, 2)}[count]


@pytest.mark.parametrize("rich", [True, False], ids=["rich", "classic"])
async def test_then_our_own_download_is_uploaded_without_those_that_are_dead(
    due_bot: RunningBot, api: BotApi, ada: Person, host: FigureHost, rich: bool
) -> None:
    figures = [
        Figure(f"{host.url}/1.png"),
        Figure(f"{host.url}/dead.png"),
        Figure(f"{host.url}/page"),
        Figure(f"{host.url}/huge.png"),
        Figure(f"{host.url}/dead2.png", (f"{host.url}/2.png",)),
    ]
    await load_digest(due_bot.app, *figures)
    api.dead_media = lambda url: True
    await show_figures(due_bot, ada, rich)
    photos = [photo for message in ada.chat.messages for photo in message.photos]
    assert len(photos) == 2
    assert all(photo.startswith("upload") for photo in photos)


async def test_what_was_uploaded_once_is_sent_to_the_next_by_its_id(
    due_bot: RunningBot, api: BotApi, ada: Person, host: FigureHost
) -> None:
    await load_digest(due_bot.app, Figure(f"{host.url}/1.png"), Figure(f"{host.url}/2.png"))
    api.dead_media = lambda url: True
    others = [Person(api) for _ in range(5)]
    for other in others:
        await subscribe(due_bot.app, other, "/subscribe topic-a 11:00")
    await choose_rich(due_bot.app, *others)
    due_bot.app.clock.set("2026-11-24 11:00")  # type: ignore[attr-defined]
    assert (await due_bot.deliver()).sent == 6
    assert sum(len(call.files) for call in api.list_calls("sendRichMessage")) == 2
    assert all(person.chat.messages[0].photos == ["upload0", "upload1"] for person in (ada, *others))
    assert sorted(host.asked) == ["/1.png", "/2.png"]


@pytest.mark.parametrize("rich", [True, False], ids=["rich", "classic"])
async def test_at_last_the_card_goes_out_without(
    due_bot: RunningBot, api: BotApi, ada: Person, host: FigureHost, rich: bool
) -> None:
    await load_digest(due_bot.app, Figure(f"{host.url}/dead.png", (f"{host.url}/dead-too.png",)))
    api.dead_media = lambda url: True
    await show_figures(due_bot, ada, rich)
    (message,) = ada.chat.messages
    assert message.photos == []
    assert "A paper 2611.00001" in message.text


@pytest.mark.skipif(not spec.SPEC.is_file(), reason="the specification (../shared/specs) is not beside the checkout")
async def test_an_older_server_that_takes_no_uploads_in_rich_messages_gets_them_without(
    due_bot: RunningBot, api: BotApi, ada: Person, host: FigureHost
) -> None:
    api.newer = False
    await load_digest(due_bot.app, Figure(f"{host.url}/1.png"))
    api.dead_media = lambda url: True
    assert (await due_bot.deliver()).sent == 1
    assert ada.chat.messages[0].rich
    assert ada.chat.messages[0].photos == []
    api.violations.clear()  # the field that it does not know is what this is about


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:{port}/1.png", "http://localhost:{port}/1.png", "http://[::1]:{port}/1.png"]
)
async def test_a_page_cannot_make_us_look_into_our_own_network(host: FigureHost, url: str) -> None:
    inside = Figure(url.format(port=host.url.rsplit(":", 1)[1]))
    assert await FigureDownloader().fetch_all([inside]) == {}
    assert host.asked == []
    assert len(await FigureDownloader(allow_private_hosts=True).fetch_all([Figure(f"{host.url}/1.png")])) == 1
