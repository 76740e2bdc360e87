"""What other programs export is read as far as it can mean something."""

from __future__ import annotations

from digestbot.core.follows.import_service import read_import


async def test_a_list_of_nonsense_is_read_no_further_than_some_lines() -> None:
    read = read_import("\n".join(f"cat:zq{number}" for number in range(2_000)))
    assert (read.texts, read.is_cut) == ((), True)
    assert len(read.unread) < 100
