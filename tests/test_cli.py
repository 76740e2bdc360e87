"""The command line, started as a person or a script starts it."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from tests.conftest import ROOT, SAMPLES
from tests.factories import page, page_entry


@pytest.fixture
def run(tmp_path: Path):
    def start(*words: str, said: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "digestbot", *words],
            input=said,
            env=env(tmp_path) | environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return start


def env(folder: Path) -> dict[str, str]:
    own = {
        "HOME": str(folder),
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "PYTHONUTF8": "1",
        "COLUMNS": "100",
    }
    return own | {"DIGESTBOT_DATABASE_URL": f"sqlite+aiosqlite:///{folder}/cli.db"}


def test_the_demo_delivers_a_digest_and_answers_what_is_piped_in(run) -> None:
    done = run("demo", said="/topics\n/latest 语音翻译\nexit\n/help\n")
    assert done.returncode == 0, done.stderr
    assert done.stdout.index("LoopSmith") < done.stdout.index("› /topics") < done.stdout.index("同传不等人")
    assert "› /help" not in done.stdout
    assert done.stderr == ""


def test_load_prints_the_counts_for_scripts_and_for_people(run) -> None:
    done = run("load", str(SAMPLES), "--json")
    counts = json.loads(done.stdout)
    assert done.returncode == 0
    assert list(counts) == ["pages", "digests", "entries", "papers", "skipped", "flagged"]
    assert counts | {"skipped": []} == {
        "pages": 16,
        "digests": 16,
        "entries": 24,
        "papers": 15,
        "skipped": [],
        "flagged": 5,
    }
    again = run("load", str(SAMPLES))
    assert "16 pages: 16 digests, 24 entries, 15 papers" in again.stdout
    assert "0 entries new, 0 updated, 0 removed" in again.stdout


def test_a_skipped_page_is_named_and_the_exit_code_tells(run, tmp_path: Path) -> None:
    (tmp_path / "good.md").write_text(page(page_entry()), "utf-8")
    (tmp_path / "bad.md").write_text("<html>", "utf-8")
    done = run("load", str(tmp_path))
    assert done.returncode == 1
    assert "skipped: " in done.stderr
    assert "bad.md: line 1: is an HTML page" in done.stderr
    assert "1 entries new" in done.stdout


@pytest.mark.parametrize("text_format", ["json", "markdown"])
def test_an_exported_digest_loads_back_to_the_same(run, tmp_path: Path, text_format: str) -> None:
    run("load", str(SAMPLES))
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
        ]
        assert list(first["summary"]) == ["headline", "takeaways", "sections", "flags", "basis", "writer"]
        assert first["figures"][0]["alternates"] == ["https://mirror.example.org/2611.90031/1.png"]
        return
    (tmp_path / "exported.md").write_text(exported.stdout, "utf-8")
    other = {"DIGESTBOT_DATABASE_URL": f"sqlite:///{tmp_path}/other.db"}
    assert run("load", "exported.md", **other).returncode == 0
    ends = [run("export", "protein-design", "--date", "2026-11-20", **which).stdout for which in ({}, other)]
    assert ends[0] == ends[1]


def test_the_json_chat_answers_one_object_a_line(run) -> None:
    run("load", str(SAMPLES))
    done = run("chat", "--json", said="/topics\n\n/paper nonsense\n/paper 2611.90112\n")
    replies = [json.loads(line) for line in done.stdout.splitlines()]
    assert [reply["command"] for reply in replies] == ["/topics", "/paper nonsense", "/paper 2611.90112"]
    assert [reply["ok"] for reply in replies] == [True, False, True]
    assert replies[2]["blocks"][0]["kind"] == "heading"
    assert "LoopSmith" in replies[2]["text"]
    assert replies[2]["buttons"][0] == {"label": "Keep", "command": "save 2611.90112", "stays": True}


@pytest.mark.parametrize(
    ("words", "environment", "says"),
    [
        (("load", "nowhere.md"), {}, "nowhere.md: no such file or folder"),
        (("export", "nothing"), {}, "there is no topic “nothing”"),
        (("export", "nothing", "--date", "2026-99-99"), {}, "is no date such as"),
        (("chat",), {"DIGESTBOT_DATABASE_URL": "sqlite:////dev/null/x.db"}, "cannot make the folder"),
        (("chat",), {"DIGESTBOT_TIMEZONE": "Mars/Base"}, "DIGESTBOT_TIMEZONE: “Mars/Base” is no IANA timezone"),
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
        "import sys, digestbot.cli as c\ntry: c.app(['--help'])\nexcept SystemExit: pass\nprint(*sorted(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    loaded = set(done.stdout.split())
    assert "digestbot.cli" in loaded
    assert loaded & {"telegram", "discord", "sqlalchemy", "aiohttp", "alembic", "pydantic", "prompt_toolkit"} == set()


def test_run_delivers_and_ends_in_good_order_on_sigterm(run, tmp_path: Path) -> None:
    run("load", str(SAMPLES))
    run("chat", said="/subscribe protein-design instant\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "digestbot", "run"],
        env=env(tmp_path) | {"DIGESTBOT_POLL_SECONDS": "0.1", "DIGESTBOT_SPREAD_SECONDS": "0"},
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        new = page(
            page_entry("2612.00001", title="Freshly Loaded"),
            title="Protein Design",
            date="2026-12-01",
            update="2026-12-01",
        )
        (tmp_path / "new.md").write_text(new, "utf-8")
        assert run("load", "new.md").returncode == 0
        time.sleep(2)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=20)
    finally:
        process.kill()
    assert process.returncode == 0, err
    assert out.count("Freshly Loaded") == 1


def test_at_a_terminal_the_chat_completes_commands_and_ends_with_control_d(run, tmp_path: Path) -> None:
    run("load", str(SAMPLES))
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "digestbot", "chat"],
        env=env(tmp_path) | {"TERM": "xterm-256color"},
        cwd=tmp_path,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    try:
        seen = read_until(ours, "›")
        os.write(ours, b"/lat")
        seen = read_until(ours, "/latest")  # offered before it is typed
        os.write(ours, b"est protein-design\r")
        seen = read_until(ours, "choose what to read")
        if "›" not in seen.rsplit("choose what to read", 1)[1]:
            seen += read_until(ours, "›")
        assert "LoopSmith" in seen
        os.write(ours, b"\x04")
        seen += drained(ours, process)
        assert process.wait(timeout=10) == 0, seen
    finally:
        process.kill()
        os.close(ours)
        os.close(theirs)


def read_until(terminal: int, wanted: str) -> str:
    """What the terminal shows up to the wanted text, within a bounded time."""
    seen = b""
    for _ in range(200):
        if select.select([terminal], [], [], 0.1)[0]:
            seen += os.read(terminal, 65536)
        text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen.decode("utf-8", "ignore"))
        if wanted in text:
            return text
    raise AssertionError(f"{wanted!r} did not come: {text[-500:]}")


def drained(terminal: int, process: subprocess.Popen[bytes]) -> str:
    """What comes until the process ends; its output must be read, or it waits for that."""
    seen = b""
    for _ in range(100):
        if select.select([terminal], [], [], 0.1)[0]:
            seen += os.read(terminal, 65536)
        elif process.poll() is not None:
            break
    return seen.decode("utf-8", "ignore")
