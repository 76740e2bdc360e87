"""Citations and exports at a terminal and in a pipe: text to copy, and nothing around a file."""

from __future__ import annotations

import pytest

from digestbot.app import App
from tests.citations.reading import read_bibtex, read_ris
from tests.platforms.test_console import pipe_input
from tests.platforms.test_console_work import ask, open_console


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_a_pipe_gets_the_export_that_loads(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    platform, out = open_console(is_terminal=False)
    pipe_input(b"/save 2611.90112 #loops\n", monkeypatch)
    await platform.listen(app.dispatcher.handle_message)
    out.truncate(0)
    out.seek(0)
    pipe_input(b"/export ris\n", monkeypatch)
    await platform.listen(app.dispatcher.handle_message)
    (record,) = read_ris(out.getvalue())
    assert (record["note"], record["keywords"]) == ("arXiv:2611.90112", ["loops"])


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_a_terminal_shows_an_entry_to_copy(app: App) -> None:
    platform, out = open_console(is_terminal=False)
    await ask(platform, app, "/cite 2611.90112")
    entry, _, _ = out.getvalue().partition("╭")
    assert read_bibtex(entry)[0].raw["eprint"] == "2611.90112"
