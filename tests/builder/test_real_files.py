"""What others recorded (../shared/real) goes through the sandbox: none is refused, cut or too slow for its limits."""

from __future__ import annotations

import json
from pathlib import Path

import feedparser
import pytest

from benchmarks.pdf import LABELS, is_near, list_figures, list_unread, score_html_figures
from digestbot.builder.sources.arxiv import ArxivClient
from digestbot.builder.sources.feeds import parse_feed
from digestbot.builder.sources.polite_client import PoliteClient
from digestbot.builder.texts.html_reader import parse_html
from digestbot.builder.texts.pdf_reader import parse_pdf
from digestbot.domain.paper import Paper
from digestbot.errors import SourceError
from digestbot.sandbox import PARSING_SECONDS, run_in_sandbox
from tests.builder.archive import ArxivServer
from tests.places import REAL, TIMES

pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason="the real files (../shared/real) are not beside the checkout")
_PDFS_EACH = 1 if TIMES > 1 else 12
"""All PDFs take a minute: one of so many, or all with TEST_LONG."""


def list_files(kind: str) -> list[Path]:
    return sorted((REAL / kind).iterdir())


def read_answer(path: Path) -> tuple[int, bytes]:
    """A recorded answer of the API: as it came, or inside of what else was recorded."""
    if path.suffix != ".json":
        return 200, path.read_bytes()
    recorded = json.loads(path.read_text("utf-8"))
    body = str(next(recorded[name] for name in ("body", "text", "content") if recorded.get(name)))
    return recorded.get("status_code", 200), body.encode()


def is_whole(paper: Paper) -> bool:
    """Whether nothing of it was cut for its length."""
    return bool(paper.title) and not any(text.endswith("…") for text in (paper.title, paper.abstract, *paper.authors))


async def test_every_feed_is_read_and_what_is_arxivs_is_looked_up_there() -> None:
    found = {
        path.name: await run_in_sandbox(parse_feed, PARSING_SECONDS, path.read_bytes()) for path in list_files("feeds")
    }
    assert found
    assert [name for name, contents in found.items() if not contents.is_feed] == []
    assert all(is_whole(candidate.paper) for contents in found.values() for candidate in contents.papers)
    from_arxiv = {name: contents for name, contents in found.items() if "arxiv_" in name and "empty" not in name}
    assert from_arxiv
    assert [name for name, contents in from_arxiv.items() if contents.papers or contents.left_out] == []
    assert sum(len(contents.listed) for contents in from_arxiv.values()) >= 5


async def test_nothing_of_a_feed_is_lost_without_a_reason_and_no_news_is_a_paper() -> None:
    for path in list_files("feeds"):
        raw = path.read_bytes()
        found = await run_in_sandbox(parse_feed, PARSING_SECONDS, raw)
        if path.suffix != ".json":
            entries = feedparser.parse(raw).entries
            assert len(found.listed) + len(found.papers) + len(found.left_out) == len(entries), path.name
        assert all(left.reason for left in found.left_out)
        kept = [candidate.paper for candidate in found.papers]
        assert not [paper.arxiv_id for paper in kept if paper.arxiv_id.startswith("10.1038/d")]
        assert not [paper.title for paper in kept if "<" in paper.title or ("&" in paper.title and ";" in paper.title)]


async def test_every_answer_of_the_api_is_read_or_refused_in_arxivs_words(archive: ArxivServer) -> None:
    """The answers as they came: with their status, through the client."""
    papers = []
    async with PoliteClient(0, allow_private_hosts=True) as polite:
        for path in list_files("arxiv-api"):
            status, body = read_answer(path)
            archive.answers["/api/query"] = (status, body)
            try:
                found = await ArxivClient(polite, archive.api).fetch_by_id(["2611.00001"])
            except SourceError as error:
                assert str(error) == "arXiv rejected a list of papers: incorrect id format for abc"  # noqa: PT017
                assert status == 400
            else:
                papers += [candidate.paper for candidate in found]
    assert len(papers) > 10
    assert all(map(is_whole, papers))


async def test_every_html_version_has_text() -> None:
    for path in list_files("html"):
        text = await run_in_sandbox(parse_html, PARSING_SECONDS, path.read_bytes(), "https://arxiv.org/html/1")
        assert sum(len(section.body) for section in text.sections) > 1_000, path.name


async def test_no_pdf_is_refused_or_too_much_for_the_sandbox() -> None:
    read = [await parse_pdf(path.read_bytes()) for path in list_files("pdf")[::_PDFS_EACH]]
    assert any(text.sections for text in read)


def test_the_labelled_figures_of_a_file_are_cut_out_as_the_labels_say() -> None:
    """One file of the shortest with many figures; all of them are for ``python -m benchmarks.pdf``."""
    labels = [label for label in json.loads(LABELS.read_text("utf-8")) if "0908.0054" in label[0]]
    found = {(page, number): box for page, number, box in list_figures((REAL / "pdf" / labels[0][0]).read_bytes())}
    assert len(labels) == 6
    assert all(is_near(found.get((page, number)), box) for _, page, number, _, box in labels)


def test_all_of_every_html_version_is_read() -> None:
    assert [path.name for path in list_files("html") if list_unread(path.read_bytes())] == []
    panels = score_html_figures()
    assert panels.right == panels.all > 0
