"""What a process does: everything, or one part of it beside others."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """``sender`` delivers, ``gateway`` hears commands, ``web`` serves HTTP; ``all`` is all of them.

    ``builder`` is reserved: this version loads digests and builds none.
    """

    ALL = "all"
    SENDER = "sender"
    GATEWAY = "gateway"
    WEB = "web"
    BUILDER = "builder"
