"""The addresses in a text that are none of the paper's own, with a scheme or without, and the names of accounts."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from functools import lru_cache

from digestbot.domain.paper import Paper, find_links
from digestbot.net.addresses import find_host

WEB_ADDRESS = re.compile(r"(?:https?://|www\.)[\w.~:/?#@!$&*+,;=%()-]+", re.ASCII)
_OTHER_ADDRESS = re.compile(
    r"(?:\b(?!https?:)[a-z][a-z0-9+-]{1,14}://|\bmailto:|\btg:(?!//))[\w.~:/?#@!$&*+,;=%()-]+"
    r"|(?<![\w@./-])(?!www\.)(?:[a-z0-9-]{1,63}\.){1,4}"
    r"(?:com|org|net|info|dev|app|xyz|site|top|link|click|online|shop|club|example"
    r"|io|ai|me|gg|co|ly|to|tk|pw|cc|tv|ws|ml|ga|cf|gq|su|cn|hk|tw|jp|kr|in|id|vn|my|sg|ru|ua|kz|ir"
    r"|de|uk|fr|nl|eu|us|ca|br|it|es|pl|se|no|ch|at|be)(?::\d{1,5})?[/?](?=[\w~#=&%-])[\w.~/?#=&%-]+"
    r"|(?<!\w)@(?!(?:everyone|channel)\b)[a-z]\w{4,31}",
    re.ASCII,
)
"""Addresses with another scheme or none, and names of accounts, in small letters."""
_FULL_WIDTH = {0xFEE0 + ord(char): char for char in f"./:@{string.ascii_letters}{string.digits}"}
_ADDRESS_SIGN = re.compile(r"[/?@:／＠：．.](?=[^\u3400-\u9fff\s])")
"""Addresses and names of accounts have one of these with something behind it."""
_PUBLISHER_HOSTS = ("arxiv.org", "doi.org", "biorxiv.org", "medrxiv.org", "alphaxiv.org", "huggingface.co")


def find_unknown_urls(text: str, paper: Paper) -> Iterator[str]:
    """The addresses that the paper's own data do not give, in small letters."""
    if not may_have_address(text):  # folding takes longer than looking, and most lines have none
        return
    lowered = text.translate(_FULL_WIDTH).lower()
    known_urls = _list_known_urls(paper)
    for url in (*WEB_ADDRESS.findall(lowered), *_OTHER_ADDRESS.findall(lowered)):
        is_known = any(_is_same_or_below(_normalize_url(url), known_url) for known_url in known_urls)
        if not is_known and not _is_paper_url(url, paper):
            yield url


def may_have_address(text: str) -> bool:
    """Whether a text has what every address has."""
    return bool(_ADDRESS_SIGN.search(text))


@lru_cache(maxsize=16)
def _list_known_urls(paper: Paper) -> tuple[str, ...]:
    """The addresses that a paper's own data give; cached, since each line of a summary is checked against them."""
    links = (*paper.links, *find_links(paper.abstract, paper.comment))
    return tuple(dict.fromkeys(_normalize_url(link.url) for link in links))


def _normalize_url(url: str) -> str:
    return re.sub(r"^(?:https?://)?(?:www\.)?", "", url.lower()).rstrip("/.,;:!?)")


def _is_same_or_below(url: str, known_url: str) -> bool:
    """Whether a URL equals a known one or is below it: ``github.com/a/b-c`` is not below ``github.com/a/b``."""
    return url.startswith(known_url) and not re.match(r"(?!\.git\b)[\w.~@%:-]", url[len(known_url) :])


def _is_paper_url(url: str, paper: Paper) -> bool:
    """Whether a URL is a publication page of this paper."""
    if paper.arxiv_id.lower() not in url:
        return False
    host = find_host(url if "://" in url else f"https://{url}").removeprefix("www.")
    return any(host == publisher or host.endswith(f".{publisher}") for publisher in _PUBLISHER_HOSTS)
