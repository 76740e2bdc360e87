"""What the README says is true: its commands run, and its pictures are what the demo shows."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import tomllib
from datetime import time
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from digestbot.core.commands.registry import COMMANDS
from digestbot.pages.markdown import parse_page
from digestbot.platforms.discord.permissions import INVITE_PERMISSIONS
from digestbot.settings import BuilderSettings, DiscordSettings, Settings, TelegramSettings, TopicSettings
from tests.cli.test_main import build_environment
from tests.cli_process import run_cli
from tests.conftest import ROOT
from tests.waiting import HANG_SECONDS

README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, re.DOTALL)
COMMANDS_SHOWN = [line[2:] for kind, block in BLOCKS if kind == "console" for line in block.splitlines()]
SLOW = {
    "make test": "this is it",
    "make crashtest": "minutes; its short form is tests/crash/test_crash.py",
    "make test-postgresql": "the whole suite once more",
    "make coverage": "the whole suite once more",
    "make bench": "long; its scripts have a short form in test_benchmarks.py",
    "make pictures": "needs Chromium; what it draws has a test in test_pictures.py",
}


@pytest.mark.parametrize("command", [command for command in COMMANDS_SHOWN if command not in SLOW])
def test_every_command_of_the_readme_runs(command: str, tmp_path: Path, loaded_file: Path) -> None:
    if not (ROOT / ".venv" / "ready").exists():
        pytest.skip("needs the .venv that make sets up")
    environment = build_environment(tmp_path)
    environment.pop("PYTHONPATH")
    shutil.copy(loaded_file, tmp_path / "cli.db")
    done = type_in_shell(command, environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout


def type_in_shell(command: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a line in the checkout; the bot's own command, with what is piped into it, without importing all of it."""
    if own := re.fullmatch(r"(?:printf '(.*)' \| )?\.venv/bin/digestbot (.*)", command):
        typed_input = (own[1] or "").replace("\\n", "\n")
        return run_cli(*shlex.split(own[2]), folder=ROOT, environment=environment, typed_input=typed_input)
    return subprocess.run(
        ["sh", "-c", command],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=HANG_SECONDS,
        check=False,
    )


def test_the_cards_shown_are_what_the_demo_shows(tmp_path: Path) -> None:
    pictures = [block.strip() for kind, block in BLOCKS if kind == "text"]
    done = run_cli(
        "demo",
        folder=tmp_path,
        environment=build_environment(tmp_path) | {"COLUMNS": "80"},
        typed_input="/paper 2611.90112\n",
    )
    assert len(pictures) == 2
    for picture in pictures:
        assert picture in done.stdout


def test_every_setting_and_every_command_is_named() -> None:
    own = {name.upper() for name in set(Settings.model_fields) - {"topics", "telegram", "discord", "builder"}}
    own |= {f"TELEGRAM__{name.upper()}" for name in TelegramSettings.model_fields}
    own |= {f"DISCORD__{name.upper()}" for name in DiscordSettings.model_fields}
    own |= {f"BUILDER__{name.upper()}" for name in BuilderSettings.model_fields}
    example = (ROOT / ".env.example").read_text("utf-8")
    for name in own:
        assert f"`DIGESTBOT_{name}`" in README
        assert f"#DIGESTBOT_{name}" in example or name == "BUILDER__MODELS"
    for command in COMMANDS:
        assert f"`/{command.name}" in README


def test_the_settings_are_one_table() -> None:
    shown = MarkdownIt("commonmark").enable("table").render(README)
    rows = re.findall(r"<td><code>DIGESTBOT_", shown)
    assert len(rows) == README.count("\n| `DIGESTBOT_")


def test_the_example_configuration_and_page_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "digestbot.toml").write_text((ROOT / "digestbot.example.toml").read_text("utf-8"), "utf-8")
    (tmp_path / ".env").write_text((ROOT / ".env.example").read_text("utf-8").replace("\n#DIGEST", "\nDIGEST"), "utf-8")
    monkeypatch.chdir(tmp_path)
    assert [topic.title for topic in Settings().topics][:2] == ["3DGS", "Diffusion Models"]
    assert all(topic.is_built for topic in Settings().topics)
    assert [model.name for model in Settings().builder.list_usable_models()] == ["gpt-6-luna"]
    assert Settings().timezone == "Europe/Berlin"
    shown = re.findall(r"```markdown\n(.*?)```", (ROOT / "docs" / "page-format.md").read_text("utf-8"), re.DOTALL)
    (digest,) = parse_page(shown[0]).digests
    assert digest.entries[0].summary.takeaways == ("One.", "Two.")
    assert [section.title for section in digest.entries[0].summary.sections] == ["Summary", "Methods"]


def test_every_key_of_a_topic_is_shown_and_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [shown] = [block for kind, block in BLOCKS if kind == "toml"]
    (tmp_path / "digestbot.toml").write_text(shown, "utf-8")
    monkeypatch.chdir(tmp_path)
    [topic] = Settings().topics
    assert set(tomllib.loads(shown)["topics"][0]) == set(TopicSettings.model_fields) - {"slug"}
    assert topic.to_build_spec("en", time(6)).categories == ("cs.CV", "cs.GR", "cs.RO")


def test_the_invitation_asks_for_what_the_bot_needs() -> None:
    (asked,) = re.findall(r"permissions=(\d+)", README)
    assert int(asked) == INVITE_PERMISSIONS.value
