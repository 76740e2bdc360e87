"""Work that goes on at a terminal, and files: a line that is replaced, Ctrl-C, and nothing around what is a file."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
from dataclasses import replace

import pytest
from rich.console import Console

from digestbot.app import App
from digestbot.cards.card import Attachment, Card
from digestbot.core.commands import registry
from digestbot.core.commands.base import CommandRequest
from digestbot.core.ports import IncomingMessage
from digestbot.platforms.console import CONSOLE_ADDRESS, ConsolePlatform, JsonConsolePlatform
from tests.live_work import WorkDesk, make_card
from tests.platforms.test_console import pipe_input
from tests.waiting import wait_until

FILE = Attachment("saved.bib", "application/x-bibtex", "@article{müller,\n  title = {A \x1b[2J title}\n}\n".encode())


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> WorkDesk:
    return WorkDesk(monkeypatch, "topics")


def open_console(*, is_terminal: bool) -> tuple[ConsolePlatform, io.StringIO]:
    out = io.StringIO()
    console = Console(
        file=out, width=80, force_terminal=is_terminal, highlight=False, markup=False, emoji=False, legacy_windows=False
    )
    return ConsolePlatform("en", console=console), out


def ask(platform: ConsolePlatform, app: App, line: str) -> asyncio.Task[None]:
    async def answer() -> None:
        await platform._show_answer(await platform._ask(app.dispatcher.handle_message, line))

    return asyncio.create_task(answer())


async def test_in_a_pipe_each_thing_is_told_once_and_the_last_card_whole(app: App, desk: WorkDesk) -> None:
    platform, out = open_console(is_terminal=False)
    answering = ask(platform, app, "/topics")
    work = await desk.wait_for_work()
    for text in ("Writing …", "Writing …", "Checking …"):
        work.show(text)
        await wait_until(lambda text=text: text in out.getvalue())  # type: ignore[misc]
    work.finish("Checking …", "Done.")
    await answering
    before, _, card = out.getvalue().partition("╭")
    assert before.splitlines() == ["… A paper · Reading …", "… A paper · Writing …", "… A paper · Checking …"]
    assert "Done." in card
    assert out.getvalue().count("╭") == 1


async def test_on_a_terminal_one_line_is_replaced(app: App, desk: WorkDesk) -> None:
    platform, out = open_console(is_terminal=True)
    answering = ask(platform, app, "/topics")
    work = await desk.wait_for_work()
    await wait_until(lambda: "Reading" in out.getvalue())
    work.show(f"Writing {'very ' * 100}long …")
    await wait_until(lambda: "Writing" in out.getvalue())
    work.finish("Done.")
    await answering
    assert "\x1b[2K" in out.getvalue()  # the line is erased
    assert out.getvalue().count("╭") == 1
    assert "Done." in out.getvalue().partition("╭")[2]


async def test_ctrl_c_ends_the_work_alone_and_says_how_to_ask_again(app: App, desk: WorkDesk) -> None:
    former = signal.getsignal(signal.SIGINT)
    platform, out = open_console(is_terminal=True)
    answering = ask(platform, app, "/topics")
    work = await desk.wait_for_work()
    await wait_until(lambda: signal.getsignal(signal.SIGINT) is not former)
    os.kill(os.getpid(), signal.SIGINT)
    await answering
    assert work.is_closed
    assert "Stopped." in out.getvalue()
    assert "/topics" in out.getvalue()
    assert signal.getsignal(signal.SIGINT) is former


async def test_who_closes_the_terminal_ends_the_work(app: App, desk: WorkDesk) -> None:
    platform, _ = open_console(is_terminal=False)
    answering = ask(platform, app, "/topics")
    work = await desk.wait_for_work()
    answering.cancel()
    await asyncio.gather(answering, return_exceptions=True)
    assert work.is_closed


async def test_a_script_is_told_of_progress_and_gets_one_last_object(
    app: App, desk: WorkDesk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pipe_input(b"/topics\n", monkeypatch)
    listening = asyncio.create_task(JsonConsolePlatform("en").listen(app.dispatcher.handle_message))
    (await desk.wait_for_work()).finish("Done.")
    await listening
    first, last = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (first["command"], first["progress"]) == ("/topics", True)
    assert "Reading" in first["text"]
    assert "progress" not in last
    assert "Done." in last["text"]


# Files


@pytest.fixture
def with_file(monkeypatch: pytest.MonkeyPatch) -> None:
    answer_with(monkeypatch, FILE)


def answer_with(monkeypatch: pytest.MonkeyPatch, attachment: Attachment) -> None:
    async def answer(_: CommandRequest) -> Card:
        return replace(make_card("Your papers"), attachment=attachment)

    command = registry.COMMANDS_BY_NAME["saved"]
    monkeypatch.setitem(registry.COMMANDS_BY_NAME, "saved", replace(command, handler=answer))


@pytest.mark.usefixtures("with_file")
async def test_a_pipe_gets_nothing_but_the_file(
    app: App, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pipe_input(b"/saved\n", monkeypatch)
    platform, out = open_console(is_terminal=False)
    await platform.listen(app.dispatcher.handle_message)
    assert out.getvalue() == FILE.content.decode()
    assert "Your papers" in capsys.readouterr().err


@pytest.mark.usefixtures("with_file")
async def test_a_terminal_shows_the_file_below_the_card_and_obeys_nothing_in_it(app: App) -> None:
    platform, out = open_console(is_terminal=True)
    await ask(platform, app, "/saved")
    card, _, file = out.getvalue().rpartition("╯")
    assert "Your papers" in card
    assert "@article{müller,\n" in file
    assert "\x1b[2J" not in file


@pytest.mark.parametrize("is_terminal", [True, False])
async def test_what_is_no_text_is_written_nowhere(app: App, monkeypatch: pytest.MonkeyPatch, is_terminal: bool) -> None:
    answer_with(monkeypatch, Attachment("saved.zip", "application/zip", b"PK\xff\xfe\x1b[2J"))
    pipe_input(b"/saved\n", monkeypatch)
    platform, out = open_console(is_terminal=is_terminal)
    await platform.listen(app.dispatcher.handle_message)
    assert "saved.zip could not be sent" in out.getvalue()
    assert "PK" not in out.getvalue()


@pytest.mark.usefixtures("with_file")
async def test_a_script_has_the_file_in_the_answer(
    app: App, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pipe_input(b"/saved\n", monkeypatch)
    await JsonConsolePlatform("en").listen(app.dispatcher.handle_message)
    answer = json.loads(capsys.readouterr().out)
    assert answer["attachment"] == {
        "name": FILE.name,
        "media_type": FILE.media_type,
        "text": FILE.content.decode(),
    }
    plain = await app.dispatcher.handle_message(IncomingMessage(CONSOLE_ADDRESS, "/topics", "en"))
    assert plain.card.attachment is None
