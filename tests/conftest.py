"""The real parts that tests share: a database on disk, and the app over it with a clock that tests set."""

from __future__ import annotations

import gc

gc.disable()  # until all is imported, of which nothing is garbage: it takes a tenth of a worker's start

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import hypothesis.control  # noqa: F401  # its plugin would at the end, when CPython 3.11 can fail to (after Google's client)
import pytest
import structlog

from digestbot.app import App, open_app
from digestbot.pages.fetch import PageFetcher, find_pages
from digestbot.pages.load import PageLoader
from digestbot.settings import Settings, build_sqlite_url, load_settings
from digestbot.store import Database, Store
from digestbot.store.upkeep.migrate import migrate
from tests import places
from tests.compiled_statements import share_compiled_statements
from tests.fakes import ManualClock
from tests.postgresql import MIGRATED, PostgreSql, run_postgresql

share_compiled_statements()
# Where a test sets up no log, a caught error is told plainly: Rich would draw each of its frames with colours.
structlog.configure(
    processors=[
        *structlog.get_config()["processors"][:-1],
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)
ROOT, SAMPLES, SHARED = places.ROOT, places.SAMPLES, places.SHARED


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the machine, and no .env or digestbot.toml of the checkout, reaches a test."""
    for name in [name for name in os.environ if name.startswith("DIGESTBOT_")]:
        monkeypatch.delenv(name)
    for name, value in places.OFFLINE.items():  # else a bot asks the real arXiv
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)


def pytest_collection_finish() -> None:
    """Look at what was imported for garbage never again, at the rest seldom: it takes a tenth of the tests' time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)
    gc.enable()


ENGINES = ("sqlite", "postgresql")
NOW = "2026-11-24 09:00"
BOTH = ("tests/core/", "tests/store/")
"""The rooms whose tests run on both engines every time; ``make test-postgresql`` runs all of them there."""
SPOKEN = tuple(
    f"tests/core/commands/test_{room}.py"
    for room in ("answers", "audience", "preferences", "reading", "subscriptions", "undoing")
)
"""What commands say: on both engines run only those of its tests that go through every command."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    own = any("engine" in str(mark.args[0]) for mark in metafunc.definition.iter_markers("parametrize"))
    if "engine" in metafunc.fixturenames and not own:
        chosen = os.environ.get("TEST_ENGINE")
        test = metafunc.definition.nodeid
        both = test.startswith(BOTH) and (not test.startswith(SPOKEN) or "every_command" in test)
        engines = (chosen,) if chosen else ENGINES if both else ENGINES[:1]
        metafunc.parametrize("engine", engines, indirect=True)


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> str:
    """The engine that keeps the test's data."""
    return str(request.param)


@pytest.fixture
def database_url(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a database with the tables; a test of the ``app`` has the sample pages in them, others nothing."""
    loaded = "app" in request.fixturenames
    if engine == "sqlite":
        shutil.copy(request.getfixturevalue("loaded_file" if loaded else "migrated_file"), tmp_path / "test.db")
        yield build_sqlite_url(tmp_path / "test.db")
        return
    server: PostgreSql = request.getfixturevalue("postgresql")
    with server.open_database(request.getfixturevalue("loaded_template") if loaded else MIGRATED) as url:
        yield url


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file that was migrated once, for tests to copy."""
    file = tmp_path_factory.mktemp("migrated") / "template.db"
    _run_in_thread(_migrate(build_sqlite_url(file)))
    return file


@pytest.fixture(scope="session")
def loaded_file(migrated_file: Path) -> Path:
    """The same with the sample pages loaded, since loading them is half of what a small test would do."""
    file = migrated_file.with_name("loaded.db")
    shutil.copy(migrated_file, file)
    _run_in_thread(_load_samples(build_sqlite_url(file)))
    return file


@pytest.fixture(scope="session")
def loaded_template(postgresql: PostgreSql) -> str:
    """The same on PostgreSQL: the name of a database."""
    _run_in_thread(_load_samples(postgresql.copy(MIGRATED, "loaded")))
    return "loaded"


def _run_in_thread(work: Coroutine[None, None, None]) -> None:
    """Run it in a thread: a loop may be running here."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, work).result()


async def _migrate(url: str) -> None:
    database = Database(url)
    await migrate(database)
    await database.close()


async def _load_samples(url: str) -> None:
    clock = ManualClock(NOW)
    async with open_app(load_settings(database_url=url), clock) as app, PageFetcher(20_000_000) as fetcher:
        loaded = await PageLoader(app.store, clock, fetcher).load(find_pages([str(SAMPLES)]), lambda _: None)
    assert loaded.is_ok


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSql]:
    """A real PostgreSQL, started once for all tests."""
    with run_postgresql() as server:
        yield server


@pytest.fixture
def settings(database_url: str) -> Settings:
    return load_settings(database_url=database_url, delivery_jitter_seconds=0)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
async def store(settings: Settings) -> AsyncIterator[Store]:
    store = Store(Database(settings.effective_database_url))
    await migrate(store.database)
    yield store
    await store.close()


@pytest.fixture
async def empty_app(settings: Settings, clock: ManualClock) -> AsyncIterator[App]:
    async with open_app(settings, clock) as app:
        yield app


@pytest.fixture
async def app(empty_app: App) -> App:
    """The app with the sample pages loaded: a test that asks for it gets a database that has them."""
    return empty_app


@pytest.fixture
def port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        number: int = taken.getsockname()[1]
    return number
