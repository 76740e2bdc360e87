"""What became of deliveries, as the operator hears of it."""

from __future__ import annotations

import pytest

from digestbot.app import App
from digestbot.core.alerts import AdminAlerts
from digestbot.core.delivery.metrics import DeliveryOutcome, NullMetrics
from digestbot.core.delivery.reporter import _SILENCE_THRESHOLD, OutcomeReporter
from digestbot.domain.subscription import Address
from tests.fakes import ManualClock, RecordingPlatform

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


@pytest.mark.parametrize(
    ("news", "telling"),
    [
        ({DeliveryOutcome.LATER: _SILENCE_THRESHOLD - 1}, []),
        ({DeliveryOutcome.LATER: _SILENCE_THRESHOLD}, ["took none"]),
        ({DeliveryOutcome.LATER: 5 * _SILENCE_THRESHOLD, DeliveryOutcome.SENT: 1}, []),
        ({DeliveryOutcome.LATER: 5, DeliveryOutcome.UNREACHABLE: 5 * _SILENCE_THRESHOLD}, []),
        ({DeliveryOutcome.TOO_LATE: 1}, ["1 deliveries"]),
        ({DeliveryOutcome.TOO_LATE: 1, DeliveryOutcome.SENT: 9}, ["1 deliveries"]),
        ({DeliveryOutcome.PAUSED: 9, DeliveryOutcome.GONE: 9, DeliveryOutcome.REFUSED: 9}, []),
    ],
)
async def test_an_operator_hears_only_of_what_is_not_about_a_chat_or_two(
    empty_app: App, clock: ManualClock, news: dict[DeliveryOutcome, int], telling: list[str]
) -> None:
    told = RecordingPlatform()
    alerts = AdminAlerts(empty_app.store.key_values, {"console": told}, Address("console", "admin"), "en")
    reporter = OutcomeReporter("telegram", clock, NullMetrics(), alerts)
    reporter.outcomes.update(news)
    await reporter.report_new_outcomes()
    assert [words in str(card) for (_, card), words in zip(told.sent, telling, strict=True)] == [True] * len(telling)
