"""Papers are found by words, in English, Chinese and Japanese, the best first: the same on both engines."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from digestbot.store import Store
from digestbot.store.digests.digest_writer import PageKey
from digestbot.store.search.search_plans import build_plans, to_fts5, to_title_tsquery, to_tsquery
from tests.factories import make_digest, make_entry

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
WORD = "splatting"
PAPERS: dict[str, dict[str, Any]] = {
    # the word in one place each, the least telling first: what is newer must not come first for that alone
    "abstract": {"abstract": f"{WORD} is measured here once and for all"},
    "summary": {"headline": f"{WORD} is measured here once and for all"},
    "authors": {"authors": (WORD, "Bo Lin")},
    "title": {"title": f"{WORD} is measured"},
    "older": {"title": "Twice the same", "abstract": "Gaussians."},
    "newer": {"title": "Twice the same", "abstract": "Gaussians."},
    "chinese": {
        "title": "\u9ad8\u65af\u6cfc\u6e85\u7684\u65b9\u6cd5",
        "headline": "\u4e00\u79cd\u65b0\u65b9\u6cd5\u3002",
    },
    "characters apart": {"title": "\u65af\u9ad8 \u6cfc \u6e85"},
    "japanese": {"title": "\u30d7\u30ed\u30c6\u30a4\u30f3\u306e\u8a2d\u8a08"},
    "accents": {"title": "A Schr\u00f6dinger Bridge for Caf\u00e9s"},
    "takeaway": {"takeaways": ("An aardvark counts.",)},
}
NAMES = {f"2611.{number:05}": name for number, name in enumerate(PAPERS, 1)}
MANY = 25


@pytest.fixture
async def filled_store(store: Store) -> Store:
    entries = [make_entry(number, **PAPERS[name]) for number, name in NAMES.items()]
    many = [make_entry(f"2612.{number:05}", title="One of many zebras") for number in range(1, MANY + 1)]
    await store.digests.save_pages([(PageKey("a", "", {}), [make_digest(entries=[*entries, *many])])], NOW)
    return store


async def find_ids(store: Store, words: str, most: int = 10, skip: int = 0) -> list[str]:
    ids = (await store.search.find(words, most, skip)).ids
    return [NAMES.get(one.entry.paper.arxiv_id, "zebra") for one in await store.digests.list_papers_by_id(ids)]


async def test_papers_are_found_the_best_first(filled_store: Store) -> None:
    ranked = await find_ids(filled_store, WORD)
    assert ranked[0] == "title"
    assert ranked[1] == "authors"
    assert ranked[2:] == ["summary", "abstract"]
    for words, names in {
        "twice same": ["newer", "older"],  # as good: the newer first
        "TWICE": ["newer", "older"],
        "same gaussians": ["newer", "older"],
        "splatt": ranked,  # no such word: those that begin so
        "gauss": ["newer", "older"],
        "aardvark": ["takeaway"],
        "schrodinger cafes": ["accents"],
        "Schr\u00f6dinger": ["accents"],
        "\u9ad8\u65af": ["chinese"],  # in this order, side by side
        "\u65af\u6cfc": ["chinese"],
        "\u65b0\u65b9\u6cd5": ["chinese"],
        "\u30c6\u30a4": ["japanese"],
        "\u306e\u8a2d": ["japanese"],
        "aardvark bridge": ["accents", "takeaway"],  # none has both: those with any
        "nowhere aardvark": ["takeaway"],
        "nowhere": [],
        "": [],
        '" OR * -': [],
        "'; DROP TABLE nowhere --": [],
    }.items():
        if words == "aardvark bridge":
            assert sorted(await find_ids(filled_store, words)) == names, words
        else:
            assert await find_ids(filled_store, words) == names, words


async def test_what_is_found_comes_page_by_page_with_how_many_there_are(filled_store: Store) -> None:
    pages = [await filled_store.search.find("zebras", 10, skip) for skip in (0, 10, 20, 30)]
    assert [page.total for page in pages] == [MANY] * 4
    assert [len(page.ids) for page in pages] == [10, 10, 5, 0]
    ids = [id_ for page in pages for id_ in page.ids]
    assert ids == sorted(ids, reverse=True)  # all are as good
    assert len(set(ids)) == MANY
    assert len((await filled_store.search.find("zebras")).ids) == 10


async def test_what_a_page_says_now_is_found_and_what_it_said_before_is_not(filled_store: Store) -> None:
    key = PageKey("a", "corrected", {})
    corrected = make_entry(
        "2611.00004", title="Gliding", headline="Otters glide.", takeaways=("Rivers.",), abstract="Water."
    )
    await filled_store.digests.save_pages([(key, [make_digest(entries=[corrected])])], NOW)
    for words in ("gliding", "otters", "rivers", "water"):
        assert await find_ids(filled_store, words) == ["title"], words
    for words in (WORD, "zebras", "measured"):  # one was corrected, the others are on no page any more
        assert await find_ids(filled_store, words) == [], words
    another = PageKey("b", "", {})
    shown_again = make_entry(
        "2611.00004", title="Gliding", headline="Beavers build.", takeaways=("Dams.",), abstract="Water."
    )
    await filled_store.digests.save_pages([(another, [make_digest("Topic B", entries=[shown_again])])], NOW)
    for words in ("otters", "rivers", "beavers", "dams"):  # by what any digest says of it
        assert await find_ids(filled_store, words) == ["title"], words
    assert (await filled_store.search.find("gliding")).total == 1


def test_what_is_typed_is_only_ever_quoted_words_in_a_query() -> None:
    hostile = build_plans("p' | b:* & ! title:* \" NEAR(")
    words = ("p", "b", "title", "near")
    assert to_tsquery(hostile[0]) == " & ".join(f"(('{word}'))" for word in words)
    assert to_title_tsquery(hostile[0]) == " & ".join(f"(('~{word}'))" for word in words)
    assert to_fts5(hostile[0]) == " AND ".join(f'("{word}")' for word in words)
    assert to_fts5(hostile[-1], "title") == f"title : ({to_fts5(hostile[-1])})"
    [spaced, _] = build_plans("\u9ad8\u65af splat")
    assert to_tsquery(spaced) == "(('\u9ad8' <-> '\u65af')) & (('splat'))"
    assert to_title_tsquery(spaced) == "(('~\u9ad8' & '~\u65af')) & (('~splat'))"
    assert to_fts5(spaced.complete({"splat": ("splats", "splatting")})) == (
        '("\u9ad8 \u65af") AND ("splats" OR "splatting")'
    )
    assert build_plans("!!! ***") == ()
