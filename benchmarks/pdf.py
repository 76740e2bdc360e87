"""PDFs and HTML of papers as others recorded them (``../shared/real``): how much is read, and how long that takes.

The labels (``pdf_figure_labels.json``) are of all figures of the PDFs that have a caption: file, page, number, what was
cut out (looked at by hand), and, if that was right, its place in points. They have nothing of the files' texts.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pypdfium2
from selectolax.lexbor import LexborHTMLParser

from benchmarks.claim import Claim, report_claims
from digestbot.builder.texts.html_reader import parse_html
from digestbot.builder.texts.pdf_ink import DOTS_PER_INCH
from digestbot.builder.texts.pdf_reader import find_figures, read_pages
from tests.places import REAL

LABELS = Path(__file__).with_name("pdf_figure_labels.json")
SHORT = bool(os.environ.get("BENCH_SHORT"))
_FILES_EACH = 6 if SHORT else 1
_MAX_DIFFERENCE_POINTS = 8
"""How far the edge of a figure may be from the label's: there is nothing of a neighbour in so narrow a strip."""
_BROKEN = re.compile(r"([^\W\d_]+)[\ufffe\x02]\s*([^\W\d_]+)")
_NOT_READ = ".ltx_bibliography, .ltx_note, .ltx_page_footer, .ltx_authors, script, style, header, footer, .ltx_ERROR"
_READ = "p, .ltx_p, td, th, figcaption, .ltx_listingline, li"


@dataclass(frozen=True, slots=True)
class Score:
    """How many are right, of how many."""

    right: int
    all: int

    @property
    def share(self) -> float:
        """The share that is right."""
        return self.right / max(1, self.all)


def list_files(kind: str) -> list[Path]:
    return sorted((REAL / kind).iterdir())[::_FILES_EACH]


# -- HTML -----------------------------------------------------------------------------------------------------


def score_html_texts() -> Score:
    """The pages all of whose paragraphs, formulas, rows and captions are in the text."""
    files = list_files("html")
    return Score(sum(not list_unread(path.read_bytes()) for path in files), len(files))


def list_unread(raw: bytes) -> list[str]:
    """What stands in a page and is not in the text that is read, without marks and spaces."""
    sections = parse_html(raw, "https://arxiv.org/html/1").sections
    whole = _normalise("".join(section.title + section.body for section in sections))
    page = LexborHTMLParser(raw.decode())
    for node in page.css(_NOT_READ):
        node.decompose()
    for node in page.css("math, .mjx-math"):
        node.replace_with(node.attributes.get("alttext") or node.attributes.get("aria-label") or "?")
    parts = [_normalise(node.text(deep=True)) for node in page.css(_READ) if node.css_first("td td, figure") is None]
    return [part for part in parts if part not in whole]


def _normalise(text: str) -> str:
    return re.sub(r"[\W_]+", "", text)


def score_html_figures() -> Score:
    """The figures of which all panels come with the caption of the whole."""
    right = whole = 0
    for path in list_files("html"):
        figures = parse_html(path.read_bytes(), "https://arxiv.org/html/1").figures
        for figure in LexborHTMLParser(path.read_bytes().decode()).css("figure.ltx_figure"):
            caption = _normalise("".join(_iter_own_caption(figure)))
            if not caption:
                continue
            panels = {(image.attributes.get("src") or "").rpartition("/")[2] for image in figure.css("img[src]")}
            found = {each.url.rpartition("/")[2] for each in figures if _is_same_caption(each.caption, caption)}
            right, whole = right + (panels == found), whole + 1
    return Score(right, whole)


def _iter_own_caption(figure) -> Iterator[str]:  # type: ignore[no-untyped-def]  # noqa: ANN001
    """The tag of a figure that has a number: panels have letters."""
    for tag in figure.css("figcaption .ltx_tag_figure"):
        if re.match(r"\s*Fig", tag.text(deep=True)):
            yield tag.text(deep=True)


def _is_same_caption(caption: str, tag: str) -> bool:
    return _normalise(caption.partition(":")[0]) == tag


# -- PDFs -----------------------------------------------------------------------------------------------------


def score_broken_words() -> Score:
    """The words that PDFium marks as broken and that are whole in the text."""
    right = whole = 0
    for path in list_files("pdf"):
        text = " ".join(read_pages(path.read_bytes())[0])
        for left, rest in _iter_broken_words(path):
            right += re.search(rf"(?<![^\W\d_]){left}-?{rest}", text) is not None
            whole += 1
    return Score(right, whole)


def _iter_broken_words(path: Path) -> Iterator[tuple[str, str]]:
    with pypdfium2.PdfDocument(path) as document:
        for page in document:
            text = page.get_textpage().get_text_range()
            yield from ((left, rest) for left, rest in _BROKEN.findall(text) if rest.islower())


def score_figures() -> tuple[Score, Score]:
    """The figures that are right, of those that are cut out and of those that there are."""
    right = cut = whole = 0
    names = {path.name for path in list_files("pdf")}
    labels = [label for label in json.loads(LABELS.read_text("utf-8")) if label[0] in names]
    for name in sorted({label[0] for label in labels}):
        found = {(page, number): box for page, number, box in list_figures((REAL / "pdf" / name).read_bytes())}
        mine = {(label[1], label[2]): label[4] for label in labels if label[0] == name}
        cut += len(found)
        whole += len(mine)
        right += sum(is_near(found.get(key), box) for key, box in mine.items())
    return Score(right, cut), Score(right, whole)


def list_figures(raw: bytes) -> list[tuple[int, str, tuple[float, ...]]]:
    """The page, the number and the place of each figure that is found."""
    figures: list[tuple[int, str, tuple[float, ...]]] = []
    for page, caption, box in find_figures(raw):
        number = re.search(r"\d[\d.-]*(?<=\d)", caption.lines[0])
        figures.append((page, number.group() if number else "", (box.left, box.bottom, box.right, box.top)))
    return figures


def is_near(found: Sequence[float] | None, box: Sequence[float] | None) -> bool:
    if found is None or box is None:
        return False
    return all(abs(one - other) <= _MAX_DIFFERENCE_POINTS for one, other in zip(found, box, strict=True))


def measure_times() -> list[tuple[float, float]]:
    """Seconds for the text and figures of each PDF, and for drawing its pages."""
    files = list_files("pdf")
    read_pages(files[0].read_bytes())  # what loads once
    return [_measure_file(path.read_bytes()) for path in files]


def _measure_file(raw: bytes) -> tuple[float, float]:
    """The least of some runs: others work on this machine too."""
    own, drawn = [], []
    for _ in range(1 if SHORT else 3):
        start = time.process_time()
        read_pages(raw)
        own.append(time.process_time() - start)
        start = time.process_time()
        for page in pypdfium2.PdfDocument(raw):
            page.render(scale=DOTS_PER_INCH / 72).to_pil()
        drawn.append(time.process_time() - start)
    return min(own), min(drawn)


def main() -> None:
    if not REAL.is_dir():
        sys.exit("the real files (../shared/real) are not beside the checkout")
    texts, panels, words, (figures, found) = (
        score_html_texts(),
        score_html_figures(),
        score_broken_words(),
        score_figures(),
    )
    times = measure_times()
    own, drawn = (sum(seconds) for seconds in zip(*times, strict=True))
    worst = max(times, key=lambda seconds: seconds[0] / seconds[1])
    all_of = {"of_ratio": True, "at_least": True}
    report_claims(
        Claim("HTML papers read whole", texts.right, "papers", "all", texts.all, 1, **all_of),
        Claim("all panels of HTML figures", panels.right, "figures", "all", panels.all, 1, **all_of),
        Claim("figures cut out right", figures.right, "figures", "cut out", figures.all, 0.96, **all_of),
        Claim("figures found and right", found.right, "figures", "in the files", found.all, 0.85, **all_of),
        Claim("broken words made whole", words.right, "words", "all", words.all, 0.99, **all_of),
        Claim("text and figures of real PDFs", own, "s", "drawing their pages", drawn, 1.2, of_ratio=True),
        Claim("the slowest of these PDFs", worst[0], "s", "drawing its pages", worst[1], 2, of_ratio=True),
    )  # fmt: skip


if __name__ == "__main__":
    main()
