"""What is served to machines: health, metrics, and the webhook's door."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import ClientSession

from digestbot.core.delivery.metrics import DeliveryOutcome
from digestbot.core.ports import Webhook
from digestbot.errors import SettingsError
from digestbot.store import Database, Store
from digestbot.store.delivery_report import PlatformBacklog
from digestbot.web.metrics import PrometheusMetrics
from digestbot.web.server import build_web_app, open_server
from tests.fakes import ManualClock

SECRET = "X-Telegram-Bot-Api-Secret-Token"


@asynccontextmanager
async def open_client(
    store: Store, metrics: PrometheusMetrics | None = None, hooks: Sequence[Webhook] = ()
) -> AsyncIterator[ClientSession]:
    """A client of the served application."""
    served = build_web_app(store, ManualClock("2026-11-24 09:00"), metrics or PrometheusMetrics(), hooks)
    async with open_server(served, "127.0.0.1", 0) as port, ClientSession(f"http://127.0.0.1:{port}") as session:
        yield session


async def test_health_tells_when_the_database_is_away_and_when_it_is_back(settings, tmp_path: Path) -> None:
    store, file = (
        Store(Database(settings.effective_database_url)),
        Path(settings.effective_database_url.partition("///")[2]),
    )
    metrics = PrometheusMetrics()
    metrics.record_outcome("telegram", DeliveryOutcome.SENT, 1.0)
    async with open_client(store, metrics) as session:
        for away in (False, True, False):
            await store.close()  # a connection that is open would go on with the old file
            if away:
                good = await asyncio.to_thread(file.read_bytes)
                await asyncio.to_thread(file.write_bytes, b"no database" * 1000)
            async with session.get("/health") as answer:
                told = (503, "the database does not answer as it should\n") if away else (200, "ok\n")
                assert (answer.status, await answer.text()) == told  # not where it is
            async with session.get("/metrics") as answer:
                assert answer.status == 200
                assert 'deliveries_sent_total{platform="telegram"} 1.0' in await answer.text()
            if away:
                await asyncio.to_thread(file.write_bytes, good)
    await store.close()


async def test_an_update_goes_to_the_hook_whole_with_its_secret_and_its_answer_back(store: Store) -> None:
    taken: list[tuple[str, int]] = []

    async def take_update(secret: str, body: bytes) -> int:
        taken.append((secret, len(body)))
        return 418

    async with open_client(store, hooks=[Webhook("/telegram", SECRET, take_update)]) as session:
        for size, status in ((1, 418), (1_000_000, 418), (1_000_001, 413), (5_000_000, 413)):

            async def in_pieces(size: int = size) -> AsyncIterator[bytes]:
                for start in range(0, size, 50_000):
                    yield bytes(min(50_000, size - start))

            async with session.post("/telegram", data=in_pieces(), headers={SECRET: "the-secret"}) as answer:
                assert answer.status == status, size
        async with session.post("/telegram", data=b"") as answer:
            assert answer.status == 418
        for method in ("GET", "PUT", "DELETE"):
            async with session.request(method, "/telegram", headers={SECRET: "the-secret"}) as answer:
                assert answer.status == 405
    assert taken == [("the-secret", 1), ("the-secret", 1_000_000), ("", 0)]


async def test_without_a_hook_nothing_takes_updates(store: Store) -> None:
    async with open_client(store) as session, session.post("/telegram", data=b"{}") as answer:
        assert answer.status == 404


async def test_a_port_in_use_is_a_sentence_and_is_free_again_afterwards(store: Store, port: int) -> None:
    served = build_web_app(store, ManualClock("2026-11-24 09:00"), PrometheusMetrics())
    for _ in range(2):
        async with open_server(served, "127.0.0.1", port) as number:
            assert number == port
            with pytest.raises(SettingsError, match=f"DIGESTBOT_PORT: 127.0.0.1:{port} cannot be listened on"):
                async with open_server(served, "127.0.0.1", port):
                    pass


# What the numbers count


def read_samples(metrics: PrometheusMetrics, waiting: list[PlatformBacklog] | None = None) -> dict[str, float]:
    """The samples that are not zero, without the times of their making."""
    lines = [line for line in metrics.render_text(waiting or []).decode().splitlines() if not line.startswith("#")]
    found = {name.removeprefix("digestbot_"): float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}
    return {name: value for name, value in found.items() if value and "_created" not in name}


@pytest.mark.parametrize("end", [end for end in DeliveryOutcome if end.is_failure])
def test_a_delivery_that_was_given_up_is_counted_by_its_reason_and_as_nothing_else(end: DeliveryOutcome) -> None:
    metrics = PrometheusMetrics()
    metrics.record_outcome("discord", end, 9.0)
    assert read_samples(metrics) == {f'deliveries_failed_total{{platform="discord",reason="{end.value}"}}': 1}


def test_an_attempt_to_be_made_again_is_counted_as_that_alone() -> None:
    metrics = PrometheusMetrics()
    metrics.record_outcome("telegram", DeliveryOutcome.LATER, 9.0)
    assert read_samples(metrics) == {'deliveries_retried_total{platform="telegram"}': 1}


def test_a_delivery_that_is_out_is_counted_with_its_lag_in_seconds() -> None:
    metrics = PrometheusMetrics()
    metrics.record_outcome("telegram", DeliveryOutcome.SENT, 7.0)
    metrics.record_outcome("telegram", DeliveryOutcome.SENT, 90_000.0)
    metrics.record_outcome("discord", DeliveryOutcome.SENT, -3.0)  # a clock that was set back
    found = read_samples(metrics)
    assert found['deliveries_sent_total{platform="telegram"}'] == 2
    assert found['deliveries_sent_total{platform="discord"}'] == 1
    assert found['delivery_lag_seconds_sum{platform="telegram"}'] == 90_007
    assert 'delivery_lag_seconds_sum{platform="discord"}' not in found
    within = {
        float(name.partition('le="')[2].partition('"')[0]): value
        for name, value in found.items()
        if name.startswith("delivery_lag_seconds_bucket") and "telegram" in name
    }
    assert min(within) == 10
    assert (within[86_400], within[float("inf")]) == (1, 2)
    assert set(within) >= {60, 300, 1800, 3600}  # a minute to an hour, where it is decided whether a morning went well
    assert not [name for name in found if "failed" in name or "retried" in name]


def test_plans_and_waits_are_counted_as_they_are_told() -> None:
    metrics = PrometheusMetrics()
    metrics.count_planned(3)
    metrics.count_planned(4)
    metrics.record_limiter_wait("telegram", 0.25)
    metrics.record_limiter_wait("telegram", 0.5)
    found = read_samples(metrics)
    assert found["deliveries_planned_total"] == 7
    assert found['limiter_wait_seconds_sum{platform="telegram"}'] == 0.75
    assert found['limiter_wait_seconds_bucket{le="0.5",platform="telegram"}'] == 2
    assert 'limiter_wait_seconds_bucket{le="0.1",platform="telegram"}' not in found


def test_what_is_due_is_gone_from_the_numbers_when_it_is_out() -> None:
    metrics, since = PrometheusMetrics(), datetime(2026, 11, 24, tzinfo=UTC)
    both = [PlatformBacklog("telegram", 5, since, 2), PlatformBacklog("discord", 1, since + timedelta(hours=1), 0)]
    due = {'deliveries_due{platform="telegram"}': 5, 'deliveries_due{platform="discord"}': 1}
    assert read_samples(metrics, both) == due
    assert read_samples(metrics, both[1:]) == {'deliveries_due{platform="discord"}': 1}
    assert "deliveries_due{" not in metrics.render_text([]).decode()
