"""Words of the language itself, in English and Chinese."""

from __future__ import annotations

from digestbot.domain.queries.terms import Field
from digestbot.domain.search_words import is_telling

OR_WORDS = frozenset({"or", "||", "或", "或者"})
AND_WORDS = frozenset({"and", "&", "&&", "+", "与", "和", "且", "并且", "以及"})
NOT_WORDS = frozenset({"NOT", "ANDNOT", "非", "不含", "不要", "排除", "除了"})
"""In capitals only: "Attention is not all you need" excludes nothing."""
FIELD_NAMES = {
    "title": Field.TITLE, "ti": Field.TITLE, "intitle": Field.TITLE, "标题": Field.TITLE, "题目": Field.TITLE,
    "题名": Field.TITLE,
    "abs": Field.ABSTRACT, "abstract": Field.ABSTRACT, "ab": Field.ABSTRACT, "摘要": Field.ABSTRACT,
    "author": Field.AUTHOR, "authors": Field.AUTHOR, "au": Field.AUTHOR, "by": Field.AUTHOR, "作者": Field.AUTHOR,
    "cat": Field.CATEGORY, "category": Field.CATEGORY, "categories": Field.CATEGORY, "分类": Field.CATEGORY,
    "类别": Field.CATEGORY, "领域": Field.CATEGORY,
    "venue": Field.VENUE, "conference": Field.VENUE, "conf": Field.VENUE, "journal": Field.VENUE, "会议": Field.VENUE,
    "期刊": Field.VENUE, "source": Field.VENUE, "发表": Field.VENUE,
    "all": Field.WORDS, "words": Field.WORDS, "全部": Field.WORDS,
}  # fmt: skip


def is_reserved(word: str) -> bool:
    """Whether a word of a query must stand in quotation marks to be looked for."""
    return word.lower() in OR_WORDS | AND_WORDS or word.upper() in NOT_WORDS or not is_telling((word,))
