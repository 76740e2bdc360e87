"""Whether the extra ``build`` is installed: it reads papers and asks models, and the rest of the bot works without."""

from __future__ import annotations

from importlib.util import find_spec

_MODULES = ("pydantic_ai", "selectolax", "pypdfium2")
"""What only that extra brings."""


def is_build_installed() -> bool:
    """Whether papers can be read and models be asked."""
    return all(find_spec(name) for name in _MODULES)
