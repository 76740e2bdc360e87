"""arXiv's categories in expressions: ``cs.GR``, and ``cs`` or ``cs.*`` for all of an archive."""

from __future__ import annotations

from digestbot.late_patterns import compile_late

_CATEGORY = compile_late(r"([a-z]{2,10}(?:-[a-z]{1,10})?)(?:\.(\*|[a-z]{2,10}(?:-[a-z]{2,10})?))?", 2)
_ARCHIVES_WITH_SUBJECTS = frozenset(
    ["astro-ph", "cond-mat", "cs", "econ", "eess", "math", "nlin", "physics", "q-bio", "q-fin", "stat"]
)  # fmt: skip
_SHORT_SUBJECT_LETTERS = 2


def read_category(text: str) -> str:
    """The category as arXiv writes it, ``cs`` for ``CS.*``; empty for what has not the form of one."""
    match = _CATEGORY.fullmatch(text.strip(" .")) if len(text) <= 40 else None
    if not match:
        return ""
    archive, subject = match[1].lower(), (match[2] or "*").lower()
    if subject == "*":
        return archive
    return f"{archive}.{subject.upper() if len(subject) == _SHORT_SUBJECT_LETTERS else subject}"


def looks_like_category(word: str) -> bool:
    """Whether a word among others can only be a category: ``cs.CV``."""
    archive, dot, _ = word.lower().partition(".")
    return bool(dot) and archive in _ARCHIVES_WITH_SUBJECTS and bool(read_category(word))


def is_in_category(own: str, asked: str) -> bool:
    """Whether one of a paper's categories is the one that is asked for, or of the archive that is."""
    own_key, asked_key = own.casefold(), asked.casefold()
    return own_key == asked_key or own_key.startswith(f"{asked_key}.")
