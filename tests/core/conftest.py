"""What the tests of delivery share."""

from __future__ import annotations

import pytest

from digestbot.app import App
from digestbot.core.alerts import AdminAlerts
from digestbot.domain.subscription import Address
from tests.core.workers import (
    TitlePlatform,
)


@pytest.fixture
def wire() -> TitlePlatform:
    return TitlePlatform()


@pytest.fixture
def alerts(empty_app: App, wire: TitlePlatform) -> AdminAlerts:
    return AdminAlerts(empty_app.store.key_values, {"telegram": wire}, Address("telegram", "admin"), "en")
