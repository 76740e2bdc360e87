"""Figures from their hosts: which are pictures, how large they may be, and what stays outside our own network."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from digestbot.domain.digest import Figure
from digestbot.figures.downloads import FigureAvailability, FigureDownloader

PNG = b"\x89PNG\r\n\x1a\n"


@dataclass
class ImageHost:
    """A host of pictures on loopback; ``redirects`` lead from a path elsewhere."""

    url: str = ""
    asked: list[str] = field(default_factory=list)
    bodies: dict[str, bytes] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)

    async def serve_image(self, request: web.Request) -> web.Response:
        name = request.path.removeprefix("/")
        self.asked.append(name)
        if name in self.redirects:
            return web.Response(status=302, headers={"Location": self.redirects[name]})
        body = self.bodies.get(name)
        return web.Response(status=404) if body is None else web.Response(body=body)

    def make_figure(self, name: str, *others: str) -> Figure:
        return Figure(f"{self.url}/{name}", tuple(f"{self.url}/{other}" for other in others))


@pytest.fixture
async def host() -> AsyncIterator[ImageHost]:
    host, served = ImageHost(), web.Application()
    served.router.add_get("/{tail:.*}", host.serve_image)
    runner = web.AppRunner(served, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield host
    await runner.cleanup()


@pytest.fixture
def downloads() -> FigureDownloader:
    return FigureDownloader(allow_private_hosts=True)


async def test_only_pictures_that_platforms_show_are_taken(host: ImageHost, downloads: FigureDownloader) -> None:
    host.bodies = {
        "png": PNG,
        "jpeg": b"\xff\xd8\xff\xe0",
        "gif": b"GIF89a",
        "webp": b"RIFF\x00\x00\x00\x00WEBP",
        "svg": b"<svg xmlns=",
        "pdf": b"%PDF-1.7",
        "html": b"<html>GIF89a",
        "empty": b"",
    }
    figures = {name: host.make_figure(name) for name in (*host.bodies, "gone")}
    found = await downloads.fetch_all(list(figures.values()))
    pictures = ("png", "jpeg", "gif", "webp")
    assert found == {figures[name].url: host.bodies[name] for name in pictures}
    for name, figure in figures.items():
        assert await downloads.find_url(figure) == (figure.url if name in pictures else ""), name


async def test_a_picture_may_have_ten_megabytes_and_not_a_byte_more(
    host: ImageHost, downloads: FigureDownloader
) -> None:
    host.bodies = {"fits": PNG.ljust(10_000_000, b"x"), "huge": PNG.ljust(10_000_001, b"x")}
    found = await downloads.fetch_all([host.make_figure("fits"), host.make_figure("huge")])
    assert {url: len(content) for url, content in found.items()} == {host.make_figure("fits").url: 10_000_000}


async def test_the_other_hosts_of_a_picture_are_tried_in_order_and_only_where_it_is_needed(
    host: ImageHost, downloads: FigureDownloader
) -> None:
    host.bodies = {"page": b"<html>", "one": PNG + b"1", "two": PNG + b"2"}
    figure = host.make_figure("gone", "page", "one", "two")
    assert await downloads.fetch_all([figure]) == {figure.url: PNG + b"1"}
    assert host.asked == ["gone", "page", "one"]
    assert await downloads.find_url(figure) == f"{host.url}/one"
    assert await downloads.find_url(host.make_figure("two", "one")) == f"{host.url}/two"
    assert await downloads.find_url(host.make_figure("gone", "page")) == ""


async def test_where_a_figure_is_to_be_had_is_known_for_an_hour(host: ImageHost, downloads: FigureDownloader) -> None:
    clock = [0.0]
    shown = FigureAvailability(downloads, lambda: clock[0])
    host.bodies = {"one": PNG, "mirror": PNG}
    one, mirrored, gone = host.make_figure("one"), host.make_figure("dead", "mirror"), host.make_figure("gone")
    where = {one.url: one.url, mirrored.url: f"{host.url}/mirror"}
    for clock[0] in (0.0, 3599.0):
        assert await shown.find_urls([one, mirrored, gone]) == where
        assert sorted(host.asked) == ["dead", "gone", "mirror", "one"]
    host.bodies["gone"] = PNG
    clock[0] = 3600.0
    assert await shown.find_urls([gone]) == {gone.url: gone.url}
    assert host.asked[4:] == ["gone"]
    assert list(shown._cache) == [gone.url]  # what is not known any more takes no room


async def test_what_is_not_known_in_time_is_taken_to_be_there(downloads: FigureDownloader) -> None:
    figure = Figure("http://127.0.0.1:9/late.png")
    assert await FigureAvailability(downloads).find_urls([figure], timeout_seconds=0) == {figure.url: figure.url}
    assert await FigureAvailability(downloads).find_urls([]) == {}


# -- our own network ----------------------------------------------------------------------------------------------


async def test_a_page_cannot_make_us_look_into_our_own_network_by_number_or_by_name(host: ImageHost) -> None:
    host.bodies = {"1.png": PNG}
    figure = host.make_figure("1.png")
    named = Figure(figure.url.replace("127.0.0.1", "localhost"))
    for inside in (figure, named):
        assert await FigureDownloader().fetch_all([inside]) == {}
        assert await FigureDownloader().find_url(inside) == ""
        assert await FigureAvailability(FigureDownloader()).find_urls([inside]) == {}
    assert host.asked == []
    assert await FigureDownloader(allow_private_hosts=True).fetch_all([named]) == {named.url: PNG}


async def test_a_picture_that_moved_is_followed(host: ImageHost, downloads: FigureDownloader) -> None:
    host.bodies = {"new.png": PNG}
    host.redirects = {"old.png": "/older.png", "older.png": f"{host.url}/new.png", "round.png": "/round.png"}
    figure = host.make_figure("old.png")
    assert await downloads.fetch_all([figure]) == {figure.url: PNG}
    assert await downloads.find_url(figure) == figure.url
    assert await downloads.fetch_all([host.make_figure("round.png")]) == {}


async def test_a_host_outside_cannot_lead_us_into_our_own_network(
    host: ImageHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", host.url)  # so the host "outside" is reached without leaving this machine
    host.bodies = {"1.png": PNG, "secret.png": PNG}
    host.redirects = {"away.png": "http://127.0.0.1:9/secret.png", "by-name.png": "/1.png"}
    seen, away, moved = (Figure(f"http://figures.example/{name}.png") for name in ("1", "away", "by-name"))
    assert await FigureDownloader().fetch_all([seen, away, moved]) == {seen.url: PNG, moved.url: PNG}
    assert await FigureDownloader().find_url(away) == ""
    assert "secret.png" not in host.asked
