"""A paper from what was read about it: without TeX's commands, and none of its fields too long."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from digestbot.domain.paper import Paper, PaperId, find_links
from digestbot.domain.publication import NO_PUBLICATION, Publication
from digestbot.domain.text.lengths import MAX_ABSTRACT, MAX_COMMENT, MAX_TITLE, shorten_names, shorten_text
from digestbot.domain.text.tex import normalize_tex


def build_paper(
    identifier: PaperId,
    title: str,
    authors: Iterable[str],
    abstract: str,
    comment: str = "",
    *,
    has_tex: bool = True,
    licence: str = "",
    publication: Publication = NO_PUBLICATION,
) -> Paper:
    """A paper from its fields as they were read, on one line each; without ``has_tex``, they were normalised before."""
    read = normalize_tex if has_tex else str
    plain_abstract, plain_comment = _read_field(abstract, MAX_ABSTRACT, read), _read_field(comment, MAX_COMMENT, read)
    return Paper(
        identifier.base_id,
        identifier.version or 1,
        _read_field(title, MAX_TITLE, read) or shorten_text(title, MAX_TITLE),
        shorten_names(filter(None, map(read, shorten_names(authors)))),
        plain_abstract,
        plain_comment,
        find_links(plain_abstract, plain_comment),
        licence,
        publication,
    )


def _read_field(text: str, limit: int, read: Callable[[str], str]) -> str:
    return shorten_text(read(shorten_text(text, limit)), limit)
