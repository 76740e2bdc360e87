"""The command line, started as a person or a script starts it."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import termios
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from digestbot import __version__
from digestbot.app import App, open_app
from digestbot.cli.main import say_where_digests_go
from digestbot.core.ports import IncomingMessage
from digestbot.platforms.console import CONSOLE_ADDRESS
from digestbot.settings import TelegramSettings, build_sqlite_url, load_settings
from digestbot.settings.announcements import AnnouncementSettings
from tests.cli_process import run_cli
from tests.conftest import ROOT, SAMPLES
from tests.factories import make_page, make_page_entry
from tests.places import OFFLINE
from tests.platforms.telegram.botapi.server import TOKEN
from tests.processes import start_process
from tests.waiting import HANG_SECONDS, block_until

UP, DOWN, ESCAPE = b"\x1b[A", b"\x1b[B", b"\x1b"


@pytest.fixture
def run(tmp_path: Path):
    def run_command(*words: str, typed_input: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        return run_cli(
            *words, folder=tmp_path, environment=build_environment(tmp_path) | environment, typed_input=typed_input
        )

    return run_command


@pytest.fixture
def samples(loaded_file: Path, tmp_path: Path) -> None:
    """The sample pages, already loaded."""
    shutil.copy(loaded_file, tmp_path / "cli.db")


def start_in_shell(folder: Path, *words: str, **more: Any) -> subprocess.Popen[Any]:
    """``digestbot WORDS`` as a person's shell starts it: Ctrl-C is heard, though tests may run in the background."""
    command = [sys.executable, "-m", "digestbot", *words]
    return subprocess.Popen(command, cwd=folder, env=build_environment(folder), preexec_fn=hear_control_c, **more)  # noqa: PLW1509  # it only sets a signal


def hear_control_c() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def build_environment(folder: Path) -> dict[str, str]:
    own = {
        "HOME": str(folder),
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "PYTHONUTF8": "1",
        "COLUMNS": "100",
        "TERM": "xterm-256color",
    }
    return own | {"DIGESTBOT_DATABASE_URL": f"sqlite+aiosqlite:///{folder}/cli.db", **OFFLINE}


def test_the_demo_delivers_a_digest_and_answers_what_is_piped_in(run) -> None:
    done = run("demo", typed_input="/topics\n/latest 语音翻译\nexit\n/help\n")
    assert done.returncode == 0, done.stderr
    today = datetime.now(UTC)
    assert f"Protein Design · {today:%a} {today.day} {today:%b}" in done.stdout
    assert done.stdout.index("LoopSmith") < done.stdout.index("› /topics") < done.stdout.index("同传不等人")
    assert "› /help" not in done.stdout
    assert done.stderr == ""


def test_load_prints_the_counts_for_scripts_and_for_people(run) -> None:
    done = run("load", str(SAMPLES), "--json")
    counts = json.loads(done.stdout)
    assert done.returncode == 0
    assert list(counts) == [
        "pages",
        "digests",
        "entries",
        "papers",
        "skipped",
        "flagged",
        "hidden_pictures",
        "missing_pictures",
    ]
    assert counts | {"skipped": []} == {
        "pages": 16,
        "digests": 16,
        "entries": 24,
        "papers": 15,
        "skipped": [],
        "flagged": 5,
        "hidden_pictures": 0,
        "missing_pictures": [],
    }
    again = run("load", str(SAMPLES))
    assert "16 pages: 16 digests, 24 entries, 15 papers" in again.stdout
    assert "0 entries new, 0 updated, 0 removed" in again.stdout


def test_pictures_that_are_not_there_are_named_in_the_language_of_the_terminal(run, tmp_path: Path) -> None:
    pictures = "<img src='gone.png'><img src='../outside.png'>"
    (tmp_path / "page.md").write_text(make_page(make_page_entry().replace("<img", f"{pictures}<img", 1)), "utf-8")
    done = run("load", "page.md")
    assert "2 pictures that pages name are not shown" in done.stdout
    assert "page.md: gone.png; page.md: ../outside.png" in done.stdout
    assert "页面引用的 2 张图片无法显示" in run("load", "page.md", DIGESTBOT_LANGUAGE="zh").stdout


def test_a_digest_is_exported_by_the_day_as_people_say_it(run, tmp_path: Path) -> None:
    today = datetime.now(UTC).date()
    days = [str(today - timedelta(days=1)), str(today)]  # the second is yesterday where midnight comes between
    for day in days:
        page = make_page(make_page_entry(), title="Many", date=day, update=day)
        (tmp_path / f"{day}.md").write_text(page, "utf-8")
    assert run("load", str(tmp_path)).returncode == 0
    for word in ("yesterday", "昨天", days[0].replace("-", "/")):
        assert json.loads(run("export", "many", "--date", word).stdout)["date"] in days


def test_how_far_loading_is_is_shown_on_a_terminal_and_kept_from_scripts(run) -> None:
    terminal = {"FORCE_COLOR": "1"}  # rich takes whatever it writes to for one
    shown, scripted = run("load", str(SAMPLES), **terminal), run("load", str(SAMPLES), "--json", **terminal)
    assert "16/16" in shown.stderr
    assert "16/16" not in shown.stdout
    assert scripted.stderr == ""
    assert json.loads(scripted.stdout)["pages"] == 16


def test_a_skipped_page_is_named_and_the_exit_code_tells(run, tmp_path: Path) -> None:
    (tmp_path / "good.md").write_text(make_page(make_page_entry()), "utf-8")
    (tmp_path / "bad.md").write_text("<html>", "utf-8")
    done = run("load", str(tmp_path))
    assert done.returncode == 1
    assert "skipped: " in done.stderr
    assert "bad.md: line 1: is an HTML page" in done.stderr
    assert done.stdout == "2 pages: 1 digest, 1 entry, 1 paper\n1 entry new, 0 updated, 0 removed\n"


@pytest.mark.parametrize("text_format", ["json", "markdown"])
def test_an_exported_digest_loads_back_to_the_same(run, samples: None, tmp_path: Path, text_format: str) -> None:
    exported = run("export", "protein design", "--date", "2026-11-20", "--format", text_format)
    if text_format == "json":
        digest = json.loads(exported.stdout)
        assert (digest["topic"], digest["date"]) == ("Protein Design", "2026-11-20")
        first = digest["entries"][0]
        assert set(first) == {"paper", "summary", "figures", "updated"}
        assert list(first["paper"]) == [
            "arxiv_id",
            "version",
            "title",
            "authors",
            "abstract",
            "comment",
            "url",
            "links",
            "licence",
        ]
        assert list(first["summary"]) == ["headline", "takeaways", "sections", "flags", "basis", "writer"]
        assert first["figures"][0]["mirrors"] == ["https://mirror.example.org/2611.90031/1.png"]
        return
    (tmp_path / "exported.md").write_text(exported.stdout, "utf-8")
    other = {"DIGESTBOT_DATABASE_URL": f"sqlite:///{tmp_path}/other.db"}
    assert run("load", "exported.md", **other).returncode == 0
    ends = [run("export", "protein-design", "--date", "2026-11-20", **which).stdout for which in ({}, other)]
    assert ends[0] == ends[1]


def test_a_topic_is_exported_by_date_or_as_its_newest_and_a_feed_has_the_newest_ten(run, tmp_path: Path) -> None:
    for day in range(1, 13):
        text = make_page(
            make_page_entry(f"2610.{day:05}"), title="Many", date=f"2026-10-{day:02}", update=f"2026-10-{day:02}"
        )
        (tmp_path / f"{day}.md").write_text(text, "utf-8")
    assert run("load", str(tmp_path)).returncode == 0
    assert json.loads(run("export", "many").stdout)["date"] == "2026-10-12"
    assert json.loads(run("export", "many", "--date", "2026-10-03").stdout)["date"] == "2026-10-03"
    public = {"DIGESTBOT_PUBLIC_URL": "https://bot.example.org"}
    feed = run("export", "many", "--format", "atom", **public).stdout
    assert re.findall(r"urn:digestbot:many:([\d-]+)", feed) == [f"2026-10-{day:02}" for day in range(12, 2, -1)]
    for text in (feed, run("export", "many", "--format", "html", **public).stdout):
        assert "https://bot.example.org/topics/many" in text
    missing = run("export", "many", "--date", "2026-10-13")
    assert missing.returncode == 2
    assert "no digest of Many on 2026-10-13; its dates: 2026-10-12, 2026-10-11" in missing.stderr
    near, far = (run("export", name).stderr for name in ("mony", "quite another"))
    assert "there is no topic “mony” (did you mean many?)" in near
    assert "there is no topic “quite another”; topics: many" in far


def test_a_page_up_to_the_limit_is_loaded_and_a_larger_one_is_skipped(run, tmp_path: Path) -> None:
    text = make_page(make_page_entry())
    (tmp_path / "page.md").write_text(text + "\n" * (20_000 - len(text.encode())), "utf-8")
    larger = run("load", "page.md", DIGESTBOT_MAX_PAGE_MEGABYTES="0.0199")
    assert larger.returncode == 1
    assert "skipped: page.md: " in larger.stderr
    assert "skipped" not in larger.stdout
    assert run("load", "page.md", DIGESTBOT_MAX_PAGE_MEGABYTES="0.02").returncode == 0


def test_the_demo_has_its_own_topics_whatever_is_set(run, tmp_path: Path) -> None:
    (tmp_path / "digestbot.toml").write_text('[[topics]]\ntitle = "Mine"\n', "utf-8")
    done = run("demo", typed_input="/topics\n")
    assert "Protein Design" in done.stdout
    assert "Mine" not in done.stdout
    assert not (tmp_path / "cli.db").exists()


def test_the_chat_speaks_the_language_that_is_set_until_a_farewell(run) -> None:
    lines = "/help\n   \n/EXIT\n/topics\n"
    for language, says in (("en", "What you can do"), ("zh", "可以这样用")):
        for words in (("chat",), ("chat", "--json")):
            output = run(*words, typed_input=lines, DIGESTBOT_LANGUAGE=language).stdout
            assert says in output, (language, words)
            assert output.count("› " if words == ("chat",) else '{"command": ') == 1


def test_the_json_chat_answers_one_object_a_line(run, samples: None) -> None:
    done = run("chat", "--json", typed_input="/topics\n\n/paper nonsense\n/paper 2611.90112\n")
    replies = [json.loads(line) for line in done.stdout.splitlines()]
    assert [reply["command"] for reply in replies] == ["/topics", "/paper nonsense", "/paper 2611.90112"]
    assert [reply["ok"] for reply in replies] == [True, False, True]
    assert replies[2]["blocks"][0]["kind"] == "heading"
    assert "LoopSmith" in replies[2]["text"]
    assert replies[2]["buttons"][0] == {"label": "Save", "command": "save 2611.90112", "keeps_card": True}


@pytest.mark.parametrize(
    ("words", "environment", "says"),
    [
        (("load", "nowhere.md"), {}, "nowhere.md: no such file or folder"),
        (("load", "x" * 300), {}, "File name too long: " + "x" * 300),
        (
            ("run", "--role", "builder"),
            {},
            "has queries or feeds, and announcements.enabled is false",
        ),
        (("export", "nothing"), {}, "there is no topic “nothing”"),
        (("export", "nothing", "--date", "2026-99-99"), {}, "is not a date such as"),
        (("chat",), {"DIGESTBOT_DATABASE_URL": "sqlite:////dev/null/x.db"}, "cannot create the folder"),
        (
            ("run", "--role", "builder", "--role", "sender"),  # with nothing to make there is something to send
            {"DIGESTBOT_DATABASE_URL": "sqlite:////dev/null/x.db"},
            "cannot create the folder",
        ),
        (("chat",), {"DIGESTBOT_TIMEZONE": "Mars/Base"}, "TIMEZONE in the environment: “Mars/Base” is not one"),
        (("chat",), {"DIGESTBOT_POLL_SECONDS": "-1"}, "DIGESTBOT_POLL_SECONDS"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_no_traceback(run, words, environment, says: str) -> None:
    done = run(*words, **environment)
    assert done.returncode == 2
    assert done.stderr.startswith("digestbot: ")
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_help_imports_no_platform_library_and_no_database(run) -> None:
    code = (
        "import sys, digestbot.cli.main as c\ntry: c.typer_app(['--help'])\nexcept SystemExit: pass\n"
        "print(*sorted(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    loaded = set(done.stdout.split())
    assert "digestbot.cli.main" in loaded
    assert loaded & {"telegram", "discord", "sqlalchemy", "aiohttp", "alembic", "pydantic", "prompt_toolkit"} == set()


def test_the_version_is_told(run) -> None:
    assert run("--version").stdout == f"digestbot {__version__}\n"


@pytest.mark.parametrize(
    ("environment", "title"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "主题"),
        ({"LC_ALL": "en_GB.UTF-8", "LANG": "zh_CN.UTF-8"}, "Topics"),
        ({"LANG": "zh_CN.UTF-8", "DIGESTBOT_LANGUAGE": "en"}, "Topics"),
    ],
)
def test_the_terminal_speaks_as_is_set_or_else_as_the_locale(
    run, samples: None, environment: dict[str, str], title: str
) -> None:
    assert f"╭─ {title} ─" in run("chat", typed_input="/topics\n", **environment).stdout


async def test_run_without_a_token_says_where_digests_go_and_what_is_next(
    app: App, migrated_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with open_app(load_settings(database_url=build_sqlite_url(migrated_file))) as empty:
        await say_where_digests_go(empty)
        assert re.search("come to this terminal.*\n.*no digests yet.*\n.*digestbot init", capsys.readouterr().err)
        harvesting = empty.settings.model_copy(update={"announcements": AnnouncementSettings(enabled=True)})
        await say_where_digests_go(replace(empty, settings=harvesting))
        assert re.search(
            "come to this terminal.*\n.*all of arXiv.*/follow.*\n.*digestbot init", capsys.readouterr().err
        )
        with_token = harvesting.model_copy(update={"telegram": TelegramSettings(token=TOKEN), "language": "zh"})
        await say_where_digests_go(replace(empty, settings=with_token))
        assert "整个 arXiv 的新论文" in capsys.readouterr().err
    await say_where_digests_go(app)
    assert "no subscription yet" in capsys.readouterr().err
    for language, says in (("en", "Your subscriptions here (1)"), ("zh", "你的 1 个订阅")):
        await app.dispatcher.handle_message(IncomingMessage(CONSOLE_ADDRESS, "/subscribe protein-design"))
        await say_where_digests_go(replace(app, settings=app.settings.model_copy(update={"language": language})))
        assert says in capsys.readouterr().err
    telegram = TelegramSettings(token=TOKEN)
    await say_where_digests_go(replace(app, settings=app.settings.model_copy(update={"telegram": telegram})))
    assert capsys.readouterr().err == ""


def test_commands_that_end_at_once_import_nothing_that_they_do_not_use(samples: None, tmp_path: Path) -> None:
    code = (
        "import sys, digestbot.cli.main as c\n"
        "for words in (['deliveries'], ['doctor'], ['export', 'protein-design']):\n"
        "    c.typer_app(words, standalone_mode=False)\n"
        "print('', *sorted(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=build_environment(tmp_path)
    )
    loaded = set(done.stderr.split())
    assert "digestbot.core.catalog" in loaded
    libraries = {"aiohttp", "alembic", "discord", "jinja2", "prompt_toolkit", "pylatexenc", "telegram", "yaml"}
    others = {"sqlalchemy.dialects.postgresql", "digestbot.app", "digestbot.domain.venues", "digestbot.cards.card"}
    others |= {"digestbot.core.papers.recent_papers", "digestbot.domain.queries", "digestbot.store.chats.shown_lists"}
    others |= {"digestbot.store.database.postgresql_address"}
    assert loaded & (libraries | others) == set()


def test_a_chat_of_one_line_imports_what_that_line_needs(samples: None, tmp_path: Path) -> None:
    code = (
        "import sys, digestbot.cli.main as c, digestbot.i18n as i\nread = []\nload = i._load_messages.__wrapped__\n"
        "i._load_messages = i.cache(lambda language: read.append(language) or load(language))\n"
        "c.typer_app(['chat'], standalone_mode=False)\nprint(*read, *sorted(sys.modules), file=sys.stderr)"
    )
    environment = build_environment(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", code], input="/topics\n", capture_output=True, text=True, check=True, env=environment
    )
    assert "Protein Design" in done.stdout
    loaded = set(done.stderr.split())
    assert loaded >= {"en", "digestbot.core.commands.subscriptions.topics", "digestbot.store.digests.digests"}
    handlers = {"forgetting", "undoing", "digests.latest", "digests.talking", "papers.showing", "subscriptions.pausing"}
    handlers |= {"subscriptions.preferences", "subscriptions.subscribing", "subscriptions.trying"}
    stores = {"digests.builds", "digests.digest_writer", "deliveries.delivery_history", "deliveries.delivery_report"}
    stores |= {"deliveries.outbox", "leases", "search.search_index"}
    others = {"cards.digests", "cards.papers", "cli.init", "core.alerts", "core.leader", "platforms.registry"}
    others |= {"core.lines.meaning", "core.follows.narrowing", "core.times.options", "domain.bundle", "domain.queries"}
    names = {*(f"core.commands.{name}" for name in handlers), *(f"store.{name}" for name in stores), *others}
    assert all(find_spec(f"digestbot.{name}") for name in names)
    libraries = {"aiohttp", "alembic", "discord", "jinja2", "prompt_toolkit", "pylatexenc", "telegram"}
    assert loaded & {"zh", *libraries, *(f"digestbot.{name}" for name in names)} == set()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_run_delivers_and_ends_in_good_order_when_it_is_told_to(
    run, samples: None, tmp_path: Path, number: int
) -> None:
    run("chat", typed_input="/subscribe protein-design instant\n")
    (tmp_path / ".env").write_text("DIGESTBOT_POLL_SECONDS=0.1\nDIGESTBOT_DELIVERY_JITTER_SECONDS=0\n", "utf-8")
    seen, told = tmp_path / "seen", tmp_path / "told"
    with seen.open("wb") as out, told.open("wb") as err:
        files = out.fileno(), err.fileno()
        process = start_process(
            "run", folder=tmp_path, environment=build_environment(tmp_path), stdout=files[0], stderr=files[1]
        )
    try:
        block_until(lambda: b"event=service_started" in told.read_bytes())
        today = datetime.now(UTC).date().isoformat()
        entry = make_page_entry("2612.00001", title="Freshly Loaded")
        new = make_page(entry, title="Protein Design", date=today, update=today)
        (tmp_path / "new.md").write_text(new, "utf-8")
        assert run("load", "new.md").returncode == 0
        block_until(lambda: b"Freshly Loaded" in seen.read_bytes())
        process.send_signal(number)
        assert process.block() == 0, told.read_text("utf-8")
    finally:
        process.kill()
    assert seen.read_text("utf-8").count("Freshly Loaded") == 1
    assert "Traceback" not in told.read_text("utf-8")
    again = run("deliveries", "--since", "7d").stdout
    assert "console: 1 sent" in again


def test_control_c_ends_a_command_with_130_and_no_traceback(run, tmp_path: Path) -> None:
    process = start_in_shell(tmp_path, "chat", "--json", stdin=-1, stdout=-1, stderr=-1)
    try:
        assert process.stdin
        assert process.stdout
        process.stdin.write(b"/topics\n")
        process.stdin.flush()
        assert b"/topics" in process.stdout.readline()  # it is in the middle of its work
        process.send_signal(signal.SIGINT)
        process.stdin.close()
        assert process.wait(HANG_SECONDS) == 130
        assert process.stderr
        assert process.stderr.read() == b""
    finally:
        process.kill()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe:
                pipe.close()


def test_a_reader_that_goes_after_the_first_line_is_no_trouble(samples: None, tmp_path: Path) -> None:
    reading, writing = os.pipe()
    with (tmp_path / "told").open("w+b") as told:
        environment = build_environment(tmp_path)
        process = start_process(
            "doctor", folder=tmp_path, environment=environment, stdout=writing, stderr=told.fileno()
        )
        os.close(writing)
        assert os.read(reading, 1)
        os.close(reading)
        process.block()
        told.seek(0)
        assert told.read() == b""


@pytest.mark.parametrize("words", [("deliveries",), ("export", "protein-design"), ("chat",)])
def test_a_reader_that_has_gone_is_no_trouble(run, samples: None, tmp_path: Path, words: tuple[str, ...]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with (tmp_path / "told").open("w+b") as told:
        environment = build_environment(tmp_path)
        process = start_process(*words, folder=tmp_path, environment=environment, stdout=writing, stderr=told.fileno())
        os.close(writing)
        process.block()
        told.seek(0)
        assert told.read() == b""


def test_at_a_terminal_the_chat_completes_commands_and_ends_with_control_d(run, samples: None, tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
    process = start_in_shell(tmp_path, "chat", stdin=theirs, stdout=theirs, stderr=theirs)
    try:
        seen = read_until(ours, "›")
        os.write(ours, b"/lat")
        seen = read_until(ours, "/latest")  # offered before it is typed
        os.write(ours, b"est protein-design\r")
        seen = read_answer(ours, "AI summaries")
        assert "LoopSmith" in seen
        os.write(ours, b"\x04")
        seen += read_until_exit(ours, process)
        assert process.wait(HANG_SECONDS) == 0, seen
    finally:
        process.kill()
        os.close(ours)
        os.close(theirs)


def test_at_a_terminal_the_arrow_keys_choose_what_the_card_offers(run, samples: None, tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
    process = start_in_shell(tmp_path, "chat", stdin=theirs, stdout=theirs, stderr=theirs)
    try:
        read_until(ours, "›")
        os.write(ours, b"/latest protein-design\r")
        read_answer(ours, "AI summaries")
        os.write(ours, DOWN)
        seen = read_until(ours, "Enter opens")
        assert "▸ 1 LoopSmith" in seen
        os.write(ours, UP)
        read_until(ours, "▸ 3 Does a Fold")
        os.write(ours, ESCAPE)
        read_until(ours, "↑↓")
        os.write(ours, DOWN + DOWN + b"\r")
        assert "/paper 2611.90088" in read_answer(ours, "Wei-Ling Tan, Robert")
        os.write(ours, b"1\r")
        read_answer(ours, "Maren Oduya,")
        os.write(ours, b"\x04")
        assert process.wait(HANG_SECONDS) == 0, read_until_exit(ours, process)
    finally:
        process.kill()
        os.close(ours)
        os.close(theirs)


def read_answer(terminal: int, wanted: str) -> str:
    """What the terminal shows up to the wanted text, and on to the next prompt, where keys are heard again."""
    seen = read_until(terminal, wanted)
    return seen if "↑↓" in seen.rsplit(wanted, 1)[1] else seen + read_until(terminal, "↑↓")


def read_until(terminal: int, wanted: str) -> str:
    """What the terminal shows up to the wanted text."""
    seen = b""
    while select.select([terminal], [], [], HANG_SECONDS)[0]:
        seen += os.read(terminal, 65536)
        text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen.decode("utf-8", "ignore"))
        if wanted in text:
            return text
    raise AssertionError(f"{wanted!r} did not come: {seen[-500:]!r}")


def read_until_exit(terminal: int, process: subprocess.Popen[bytes]) -> str:
    """What comes until the process ends; its output must be read, or it waits for that."""
    seen = b""

    def has_ended() -> bool:
        nonlocal seen
        over = process.poll() is not None
        while select.select([terminal], [], [], 0)[0]:
            seen += os.read(terminal, 65536)
        return over

    block_until(has_ended)
    return seen.decode("utf-8", "ignore")
