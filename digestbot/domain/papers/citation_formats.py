"""The formats that papers are cited in, by the names that people type."""

from __future__ import annotations

FORMATS = ("bibtex", "ris", "csl", "markdown")
_OTHER_NAMES = {
    "bib": "bibtex", "biblatex": "bibtex", "latex": "bibtex", "tex": "bibtex", "csl-json": "csl", "csljson": "csl",
    "json": "csl", "md": "markdown", "zotero": "ris", "endnote": "ris", "mendeley": "ris",
}  # fmt: skip


def find_format(word: str) -> str:
    """The format that a word names; empty if it names none."""
    plain = word.casefold().strip(".,:;，。")
    return plain if plain in FORMATS else _OTHER_NAMES.get(plain, "")
