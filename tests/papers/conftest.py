"""The outside of single papers, on loopback."""

from __future__ import annotations

from tests.builder.conftest import archive, endpoint, polite

__all__ = ["archive", "endpoint", "polite"]
