"""The builder's commands and its part of ``digestbot run``, in processes of their own as they are typed."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import ClientSession

from digestbot.app import open_app
from digestbot.builder.candidates import LeftOut
from digestbot.builder.selection import Selection
from digestbot.cli import tables
from digestbot.domain.build_spec import BuildSpec
from digestbot.domain.digest import Digest
from digestbot.domain.topic import Topic
from digestbot.settings import build_sqlite_url, load_settings
from digestbot.store.digests.builds import Usage
from tests.builder.archive import ArxivServer, Submission
from tests.builder.endpoint import GOOD, ModelEndpoint
from tests.builder.papers import html_paper, pdf_paper
from tests.cli.test_admin import run_bot
from tests.cli.test_kills import ENTRIES, KILLS, execute, kill_often, read_file
from tests.cli_process import read_to_the_end, run_cli
from tests.conftest import ROOT
from tests.processes import ForkedProcess, start_process
from tests.waiting import HANG_SECONDS, wait_until

ABSTRACT = "We design loops. Nine of 24 designs bind."
TOML = """
[[topics]]
title = "Antibody Loops"
slug = "loops"
aliases = ["抗体环"]
queries = ["abs:loops"]
exclude_keywords = ["survey"]

[[topics]]
title = "Folds"
queries = ["abs:folds"]

[builder]
build_at = "00:00"
"""


@dataclass
class CommandResult:
    code: int
    out: str
    err: str


@dataclass
class CommandDesk:
    """A folder with a configuration, and commands typed in it."""

    folder: Path
    values: dict[str, str]

    async def run_command(self, *words: str, **more: str) -> CommandResult:
        """Type a command, and wait until it ends."""
        done = await asyncio.to_thread(run_cli, *words, folder=self.folder, environment=self.build_environment(**more))
        return CommandResult(done.returncode, done.stdout, done.stderr)

    def build_environment(self, **more: str) -> dict[str, str]:
        """The settings and the machine's environment, without what tells a library that it is tested."""
        hidden = ("DIGESTBOT_", "PYTEST_", "CI")
        own = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
        given = {f"DIGESTBOT_{name}": value for name, value in (self.values | more).items()}
        return own | given | {"PYTHONPATH": str(ROOT), "COLUMNS": "160"}

    def start_process(self, *words: str, on: int | None = None, **more: str) -> ForkedProcess:
        """Start it where nobody reads what it writes, or on a terminal."""
        environment = self.build_environment(**more)
        return start_process(*words, folder=self.folder, environment=environment, stdin=on, stdout=on, stderr=on)


@pytest.fixture
def desk(tmp_path: Path, archive: ArxivServer, endpoint: ModelEndpoint, migrated_file: Path) -> CommandDesk:
    shutil.copy(migrated_file, tmp_path / "a.db")
    own = f'name = "small-model"\naccount = "openai"\nbase_url = "{endpoint.url}"'
    models = f"[[builder.models]]\n{own}\ndollars_in = 1\ndollars_out = 4\n"
    (tmp_path / "digestbot.toml").write_text(TOML + models, "utf-8")
    values = {
        "DATABASE_URL": build_sqlite_url(tmp_path / "a.db"),
        "ALLOW_PRIVATE_HOSTS": "true",
        "BUILDER__ARXIV_API": archive.api,
        "BUILDER__ARXIV_OAI": archive.oai,
        "BUILDER__ARXIV_PAGES": archive.url,
        "BUILDER__ARXIV_DELAY_SECONDS": "0",
        "BUILDER__API_KEYS__OPENAI": endpoint.key,
        "BUILDER__FIGURES_DIR": str(tmp_path / "figures"),
    }
    return CommandDesk(tmp_path, values)


def add_papers(archive: ArxivServer, number: int = 3, **first: object) -> None:
    now = datetime.now(UTC)
    for i in range(number):
        more = first if i == 0 else {}
        paper = Submission(
            f"2611.{i:05}", title=f"Loops {i}", abstract=ABSTRACT, published=now - timedelta(hours=i + 1)
        )
        archive.add(Submission(**{**paper.__dict__, **more}))


async def test_a_topic_is_checked_without_a_model(
    desk: CommandDesk, archive: ArxivServer, endpoint: ModelEndpoint
) -> None:
    add_papers(archive, 2)
    archive.add(
        Submission("2611.00009", title="A survey of \x1b[31mloops", abstract=ABSTRACT, published=datetime.now(UTC))
    )
    done = await desk.run_command("topics", "check", "抗体环")
    assert done.code == 0, done.err
    assert "2611.00000v1" in done.out
    assert "an excluded keyword: survey" in done.out
    assert "2 papers would be selected; rejected: 1 an excluded keyword" in done.out
    assert "\x1b[31m" not in done.out
    found = json.loads((await desk.run_command("topics", "check", "loops", "--json")).out)
    assert [paper["paper"] for paper in found["selected"]] == ["2611.00000v1", "2611.00001v1"]
    assert found["rejected"] == [{"paper": "2611.00009v1", "reason": "an excluded keyword: survey"}]
    assert endpoint.asked == []


async def test_a_digest_is_built_by_hand_and_shown(
    desk: CommandDesk, archive: ArxivServer, endpoint: ModelEndpoint
) -> None:
    add_papers(archive, 3, html=html_paper())
    done = await desk.run_command("build")
    assert done.code == 0, done.err
    assert GOOD["headline"] in done.out
    assert "3 papers; 3 requests" in done.out
    assert "nothing new, so no digest" in done.out  # of folds
    assert endpoint.key not in done.out + done.err
    chat = await desk.run_command("export", "loops", "--format", "html")
    assert GOOD["headline"] in chat.out
    again = json.loads((await desk.run_command("build", "loops", "--json")).out)
    assert (again["calls"], [paper["from_draft"] for paper in again["papers"]]) == (0, [True] * 3)
    assert len(endpoint.asked) == 3


async def test_no_command_shows_what_the_address_of_a_feed_or_a_page_keeps_secret(
    desk: CommandDesk, archive: ArxivServer, tmp_path: Path
) -> None:
    archive.files |= {"/none": (b"<html>no feed</html>", "text/html"), "/big": (bytes(5_000_001), "text/xml")}
    host = archive.url.removeprefix("http://")
    paths = ("gone", "none", "big", "[x", "%zz")
    addresses = [f"http://ada:s3cr3t@{host}/{path}?key=s3cr3t#s3cr3t" for path in paths]
    topics = [("All", addresses), ("One", addresses[:1]), ("Inside", ["http://u:s3cr3t@localhost:1/a?s3cr3t"])]
    toml = "".join(f"[[topics]]\ntitle = '{title}'\nfeeds = {feeds}\n" for title, feeds in topics)
    (tmp_path / "digestbot.toml").write_text(toml, "utf-8")
    del desk.values["BUILDER__API_KEYS__OPENAI"]
    ftp = "ftp://ada:s3cr3t@ftp.example/a?s3cr3t"
    wrong = f"[[topics]]\ntitle = 'A'\nfeeds = ['{ftp}']\n"
    for words, more in (
        (("topics", "check", "all", "one"), {}),
        (("build", "inside"), {"ALLOW_PRIVATE_HOSTS": "false"}),
        (("load", *addresses), {}),
        (("load", ftp), {}),
        (("doctor",), {}),
    ):
        if words == ("doctor",):
            (tmp_path / "digestbot.toml").write_text(wrong, "utf-8")
        done = await desk.run_command(*words, **more)
        assert done.code, words
        shown = done.out + done.err
        assert host in shown or "localhost is in a private network" in shown or "ftp://ftp.example/a" in shown
        assert "s3cr3t" not in shown, words


async def test_at_a_terminal_a_build_shows_how_far_it_is_and_nobodys_news(
    desk: CommandDesk, archive: ArxivServer
) -> None:
    add_papers(archive, 3)
    ours, theirs = pty.openpty()
    try:
        process = desk.start_process("build", "loops", on=theirs)
        os.close(theirs)
        seen, code = await asyncio.gather(
            asyncio.to_thread(read_to_the_end, ours), asyncio.wait_for(process.wait(), HANG_SECONDS)
        )
    finally:
        os.close(ours)
    assert code == 0, seen
    assert "Antibody Loops: looking" in seen
    assert "3/3" in seen
    assert GOOD["headline"] in seen
    assert "pydantic" not in seen.lower()


@pytest.mark.parametrize("words", [("topics", "check"), ("build", "--dry-run"), ("build",)], ids=" ".join)
async def test_how_far_it_is_is_kept_from_scripts(
    desk: CommandDesk, archive: ArxivServer, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    add_papers(archive, 1)
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich takes whatever it writes to for a terminal
    done = await desk.run_command(*words, "loops", "--json")
    assert (done.code, done.err) == (0, "")
    assert json.loads(done.out)


async def test_a_dry_run_reads_and_asks_nobody(
    desk: CommandDesk, archive: ArxivServer, endpoint: ModelEndpoint
) -> None:
    add_papers(archive, 2, pdf=pdf_paper())
    done = await desk.run_command("build", "loops", "--dry-run")
    assert done.code == 0, done.err
    assert "2 papers, about" in done.out
    told = json.loads((await desk.run_command("build", "loops", "--dry-run", "--json")).out)
    assert [(paper["paper"], paper["basis"]) for paper in told["papers"]] == [
        ("2611.00000v1", "pdf"),
        ("2611.00001v1", "abstract"),
    ]
    assert f"about {told['tokens']:,} tokens" in done.out
    assert endpoint.asked == []
    assert (await desk.run_command("export", "loops")).code == 2


async def test_without_a_key_it_says_how_to_get_a_model(desk: CommandDesk, archive: ArxivServer) -> None:
    toml = (desk.folder / "digestbot.toml").read_text("utf-8").split("[[builder.models]]")[0]
    (desk.folder / "digestbot.toml").write_text(toml, "utf-8")
    del desk.values["BUILDER__API_KEYS__OPENAI"]
    add_papers(archive, 1)
    done = await desk.run_command("build", "loops")
    assert done.code == 0, done.err
    assert "DIGESTBOT_BUILDER__API_KEYS__OPENAI" in done.err
    assert "We design loops." in done.out


@pytest.mark.parametrize("words", [("build", "loops"), ("topics", "check")])
async def test_without_the_extra_it_says_how_to_get_it(
    desk: CommandDesk, words: tuple[str, ...], tmp_path: Path
) -> None:
    (tmp_path / "feedparser.py").write_text("raise ImportError")
    command = [sys.executable, "-m", "digestbot", *words]  # one that has imported nothing yet
    environment = desk.build_environment()
    done = await asyncio.to_thread(
        subprocess.run, command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "making digests needs more: pip install 'digestbot[build]'" in done.stderr
    assert "-r requirements-build.lock" in done.stderr
    assert (ROOT / "requirements-build.lock").is_file()


async def test_an_archive_that_has_nothing_is_one_sentence(desk: CommandDesk, archive: ArxivServer) -> None:
    done = await desk.run_command("topics", "check", "loops", BUILDER__ARXIV_API=f"{archive.url}/nothing")
    assert done.code == 1
    assert done.err.count("answered 404") == 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("build", "nothing"), "there is no topic “nothing” with queries or feeds in digestbot.toml; topics: loops"),
        (("build", "--date", "someday"), "--date “someday” is not a date such as 2026-11-24, today or yesterday"),
        (("build", "--date", "2999-01-01"), "--date 2999-01-01 is in the future"),
        (("topics", "check", "nothing"), "no topic “nothing”"),
    ],
)
async def test_what_cannot_be_done_is_a_sentence(desk: CommandDesk, words: tuple[str, ...], sentence: str) -> None:
    done = await desk.run_command(*words)
    assert done.code == 2
    assert sentence in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("toml", "sentence"),
    [
        ('[[topics]]\ntitle = "A"\nqueries = ["abs:(x"]', "its quotes and brackets in pairs"),
        ('[[topics]]\ntitle = "A"\nfeeds = ["ftp://x"]', "is not an http:// or https:// URL"),
        ('[[topics]]\ntitle = "A"\nqueris = ["abs:x"]', "there is no such setting (did you mean queries?)"),
        ('[[topics]]\ntitle = "A"\n[[topics]]\ntitle = "a"', "two topics have the slug a"),
        ('[[topics]]\ntitle = "A"\nslug = "Not One"', "is not a slug such as “not-one”"),
        ("[builder.api_keys]\nother = 'x'", "no model has the account other"),
    ],
)
async def test_a_wrong_configuration_names_the_setting(desk: CommandDesk, toml: str, sentence: str) -> None:
    (desk.folder / "digestbot.toml").write_text(toml, "utf-8")
    del desk.values["BUILDER__API_KEYS__OPENAI"]
    done = await desk.run_command("topics", "check")
    assert done.code == 2
    assert sentence in done.err
    assert re.search(r"digestbot\.toml, line \d: ", done.err)


async def test_an_archive_that_is_down_is_a_sentence_and_ends_with_1(desk: CommandDesk, archive: ArxivServer) -> None:
    archive.fail_next("/api", "503-later", "503-later")
    archive.fail_next("/oai", "503-later", "503-later")
    done = await desk.run_command("build")
    assert done.code == 1
    assert "Antibody Loops: abs:loops: 127.0.0.1 cannot be read now: it answered 503" in done.err


async def test_killed_at_any_moment_a_build_goes_on_pays_nothing_twice_and_counts_all_it_asked(
    desk: CommandDesk, archive: ArxivServer, endpoint: ModelEndpoint
) -> None:
    add_papers(archive, 12, html=html_paper())
    for answered in (2, 7):
        endpoint.free = answered
        process = desk.start_process("build", "loops", BUILDER__CONCURRENCY="1")
        await wait_until(lambda: len(endpoint.asked) > (endpoint.free or 0))
        process.send_signal(signal.SIGKILL)
        await process.wait()
        spent = await sum_usage(desk)
        assert spent.calls >= len(endpoint.asked)  # what nobody answered may be billed too
        assert spent.tokens_in >= sum(len(json.dumps(asked["messages"])) // 4 for asked in endpoint.asked)
    endpoint.free = None
    done = json.loads((await desk.run_command("build", "loops", "--json")).out)
    assert len(done["papers"]) == 12
    assert all(paper["writer"] == "small-model" for paper in done["papers"])
    assert len(endpoint.asked) == 12 + 2  # at each kill, one was on its way


async def test_killed_at_any_step_a_build_publishes_the_same_digest(
    desk: CommandDesk, archive: ArxivServer, endpoint: ModelEndpoint
) -> None:
    add_papers(archive, 3)
    own = desk.values | {"BUILDER__PAGES_DIR": "pages"}
    own.pop("DATABASE_URL")
    here = desk.folder / "here"
    here.mkdir()
    for name in ("a.db", "digestbot.toml"):
        shutil.move(desk.folder / name, here)

    def read_entries(folder: Path) -> list[tuple[object, ...]]:
        return execute(folder / "a.db", ENTRIES)

    alive = await asyncio.to_thread(kill_often, here, "build", "loops", check=lambda: read_file(here / "a.db"), **own)
    assert read_entries(here) == read_entries(alive) != []
    [page], [expected_page] = (list(folder.glob("pages/*/*")) for folder in (here, alive))
    assert page.read_text() == expected_page.read_text()
    assert len(endpoint.asked) <= 2 * 3 + 3 * KILLS


async def sum_usage(desk: CommandDesk) -> Usage:
    """What a day has cost, today's and, where the test began before midnight, yesterday's."""
    today = datetime.now(UTC).date()
    async with open_app(load_settings(database_url=desk.values["DATABASE_URL"])) as app:
        days = [await app.store.builds.get_usage(day) for day in (today - timedelta(days=1), today)]
    return sum(days, Usage())


async def wait_for_digest(folder: Path, topic: str) -> Digest | None:
    """The topic's newest digest, once the builder is done with today's."""
    async with (
        open_app(load_settings(database_url=build_sqlite_url(folder / "a.db"))) as app,
        asyncio.timeout(HANG_SECONDS),
    ):
        while not await app.store.builds.is_finished(topic, datetime.now(UTC).date()):
            await asyncio.sleep(0.1)
        match = await app.catalog.find_topic(topic)
        stored = await app.catalog.get_latest(match.topic) if match.topic else None
        return stored.digest if stored else None


async def test_the_running_bot_builds_and_serves_what_it_built(
    desk: CommandDesk, archive: ArxivServer, endpoint: ModelEndpoint, port: int
) -> None:
    add_papers(archive, 2, pdf=pdf_paper())
    public = f"https://127.0.0.1:{port}"
    values = desk.values | {"PORT": str(port), "ARCHIVE": "true", "PUBLIC_URL": public}
    values.pop("DATABASE_URL")
    async with run_bot(desk.folder, **values), ClientSession() as web:
        digest = await wait_for_digest(desk.folder, "loops")
        assert digest
        assert [entry.summary.headline for entry in digest.entries] == [GOOD["headline"]] * 2
        figure = digest.entries[0].figures[0].url
        async with web.get(figure.replace("https:", "http:")) as response:
            assert (response.status, (await response.read())[:4]) == (200, b"\x89PNG")
        async with web.get(f"http://127.0.0.1:{port}/topics/loops/{digest.date}") as response:
            assert GOOD["headline"] in await response.text()
    assert len(endpoint.asked) == 2


async def test_a_builder_alone_makes_digests_beside_other_processes(desk: CommandDesk, archive: ArxivServer) -> None:
    add_papers(archive, 1)
    values = desk.values.copy()
    values.pop("DATABASE_URL")
    async with run_bot(desk.folder, "--role", "builder", **values):
        assert await wait_for_digest(desk.folder, "loops")


async def test_a_builder_with_nothing_to_build_is_refused(desk: CommandDesk) -> None:
    (desk.folder / "digestbot.toml").write_text('[[topics]]\ntitle = "A"\n', "utf-8")
    del desk.values["BUILDER__API_KEYS__OPENAI"]
    done = await desk.run_command("run", "--role", "builder")
    assert done.code == 2
    assert "no topic in digestbot.toml has queries or feeds" in done.err


async def test_with_the_example_and_a_key_it_is_a_daily_bot(
    tmp_path: Path, archive: ArxivServer, endpoint: ModelEndpoint, migrated_file: Path
) -> None:
    shutil.copy(migrated_file, tmp_path / "a.db")
    example = (ROOT / "digestbot.example.zh.toml").read_text("utf-8")
    assert "https://api.deepseek.com/v1" in example
    here = example.replace("https://api.deepseek.com/v1", endpoint.url).replace(
        "https://huggingface.co/api", archive.url
    )
    (tmp_path / "digestbot.toml").write_text(here, "utf-8")
    now = datetime.now(UTC)
    archive.add(
        Submission("2611.00001", "Faster 3DGS", "We speed up gaussian splatting.", published=now - timedelta(hours=2)),
        Submission("2611.00002", "NeRF again", "A neural radiance field.", published=now - timedelta(hours=3)),
        Submission("2611.00003", "A language model", "It talks.", categories=("cs.CL",), published=now),
    )
    archive.files["/daily_papers"] = (b'[{"paper": {"id": "2611.00003"}}]', "application/json")
    endpoint.answer = {"headline": "一种更快的新方法，结果也更好。", "takeaways": ["方法简单，容易复现。"]}
    values = {
        "DATABASE_URL": build_sqlite_url(tmp_path / "a.db"),
        "ALLOW_PRIVATE_HOSTS": "true",
        "BUILDER__ARXIV_API": archive.api,
        "BUILDER__ARXIV_OAI": archive.oai,
        "BUILDER__ARXIV_PAGES": archive.url,
        "BUILDER__ARXIV_DELAY_SECONDS": "0",
        "BUILDER__API_KEYS__DEEPSEEK": endpoint.key,
    }
    desk = CommandDesk(tmp_path, values)
    built = await desk.run_command("build")
    assert built.code == 0, built.err
    for topic, paper in (("3dgs", "2611.00001"), ("nerf", "2611.00002"), ("llm", "2611.00003")):
        exported = json.loads((await desk.run_command("export", topic)).out)
        [entry] = exported["entries"]
        assert (entry["paper"]["arxiv_id"], entry["summary"]["headline"]) == (paper, endpoint.answer["headline"])
        assert entry["summary"]["writer"] == "deepseek-chat"
    del values["DATABASE_URL"]
    async with run_bot(tmp_path, **values):
        pass


async def test_doctor_tells_whether_digests_are_made(desk: CommandDesk, archive: ArxivServer) -> None:
    add_papers(archive, 2)
    days = {datetime.now(UTC).date()}
    assert (await desk.run_command("build", "loops")).code == 0
    days.add(datetime.now(UTC).date())
    told = (await desk.run_command("doctor")).out
    assert "ok   models: small-model; today" in told
    assert any(f"ok   builder loops: last made of {day}, 2 papers; every day at 00:00" in told for day in days)
    assert "builder folds: never made" in told
    told = (await desk.run_command("doctor", BUILDER__DAILY_TOKEN_LIMIT="0")).out
    assert "BAD  models: none has a key" in told


def test_whatever_a_topic_leaves_out_is_in_its_table_and_its_json() -> None:
    left = LeftOut("https://example.org/blog", "A \x1b[31mblog", "it has no DOI and is not on arXiv")
    spec = BuildSpec(Topic("loops", "Loops"))
    table = tables.build_selection_table("Loops", Selection(()), (left,))
    assert [list(column.cells) for column in table.columns][1:] == [
        [left.name],
        ["A �[31mblog"],
        [""],
        [left.reason],
    ]
    assert tables.selection_to_json(spec, Selection(()), (left,))["left_out"] == [
        {"name": left.name, "title": left.title, "reason": left.reason}
    ]
    assert tables.format_selection(Selection(()), (left,)).endswith("rejected: none; 1 that are no papers")
