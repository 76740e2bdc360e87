"""Venues in the authors' comments: made-up ones with their labels, and real ones where they are beside the checkout."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from hashlib import sha256

import pytest

from digestbot.domain.paper import Paper
from digestbot.domain.venues import parse_venue
from digestbot.pages.entries import LINK_LINE
from digestbot.pages.escapes import unescape_line
from tests.patterns import find_mismatches, load_samples
from tests.places import REAL, SHARED

_API_COMMENT = re.compile(r"<arxiv:comment[^<>]*>([^<>]*)</arxiv:comment>")


def test_two_hundred_comments_are_read_as_they_are_labelled() -> None:
    samples = load_samples("venues")
    assert len(samples) >= 200
    assert find_mismatches(parse_venue, samples) == []


def test_real_comments_are_read_as_they_are_labelled() -> None:
    labels = dict(load_samples("real_venues"))
    comments = {comment for comment in iter_real_comments() if hash_comment(comment) in labels}
    if not comments:
        pytest.skip("the shared pages and answers are not beside the checkout")
    pairs = [(parse_venue(comment), labels[hash_comment(comment)]) for comment in comments]
    right = sum(found == named != "" for found, named in pairs)
    assert right / sum(found != "" for found, _ in pairs) >= 0.99
    assert right / sum(named != "" for _, named in pairs) >= 0.95


def hash_comment(comment: str) -> str:
    return sha256(comment.encode()).hexdigest()[:16]


def iter_real_comments() -> Iterator[str]:
    """Those of the shared pages, as they stand behind a paper's link, and of arXiv's recorded answers."""
    for path in SHARED.rglob("*.md"):
        for line in path.read_text("utf-8").splitlines():
            if line.startswith("[PDF](") and (match := LINK_LINE.match(line)):
                yield unescape_line(match["comment"])
    for path in (REAL / "arxiv-api").glob("*"):
        text = path.read_text("utf-8")
        answer = json.loads(text).get("body", "") if path.suffix == ".json" else text
        for comment in _API_COMMENT.findall(answer):
            yield " ".join(html.unescape(comment).split())


@pytest.mark.parametrize(
    ("comment", "where"),
    [
        ("Accepted at " + "Xy " * 70, " ".join(["Xy"] * 40)),  # never cut within a word
        ("CVPR 20245", ""),
        ("Accepted at X", ""),
        ("Accepted by MM3DGS team", "MM3DGS"),
        ("x" * 3_000 + ". Accepted by CVPR 2026", ""),  # no authors write as much
    ],
)
def test_a_name_ends_where_it_ends(comment: str, where: str) -> None:
    assert parse_venue(comment) == where


VENUES = """NeurIPS|ICLR|ICML|CVPR|ICCV|ECCV|WACV|BMVC|ACCV|AAAI|IJCAI|ACL|EMNLP|NAACL|EACL|COLING|Interspeech
ICASSP|ICRA|IROS|CoRL|RSS|SIGGRAPH|SIGGRAPH Asia|ACM MM|KDD|WWW|SIGIR|MICCAI|MIDL|ISBI|3DV|CHI
UIST|TPAMI|TIP|TMLR|IJCV|TOG|TVCG|ICIP|ICME|ICPR|ICMR|FG|IEEE VR|ISMAR|Eurographics|COLM|AISTATS|UAI|RA-L|TMM|TCSVT
TMI|JMLR|EGSR|Pacific Graphics|VRST|LREC|GCPR|ICST|L4DC|ECML PKDD"""


@pytest.mark.parametrize("name", [name for line in VENUES.split("\n") for name in line.split("|")])
def test_a_venue_is_known_by_its_name_with_a_year_or_a_word(name: str) -> None:
    for comment in (f"{name} 2026", f"9 pages. {name}'26!", f"{name}26", f"({name}), 2026", f"{name.lower()} 2026"):
        assert parse_venue(comment) == f"{name} 2026", comment
    assert parse_venue(f"Accepted, 9 pages, to appear in {name}") == name
    if name.isalnum():  # the end of the others is a name too
        assert parse_venue(f"X{name} 2026") != f"{name} 2026"
    for comment in (f"Submitted to {name} 2026", f"{name} 2026 preprint"):
        assert parse_venue(comment) == "", comment


def test_a_paper_has_its_comments_venue() -> None:
    assert Paper("2611.00001", 1, "T", (), "", "Accepted at Quilts Workshop, CVPR 2026").venue == "CVPR 2026 · Workshop"
