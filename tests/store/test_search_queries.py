"""One table of searches, with what each finds: on both engines the same, in the same order."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text, update

from digestbot.domain.text.search_words import split_phrases, split_tokens
from digestbot.store import Database, Store
from digestbot.store.digests.digest_writer import PageKey
from digestbot.store.tables import papers
from digestbot.store.upkeep.migrate import migrate
from tests.factories import make_digest, make_entry

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
FILLING = "It is measured once and for all."
PAPERS: dict[str, dict[str, Any]] = {
    "water": {"title": "Ice of H₂O under pressure"},
    "dioxide": {"title": "Capture of CO$_2$ from air"},
    "oxide": {"title": "Layers of $\\mathrm{Fe}_{2}\\mathrm{O}_3$ and CO<sub>2</sub>"},
    "identity": {"title": "ID$^3$: trees, again"},
    "wide": {"title": "Ｆｕｌｌ ｗｉｄｔｈ ＧＰＴ－４ letters"},
    "ligature": {"title": "An eﬃcient ﬁeld of ﬂows"},
    "greek": {"title": "Ὁ Σοφὸς ὈΔΥΣΣΕΎΣ"},
    "german": {"title": "Die Straße des Müllers", "authors": ("Jörg Weiß",)},
    "polish": {"title": "Attention of machines", "authors": ("Łukasz Kaiser", "Søren Ærø")},
    "hungarian": {"title": "Numbers", "authors": ("Paul Erdős",)},
    "geometry": {"title": "Metrics of K\u00e4hler on quilts"},
    "latex": {"title": "The Schr\\\"odinger bridge of Poincar{\\'e}"},
    "french": {"title": "Cœur naïf d'élève à Noël"},
    "turkish": {"title": "İstanbul ve Diyarbakır"},
    "vietnamese": {"title": "Nguyễn viết tiếng Việt"},
    "russian": {"title": "Ёлка и йод"},
    "arabic": {"title": "تعلُّم الآلة"},
    "hindi": {"title": "हिन्दी भाषा का मॉडल"},
    "thai": {"title": "ภาษาไทย กับ เครื่อง"},
    "korean": {"title": "한국어 언어 모델"},
    "chinese": {"title": "高斯泼溅的方法", "headline": "一种新方法。"},
    "characters apart": {"title": "斯高 泼 溅"},
    "rare character": {"title": "𠮷野家の人々"},
    "japanese": {"title": "プロテインの設計"},
    "half width": {"title": "ﾃﾞｰﾀ の ガ"},
    "mixed": {"title": "GPT模型2号 for 3D scenes"},
    "maths": {"title": "𝐇-spaces and 𝛼-trees in ℝ³"},
    "soft hyphen": {"title": "A trans\u00adformer with zero\u200bwidth space"},
    "number": {"title": "٣ layers and ½ of Ⅳ"},
    "signs": {"title": "Foo™ C++ snake_case e-mail's 50% @everyone"},
    "takeaway": {"title": "Animals", "takeaways": ("An aardvark counts.",)},
    "author": {"title": "Plants", "authors": ("Ada Zebrano", "Bo Lin")},
    "columns": {"title": "Ends with alpha", "authors": ("Beta Gamma",)},
    # ranking: the word in one place each, the least telling first
    "in abstract": {"title": "One", "abstract": f"splatting. {FILLING}"},
    "in summary": {"title": "Two", "headline": f"splatting. {FILLING}"},
    "in authors": {"title": "Three", "authors": ("splatting", "Bo Lin")},
    "in title": {"title": "splatting four"},
    "older": {"title": "Twice the same", "abstract": "Gaussians."},
    "newer": {"title": "Twice the same", "abstract": "Gaussians."},
    "twice": {"title": "kelp kelp forests"},
    "once": {"title": "kelp meadow forests"},
    "long": {"title": "heron", "abstract": "word " * 400},
    "short": {"title": "heron", "abstract": "word"},
    # rarity: "model" is in ten titles, "quokka" in one
    **{f"model {number}": {"title": f"model {number} again"} for number in range(9)},
    "quokka": {"title": "quokka studies"},
    "quokka in abstract": {"title": "Studies", "abstract": f"quokka. {FILLING}"},
}
NAMES = {f"2611.{number:05}": name for number, name in enumerate(PAPERS, 1)}
MODELS = [f"model {number}" for number in reversed(range(9))]

FOUND: dict[str, list[str]] = {
    # formulas
    "H2O": ["water"],
    "H₂O": ["water"],
    "h$_2$o": ["water"],
    "H_2O": ["water"],
    "H_{2}O": ["water"],
    "CO2": ["oxide", "dioxide"],  # as good: the newer first
    "CO₂ capture": ["dioxide"],
    "Fe2O3": ["oxide"],
    "ID3": ["identity"],
    "ID³ trees": ["identity"],
    "R3": ["maths"],
    "H spaces": ["maths"],
    "α": ["maths"],
    # widths and ligatures
    "full width": ["wide"],
    "ｆｕｌｌ": ["wide"],
    "gpt-4": ["wide"],
    "GPT 4 letters": ["wide"],
    "efficient field": ["ligature"],
    "ﬂows": ["ligature"],
    "flow": ["ligature"],
    # case and accents
    "σοφος": ["greek"],
    "ΣΟΦΟΣ": ["greek"],
    "σοφός": ["greek"],
    "Οδυσσεύς": ["greek"],
    "οδυσσευσ": ["greek"],
    "strasse": ["german"],
    "STRAẞE": ["german"],
    "muller": ["german"],
    "Müllers": ["german"],
    "weiss": ["german"],
    "lukasz": ["polish"],
    "{\\L}ukasz": ["polish"],
    "K\u00e4hler": ["geometry"],
    "kahler": ["geometry"],
    'K\\"ahler': ["geometry"],
    '\\textbf{Schr\\"odinger}': ["latex"],
    "Łukasz kaiser": ["polish"],
    "soren": ["polish"],
    "aero": ["polish"],
    "erdos": ["hungarian"],
    "Erdo\u030bs": ["hungarian"],
    "Erd\\H{o}s": ["hungarian"],
    "schrodinger": ["latex"],
    "Schrödinger Poincaré": ["latex"],
    "coeur naif": ["french"],
    "ELEVE noel": ["french"],
    "istanbul": ["turkish"],
    "ISTANBUL diyarbakir": ["turkish"],
    "nguyen viet": ["vietnamese"],
    "елка": ["russian"],
    "ЁЛКА иод": ["russian"],
    # other scripts
    "تعلم": ["arabic"],
    "हिन्दी": ["hindi"],
    "मॉडल": ["hindi"],
    "ภาษาไทย": ["thai"],
    "한국어": ["korean"],
    "국어": ["korean"],
    "高斯": ["chinese"],
    "斯泼": ["chinese"],
    "斯高": ["characters apart"],
    "新方法": ["chinese"],
    "高斯 方法": ["chinese"],
    "𠮷野家": ["rare character"],
    "人々": ["rare character"],
    "テイ": ["japanese"],
    "の設": ["japanese"],
    "データ": ["half width"],
    "ガ": ["half width"],
    "カ": [],
    "模型": ["mixed"],
    "gpt模型": ["mixed"],
    "3D": ["mixed"],
    # what separates words, and what does not
    "transformer": ["soft hyphen"],
    "zero width": ["soft hyphen"],
    "3 layers": ["number"],
    "IV": ["number"],
    "foo": ["signs"],
    "snake case": ["signs"],
    "snake_case": ["signs"],
    "e mail": ["signs"],
    "everyone": ["signs"],
    "alpha beta": ["columns"],
    "alpha-beta": ["columns"],
    "layers capture": [
        "dioxide",
        "oxide",
        "number",
    ],  # none has both: those with any, the rarer word and the shorter title first
    # where
    "aardvark": ["takeaway"],
    "zebrano ada": ["author"],
    "zebr": ["author"],
    # all the words, else those that begin so, else any
    "twice same": ["newer", "older"],
    "TWICE": ["newer", "older"],
    "same gaussians": ["newer", "older"],
    "gauss": ["newer", "older"],
    "nowhere aardvark": ["takeaway"],
    "aardvark quokk": ["takeaway"],
    "nowhere": [],
    "": [],
    "!!! ***": [],
    '" OR * -': [],
    "quokka OR nowhere": ["quokka", "quokka in abstract"],
    # ranking
    "splatting": ["in title", "in authors", "in summary", "in abstract"],
    "splatt": ["in title", "in authors", "in summary", "in abstract"],
    "kelp": ["twice", "once"],
    "kelp forests": ["twice", "once"],
    "heron": ["short", "long"],
    "model nowhere quokka": ["quokka", "quokka in abstract", *MODELS],
    "quokka model nowhere": ["quokka", "quokka in abstract", *MODELS],
    "model": MODELS,
    "model model MODEL": MODELS,
}


@pytest.fixture
async def filled_store(store: Store) -> Store:
    entries = [make_entry(number, **({"abstract": "-"} | PAPERS[name])) for number, name in NAMES.items()]
    await store.digests.save_pages([(PageKey("a", "", {}), [make_digest(entries=entries)])], NOW)
    return store


async def find_names(store: Store, words: str) -> list[str]:
    ids = (await store.search.find(words, 100)).ids
    return [NAMES[one.entry.paper.arxiv_id] for one in await store.digests.list_papers_by_id(ids)]


async def test_each_search_finds_what_it_must_in_order(filled_store: Store) -> None:
    assert {words: await find_names(filled_store, words) for words in FOUND} == FOUND


async def test_an_index_of_the_version_before_is_made_anew(filled_store: Store, settings) -> None:
    database = filled_store.database
    async with database.write() as connection:
        await connection.run_sync(downgrade)
        damaged = update(papers).where(papers.c.title == PAPERS["korean"]["title"]).values(authors={"no": "list"})
        await connection.execute(damaged)
    await migrate(database)
    again = Store(Database(settings.effective_database_url))
    assert await find_names(again, "H2O") == ["water"]
    [tex_paper] = await again.digests.list_papers_by_id((await again.search.find("schrodinger")).ids)
    assert tex_paper.entry.paper.title == "The Schr\u00f6dinger bridge of Poincar\u00e9"
    assert await find_names(again, "model nowhere quokka") == FOUND["model nowhere quokka"]
    assert await find_names(again, "한국어") == []  # what cannot be read stops no other
    await again.close()


def downgrade(connection) -> None:
    from alembic import command
    from alembic.config import Config

    from digestbot.store.upkeep.migrate import find_migrations

    config = Config()
    config.set_main_option("script_location", str(find_migrations()))
    config.attributes["connection"] = connection
    command.downgrade(config, "0010-1")
    assert connection.scalar(text("SELECT count(*) FROM paper_search")) == 0


def test_a_text_is_the_same_words_however_it_is_written() -> None:
    assert split_tokens("CO$_2$, $H_{2}O$ and x_i; 10$^{-3}$") == ["co2", "h2o", "and", "x", "i", "10", "3"]
    assert split_tokens("高斯 splat、新") == ["高", "斯", "splat", "新"]
    assert split_phrases("高斯splat 高斯splat b") == [("高", "斯", "splat"), ("b",)]
    assert len(split_phrases(" ".join(map(str, range(500))))) == 32
    assert split_tokens("a" * 500) == ["a" * 100]
    assert split_tokens("\x00\ud800a\x00b") == ["a", "b"]
