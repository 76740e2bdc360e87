"""Reads expressions: what a chat wants to follow, in the words of people who know search engines."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from functools import lru_cache
from typing import NoReturn

from digestbot.domain.queries.categories import (
    find_likely_code,
    is_bare_code,
    looks_like_category,
    read_category,
)
from digestbot.domain.queries.errors import QueryError
from digestbot.domain.queries.names import PARTICLES, is_initial, split_asked_name
from digestbot.domain.queries.query import Query
from digestbot.domain.queries.reserved import BEFORE_PLAIN_NOT, DATE_FIELDS, FIELD_NAMES, PROSE_OR_WORDS
from digestbot.domain.queries.scanner import Kind, Token, scan_tokens
from digestbot.domain.queries.terms import (
    Alternatives,
    Field,
    Node,
    Term,
    is_contradictory,
    is_searching,
    join_all,
    join_any,
    negate_node,
)
from digestbot.domain.queries.venue_words import split_venue
from digestbot.domain.queries.words import split_singular_tokens
from digestbot.domain.text.search_words import is_telling
from digestbot.late_patterns import compile_late

MAX_EXPRESSION = 500
"""Characters."""
MAX_TERMS = 50
_MAX_DEPTH, _MAX_STORED_DEPTH = 10, 2 * MAX_TERMS
_MAX_PHRASE_WORDS = 32
_MIN_LIKENESS, _MIN_CHINESE_LIKENESS = 0.6, 0.5
_NAME_WORD = compile_late(r"[^\W\d_](?:\.|[^\W\d_A-Z]+(?:[-'’][^\W\d_]+)*\.?)?")
_MAX_NAME_WORDS = 4
_YEAR = compile_late(r"(?:19|20)\d\d")
_CODE_SIGNS = compile_late(r"[+和与及]")
_ENDS = (Kind.ALTERNATIVE, Kind.COMMA, Kind.CLOSING)
"""What ends that which stands side by side."""
_BEGINNINGS = (Kind.ALTERNATIVE, Kind.COMMA, Kind.OPENING)
"""What stands before it."""
_VALUES = (Kind.WORD, Kind.PHRASE)
_BEFORE_EXCLUSIONS = frozenset({"but", "and", "但", "但是", "和"})


def parse_typed(text: str) -> Query:
    """Parse what somebody typed. Raises :class:`~digestbot.domain.queries.QueryError`."""
    if len(text) > MAX_EXPRESSION:
        raise QueryError("query_too_long", text, MAX_EXPRESSION, len(text) - MAX_EXPRESSION)
    return Query(_Parser(text, _MAX_DEPTH).parse())


def parse_stored(expression: str) -> Query:
    """Parse what :func:`print_query` printed, however long: it may be longer and deeper than what was typed.

    Raises :class:`~digestbot.domain.queries.QueryError`.
    """
    return Query(_Parser(expression, _MAX_STORED_DEPTH).parse())


def read_stored(expression: str) -> Query | None:
    """The same; ``None`` for what another version of digestbot stored and this one cannot read."""
    try:
        return parse_stored(expression)
    except QueryError:
        return None


class _Parser:
    """Reads tokens from left to right. What stands side by side binds more tightly than ``OR`` and commas."""

    def __init__(self, expression: str, max_depth: int) -> None:
        self._expression = expression
        self._max_depth = max_depth
        self._tokens = list(scan_tokens(expression))
        self._position = 0
        self._term_count = 0

    def parse(self) -> Node:
        """The whole expression."""
        node = self._parse_alternatives(Field.WORDS, 0)
        if token := self._peek():
            self._refuse("query_closing_bracket", token)
        if node is None:
            raise QueryError("query_empty", self._expression, 0, len(self._expression))
        if is_contradictory(node):
            raise QueryError("query_contradiction", self._expression, 0, len(self._expression))
        return node

    def _peek(self) -> Token | None:
        return self._tokens[self._position] if self._position < len(self._tokens) else None

    def _take(self, *kinds: Kind) -> Token | None:
        token = self._peek()
        if token is None or token.kind not in kinds:
            return None
        self._position += 1
        return token

    def _refuse(self, key: str, token: Token, likely: str = "") -> NoReturn:
        raise QueryError(key, self._expression, token.start, token.end - token.start, likely)

    def _parse_alternatives(self, field: Field, depth: int) -> Node | None:
        """What stands between ``OR``, or between commas; none if nothing does."""
        nodes = [self._parse_conjunction(field, depth)]
        while token := self._take(Kind.ALTERNATIVE, Kind.COMMA):
            if token.kind is Kind.COMMA and nodes[-1] and self._skip_to_exclusion():
                nodes[-1] = join_all(filter(None, [nodes[-1], self._parse_conjunction(field, depth)]))
                continue
            node = self._parse_conjunction(field, depth)
            if token.kind is Kind.ALTERNATIVE and (nodes[-1] is None or node is None):
                self._refuse("query_lonely_or", token)
            nodes.append(node)
        found = [node for node in nodes if node]
        return join_any(found) if found else None

    def _parse_conjunction(self, field: Field, depth: int) -> Node | None:
        """What stands side by side; words that carry nothing are left out, if others stand beside them."""
        nodes: list[tuple[Node, bool]] = []
        is_joined = False
        while (token := self._peek()) and token.kind not in _ENDS:
            if self._take(Kind.PROSE_AND):
                is_joined = True
                continue
            if node := self._parse_part(field, depth):
                if is_joined and nodes and _is_category_choice(nodes[-1][0]) and _is_category_choice(node):
                    nodes[-1] = (join_any([nodes[-1][0], node]), False)
                else:
                    nodes.append((node, _says_little(token, node)))
            is_joined = False
        telling = [node for node, is_common in nodes if not is_common]
        kept = telling if any(map(is_searching, telling)) else [node for node, _ in nodes]
        return join_all(kept) if kept else None

    def _skip_to_exclusion(self) -> bool:
        """Whether “but not” or a sign for it stands behind a comma, which is one of a sentence then."""
        position = self._position
        while position < len(self._tokens) and self._tokens[position].text.lower() in _BEFORE_EXCLUSIONS:
            position += 1
        kinds = [token.kind for token in self._tokens[position : position + 1]]
        if kinds not in ([Kind.NEGATION], [Kind.PROSE_NEGATION]):
            return False
        self._position = position
        return True

    def _parse_part(self, field: Field, depth: int) -> Node | None:
        if token := self._take(*_VALUES):
            return self._build_term(field, token)
        if token := self._take(Kind.PROSE_NEGATION):
            return self._parse_prose_exclusion(token, field, depth)
        if token := self._take(Kind.NEGATION):
            return self._parse_exclusion(token, field, depth)
        if token := self._take(Kind.FIELD):
            return self._parse_field(token, field, depth)
        if token := self._take(Kind.OPENING):
            return self._parse_brackets(token, field, depth)
        token = self._tokens[self._position]
        self._position += 1
        return self._build_term(field, token)

    def _parse_exclusion(self, sign: Token, field: Field, depth: int) -> Node:
        if depth > self._max_depth:
            self._refuse("query_too_deep", sign)
        node = None if self._ends_part() else self._parse_part(field, depth + 1)
        if node is None:
            self._refuse("query_nothing_excluded", sign)
        return negate_node(node)

    def _ends_part(self) -> bool:
        token = self._peek()
        return token is None or token.kind in _ENDS

    def _parse_prose_exclusion(self, sign: Token, field: Field, depth: int) -> Node | None:
        """What a sentence excludes: “without video generation or audio”. Elsewhere, such a word is one like others."""
        before = self._tokens[self._position - 2] if self._position > 1 else None
        if (following := self._peek()) and following.text.lower() == "for" and sign.text == "except":
            self._position += 1
        is_plain = sign.text == "not" and before is not None and before.text.lower() in BEFORE_PLAIN_NOT
        if is_plain or not self._has_excluded(self._position):
            if not is_plain and not sign.text.isascii():
                self._refuse("query_nothing_excluded", sign)
            return self._build_term(field, Token(Kind.WORD, sign.text, sign.start, sign.end))
        if depth > _MAX_DEPTH:
            self._refuse("query_too_deep", sign)
        nodes = [self._parse_excluded(field, depth + 1)]
        while self._skip_list_sign():
            nodes.append(self._parse_excluded(field, depth + 1))
        return join_all(map(negate_node, nodes))

    def _has_excluded(self, position: int) -> bool:
        token = self._tokens[position] if position < len(self._tokens) else None
        if token is None or token.kind not in {Kind.WORD, Kind.PHRASE, Kind.FIELD, Kind.OPENING}:
            return False
        return token.kind is not Kind.WORD or _is_telling_word(token)

    def _skip_list_sign(self) -> bool:
        """Whether a list of what is excluded goes on; its comma or “or” is left behind then."""
        position = self._position
        while position < len(self._tokens) and _is_list_sign(self._tokens[position]):
            position += 1
        if position == self._position or not self._has_excluded(position):
            return False
        self._position = position
        return True

    def _parse_excluded(self, field: Field, depth: int) -> Node:
        """The words side by side as a phrase; or one part of another kind."""
        first = self._tokens[self._position]
        end = self._position
        while end < len(self._tokens) and _is_telling_word(self._tokens[end]):
            end += 1
        if end - self._position > 1 and first.text.isascii() and not looks_like_category(first.text):
            self._position += 1
            first = self._join_words([first, *self._tokens[self._position : end]])
            node = self._build_term(field, first)
        else:
            node = self._parse_part(field, depth)
        if node is None:
            self._refuse("query_nothing_excluded", first)
        return node

    def _parse_brackets(self, opening: Token, field: Field, depth: int) -> Node:
        """What stands in brackets; at the end of the expression they may be left open."""
        if depth > self._max_depth:
            self._refuse("query_too_deep", opening)
        node = self._parse_alternatives(field, depth + 1)
        closing = self._take(Kind.CLOSING)
        if node is None:
            end = closing.end if closing else len(self._expression)
            raise QueryError("query_empty_brackets", self._expression, opening.start, end - opening.start)
        return node

    def _parse_field(self, name: Token, outer: Field, depth: int) -> Node | None:
        field = FIELD_NAMES.get(name.text.lower())
        if field is None:
            return self._parse_unknown_field(name, outer)
        if opening := self._take(Kind.OPENING):
            return self._parse_brackets(opening, field, depth)
        value = self._take(Kind.PHRASE, Kind.WORD)
        if value is None:
            self._refuse("query_empty_field", name)
        if value.kind is Kind.WORD:
            value = self._extend_value(field, value)
        return self._build_term(field, value, name)

    def _parse_unknown_field(self, name: Token, outer: Field) -> Node | None:
        """A colon in a title is no field, if no field is called nearly so."""
        if name.text.lower() in DATE_FIELDS and not self._is_punctuation(name):
            self._refuse("query_no_dates", name)
        likeness = _MIN_LIKENESS if name.text.isascii() else _MIN_CHINESE_LIKENESS
        near = difflib.get_close_matches(name.text.lower(), FIELD_NAMES, 1, likeness)
        if not near and self._is_punctuation(name):
            return self._build_term(outer, Token(Kind.WORD, name.text, name.start, name.end))
        self._refuse("query_unknown_field", name, f"{near[0]}:" if near else "")
        return None

    def _is_punctuation(self, name: Token) -> bool:
        """Whether a colon stands as in a sentence: with a space beside it, or a full-width one."""
        written, after = self._expression[name.start : name.end], self._expression[name.end : name.end + 1]
        return not after or after.isspace() or any(map(str.isspace, written)) or written.endswith("：")

    def _extend_value(self, field: Field, value: Token) -> Token:
        """A value without quotation marks, and what stands beside it that can only belong to it."""
        if field is Field.AUTHOR:
            return self._extend_name(value)
        following = self._peek()
        if field is Field.VENUE and following and following.kind is Kind.WORD and _YEAR.fullmatch(following.text):
            return self._join_words([value, following])
        return value

    def _join_words(self, words: list[Token]) -> Token:
        """A value, and the words that follow it, as one."""
        self._position += len(words) - 1
        return Token(Kind.PHRASE, " ".join(word.text for word in words), words[0].start, words[-1].end)

    def _extend_name(self, first: Token) -> Token:
        """A name without quotation marks: up to the next sign, if all that stands there are parts of a name."""
        end = self._position
        while end < len(self._tokens) and self._tokens[end].kind is Kind.WORD:
            end += 1
        words = [first, *self._tokens[self._position : end]]
        if not 1 < len(words) <= _MAX_NAME_WORDS or not all(map(_is_name_word, words)):
            return self._extend_initial(first, end)
        return self._join_words(words)

    def _extend_initial(self, first: Token, end: int) -> Token:
        """The family name after an initial: ``author:B. Kerbl``."""
        if not is_initial(first.text.lower().rstrip(".")) or end == self._position:
            return first
        return self._join_words([first, self._tokens[self._position]])

    def _build_term(self, field: Field, token: Token, name: Token | None = None) -> Node | None:
        """A term; none for punctuation among words."""
        if codes := self._list_codes(field, token):
            return join_any(self._count_term(Term(Field.CATEGORY, _read_category(code)), token) for code in codes)
        if field is not Field.CATEGORY and token.text.endswith("*"):
            self._refuse("query_star", token)
        term = _read_term(field, token.text)
        if not term.words:
            self._check_empty(field, token, name)
            return None
        return self._count_term(term, token)

    def _list_codes(self, field: Field, token: Token) -> tuple[str, ...]:
        """The categories that a word can only be; none for other words."""
        if token.kind is not Kind.WORD or field not in (Field.WORDS, Field.CATEGORY):
            return ()
        if codes := _split_codes(token.text):
            return codes
        return (token.text,) if field is Field.WORDS and self._is_bare_code(token) else ()

    def _is_bare_code(self, token: Token) -> bool:
        """Whether a word such as ``math`` stands alone or, joined by “and”, beside nothing but categories."""
        if token.kind is not Kind.WORD or not is_bare_code(token.text) or self._tokens[self._position - 1] != token:
            return False
        start, end = self._position - 1, self._position
        while start and self._tokens[start - 1].kind not in _BEGINNINGS:
            start -= 1
        while end < len(self._tokens) and self._tokens[end].kind not in _ENDS:
            end += 1
        words, signs = self._tokens[start:end:2], self._tokens[start + 1 : end : 2]
        are_codes = all(is_bare_code(one.text) or looks_like_category(one.text) for one in words)
        return are_codes and len(words) > len(signs) and all(sign.kind is Kind.PROSE_AND for sign in signs)

    def _count_term(self, term: Term, token: Token) -> Term:
        self._term_count += 1
        if self._term_count > MAX_TERMS:
            self._refuse("query_too_many_terms", token)
        return term

    def _check_empty(self, field: Field, token: Token, name: Token | None) -> None:
        """Nothing is left of a value. That is an error where something must stand."""
        if field is Field.CATEGORY:
            self._refuse("query_unknown_category", token, find_likely_code(token.text))
        if name is not None:
            self._refuse("query_empty_field", Token(Kind.FIELD, name.text, name.start, token.end))
        if token.kind is Kind.PHRASE:
            self._refuse("query_empty_quotes", token)


def _is_list_sign(token: Token) -> bool:
    """Whether a token joins the parts of a list in a sentence."""
    return token.kind in (Kind.COMMA, Kind.PROSE_AND) or token.text in PROSE_OR_WORDS


def _is_telling_word(token: Token) -> bool:
    words = _read_words(token.text) if token.kind is Kind.WORD else ()
    return bool(words) and is_telling(words)


def _is_category_choice(node: Node) -> bool:
    """Whether a part is one category, or any of several."""
    parts = node.parts if isinstance(node, Alternatives) else (node,)
    return all(isinstance(part, Term) and part.field is Field.CATEGORY for part in parts)


def _is_name_word(token: Token) -> bool:
    """Whether a word may be a part of a name: "Bernhard", "B.", "Fei-Fei"."""
    is_capital = token.text[0].isupper() and _NAME_WORD.fullmatch(token.text) is not None
    return is_capital or token.text in PARTICLES


def _says_little(token: Token, node: Node) -> bool:
    """Whether a word is left out where others stand beside it: “the”, and a “not” that excludes nothing."""
    if not isinstance(node, Term) or node.field is not Field.WORDS:
        return False
    return token.kind is Kind.PROSE_NEGATION or (token.kind is Kind.WORD and not is_telling(node.words))


@lru_cache(10_000)  # thousands of follows share their words
def _split_codes(text: str) -> tuple[str, ...]:
    """The codes of categories in a word that is nothing else."""
    codes = tuple(_CODE_SIGNS.split(text))
    return codes if all(map(looks_like_category, codes)) else ()


@lru_cache(10_000)
def _read_term(field: Field, text: str) -> Term:
    return Term(field, _READERS[field](text)[:_MAX_PHRASE_WORDS])


def _read_words(text: str) -> tuple[str, ...]:
    return tuple(split_singular_tokens(text))


def _read_name(text: str) -> tuple[str, ...]:
    parts = split_asked_name(text)
    return () if all(map(is_initial, parts)) else parts


def _read_category(text: str) -> tuple[str, ...]:
    category = read_category(text)
    return (category,) if category else ()


_READERS: dict[Field, Callable[[str], tuple[str, ...]]] = {
    Field.WORDS: _read_words,
    Field.TITLE: _read_words,
    Field.ABSTRACT: _read_words,
    Field.AUTHOR: _read_name,
    Field.CATEGORY: _read_category,
    Field.VENUE: split_venue,
}
