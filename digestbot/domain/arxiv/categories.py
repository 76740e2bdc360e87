"""arXiv's categories, with the names that people know them by in English and Chinese.

The table is ``categories.txt`` beside this file, after https://arxiv.org/category_taxonomy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from digestbot.domain.topic import Topic, TopicMatch, find_first_words, find_topic, index_topics

_FIELD_COUNT = 4
_CODE_PREFIX = "cat:"


@dataclass(frozen=True, slots=True)
class ArxivCategory:
    """A category, or a whole archive, by its ``code`` as arXiv writes it.

    ``archive`` is the code of the archive that it is in, its own where it is one; ``aliases`` is what else people call
    it. ``has_categories``: an archive that is divided into categories.
    """

    code: str
    english_name: str
    chinese_name: str
    archive: str
    aliases: tuple[str, ...] = ()
    has_categories: bool = False

    @property
    def is_archive(self) -> bool:
        """Whether it is a whole archive, which may be a single category."""
        return self.code == self.archive

    @property
    def slug(self) -> str:
        """The slug of its topic, which no other topic has: one that is made of a title has no dot."""
        return self.code if "." in self.code else f"arxiv.{self.code}"

    @property
    def expression(self) -> str:
        """The expression that all of its papers match, and no others."""
        return f"{_CODE_PREFIX}{self.code}"

    def get_name(self, language: str) -> str:
        """Its name in a language, without the code."""
        return self.chinese_name if language == "zh" else self.english_name

    def format_title(self, language: str) -> str:
        """What a list or a heading calls it: “Computer Vision and Pattern Recognition (cs.CV)”."""
        name = self.get_name(language)
        return f"{name}（{self.code}）" if language == "zh" else f"{name} ({self.code})"

    def to_topic(self, language: str) -> Topic:
        """The topic that a chat of that language knows it as."""
        names = (self.code, self.english_name, self.chinese_name, *self.aliases)
        return Topic(self.slug, self.format_title(language), names, self.expression)


@cache
def list_categories() -> tuple[ArxivCategory, ...]:
    """All archives and categories, each archive before the categories in it."""
    lines = files(__package__).joinpath("categories.txt").read_text("utf-8").splitlines()
    rows = [_split_row(line) for line in lines if line and not line.startswith("#")]
    divided = {code.partition(".")[0] for code, *_ in rows if "." in code}
    return tuple(_build_category(row, divided) for row in rows)


def _split_row(line: str) -> list[str]:
    fields = [field.strip() for field in line.split("|")]
    return fields + [""] * (_FIELD_COUNT - len(fields))


def _build_category(row: list[str], divided: set[str]) -> ArxivCategory:
    code, english, chinese, others = row
    aliases = tuple(filter(None, (alias.strip() for alias in others.split(","))))
    return ArxivCategory(code, english, chinese, code.partition(".")[0], aliases, code in divided)


def list_archives() -> tuple[ArxivCategory, ...]:
    """The archives, some of which are single categories."""
    return tuple(category for category in list_categories() if category.is_archive)


def list_in_archive(archive: str) -> tuple[ArxivCategory, ...]:
    """The categories of an archive, without the archive itself."""
    return tuple(one for one in list_categories() if one.archive == archive and not one.is_archive)


def get_category(code: str) -> ArxivCategory | None:
    """The archive or category with this code, in whatever case."""
    return _index_codes().get(code.casefold())


def get_category_of_topic(topic: Topic) -> ArxivCategory | None:
    """The category that a topic is; ``None`` for any other topic."""
    return get_category_of(topic.expression)


def get_category_of(expression: str) -> ArxivCategory | None:
    """The category that is all of an expression: ``cat:cs.CV``; ``None`` for any other expression."""
    code = expression.removeprefix(_CODE_PREFIX)
    return None if code == expression else get_category(code.removesuffix(".*"))


@cache
def _index_codes() -> dict[str, ArxivCategory]:
    return {category.code.casefold(): category for category in list_categories()}


@cache
def index_categories() -> dict[str, Topic]:
    """The categories by each of their normalised names."""
    return index_topics(list_category_topics("en"))


@cache
def list_category_topics(language: str) -> tuple[Topic, ...]:
    """All categories as topics with titles in a language."""
    return tuple(category.to_topic(language) for category in list_categories())


def find_category(name: str, language: str = "en") -> TopicMatch:
    """The category with this code or name, or similar ones, as topics are found."""
    return find_topic(name, list_category_topics(language))


def match_category_words(words: Sequence[str], language: str = "en") -> tuple[Topic | None, int]:
    """The category that the longest leading run of words names, and the number of these words."""
    topic, count = find_first_words(words, index_categories())
    category = get_category_of(topic.expression) if topic else None
    return (category.to_topic(language), count) if category else (None, 0)


def iter_likely_codes(code: str) -> Iterator[str]:
    """The codes that an unknown one can be a slip for, the likeliest first."""
    match = find_category(code)
    for topic in (*filter(None, (match.topic,)), *match.suggestions):
        yield topic.expression.removeprefix(_CODE_PREFIX)
