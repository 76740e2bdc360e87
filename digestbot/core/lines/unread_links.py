"""Links that stand for a paper to whoever sends them, and that name none which can be read."""

from __future__ import annotations

import re

from digestbot.domain.paper import find_paper_ids
from digestbot.late_patterns import compile_late

_LINK = compile_late(r"(?:https?://|www\.)(?P<host>[a-z0-9-]{1,60}(?:\.[a-z0-9-]{1,60}){1,5})\S*", re.IGNORECASE)
_MAX_CHARACTERS = 2000
_MAX_LINKS = 3
"""More are the text that they stand in."""


def find_unread_sites(text: str) -> tuple[str, ...]:
    """The sites of links in a line that name no paper; none where there are many links."""
    if "://" not in text and "www." not in text.lower():
        return ()
    links = list(_LINK.finditer(text[:_MAX_CHARACTERS]))
    hosts = (link["host"].lower().removeprefix("www.") for link in links if not find_paper_ids(link[0]))
    return tuple(dict.fromkeys(hosts)) if len(links) <= _MAX_LINKS else ()
