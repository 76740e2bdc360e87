"""What the documentation says is true: its commands run, its links lead somewhere, and what it names is there."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, time
from pathlib import Path

import pytest
import yaml
from markdown_it import MarkdownIt
from pydantic import BaseModel
from typer.testing import CliRunner

from digestbot.builder.models.model_writer import compute_microdollars
from digestbot.cards.context import RenderContext
from digestbot.cli.main import typer_app
from digestbot.core.commands.registry import COMMANDS
from digestbot.pages.markdown import parse_page
from digestbot.platforms.discord.permissions import INVITE_PERMISSIONS
from digestbot.settings import (
    AnnouncementSettings,
    BuilderSettings,
    DiscordSettings,
    PaperSettings,
    Settings,
    TelegramSettings,
    TopicSettings,
    load_settings,
)
from tests.cli.test_main import build_environment
from tests.cli_process import run_cli
from tests.conftest import ROOT
from tests.waiting import HANG_SECONDS

PAGES = {
    str(path.relative_to(ROOT)): path.read_text("utf-8")
    for path in (*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/*.md")), ROOT / "tests" / "LOOPBACK.md")
}
CODE = [path for folder in ("digestbot", "tests", "benchmarks", "docs") for path in (ROOT / folder).rglob("*.py")]
FILE_NAMES = {path.name for path in CODE}
README, TELEGRAM, DISCORD = PAGES["README.md"], PAGES["docs/telegram.md"], PAGES["docs/discord.md"]
SLOW = {
    "make test": "this is it",
    "make demo": "run with its input piped in",
}
DIGESTBOT = ".venv/bin/digestbot "


def blocks(text: str, language: str) -> list[str]:
    """The code blocks of a language, without what they are indented by."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE)
    return [re.sub(rf"^{indent}", "", block, flags=re.MULTILINE) for indent, block in found]


def code_spans(text: str) -> list[str]:
    """What stands in backticks outside of code blocks, a line break in it being a space."""
    prose = re.sub(r"^ *```.*?^ *```", "", text, flags=re.DOTALL | re.MULTILINE)
    return [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", prose)]


def list_console_commands(*texts: str) -> list[str]:
    """The commands in pages, each once."""
    lines = (line for text in texts for block in blocks(text, "console") for line in block.splitlines())
    return list(dict.fromkeys(line.removeprefix("$ ") for line in lines))


CONSOLE_COMMANDS = list_console_commands(*PAGES.values())
BACKUP_COMMANDS = list_console_commands(PAGES["docs/backup.md"])


# -- commands -------------------------------------------------------------------------------------------------------


def run_in_checkout(command: str, folder: Path, place: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Type a command in the checkout, or elsewhere as if it were there; what it stores is in the folder."""
    if not (ROOT / ".venv" / "ready").exists():
        pytest.skip("needs the .venv that make sets up")
    environment = build_environment(folder)
    environment.pop("PYTHONPATH")
    if own := re.fullmatch(r"(?:printf '(.*)' \| )?(COLUMNS=80 )?\.venv/bin/digestbot ([^|]*)", command):
        typed_input = (own[1] or "").replace("\\n", "\n")
        environment |= {"COLUMNS": "80"} if own[2] else {}
        return run_cli(*shlex.split(own[3]), folder=place, environment=environment, typed_input=typed_input)
    return subprocess.run(
        ["sh", "-c", command],
        cwd=place,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=HANG_SECONDS,
        check=False,
    )


@pytest.mark.parametrize(
    "command", [command for command in CONSOLE_COMMANDS if command not in {*SLOW, *BACKUP_COMMANDS}]
)
def test_every_command_runs(command: str, loaded_file: Path, tmp_path: Path) -> None:
    shutil.copy(loaded_file, tmp_path / "cli.db")
    run = run_in_checkout(command, tmp_path)
    assert run.returncode == 0, run.stderr
    assert run.stdout


def test_the_commands_for_backups_run_one_after_the_other(loaded_file: Path, tmp_path: Path) -> None:
    shutil.copy(loaded_file, tmp_path / "cli.db")
    for command in BACKUP_COMMANDS:
        run = run_in_checkout(command, tmp_path, tmp_path)
        assert run.returncode == 0, run.stderr
        assert run.stdout or command.startswith("mkdir")
    assert len(list(tmp_path.glob("backups/*.db"))) == 2
    assert len(list(tmp_path.glob("cli-before-restore-*.db"))) == 1


def test_what_is_not_run_is_in_the_docs() -> None:
    assert set(SLOW) <= set(CONSOLE_COMMANDS)


def digestbot_commands() -> Iterator[tuple[str, str]]:
    """Each line that types ``digestbot …``, in a code block or in the text, with its page."""
    for page, text in PAGES.items():
        block_lines = [
            line for language in ("sh", "console") for b in blocks(text, language) for line in b.splitlines()
        ]
        for line in (*block_lines, *code_spans(text)):
            for command in re.findall(r"(?:^|\s)(?:\.venv/bin/)?(digestbot(?: [^|`]+)?)$", line):
                yield page, command


@pytest.mark.parametrize(("page", "command"), sorted(set(digestbot_commands())))
def test_the_command_line_knows_every_command_and_option(page: str, command: str) -> None:
    words = shlex.split(command)[1:]
    result = CliRunner().invoke(typer_app, [*words, "--help"])  # parsed before help is shown
    assert result.exit_code == 0, result.output


def test_make_knows_every_target_and_tells_of_each() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    phony = set(re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split())  # type: ignore[index]
    files = set(re.findall(r"^(\.venv/\S+):", makefile, re.MULTILINE))
    typed = {span.split()[1] for text in PAGES.values() for span in code_spans(text) if span.startswith("make ")}
    typed |= {command.split()[1] for command in CONSOLE_COMMANDS if command.startswith("make ")}
    assert typed <= phony | files
    described = re.findall(r"^make (\S+) +\S", run_in_checkout("make help", ROOT).stdout, re.MULTILINE)
    assert set(described) == phony


def test_the_hooks_run_what_make_lint_runs() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))
    hooks = [hook["entry"] for repository in config["repos"] for hook in repository["hooks"]]
    recipe = re.search(r"^lint:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert recipe
    assert hooks == [line.strip().replace("$(BIN)", ".venv/bin") for line in recipe[1].splitlines()]


# -- what is shown --------------------------------------------------------------------------------------------------


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) < 170


def test_the_cards_shown_are_what_the_demo_shows(tmp_path: Path) -> None:
    cards = [block.strip() for block in blocks(PAGES["docs/commands.md"], "text") if "╭" in block]
    assert len(cards) == 2
    run = run_in_checkout("printf '/paper 2611.90112\\n' | COLUMNS=80 .venv/bin/digestbot demo", tmp_path)
    today = RenderContext().format_day(datetime.now(UTC).date())
    shown = _narrow_frame(run.stdout.replace(today, "Mon 23 Nov"))
    for card in cards:
        assert _narrow_frame(card) in shown


def _narrow_frame(card: str) -> str:
    """The card without what fills its lines: a day has one digit or two."""
    return re.sub("─+", "─", re.sub(" +", " ", card))


def test_a_platforms_first_steps_are_the_same_in_the_readme_and_on_its_page() -> None:
    for page in (TELEGRAM, DISCORD, PAGES["docs/builder.md"]):
        (steps,) = blocks(page, "sh")
        assert steps in blocks(README, "sh")


def test_the_invitation_asks_for_what_the_bot_needs() -> None:
    (permissions,) = re.findall(r"permissions=(\d+)", DISCORD)
    assert int(permissions) == INVITE_PERMISSIONS.value


@pytest.mark.parametrize(
    ("file", "language", "second"),
    [("digestbot.example.toml", "en", "Diffusion Models"), ("digestbot.example.zh.toml", "zh", "扩散模型")],
)
def test_the_example_configuration_and_page_are_read(
    file: str, language: str, second: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "digestbot.toml").write_text((ROOT / file).read_text("utf-8"), "utf-8")
    (tmp_path / ".env").write_text((ROOT / ".env.example").read_text("utf-8").replace("\n#DIGEST", "\nDIGEST"), "utf-8")
    monkeypatch.chdir(tmp_path)
    settings = load_settings()
    assert [topic.title for topic in settings.topics][:2] == ["3DGS", second]
    assert tomllib.loads((ROOT / file).read_text("utf-8"))["language"] == language
    english = tomllib.loads((ROOT / "digestbot.example.toml").read_text("utf-8"))["topics"]
    assert [topic.queries for topic in settings.topics] == [topic["queries"] for topic in english]
    assert all(topic.is_built for topic in settings.topics)
    assert [model.name for model in settings.builder.list_usable_models()] == ["gpt-6-luna"]
    assert settings.timezone == "Europe/Berlin"
    (page,) = blocks(PAGES["docs/page-format.md"], "markdown")
    (digest,) = parse_page(page).digests
    assert digest.entries[0].summary.takeaways == ("One.", "Two.")
    assert [section.title for section in digest.entries[0].summary.sections] == ["Summary", "Methods"]


def test_every_key_of_a_topic_is_shown_and_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    example, _ = blocks(PAGES["docs/builder.md"], "toml")
    (tmp_path / "digestbot.toml").write_text(example, "utf-8")
    monkeypatch.chdir(tmp_path)
    (topic,) = Settings().topics
    assert set(tomllib.loads(example)["topics"][0]) == set(TopicSettings.model_fields) - {"slug"}
    assert topic.to_build_spec("en", time(6)).categories == ("cs.CV", "cs.GR", "cs.RO")


def test_a_local_model_needs_no_key_and_has_no_price(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, example = blocks(PAGES["docs/builder.md"], "toml")
    (tmp_path / "digestbot.toml").write_text(example, "utf-8")
    monkeypatch.chdir(tmp_path)
    (model,) = Settings().builder.list_usable_models()
    assert (model.name, model.base_url) == ("qwen3:14b", "http://127.0.0.1:11434/v1")
    assert compute_microdollars(model, 10_000, 1_000) == 0


# -- settings and commands ------------------------------------------------------------------------------------------

SECTIONS: dict[str, type[BaseModel]] = {
    "TELEGRAM": TelegramSettings,
    "DISCORD": DiscordSettings,
    "BUILDER": BuilderSettings,
    "ANNOUNCEMENTS": AnnouncementSettings,
    "PAPERS": PaperSettings,
}
SETTINGS = {name.upper() for name in Settings.model_fields if name.upper() not in {*SECTIONS, "TOPICS"}}
SETTINGS |= {f"{section}__{name.upper()}" for section, model in SECTIONS.items() for name in model.model_fields}


def test_every_setting_is_on_its_page_and_in_the_example() -> None:
    example = (ROOT / ".env.example").read_text("utf-8")
    assert {name for name in SETTINGS if f"`DIGESTBOT_{name}`" not in PAGES["docs/settings.md"]} == set()
    assert {name for name in SETTINGS if f"#DIGESTBOT_{name}" not in example} == {"BUILDER__MODELS"}


def test_no_page_names_a_setting_that_there_is_not() -> None:
    example = (ROOT / ".env.example").read_text("utf-8")
    named = {name for text in (*PAGES.values(), example) for name in re.findall(r"DIGESTBOT_([A-Z][A-Z_]*[A-Z])", text)}
    assert {name for name in named if re.sub(r"^(BUILDER__API_KEYS)__\w+", r"\1", name) not in SETTINGS} == set()


def test_the_settings_are_one_table() -> None:
    page = PAGES["docs/settings.md"]
    html = MarkdownIt("commonmark").enable("table").render(page)
    assert html.count("<table>") == 1
    assert len(re.findall(r"<td><code>DIGESTBOT_", html)) == page.count("\n| `DIGESTBOT_")


def test_every_command_is_on_its_page() -> None:
    assert {command.name for command in COMMANDS if f"`/{command.name}" not in PAGES["docs/commands.md"]} == set()


# -- links and names ------------------------------------------------------------------------------------------------


def anchors(text: str) -> set[str]:
    """The anchors that GitHub gives to a page's headings."""
    prose = re.sub(r"^ *```.*?^ *```", "", text, flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#+ (.*)$", prose, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_to_something(page: str) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", PAGES[page]):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (ROOT / page).parent / path if path else ROOT / page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target.read_text("utf-8")), link


def test_every_page_is_linked_from_the_readme() -> None:
    linked = set(re.findall(r"\]\(([^)#\s]+)", README))
    assert {page for page in PAGES if page.startswith("docs/")} <= linked


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_is_named_is_there(page: str) -> None:
    folders = (ROOT, ROOT / "digestbot", (ROOT / page).parent)
    for span in code_spans(PAGES[page]):
        if re.fullmatch(r"\w[\w.-]*(/[\w.-]+)*(/|\.(py|md|yaml|lock))", span):
            assert span in FILE_NAMES or any((folder / span).exists() for folder in folders), span


def test_the_map_of_packages_is_the_tree() -> None:
    tree = blocks(PAGES["docs/architecture.md"], "text")[0]
    package = tree[: tree.index("\nmigrations/")]
    for name in re.findall(r"\b(\w+\.py)\b", package):
        assert any((ROOT / "digestbot").rglob(name)), name
    for folder in re.findall(r"(?<=\s)(\w+)/", package):
        assert any(path.is_dir() for path in (ROOT / "digestbot").rglob(folder)), folder
    top_level = {
        path.stem for path in (ROOT / "digestbot").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    unnamed = {name for name in top_level if not re.search(rf"\b{name}(\.py|/)", package)}
    assert unnamed == {"__init__", "__main__", "samples"}


FOREIGN_NAMES = {"NO_PROXY", "HTTPS_PROXY", "APPLICATION_ID"}
"""Names that look like the code's, and are somebody else's."""


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", *(page for page in PAGES if page.startswith("docs/"))])
def test_every_name_of_the_code_that_is_named_is_there(page: str) -> None:
    code = "\n".join(path.read_text("utf-8") for path in CODE)
    words = set(re.findall(r"\w+", code + (ROOT / "digestbot.example.toml").read_text("utf-8")))
    names = {
        name
        for span in code_spans(PAGES[page])
        for name in re.split(r"[.(),]", span)
        if re.fullmatch(r"_?[a-z]+(_[a-z]+)+_?|_?[A-Z][A-Z_]+|[A-Z][a-z]+([A-Z][a-z]+)+", name)
    }
    assert {name for name in names if name not in words and not name.startswith("DIGESTBOT")} <= FOREIGN_NAMES
