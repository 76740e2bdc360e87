"""The real parts that tests share: a database on disk, and the app over it with a clock that tests set."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from digestbot.app import App, opened
from digestbot.settings import Settings, load_settings, sqlite_url
from digestbot.sources.fetch import Fetcher, find
from digestbot.sources.load import Loader
from digestbot.store import Database, Store
from digestbot.store.migrate import migrate
from tests.fakes import SetClock

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ROOT / "digestbot" / "samples"
SHARED = ROOT.parent / "shared" / "digests"


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the machine, and no .env or digestbot.toml of the checkout, reaches a test."""
    for name in [name for name in os.environ if name.startswith("DIGESTBOT_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(database_url=sqlite_url(tmp_path / "test.db"), spread_seconds=0)


@pytest.fixture
def clock() -> SetClock:
    return SetClock("2026-11-24 09:00")


@pytest.fixture
async def store(settings: Settings) -> AsyncIterator[Store]:
    store = Store(Database(settings.database))
    await migrate(store.database)
    yield store
    await store.close()


@pytest.fixture
async def empty_app(settings: Settings, clock: SetClock) -> AsyncIterator[App]:
    async with opened(settings, clock) as app:
        yield app


@pytest.fixture
async def app(empty_app: App) -> App:
    """The app with the sample pages loaded."""
    async with Fetcher(20_000_000) as fetcher:
        loader = Loader(empty_app.store, empty_app.clock, fetcher)
        loaded = await loader.load(find([str(SAMPLES)]), lambda _: None)
    assert loaded.ok
    return empty_app
