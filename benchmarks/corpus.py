"""Papers as arXiv has them, by the million: words as often as in English texts (Zipf), in sentences that come again."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate, islice
from pathlib import Path

import asyncpg

from digestbot.store.search.search_tsvector import BLOCK_SIZE

_COMMON_TEXT = """
the of and a to in we is for that with on this as are by an which from our can be it model learning method data
using based results show propose approach image models methods proposed performance network training paper these
have between state training language framework neural two has into deep problem new analysis learning system time
diffusion gaussian splatting scene rendering video text generation segmentation attention transformer avatar pose
depth speech detection robust graph theory quantum field energy density galaxy magnetic spin matter dark mass
"""
_COMMON = _COMMON_TEXT.split()
_SYLLABLES_TEXT = """
ba co di fe gra hol in ju ka lo mo ne pro qua re si tra un ver wo xe yi za con mul net sta the
"""
_SYLLABLES = _SYLLABLES_TEXT.split()
_WORDS, _SENTENCES, _NAMES = 200_000, 100_000, 100_000
_SENTENCE_WORDS, _ABSTRACT_SENTENCES, _TITLE_CHARACTERS, _AUTHORS = 15, 10, 70, 4
_CATEGORIES = ("cs.CV", "cs.LG cs.AI", "cs.CL", "hep-th gr-qc", "astro-ph.GA", "math.AG", "quant-ph", "stat.ML cs.LG")
_PAPERS_A_DAY = 1_500
_LAST_DAY = date(2026, 11, 27)
_BATCH = 20_000


@dataclass(frozen=True, slots=True)
class MadePaper:
    """A paper of words of small letters and digits, so that what the index has of it is made in no time."""

    number: int
    title: str
    authors: tuple[str, ...]
    abstract: str
    categories: str
    announced_on: date

    @property
    def arxiv_id(self) -> str:
        """An identifier of the papers that are announced here."""
        return f"{10 + self.number // 1_200_000}{1 + self.number // 100_000 % 12:02}.{self.number % 100_000:05}"


class Corpus:
    """Makes the same papers each time."""

    def __init__(self, papers: int) -> None:
        self._papers = papers
        self._random = random.Random(1)
        self.words = _make_words(self._random)
        cumulated = list(accumulate(1 / (rank + 3) for rank in range(len(self.words))))
        self._sentences = [
            " ".join(self._random.choices(self.words, cum_weights=cumulated, k=_SENTENCE_WORDS)).capitalize()
            for _ in range(min(_SENTENCES, papers * 2))
        ]
        rare = self.words[1_000:]
        names = min(_NAMES, papers)
        self._names = [" ".join(self._random.choices(rare, k=2)).title() for _ in range(names)]

    def iter_papers(self) -> Iterator[MadePaper]:
        """The papers, the oldest first."""
        choose, sentences, names = self._random.random, self._sentences, self._names
        first_day = _LAST_DAY - timedelta(days=self._papers // _PAPERS_A_DAY)
        for number in range(self._papers):
            chosen = [sentences[int(choose() * len(sentences))] for _ in range(_ABSTRACT_SENTENCES)]
            yield MadePaper(
                number,
                chosen[0][:_TITLE_CHARACTERS].rsplit(" ", 1)[0],
                tuple([names[int(choose() * len(names))] for _ in range(_AUTHORS)]),
                ". ".join(chosen),
                _CATEGORIES[number % len(_CATEGORIES)],
                first_day + timedelta(days=number // _PAPERS_A_DAY),
            )


def _make_words(pick: random.Random) -> list[str]:
    """Words, the most common first: English ones, and behind them many more that look like words."""
    words = dict.fromkeys(_COMMON)
    while len(words) < _WORDS:
        word = "".join(pick.choices(_SYLLABLES, k=pick.choice((2, 2, 3, 3, 4))))
        words[f"{word}{len(words)}" if word in words else word] = None
    return list(words)


def fill_sqlite(database: Path, corpus: Corpus) -> None:
    """Put the papers into a file with the tables that nobody has open, as harvesting would, but all at once."""
    connection = sqlite3.connect(database, isolation_level=None)
    for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-200000"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("BEGIN")
    connection.execute("INSERT INTO paper_search (paper_search, rank) VALUES ('hashsize', 200000000)")
    papers = corpus.iter_papers()
    while batch := list(islice(papers, _BATCH)):
        connection.executemany(_INSERT_PAPER, [_build_paper_row(paper) for paper in batch])
        connection.executemany(_INSERT_WORDS, [_build_search_row(paper) for paper in batch])
    connection.execute("INSERT INTO paper_search (paper_search, rank) VALUES ('hashsize', 1048576)")
    connection.execute("INSERT INTO paper_search_titles (rowid, title) SELECT id, c0 FROM paper_search_content")
    connection.execute("CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab(main, paper_search, row)")
    connection.execute("INSERT INTO paper_search_words SELECT term, doc FROM vocabulary")
    connection.execute("INSERT INTO paper_search_words SELECT ' ', sum(cnt) FROM vocabulary")
    connection.execute("INSERT INTO paper_search_words SELECT '', count(*) FROM papers")
    connection.execute("COMMIT")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.close()


_INSERT_PAPER = (
    "INSERT INTO papers (id, arxiv_id, version, title, authors, abstract, comment, links, categories, announced_on)"
    " VALUES (?, ?, 1, ?, ?, ?, '', '[]', ?, ?)"
)
_INSERT_WORDS = (
    "INSERT INTO paper_search (rowid, title, authors, abstract, summary, takeaways) VALUES (?, ?, ?, ?, '', '')"
)


def _build_paper_row(paper: MadePaper) -> tuple[object, ...]:
    authors = f"""["{'", "'.join(paper.authors)}"]"""
    day = paper.announced_on.isoformat()
    return (paper.number + 1, paper.arxiv_id, paper.title, authors, paper.abstract, paper.categories, day)


def _build_search_row(paper: MadePaper) -> tuple[object, ...]:
    abstract = paper.abstract.lower().replace(".", "")
    return (paper.number + 1, paper.title.lower(), " ".join(paper.authors).lower(), abstract)


async def fill_postgresql(dsn: str, corpus: Corpus) -> None:
    """The same in PostgreSQL, with words that its own parser makes, and counts of words from every tenth paper."""
    connection = await asyncpg.connect(dsn)
    for statement in (
        "SET synchronous_commit = off",
        "SET maintenance_work_mem = '1GB'",
        "DROP INDEX paper_search_document",
    ):
        await connection.execute(statement)
    await connection.copy_records_to_table("papers", records=map(_build_record, corpus.iter_papers()), columns=_COPIED)
    await connection.execute(_INSERT_DOCUMENTS, timeout=None)
    for statement in (_CREATE_INDEX, _INSERT_COUNTS, _INSERT_TOTALS, "ANALYZE papers", "ANALYZE paper_search"):
        await connection.execute(statement, timeout=None)
    await connection.close()


_COPIED = (
    "id",
    "arxiv_id",
    "version",
    "title",
    "authors",
    "abstract",
    "comment",
    "links",
    "categories",
    "announced_on",
)
_INSERT_DOCUMENTS = f"""
INSERT INTO paper_search (id, document, length)
SELECT id, setweight(to_tsvector('simple', title), 'A') || setweight(to_tsvector('simple', authors::text), 'B')
  || setweight(to_tsvector('simple', abstract), 'D')
  || array_to_tsvector(string_to_array('~' || replace(lower(title), ' ', ' ~') || ' #' || id / {BLOCK_SIZE}, ' ')),
  array_length(string_to_array(title || ' ' || abstract, ' '), 1)
FROM papers
"""
_CREATE_INDEX = "CREATE INDEX paper_search_document ON paper_search USING gin (document)"
_INSERT_COUNTS = """
INSERT INTO paper_search_words
SELECT word, ndoc * 10 FROM ts_stat('SELECT document FROM paper_search WHERE id % 10 = 0') WHERE word !~ '^[~#]'
"""
_INSERT_TOTALS = """
INSERT INTO paper_search_words SELECT '', count(*) FROM paper_search UNION ALL SELECT ' ', sum(length) FROM paper_search
"""


def _build_record(paper: MadePaper) -> tuple[object, ...]:
    row = _build_paper_row(paper)
    return (*row[:2], 1, *row[2:5], "", "[]", row[5], paper.announced_on)
