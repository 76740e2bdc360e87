"""A paper's text as it is searched and quoted: paragraphs, each with its section and page."""

from __future__ import annotations

from typing import NamedTuple


class PaperParagraph(NamedTuple):
    """A piece of a paper's text that is short enough to be shown beside others; a tuple, since there are thousands.

    ``page`` is the page on which it begins, from 1 on; 0 where there are no pages. ``next_page_at`` is the character at
    which the next page begins, 0 if that is not within the paragraph.
    """

    section: str
    text: str
    page: int = 0
    next_page_at: int = 0

    def find_page(self, place: int) -> int:
        """The page of the character at a place."""
        return self.page + (0 < self.next_page_at <= place) if self.page else 0
