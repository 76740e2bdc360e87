"""Addresses: how they are shown, which are public, and through which proxy they are reached."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import unquote, urlsplit

from digestbot.late_patterns import compile_late

_URL = compile_late(r"[a-z][a-z0-9+.-]{0,20}:/{1,3}(?:[^\s@]{1,300}@)?[^\s'\"<>]++", re.IGNORECASE)
"""An address in a text; a password may have quotes in it."""
_SCHEME = compile_late(r"[a-z][a-z0-9+.-]{0,20}:/{1,3}|//", re.IGNORECASE)
_HOST_AND_PORT = compile_late(r"(?:\[[^\]]*\]|localhost|[^:]*\.[^:]*)(?::\d*)?")
"""A user and the beginning of a password look alike, but for the dot."""
_ANY_HOST = compile_late(r"(?:\[[^\]]*\]|[\w.-]+)?(?::\d*)?(?:[/?#;]|\Z)")
_QUERY_START = compile_late(r"[?#;]|%(?:25)*(?:3f|23|3b)", re.IGNORECASE)
"""Also percent-encoded, however often."""
_LAST_IPV4_BITS = 0xFFFF_FFFF
_NAT64 = IPv6Network("64:ff9b::/96")
_LOCAL_NAT64 = IPv6Network("64:ff9b:1::/48")
"""RFC 8215: what is behind it is a network's own business."""


def redact_url(url: str) -> str:
    """The address as it may be shown: without user, password, query and fragment, any of which may be secret.

    >>> redact_url("https://ada:secret@feeds.example:8443/new?key=secret")
    'https://feeds.example:8443/new'
    """
    scheme = match[0] if (match := _SCHEME.match(url)) else ""
    rest = url.removeprefix(scheme)
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if "@" in rest and ("@" in authority or not _HOST_AND_PORT.fullmatch(authority)):
        rest = rest.rpartition("@")[2]  # a password may have a slash in it
        if not _ANY_HOST.match(rest):
            return f"{scheme}…"  # nobody can tell where its user ends
    shown = unquote(_QUERY_START.split(rest, maxsplit=1)[0])
    return scheme + "".join(char if char.isprintable() else "�" for char in shown)


def redact_urls(text: str) -> str:
    """A text, such as another library's error, with each address in it as it may be shown."""
    return _URL.sub(lambda match: redact_url(match.group()), text)


def is_public_address(text: str) -> bool:
    """Whether a numeric IP address is one of the public Internet, also where it stands for an IPv4 address.

    Raises :class:`ValueError` for what is no address.
    """
    address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv4Address):
        return _is_global(address)
    if embedded := address.ipv4_mapped or address.sixtofour or _find_translated(address):
        return _is_global(embedded)
    is_hidden = address in _LOCAL_NAT64 or address.teredo is not None or address.is_site_local
    return _is_global(address) and not is_hidden


def _find_translated(address: IPv6Address) -> IPv4Address | None:
    """The address that a NAT64 makes of it (RFC 6052)."""
    return IPv4Address(int(address) & _LAST_IPV4_BITS) if address in _NAT64 else None


def _is_global(address: IPv4Address | IPv6Address) -> bool:
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def find_host(url: str) -> str:
    """The host of a URL; empty if it has none, or is no URL that could be read."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def find_proxy(url: str) -> str | None:
    """The environment's proxy for a server, as curl finds it; ``None`` if there is none or it is bypassed."""
    parts = urlsplit(url)
    from urllib.request import getproxies, proxy_bypass  # noqa: PLC0415  # late: it brings HTTP's and mail's modules

    return None if proxy_bypass(parts.hostname or "") else getproxies().get(parts.scheme)
