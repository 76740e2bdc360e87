"""Where platforms are registered: all of the bot that is not a platform's own knows them from there."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import pytest

from digestbot.app import App, build_app, build_platforms
from digestbot.platforms.registry import PLATFORMS
from digestbot.settings import load_settings
from tests.places import ROOT
from tests.platforms.discord.api.server import TOKEN as DISCORD_TOKEN
from tests.platforms.telegram.botapi.server import TOKEN as TELEGRAM_TOKEN

TOKENS: dict[str, dict[str, Any]] = {"telegram": {"token": TELEGRAM_TOKEN}, "discord": {"token": DISCORD_TOKEN}}


def test_every_platform_that_can_be_set_is_registered_by_the_same_name() -> None:
    assert [spec.name for spec in PLATFORMS] == list(load_settings().platforms)


@pytest.mark.parametrize("names", [[], ["telegram"], ["discord"], ["telegram", "discord"]])
async def test_those_with_a_token_are_built(app: App, names: list[str]) -> None:
    settings = load_settings(**{name: TOKENS[name] for name in names})
    platforms = build_platforms(build_app(settings, app.store))
    assert [platform.name for platform in platforms] == names
    for platform in platforms:
        await platform.close()


def test_no_other_room_names_a_platform() -> None:
    package = ROOT / "digestbot"
    rooms = [package / "app.py", package / "service.py", package / "doctor.py"]
    for path in (*rooms, *(package / "web").rglob("*.py"), *(package / "cli").rglob("*.py")):
        assert re.findall("telegram|discord", path.read_text("utf-8"), re.IGNORECASE) == [], path


def test_the_registry_imports_no_client_library() -> None:
    code = "import sys, digestbot.platforms.registry; print(*{'telegram', 'discord'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == ""
