"""The papers that are nearest to a paper, on both databases alike."""

from __future__ import annotations

from sqlalchemy import delete

from digestbot.domain.text.telling_words import can_tell, count_telling_words, find_stem
from digestbot.store import Store
from digestbot.store.tables import entries
from tests.factories import make_digest, make_entry
from tests.store.digests.test_digests import save_digests

PAPERS = {
    "2611.00001": ("Gaussian splatting of rivers", "We render rivers with gaussian splatting. Gaussian rivers render.",
                   ("Ada Moreno", "Bo Lin")),
    "2611.00002": ("Splatting gaussian rivers in winter", "Frozen rivers with gaussian splatting.", ("Cy Vos",)),
    "2611.00003": ("Gaussian splatting of faces", "Faces as gaussian splatting.", ("Dee Oh",)),
    "2611.00004": ("Enzymes that fold", "We fold enzymes without water.", ("Ada Moreno",)),
    "2611.00005": ("Enzymes in water", "Water and enzymes.", ("Eve Po",)),
    "2611.00006": ("Gaussian splatting of cars", "Cars as gaussian splatting.", ("Bo Lin", "Ada Moreno")),
}  # fmt: skip


async def _fill(store: Store) -> dict[str, int]:
    made = [
        make_entry(number, title=title, abstract=abstract, authors=authors, headline="", takeaways=())
        for number, (title, abstract, authors) in PAPERS.items()
    ]
    await save_digests(store, ("page", make_digest(entries=made)))
    return {number: (await store.digests.get_paper(number)).paper_id for number in PAPERS}  # type: ignore[union-attr]


async def _find(store: Store, number: str) -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    ids = await _fill(store)
    stored = await store.digests.get_paper(number)
    assert stored
    numbers = {paper_id: name for name, paper_id in ids.items()}
    found = await store.related_papers.find(stored.paper_id, stored.entry.paper)
    return [(numbers[one.paper_id], one.words, one.authors) for one in found]


async def test_the_nearest_come_first_with_the_words_that_they_share(store: Store) -> None:
    found = await _find(store, "2611.00001")
    assert [number for number, _, _ in found] == ["2611.00002", "2611.00006", "2611.00003"]
    assert found[0][1] == ("rivers", "gaussian", "splatting")
    assert {number: authors for number, _, authors in found} == {
        "2611.00002": (), "2611.00006": ("Bo Lin", "Ada Moreno"), "2611.00003": (),
    }  # fmt: skip


async def test_a_paper_is_not_near_itself_nor_by_one_word_or_one_author(store: Store) -> None:
    assert [number for number, _, _ in await _find(store, "2611.00004")] == ["2611.00005"]


async def test_a_paper_of_words_that_nobody_else_has_is_near_none(store: Store) -> None:
    await _fill(store)
    alone = make_entry("2611.00009", title="Xylem phloem", abstract='Only botany. 张量 的 "quotes" OR (NOT', authors=())
    await save_digests(store, ("other", make_digest("Topic B", entries=[alone])))
    stored = await store.digests.get_paper("2611.00009")
    assert stored
    assert await store.related_papers.find(stored.paper_id, stored.entry.paper) == ()
    bare = make_entry("2611.00010", title="的", abstract="", authors=())
    assert await store.related_papers.find(0, bare.paper) == ()


def test_words_tell_by_where_they_stand() -> None:
    told = count_telling_words("Beyond rivers", "Rivers flow. Rivers are rendered; rendered twice. The 2024 of 3D 张")
    assert told["rivers"] > told["rendered"] > told["beyond"] > told["flow"]
    assert "2024" not in told
    assert "张" not in told
    assert "the" not in told
    assert can_tell("3d")
    assert find_stem("editing") == find_stem("edited"[:4] + "ing") == "editin"


async def test_a_random_paper_is_one_that_can_be_shown_wherever_it_is(store: Store) -> None:
    assert await store.random_papers.pick_paper(0.5) is None
    assert await store.random_papers.pick_of_topic("topic-a", 0.5) is None
    ids = await _fill(store)
    places = [step / 60 for step in range(60)]
    assert {await store.random_papers.pick_paper(place) for place in places} == set(ids.values())
    assert {await store.random_papers.pick_of_topic("topic-a", place) for place in places} == set(ids.values())


async def test_after_the_last_paper_that_can_be_shown_comes_the_one_before(store: Store) -> None:
    ids = sorted((await _fill(store)).values())
    async with store.database.write() as connection:
        await connection.execute(delete(entries).where(entries.c.paper_id == ids[-1]))
    assert await store.random_papers.pick_paper(0.999) == ids[-2]


async def _find_of(store: Store, number: str, **others: tuple[str, str]) -> list[str]:
    """What is near a paper among others, each a title and an abstract, the oldest first."""
    made = [
        make_entry(f"2611.{name[1:]}", title=title, abstract=abstract, authors=(), headline="", takeaways=())
        for name, (title, abstract) in others.items()
    ]
    await save_digests(store, ("page", make_digest(entries=made)))
    stored = [(await store.digests.get_paper(one.paper.arxiv_id), one.paper.arxiv_id) for one in made]
    names = {found.paper_id: name for found, name in stored if found}
    (asked,) = [found for found, name in stored if found and name == number]
    return [names[one.paper_id] for one in await store.related_papers.find(asked.paper_id, asked.entry.paper)]


async def test_a_word_in_the_title_says_more(store: Store) -> None:
    found = await _find_of(
        store, "2611.00001", n00001=("Enzymes marshes", "Reeds."), n00002=("Enzymes marshes", "Tides."),
        n00003=("Tides", "Enzymes marshes."), n00004=("Corals", "Reefs."), n00005=("Glaciers", "Ice."),
    )  # fmt: skip
    assert found == ["2611.00002", "2611.00003"]


async def test_one_word_in_common_makes_no_paper_near(store: Store) -> None:
    found = await _find_of(
        store, "2611.00001", n00001=("Enzymes marshes", "Reeds."), n00002=("Enzymes marshes", "Tides."),
        n00003=("Enzymes", "Vineyards."), n00004=("Corals", "Reefs."), n00005=("Glaciers", "Ice."),
    )  # fmt: skip
    assert found == ["2611.00002"]
