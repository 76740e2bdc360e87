"""Files of what somebody follows elsewhere: encodings, broken ones, hostile ones, and very long ones."""

from __future__ import annotations

import pytest

from digestbot.core.follows.imported_files import parse_file, read_document
from digestbot.core.papers.documents import build_document
from digestbot.errors import DocumentError

OPML = (
    '<?xml version="1.0" encoding="{encoding}"?>\n<opml version="2.0"><body><outline text="科学 é">'
    "<outline\n\ttype='rss' text='arXiv &gt; Vision' xmlUrl='https://rss.arxiv.org/rss/cs.CV'/>"
    '<OUTLINE text="a &#62; b" XMLURL="https://export.arxiv.org/api/query?search_query=all:nerf+AND+au:Kerbl&amp;max=3"/>'
    '<outline title="Blog" xmlUrl="https://example.org/feed"/></outline></body></opml>'
)
FOUND = (("cat:cs.CV", "nerf author:Kerbl"), ("Blog",))
BIBTEX = r"""
@article{a, author = {M{\"u}ller, Anna and Kerbl, Bernhard and others}, title={X}}
@inproceedings{b, author = "Kerbl, Bernhard and {\L}ukasz Nowak
 and {{OpenAI} Team}", title={Y}}
@misc{c, AUTHOR={{European Space Agency} and Müller, Anna and 李炳穆 AND {Barnes and Noble}}, title={Z
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gb18030"])
def test_feeds_are_found_in_every_encoding(encoding: str) -> None:
    for declared in (encoding.removesuffix("-sig"), "utf-8"):
        found = parse_file(OPML.format(encoding=declared).encode(encoding))
        assert (found.texts, found.other_feeds) == FOUND, (encoding, declared)


def test_feeds_are_found_in_files_that_are_no_xml() -> None:
    broken = OPML.format(encoding="utf-8").replace("&amp;max", "&max").replace("</body></opml>", "")
    found = parse_file(broken.encode())
    assert found.texts[0] == "cat:cs.CV"
    assert found.other_feeds == ("Blog",)


def test_entities_stand_for_nothing_and_no_file_is_opened(tmp_path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("cat:cs.LG")
    levels = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    for declared in (f'<!ENTITY a0 "aaaaaaaaaa">{levels}', f'<!ENTITY a11 SYSTEM "file://{secret}">'):
        feed = '<outline text="&a11;" xmlUrl="https://rss.arxiv.org/rss/cs.CV"/><outline xmlUrl="&a11;" text="x"/>'
        found = parse_file(f"<!DOCTYPE opml [{declared}]><opml><body>{feed}</body></opml>".encode())
        assert (found.texts, found.other_feeds) == (("cat:cs.CV",), ("x",))


def test_authors_are_read_as_people_write_them_and_organisations_are_none() -> None:
    found = parse_file(BIBTEX.encode())
    assert found.texts == ('author:"Müller, Anna"', 'author:"Kerbl, Bernhard"')
    once = parse_file(BIBTEX.replace("Müller, Anna", "Ann Other").replace("Kerbl, Bernhard and", "").encode())
    assert 'author:"Łukasz Nowak"' in once.texts
    assert 'author:"李炳穆"' in once.texts
    assert not [text for text in once.texts if "Agency" in text or "Noble" in text or "others" in text]


def test_of_a_large_library_the_commonest_authors_are_proposed_and_the_others_counted() -> None:
    entries = (f"@misc{{k{n}, author={{Author A{n % 300} and B{n}}}, title={{x}}}}\n" for n in range(10_000))
    found = parse_file("".join(entries).encode())
    assert (len(found.texts), found.left_authors) == (20, 300 + 10_000 - 20)


@pytest.mark.parametrize(
    "content", [b"%PDF-1.7\n@article{a, author={A}}", b"PK\x03\x04", b"\0\1\2\3", b"\x89PNG\r\n\x1a\n", b"abc\0def"]
)
async def test_what_is_no_text_is_told_from_a_list(content: bytes) -> None:
    async def give(limit: int) -> bytes:
        return content[:limit]

    with pytest.raises(DocumentError) as caught:
        await read_document(build_document("refs.bib", "", len(content), give))
    assert caught.value.key == "document_no_text"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [("author:Müller; naïve Bayes; Ångström", "cp1252"), ("高斯泼溅\n神经辐射场；author:何恺明", "gb18030")],
)
def test_a_list_without_a_mark_is_read_by_what_it_looks_like(text: str, encoding: str) -> None:
    assert parse_file(text.encode(encoding)).texts == parse_file(text.encode()).texts


def test_lines_without_an_end_are_cut() -> None:
    found = parse_file(b"gaussian " * 2_000_000)
    assert len(found.texts[0]) < 2_000
