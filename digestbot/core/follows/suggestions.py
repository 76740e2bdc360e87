"""Expressions that are narrower or wider than one that somebody typed, tried on the papers of the last week."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from digestbot.domain.arxiv.announcement import AnnouncedPaper
from digestbot.domain.arxiv.categories import find_category, get_category, get_category_of
from digestbot.domain.queries import Field, Query, QueryError, Term, parse_query, print_query, print_words
from digestbot.domain.queries.terms import Alternatives, Conjunction, Exclusion, Node, join_all
from digestbot.domain.text.search_words import is_cjk
from digestbot.late_patterns import compile_late

_MIN_SHARE, _MAX_SHARE = 0.25, 0.95
"""How many of the papers a category must have to be offered: fewer are not the subject, more change nothing."""
_MAX_CATEGORIES, _MAX_DROPPED, _MAX_SUGGESTIONS = 3, 6, 2
_PLAIN_WORDS = compile_late(r"[^\s\"“”「」()（）:：|,，、;；-]+(?:[\s-][^\s\"“”「」()（）:：|,，、;；-]+){1,5}")

_MAX_NAME, _MAX_NAME_WORDS, _MAX_CHINESE_NAME = 80, 4, 3
_WITHOUT_NAME_SIGNS = str.maketrans(dict.fromkeys(".-'’"))
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严武戴莫孔向汤"
)


class PaperFinder(Protocol):
    """Finds the papers that match, and counts them."""

    papers: tuple[AnnouncedPaper, ...]

    def find(self, query: Query) -> list[int]:
        """The places of the papers that match."""

    def count(self, query: Query) -> int:
        """How many papers match."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Another expression, and how many papers it would have brought on the same days."""

    expression: str
    count: int


def suggest_narrower(text: str, query: Query, matcher: PaperFinder, found: Sequence[int]) -> list[Suggestion]:
    """Expressions that bring fewer papers, of the words as they were typed: the likeliest first."""
    papers = [matcher.papers[place] for place in found]
    return _choose(_iter_narrower(text, query, papers), matcher, lambda count: 0 < count < len(found))


def suggest_wider(query: Query, matcher: PaperFinder, found: Sequence[int]) -> list[Suggestion]:
    """Expressions that bring more papers, those first that bring the fewest more."""
    suggestions = _choose(_iter_wider(query.root), matcher, lambda count: count > len(found), _MAX_DROPPED)
    return sorted(suggestions, key=lambda one: one.count)[:_MAX_SUGGESTIONS]


def _choose(
    queries: Iterable[Query], matcher: PaperFinder, is_useful: Callable[[int], bool], limit: int = _MAX_SUGGESTIONS
) -> list[Suggestion]:
    """The useful ones of the queries, of those that bring the same papers only the first."""
    chosen: dict[tuple[int, ...], Suggestion] = {}
    for query in queries:
        if is_useful(matcher.count(query)):
            places = tuple(matcher.find(query))
            chosen.setdefault(places, Suggestion(print_query(query), len(places)))
        if len(chosen) == limit:
            break
    return list(chosen.values())


def _iter_narrower(text: str, query: Query, papers: Sequence[AnnouncedPaper]) -> Iterator[Query]:
    """The words as a phrase; with the category that most of the papers have; in titles alone."""
    if _PLAIN_WORDS.fullmatch(text.strip()) and (phrase := _parse(f'"{text.strip()}"')):
        yield phrase
    if not any(term.field is Field.CATEGORY for term in query.terms):
        for code in list_shared_categories(papers):
            yield Query(join_all([query.root, Term(Field.CATEGORY, (code,))]))
    if all(term.field is Field.WORDS for term in query.terms):
        yield Query(_move_to_titles(query.root))


def list_shared_categories(papers: Sequence[AnnouncedPaper]) -> list[str]:
    """The categories that many of the papers have, but not nearly all, the commonest first."""
    counted = Counter(code for one in papers for code in set(one.categories) if get_category(code))
    common = [(code, count) for code, count in counted.most_common(_MAX_CATEGORIES) if count >= 2]
    return [code for code, count in common if _MIN_SHARE <= count / len(papers) <= _MAX_SHARE]


def _parse(text: str) -> Query | None:
    try:
        return parse_query(text)
    except QueryError:
        return None


def _move_to_titles(node: Node) -> Node:
    if isinstance(node, Term):
        return Term(Field.TITLE, node.words)
    if isinstance(node, Exclusion):
        return node
    return type(node)(tuple(map(_move_to_titles, node.parts)))


def _iter_wider(root: Node) -> Iterator[Query]:
    """Each part of it left out in turn; phrases as their words, names without what is given, titles with abstracts."""
    parts = root.parts if isinstance(root, Conjunction) else (root,)
    for place, part in enumerate(parts[:_MAX_DROPPED]):
        others = [*parts[:place], *parts[place + 1 :]]
        for wider in _iter_wider_parts(part):
            yield Query(join_all([*others, wider]))
        if any(not isinstance(other, Exclusion) for other in others):
            yield Query(join_all(others))


def _iter_wider_parts(part: Node) -> Iterator[Node]:
    if not isinstance(part, Term):
        return
    if part.field in (Field.WORDS, Field.TITLE) and len(part.words) > 1:
        yield join_all(Term(part.field, (word,)) for word in part.words)
    if part.field is Field.TITLE:
        yield Term(Field.WORDS, part.words)
    if part.field is Field.AUTHOR and len(part.words) > 1:
        yield Term(Field.AUTHOR, (part.words[0][:1], *part.words[-1:]))
        yield Term(Field.AUTHOR, part.words[-1:])
    if part.field is Field.CATEGORY and "." in part.words[0]:
        yield Term(Field.CATEGORY, (part.words[0].partition(".")[0],))


def suggest_others(text: str, query: Query, matcher: PaperFinder) -> list[Suggestion]:
    """The author of that name, if the days have papers of one, and the category that is called so."""
    suggestions = []
    author = find_author(text, query)
    if author and (count := matcher.count(author)):
        suggestions.append(Suggestion(print_query(author), count))
    topic = None if get_category_of(print_query(query)) else find_category(text).topic
    if topic:
        suggestions.append(Suggestion(topic.expression, matcher.count(parse_query(topic.expression))))
    return suggestions


def is_name(text: str) -> bool:
    """Whether a text has the form of a person's name: one to four words of letters."""
    words = text[: _MAX_NAME + 1].replace(",", " ").translate(_WITHOUT_NAME_SIGNS).split()
    return len(text) <= _MAX_NAME and 0 < len(words) <= _MAX_NAME_WORDS and all(map(str.isalpha, words))


def is_chinese_name(query: Query) -> bool:
    """Whether it looks for an author, or what is like one's name, in Chinese characters."""
    if not isinstance(query.root, Term):
        return False
    name = print_words(query.root)
    is_like_one = 2 <= len(name) <= _MAX_CHINESE_NAME and name[0] in _SURNAMES and all(map(is_cjk, name))
    return is_like_one or (query.root.field is Field.AUTHOR and any(map(is_cjk, name)))


def find_author(text: str, query: Query) -> Query | None:
    """The author that plain words may be the name of: “Yi Ma” is ``author:"Yi Ma"``; ``None`` where they cannot be."""
    if any(term.field is not Field.WORDS for term in query.terms) or not is_name(text):
        return None
    author = _parse(f'author:"{text}"')
    return author if author and author != query else None


def is_structured(query: Query) -> bool:
    """Whether more is meant than words side by side, which readers want to see understood."""
    parts = query.root.parts if isinstance(query.root, Conjunction) else (query.root,)
    return any(not isinstance(part, Term) or part.field is not Field.WORDS for part in parts)


def is_alternative(query: Query) -> bool:
    """Whether any of several things is enough for it."""
    return isinstance(query.root, Alternatives)
