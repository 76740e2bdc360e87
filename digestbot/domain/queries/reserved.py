"""Words of the language itself, in English and Chinese."""

from __future__ import annotations

from digestbot.domain.queries.categories import is_certain_code
from digestbot.domain.queries.terms import Field
from digestbot.domain.text.search_words import is_telling
from digestbot.late_patterns import compile_late

OR_WORDS = frozenset({"or", "||", "或", "或者"})
AND_WORDS = frozenset({"and", "&", "&&", "+", "与", "和", "且", "并且", "以及"})
NOT_WORDS = frozenset({"NOT", "ANDNOT"})
"""In capitals; what stands right behind one is excluded."""
PROSE_NOT_WORDS = frozenset({
    "without", "except", "excluding", "not", "非", "不含", "不要", "排除", "除了", "不包括", "不包含", "但不含",
    "但不要", "但不包括", "但不包含", "但除了", "但排除", "但非", "但不看",
})  # fmt: skip
"""In sentences: all that stands behind one is excluded, also where it is a list (“without video or audio”)."""
PROSE_AND_WORDS = frozenset({"and", "与", "和", "以及"})
PROSE_OR_WORDS = frozenset({"or", "或", "或者"})
BEFORE_PLAIN_NOT = frozenset({
    "is", "are", "was", "were", "be", "am", "do", "does", "did", "can", "could", "should", "would", "will", "may",
    "might", "must", "need", "has", "have", "had", "why", "if", "or",
})  # fmt: skip
"""Before which “not” excludes nothing: “Attention is not all you need”."""
GLUED_NOT = compile_late(r"(?:但是?)?(?:不包[括含]|不含(?!时))|但是?(?:不要|不看|不想看|除了|排除)")
"""What excludes inside of a Chinese word too; 不含时 is “time-independent”."""
LEADING_NOT = compile_late(r"(?:不要|除了)(?=.)")
"""What excludes at the beginning of a Chinese word."""
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


DATE_FIELDS = frozenset({
    "after", "before", "since", "until", "date", "dates", "year", "years", "published", "updated", "submitted", "from",
    "to",
    "日期", "年份", "年", "时间", "发表时间", "之后", "之前",
})  # fmt: skip
"""What other search engines call their dates."""


_SIGN_WORDS = OR_WORDS | AND_WORDS | PROSE_NOT_WORDS


def is_reserved(word: str) -> bool:
    """Whether a word of a query must stand in quotation marks to be looked for."""
    is_sign = word.lower() in _SIGN_WORDS or word.upper() in NOT_WORDS
    return is_sign or is_certain_code(word) or not is_telling((word,)) or is_split(word)


def is_split(word: str) -> bool:
    """Whether a word without quotation marks is read as several: 扩散模型不含视频."""
    return bool(GLUED_NOT.search(word) or LEADING_NOT.match(word))
