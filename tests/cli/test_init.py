"""``digestbot init``: what is asked, checked and written, typed into a pipe and at a terminal."""

from __future__ import annotations

import asyncio
import os
import pty
import signal
import stat
import subprocess
import termios
import tomllib
from collections.abc import AsyncIterator
from io import StringIO
from pathlib import Path

import pytest

from digestbot.cli.interview import Interview
from digestbot.cli.new_settings import NewModel, NewTopic, build_topic, render_toml, update_dotenv, write_files
from digestbot.settings import Settings
from tests.builder.endpoint import open_endpoint
from tests.cli.test_main import build_environment, read_until
from tests.cli_process import run_cli
from tests.platforms.discord.api.server import TOKEN as DISCORD_TOKEN
from tests.platforms.discord.api.server import DiscordApi
from tests.platforms.telegram.botapi.server import TOKEN as TELEGRAM_TOKEN
from tests.platforms.telegram.botapi.server import BotApi
from tests.process_states import is_asleep
from tests.processes import start_process
from tests.waiting import wait_until


class NewFolder:
    """A folder where ``digestbot init`` is typed, with both platforms on loopback."""

    def __init__(self, path: Path, telegram: BotApi, discord: DiscordApi) -> None:
        self.path = path
        self.environment = build_environment(path) | {
            "DIGESTBOT_TELEGRAM__API_URL": telegram.url,
            "DIGESTBOT_DISCORD__API_URL": discord.url,
            "TZ": "Europe/Berlin",
            "LANG": "en_GB.UTF-8",
        }

    async def answer(self, *lines: str, **more: str) -> subprocess.CompletedProcess[str]:
        typed = "".join(f"{line}\n" for line in lines)
        environment = self.environment | more
        return await asyncio.to_thread(run_cli, "init", folder=self.path, environment=environment, typed_input=typed)

    def read_toml(self) -> dict[str, object]:
        return tomllib.loads((self.path / "digestbot.toml").read_text("utf-8"))

    def read_dotenv(self) -> str:
        return (self.path / ".env").read_text("utf-8")


@pytest.fixture
async def folder(tmp_path: Path) -> AsyncIterator[NewFolder]:
    async with BotApi() as telegram, DiscordApi() as discord:
        yield NewFolder(tmp_path, telegram, discord)


def list_files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_everything_is_asked_checked_and_written(folder: NewFolder) -> None:
    async with open_endpoint() as endpoint:
        done = await folder.answer(
            "en", "shanghai", TELEGRAM_TOKEN, DISCORD_TOKEN, "3, graph neural networks, 超导",
            "high-temperature superconductor", "3", endpoint.url, "small-model", endpoint.key,
        )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert len(endpoint.asked) == 1
    assert [model["name"] for model in folder.read_toml()["builder"]["models"]] == ["small-model"]  # type: ignore[index]
    topics = {topic["title"]: topic["queries"] for topic in folder.read_toml()["topics"]}  # type: ignore[attr-defined]
    assert topics == {
        "Gaussian Splatting": ['abs:"gaussian splatting" OR ti:3DGS'],
        "graph neural networks": ['abs:"graph neural networks"'],
        "超导": ['abs:"high-temperature superconductor"'],
    }
    assert folder.read_toml()["timezone"] == "Asia/Shanghai"
    assert f"DIGESTBOT_TELEGRAM__TOKEN={TELEGRAM_TOKEN}\n" in folder.read_dotenv()
    assert f"DIGESTBOT_DISCORD__TOKEN={DISCORD_TOKEN}\n" in folder.read_dotenv()
    assert f"DIGESTBOT_BUILDER__API_KEYS__OWN={endpoint.key}\n" in folder.read_dotenv()
    for name in (".env", "digestbot.toml"):
        assert stat.S_IMODE((folder.path / name).stat().st_mode) == 0o600
    for says in ("Telegram takes it: @", "Discord takes it: digestbot", "small-model answers."):
        assert says in done.stdout
    assert "open https://t.me/" in done.stdout.splitlines()[-2]
    assert "https://discord.com/oauth2/authorize?client_id=" in done.stdout.splitlines()[-1]
    for secret in (TELEGRAM_TOKEN, DISCORD_TOKEN, endpoint.key):
        assert secret not in done.stdout


async def test_yes_takes_every_default_and_leaves_what_is_there(folder: NewFolder, tmp_path: Path) -> None:
    def take_defaults() -> subprocess.CompletedProcess[str]:
        return run_cli("init", "--yes", folder=tmp_path, environment=folder.environment)

    first = await asyncio.to_thread(take_defaults)
    assert first.returncode == 0
    assert (folder.read_toml()["timezone"], folder.read_toml()["language"]) == ("Europe/Berlin", "en")
    assert "digestbot chat" in first.stdout
    written = folder.read_dotenv(), folder.read_toml()
    (tmp_path / "digestbot.toml").write_text('timezone = "UTC"\n', "utf-8")
    second = await asyncio.to_thread(take_defaults)
    assert "nothing to do" in second.stdout
    assert (folder.read_dotenv(), folder.read_toml()) == (written[0], {"timezone": "UTC"})


async def test_no_wrong_answer_is_taken_for_another(folder: NewFolder) -> None:
    done = await folder.answer(
        "fr", "en", "3", "Berlin", "", "", "量子计算，99", "量子计算, LLM AND agents", "量子", "quantum computing",
        "9", "key", "none",
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    for says in (
        "“fr” is not one of these: en",
        "“3” is not one time zone. Likely: UTC+3, UTC-3",
        "There is no 99",
        "“量子” is not in English",
        '“LLM AND agents” searches arXiv for abs:"LLM" AND abs:"agents"',
        "“9” is none of these: type a number from 0 to 3",
        "“key” is none of these",
    ):
        assert says in done.stdout
    assert done.stdout.index("There is no 99") < done.stdout.index("English words to search")
    assert [topic["queries"] for topic in folder.read_toml()["topics"]] == [  # type: ignore[attr-defined]
        ['abs:"quantum computing"'],
        ['abs:"LLM" AND abs:"agents"'],
    ]
    assert "builder" not in folder.read_toml()


async def test_a_topic_without_english_words_is_said_to_be_left_out(folder: NewFolder) -> None:
    done = await folder.answer("zh", "", "", "", "量子计算，1", "", "0")
    assert (done.returncode, done.stderr) == (0, "")
    assert "“量子计算”已略去" in done.stdout
    assert [topic["slug"] for topic in folder.read_toml()["topics"]] == ["large-language-models"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("words", "query"),
    [
        ("graph neural networks", 'abs:"graph neural networks"'),
        ("LLM AND agents OR tools NOT survey", 'abs:"LLM" AND abs:"agents" OR abs:"tools" ANDNOT abs:"survey"'),
        ("AND gates", 'abs:"AND gates"'),
        ("rock and roll", 'abs:"rock and roll"'),
        ("cat:cs.CL AND ti:agents", "cat:cs.CL AND ti:agents"),
        ('ti:"agents', 'abs:"ti: agents"'),
    ],
)
def test_a_topics_words_become_a_query(words: str, query: str) -> None:
    assert build_topic("T", words).query == query


async def test_wrong_answers_are_asked_again_in_chinese_too(folder: NewFolder) -> None:
    done = await folder.answer(
        "法语", "中文", "火星", "Asia/Shanghai", "no token", "4242:AAanother-token-that-is-refused", "",
        DISCORD_TOKEN, "9", "2", "0",
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    for says in (
        "“火星”不是一个确定的时区",
        "这不像是 Telegram 的机器人 token",
        "Telegram 拒绝了这个 token",
        "没有编号 9",
    ):
        assert says in done.stdout
    assert folder.read_toml()["language"] == "zh"
    assert [topic["title"] for topic in folder.read_toml()["topics"]] == ["扩散模型"]  # type: ignore[attr-defined]
    assert "another-token" not in folder.read_dotenv()


async def test_what_cannot_be_asked_may_stay_and_a_model_that_is_silent_is_asked_for_again(folder: NewFolder) -> None:
    nobody = "http://127.0.0.1:9"  # the discard port: nothing listens
    done = await folder.answer(
        "", "", TELEGRAM_TOKEN, "y", "", "", "3", f"{nobody}/v1", "m", "", "n", "0", DIGESTBOT_TELEGRAM__API_URL=nobody
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "Telegram does not answer" in done.stdout
    assert "m could not be reached. Keep it all the same?" in done.stdout
    assert TELEGRAM_TOKEN in folder.read_dotenv()
    assert "builder" not in folder.read_toml()


async def test_lines_of_others_stay_and_nothing_is_replaced_unasked(folder: NewFolder, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("POSTGRES_PASSWORD='a b'\n# mine\n", "utf-8")
    (tmp_path / "digestbot.toml").write_text('timezone = "UTC"\n', "utf-8")
    done = await folder.answer("", "n", "y", TELEGRAM_TOKEN, "")
    assert (done.returncode, done.stderr) == (0, "")
    assert folder.read_toml() == {"timezone": "UTC"}
    assert folder.read_dotenv() == f"POSTGRES_PASSWORD='a b'\n# mine\nDIGESTBOT_TELEGRAM__TOKEN={TELEGRAM_TOKEN}\n"


async def test_the_end_of_the_answers_leaves_nothing_half_written(folder: NewFolder, tmp_path: Path) -> None:
    before = list_files(tmp_path)
    done = await folder.answer("en", "UTC", TELEGRAM_TOKEN)
    assert done.returncode == 130
    assert "nothing was written" in done.stdout
    assert list_files(tmp_path) == before


async def test_control_c_writes_nothing_and_secrets_are_not_shown_as_they_are_typed(
    folder: NewFolder, tmp_path: Path
) -> None:
    before = list_files(tmp_path)
    ours, theirs = pty.openpty()
    process = start_process(
        "init", folder=tmp_path, environment=folder.environment, stdin=theirs, stdout=theirs, stderr=theirs
    )
    try:
        seen = await asyncio.to_thread(read_until, ours, "[en]: ")
        os.write(ours, b"\n")
        seen += await asyncio.to_thread(read_until, ours, "[Europe/Berlin]: ")
        os.write(ours, b"\n")
        seen += await asyncio.to_thread(read_until, ours, "none): ")
        assert not termios.tcgetattr(theirs)[3] & termios.ECHO
        os.write(ours, f"{TELEGRAM_TOKEN}\n".encode())
        seen += await asyncio.to_thread(read_until, ours, "Discord bot token")
        await wait_until(lambda: is_asleep(process.pid))  # a signal just before a read waits for its end
        process.send_signal(signal.SIGINT)
        assert await process.wait() == 130
    finally:
        process.kill()
        os.close(ours)
        os.close(theirs)
    assert "Telegram takes it" in seen
    assert TELEGRAM_TOKEN not in seen
    assert list_files(tmp_path) == before


def test_what_is_written_is_read_back_as_it_was_given(tmp_path: Path) -> None:
    odd = NewTopic('a "quoted" \\ title', 'abs:"it\'s" \x7f', "odd", ("别名",))
    model = NewModel("m", base_url="http://127.0.0.1:1/v1", account="own")
    (tmp_path / "digestbot.toml").write_text(render_toml("zh", "UTC", [odd], model), "utf-8")
    key = "sk 'with' \\ #odd"
    lines = "export DIGESTBOT_BUILDER__API_KEYS__OWN=old\nOTHER=1\n"
    (tmp_path / ".env").write_text(update_dotenv(lines, {"DIGESTBOT_BUILDER__API_KEYS__OWN": key}), "utf-8")
    settings = Settings()
    [topic] = settings.topics
    assert (topic.title, topic.queries, topic.slug, topic.aliases) == (odd.title, [odd.query], "odd", ["别名"])
    assert settings.builder.get_api_key(settings.builder.models[0]) == key
    assert (tmp_path / ".env").read_text("utf-8").startswith("OTHER=1\n")


def test_other_lines_of_a_dotenv_stay_as_they_are(tmp_path: Path) -> None:
    kept = "PEM='-----BEGIN\nDIGESTBOT_TELEGRAM__TOKEN=inside\n-----END'\nA=\x0cb\n# DIGESTBOT_ADMIN=\n"
    old = "DIGESTBOT_TELEGRAM__TOKEN='multi\nline'\n#DIGESTBOT_TELEGRAM__TOKEN=\nexport digestbot_telegram__token=x\n"
    assert update_dotenv(kept + old, {"DIGESTBOT_TELEGRAM__TOKEN": "1:a"}) == f"{kept}DIGESTBOT_TELEGRAM__TOKEN=1:a\n"
    assert update_dotenv("A=1", {"B": "2"}) == "A=1\nB=2\n"


def test_a_file_that_is_written_anew_keeps_the_group_that_reads_it_and_no_others(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.touch()
    for mode, kept in ((0o640, 0o640), (0o644, 0o640), (0o400, 0o600)):
        file.chmod(mode)
        write_files({file: "A=1\n"})
        assert file.stat().st_mode & 0o777 == kept


def test_nothing_is_left_where_a_file_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(UnicodeEncodeError):
        write_files({tmp_path / ".env": "KEY=1\n", tmp_path / "digestbot.toml": "\udcff"})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("typed", "read"),
    [("foo\x1b[31mbar", "foobar"), ("a\x1b[D\x00b\x7f", "ab"), (" 扩散 ", "扩散"), ("9" * 5_000, "9" * 1_000)],
)
def test_keys_that_write_nothing_are_no_part_of_an_answer(typed: str, read: str, monkeypatch) -> None:
    monkeypatch.setattr("sys.stdin", StringIO(f"{typed}\n"))
    assert Interview("en").ask("init.timezone") == read
