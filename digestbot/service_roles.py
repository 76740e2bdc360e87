"""Roles of a process: everything, or one part beside other processes.

Apart from the service, so that ``digestbot --help`` need not import that.
"""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """``sender`` delivers, ``gateway`` receives commands, ``web`` serves HTTP, ``builder`` builds digests."""

    ALL = "all"
    SENDER = "sender"
    GATEWAY = "gateway"
    WEB = "web"
    BUILDER = "builder"
