"""Files that a person names at their own terminal."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import pytest
from rich.console import Console

from digestbot.app import App
from digestbot.core.papers.documents import MAX_DOCUMENT_BYTES
from digestbot.errors import DocumentError
from digestbot.platforms.console import ConsolePlatform, JsonConsolePlatform
from digestbot.platforms.console.documents import split_document
from tests.platforms.test_console import pipe_input

LIST = b"gaussian splatting\nauthor:Kerbl\ncat:cs.GR\n"
ON_SQLITE = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


@ON_SQLITE
async def test_a_list_is_imported_by_its_path_for_people_and_for_scripts(
    app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "my refs.txt").write_bytes(LIST)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    lines = ("/import ~/my refs.txt", "/import my refs.txt", 'import "my refs.txt"', f"/导入 {tmp_path}/my refs.txt")
    pipe_input("\n".join((*lines, "/import nothing.bib")).encode(), monkeypatch)
    out = io.StringIO()
    await ConsolePlatform("en", console=Console(file=out, width=100)).listen(app.dispatcher.handle_message)
    assert out.getvalue().count("What can be followed") == len(lines)
    assert "There is no file nothing.bib that I can read" in out.getvalue()
    pipe_input("\n".join(lines).encode(), monkeypatch)
    await JsonConsolePlatform("en").listen(app.dispatcher.handle_message)
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["ok"] for one in answers] == [True] * len(lines)
    assert [one["command"] for one in answers] == list(lines)


@pytest.mark.parametrize(
    "line",
    [
        "/import gaussian splatting",
        "/import a; b.txt; author:Kerbl",
        "/import and/or",
        "/import cs.CV",
        "/import",
        "/search /etc/passwd",
        "/paper refs.bib",
        "refs.bib",
    ],
)
def test_what_names_no_file_stays_what_it_is(line: str) -> None:
    assert split_document(line) == (line, ())


async def test_what_is_no_file_or_too_long_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    large = tmp_path / "large.txt"
    large.write_bytes(b"x" * 10)
    for path, limit, key in (
        ("/dev/zero", MAX_DOCUMENT_BYTES, "document_missing"),
        (tmp_path / "pipe.txt", MAX_DOCUMENT_BYTES, "document_missing"),
        (tmp_path, MAX_DOCUMENT_BYTES, "document_missing"),
        (f"{tmp_path}/\0.txt", MAX_DOCUMENT_BYTES, "document_missing"),
        (large, 9, "document_too_large"),
    ):
        _, (document,) = split_document(f"/import {path}")
        with pytest.raises(DocumentError) as caught:
            await document.read(limit)
        assert caught.value.key == key, path


async def test_a_file_that_grows_is_read_no_further_than_allowed(tmp_path: Path) -> None:
    path = tmp_path / "grows.txt"
    path.write_bytes(b"x")
    _, (document,) = split_document(f"/import {path}")
    path.write_bytes(b"x" * (MAX_DOCUMENT_BYTES + 1))
    with pytest.raises(DocumentError) as caught:
        await document.read(MAX_DOCUMENT_BYTES * 5)
    assert caught.value.key == "document_too_large"
