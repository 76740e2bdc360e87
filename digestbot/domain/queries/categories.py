"""arXiv's categories in expressions: ``cs.GR``, and ``cs`` or ``cs.*`` for all of an archive."""

from __future__ import annotations

from digestbot.domain.arxiv.categories import ArxivCategory, find_category, get_category, iter_likely_codes

_MAX_NAME = 100


def read_category(text: str) -> str:
    """The code of the category that a text names, as arXiv writes it; empty if there is none.

    A name will do as well: ``computer vision``.
    """
    name = text.strip(" .")
    category = get_category(name.removesuffix(".*"))
    if category:
        return category.code
    topic = find_category(name).topic if len(name) <= _MAX_NAME else None
    return topic.slug if topic else ""


def find_likely_code(text: str) -> str:
    """The category that is likely meant; empty if none is near."""
    return next(iter_likely_codes(text[:_MAX_NAME]), "")


def looks_like_category(word: str) -> bool:
    """Whether a word among others can only be a category: ``cs.CV``, ``hep-th``."""
    is_code = "." in word[1:-1] or "-" in word[1:-1] or word.lower() in _CODES_THAT_ARE_NO_WORDS
    return is_code and _get_category(word) is not None


def is_certain_code(word: str) -> bool:
    """Whether a single word of letters is a category wherever it stands."""
    return word.lower() in _CODES_THAT_ARE_NO_WORDS


def is_bare_code(word: str) -> bool:
    """Whether a word is a category where it stands alone: ``math``, which is a word among others."""
    return word.isalpha() and get_category(word) is not None


_CODES_THAT_ARE_NO_WORDS = frozenset({"cs", "eess", "nlin"})


def _get_category(word: str) -> ArxivCategory | None:
    return get_category(word.removesuffix(".*"))


def is_in_category(own: str, asked: str) -> bool:
    """Whether one of a paper's categories is the one that is asked for, or of the archive that is."""
    own_key, asked_key = own.casefold(), asked.casefold()
    return own_key == asked_key or own_key.startswith(f"{asked_key}.")
