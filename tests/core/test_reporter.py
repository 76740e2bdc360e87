"""What became of deliveries, as the operator hears of it."""

from __future__ import annotations

from collections import Counter

import pytest

from digestbot.app import App
from digestbot.cards.card import to_plain_text
from digestbot.core.alerts import AdminAlerts
from digestbot.core.delivery.metrics import DeliveryOutcome, NullMetrics
from digestbot.core.delivery.reporter import _SILENCE_THRESHOLD, OutcomeReporter
from digestbot.domain.subscription import Address
from tests.fakes import ManualClock, RecordingPlatform


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("news", "telling"),
    [
        ({DeliveryOutcome.LATER: _SILENCE_THRESHOLD - 1}, []),
        ({DeliveryOutcome.LATER: _SILENCE_THRESHOLD}, ["took none"]),
        ({DeliveryOutcome.LATER: 5 * _SILENCE_THRESHOLD, DeliveryOutcome.SENT: 1}, []),
        ({DeliveryOutcome.LATER: 5, DeliveryOutcome.UNREACHABLE: 5 * _SILENCE_THRESHOLD}, []),
        ({DeliveryOutcome.TOO_LATE: 1}, ["1 delivery on telegram did not"]),
        ({DeliveryOutcome.TOO_LATE: 1, DeliveryOutcome.SENT: 9}, ["1 delivery on telegram did not"]),
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


async def test_an_operator_hears_of_a_platform_that_takes_nothing_and_of_what_was_dropped(
    empty_app: App, clock: ManualClock
) -> None:
    told = RecordingPlatform()
    alerts = AdminAlerts(empty_app.store.key_values, {"console": told}, Address("console", "admin"), "en")
    reporter = OutcomeReporter("telegram", clock, NullMetrics(), alerts)
    for news in (
        Counter({DeliveryOutcome.LATER: 3}),  # a chat or two
        Counter({DeliveryOutcome.LATER: 50}),
        Counter({DeliveryOutcome.LATER: 50}),
        Counter({DeliveryOutcome.SENT: 1, DeliveryOutcome.LATER: 5}),
        Counter({DeliveryOutcome.SENT: 5, DeliveryOutcome.TOO_LATE: 2}),
        Counter({DeliveryOutcome.SENT: 5}),
    ):
        reporter.outcomes.update(news)
        await reporter.report_new_outcomes()
    words = [" ".join(to_plain_text(getattr(block, "line", ())) for block in card.blocks) for _, card in told.sent]
    assert len(words) == 4
    assert "telegram took none of the last 50 messages" in words[0]
    assert "2 deliveries on telegram did not get out in time" in words[2]
    assert words[1] == words[3] == "digestbot works again. Deliveries that came due in the meantime are being sent."
