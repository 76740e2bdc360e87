"""Links that name no paper: whoever sends one is told so."""

from __future__ import annotations

import pytest

from digestbot.app import App
from digestbot.core.lines.unread_links import find_unread_sites
from tests.core.commands.asking import send_text

ON_SQLITE = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
SITES = {
    "https://openreview.net/forum?id=abc": ("openreview.net",),
    "看看 https://aclanthology.org/D19-1371/": ("aclanthology.org",),
    "www.scholar.google.com/scholar?q=x": ("scholar.google.com",),
    "https://arxiv.org/list/cs.CL/recent": ("arxiv.org",),
    "https://arxiv.org/abs/2611.90112": (),
    "https://github.com/x/y https://x.com/z/status/1": ("github.com", "x.com"),
    "gaussian splatting": (),
    " ".join(f"https://site{number}.org/x" for number in range(9)): (),
}


@pytest.mark.parametrize("line", SITES, ids=repr)
def test_the_sites_of_links_that_name_no_paper_are_found(line: str) -> None:
    assert find_unread_sites(line) == SITES[line]


@ON_SQLITE
async def test_a_link_that_is_not_understood_is_said_and_not_searched_for(app: App) -> None:
    link = "https://openreview.net/forum?id=loopsmith"
    cannot = "I cannot read this link to openreview.net. Send the paper's DOI"
    for line in (link, f"/paper {link}", f"/save {link}", f"save this {link}"):
        assert cannot in (await send_text(app, line))[1], line
    assert "我读不懂这个 openreview.net 链接" in (await send_text(app, link, "zh"))[1]
    for line in (f"2611.90112 {link}", f"/paper 2611.90112 {link}"):
        said = (await send_text(app, line))[1]
        assert "LoopSmith" in said, line
        assert "I cannot read this link to openreview.net" in said, line
