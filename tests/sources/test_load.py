"""Loading: files, folders and addresses; once, again, and corrected."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web

from digestbot.app import App
from digestbot.errors import SourceError, StoreError
from digestbot.sources.fetch import Fetcher, find, public
from digestbot.sources.load import Loaded, Loader
from digestbot.store.digests import Changes
from tests.conftest import SAMPLES
from tests.factories import page, page_entry


async def load(app: App, *places: object, most: int = 1_000_000) -> Loaded:
    async with Fetcher(most) as fetcher:
        return await Loader(app.store, app.clock, fetcher).load(find(map(str, places)), lambda _: None)


async def test_a_folder_is_loaded_with_all_its_folders(empty_app: App) -> None:
    loaded = await load(empty_app, SAMPLES)
    assert loaded.as_json()["pages"] == loaded.as_json()["digests"] == 16
    assert loaded.changes.new == loaded.entries == 24
    assert loaded.ok


async def test_loading_twice_changes_nothing(empty_app: App) -> None:
    first = await load(empty_app, SAMPLES)
    again = await load(empty_app, SAMPLES)
    assert again.changes == Changes()
    assert again.as_json() == first.as_json()


async def test_a_corrected_page_updates_its_entries(empty_app: App, tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text(page(page_entry(), page_entry("2611.00002")), "utf-8")
    await load(empty_app, path)
    path.write_text(page(page_entry(abstract="Better."), page_entry("2611.00003")), "utf-8")
    assert (await load(empty_app, path)).changes == Changes(new=1, updated=0, removed=1)
    path.write_text(page(page_entry(abstract="Better.").replace("- One.", "- Won."), page_entry("2611.00003")), "utf-8")
    assert (await load(empty_app, path)).changes == Changes(updated=1)
    found = await empty_app.store.digests.latest("topic-a")
    assert found is not None
    assert [e.paper.arxiv_id for e in found.digest.entries] == ["2611.00001", "2611.00003"]
    assert found.digest.entries[0].paper.abstract == "Better."
    assert found.digest.entries[0].summary.takeaways == ("Won.", "Two.")


async def test_a_paper_that_a_correction_took_away_is_not_found_any_more(empty_app: App, tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text(page(page_entry(), page_entry("2611.00002", title="Zebras")), "utf-8")
    await load(empty_app, path)
    assert (await empty_app.library.search("zebras")).total == 1
    path.write_text(page(page_entry()), "utf-8")
    await load(empty_app, path)
    assert (await empty_app.library.search("zebras")).total == 0


async def test_a_paper_is_kept_once_at_its_newest_version(empty_app: App, tmp_path: Path) -> None:
    newer = page(page_entry(title="New title"), date="2026-11-20", update="2026-11-20").replace(
        "2611.00001v1", "2611.00001v2"
    )
    (tmp_path / "1.md").write_text(newer, "utf-8")
    (tmp_path / "2.md").write_text(page(page_entry(title="Old title")), "utf-8")
    loaded = await load(empty_app, tmp_path)
    assert (loaded.entries, len(loaded.papers)) == (2, 1)
    entry = await empty_app.library.paper("2611.00001")
    assert entry is not None
    assert (entry.entry.paper.title, entry.entry.paper.version) == ("New title", 2)


async def test_bad_pages_are_named_and_the_rest_still_loads(empty_app: App, tmp_path: Path) -> None:
    good = page(page_entry())
    (tmp_path / "good.md").write_text(good, "utf-8")
    (tmp_path / "latin.md").write_bytes(good.replace("Moreno", "Moréno").encode("latin-1"))
    (tmp_path / "bare.md").write_text("# just text", "utf-8")
    (tmp_path / "date.md").write_text(page(page_entry("2611.00009"), date="2026-02-30"), "utf-8")
    (tmp_path / "cut.md").write_text(good[: int(len(good) * 0.7)], "utf-8")
    (tmp_path / "html.md").write_text("<html><body>502</body></html>", "utf-8")
    (tmp_path / "empty.md").write_text(page(), "utf-8")
    (tmp_path / "huge.md").write_text(good + "x" * 2_000_000, "utf-8")
    loaded = await load(empty_app, tmp_path)
    reasons = {Path(skip.page).stem: skip.reason for skip in loaded.skipped}
    assert loaded.entries == 1
    assert not loaded.ok
    assert set(reasons) == {"latin", "bare", "date", "cut", "html", "empty", "huge"}
    assert reasons["latin"].startswith("line 13: is not UTF-8")
    assert reasons["huge"].startswith("is 2.0 MB")
    assert [shelf.topic.slug for shelf in await empty_app.library.shelves()] == ["topic-a"]


async def test_a_page_without_papers_is_reported_and_no_failure(empty_app: App, tmp_path: Path) -> None:
    (tmp_path / "empty.md").write_text(page(), "utf-8")
    loaded = await load(empty_app, tmp_path)
    assert [skip.reason for skip in loaded.skipped] == ["has no papers"]
    assert loaded.ok


@pytest.mark.parametrize("place", ["nowhere.md", "ftp://example.org/a.md", "empty-folder"])
async def test_a_place_without_pages_is_refused_by_name(empty_app: App, tmp_path: Path, place: str) -> None:
    (tmp_path / "empty-folder").mkdir()
    with pytest.raises(SourceError, match=place):
        await load(empty_app, place)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)  # a PRAGMA makes it full
async def test_a_full_disk_is_said_and_nothing_is_half_loaded(empty_app: App, tmp_path: Path) -> None:
    (tmp_path / "big.md").write_text(
        page(*(page_entry(f"2611.{i:05}", abstract="word " * 2000) for i in range(40))), "utf-8"
    )
    async with empty_app.store.database.engine.connect() as connection:
        pages = (await connection.exec_driver_sql("PRAGMA page_count")).scalar_one()
        await connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 20}")  # kept by the pooled connection
    with pytest.raises(StoreError, match="no room left"):
        await load(empty_app, tmp_path / "big.md")
    assert await empty_app.library.shelves() == []


# -- over HTTP ------------------------------------------------------------------------------------------------


@dataclass
class Host:
    """A web host on loopback that serves one page with validators."""

    url: str = ""
    text: str = field(default_factory=lambda: page(page_entry()))
    etag: str = '"1"'
    answers: list[int] = field(default_factory=list)

    async def page(self, request: web.Request) -> web.Response:
        known = request.headers.get("If-None-Match") == self.etag
        self.answers.append(304 if known else 200)
        headers = {"ETag": self.etag, "Last-Modified": "Mon, 23 Nov 2026 08:00:00 GMT"}
        return web.Response(status=304, headers=headers) if known else web.Response(text=self.text, headers=headers)

    async def big(self, _request: web.Request) -> web.Response:
        return web.Response(body=b"x" * 3_000_000)


@pytest.fixture
async def host() -> AsyncIterator[Host]:
    host, served = Host(), web.Application()
    served.router.add_get("/page.md", host.page)
    served.router.add_get("/big.md", host.big)
    runner = web.AppRunner(served)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield host
    await runner.cleanup()


async def test_an_unchanged_page_costs_one_304(empty_app: App, host: Host) -> None:
    first = await load(empty_app, f"{host.url}/page.md")
    again = await load(empty_app, f"{host.url}/page.md")
    assert host.answers == [200, 304]
    assert again.changes == Changes()
    assert again.as_json() == first.as_json()
    host.text, host.etag = page(page_entry(), page_entry("2611.00002")), '"2"'
    assert (await load(empty_app, f"{host.url}/page.md")).changes == Changes(new=1)


async def test_a_missing_page_a_huge_one_and_a_dead_host_are_named(empty_app: App, host: Host) -> None:
    places = (f"{host.url}/gone.md", f"{host.url}/big.md", "http://user:secret@127.0.0.1:1/a.md?token=secret")
    loaded = await load(empty_app, *places)
    gone, big, dead = loaded.skipped
    assert "404" in gone.reason
    assert "MB" in big.reason
    assert "cannot be fetched" in dead.reason
    assert "secret" not in dead.page + dead.reason


def test_an_address_is_shown_without_what_may_be_secret() -> None:
    assert public("https://user:pass@example.org:8443/a%20b.md?key=1#x") == "https://example.org:8443/a b.md"
