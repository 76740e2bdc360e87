"""What a process does: everything, or one part of it beside others.

Apart from the service, so that ``digestbot --help`` need not import that.
"""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """``sender`` delivers, ``gateway`` hears commands, ``web`` serves HTTP, ``builder`` makes digests."""

    ALL = "all"
    SENDER = "sender"
    GATEWAY = "gateway"
    WEB = "web"
    BUILDER = "builder"
