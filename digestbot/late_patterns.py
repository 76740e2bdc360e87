"""Regular expressions that are compiled when they are first used: a command that ends at once uses few of them."""

from __future__ import annotations

import re
from typing import Any, cast


def compile_late(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """The expression as ``re.compile`` makes it, except that it is compiled at the first use."""
    return cast("re.Pattern[str]", LatePattern(pattern, flags))


class LatePattern:
    """Has each attribute of the compiled expression, which it keeps."""

    def __init__(self, pattern: str, flags: int) -> None:
        self.pattern = pattern
        self._flags = flags

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # whatever a pattern has
        value = getattr(self.compile(), name)
        setattr(self, name, value)  # asked for here no more
        return value

    def compile(self) -> re.Pattern[str]:
        """The expression, compiled."""
        return re.compile(self.pattern, self._flags)
