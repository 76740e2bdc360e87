"""Line breaking for mixed English and Chinese: rich breaks at spaces, and Chinese has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.containers import Lines
from rich.text import Text

from digestbot.late_patterns import compile_late

if TYPE_CHECKING:
    from rich.console import Console, JustifyMethod, OverflowMethod

# A line may break after any CJK character, but none begins with closing punctuation or ends with an opening one.
_OPENING, _CLOSING = "（《「『【〈“‘(\\[", "，。、；：！？）》」』】〉”’…—,.;:!?)\\]%"
_HAN = "\u2e80-\u303f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef"
_UNIT = compile_late(rf"[{_OPENING}]*(?:[{_HAN}]|[^\s{_HAN}{_OPENING}]+|[{_OPENING}])[{_CLOSING}]*\s*|\s+")


class WrappingText(Text):
    """Text that wraps between Chinese characters as well as between words."""

    def wrap(  # the signature is rich's
        self,
        console: Console,  # noqa: ARG002
        width: int,
        *,
        justify: JustifyMethod | None = None,  # noqa: ARG002
        overflow: OverflowMethod | None = None,  # noqa: ARG002
        tab_size: int = 8,  # noqa: ARG002
        no_wrap: bool | None = None,  # noqa: ARG002
    ) -> Lines:
        """The text as lines of at most ``width`` cells."""
        lines = Lines()
        for paragraph in self.split(allow_blank=True):
            for line in paragraph.divide(find_line_breaks(paragraph.plain, width)):
                line.rstrip_end(width)
                lines.append(line)
        return lines


def find_line_breaks(text: str, width: int) -> list[int]:
    """Where to break the text so that each line has at most ``width`` cells, trailing space not counted."""
    if cell_len(text.rstrip()) <= width:
        return []
    positions: list[int] = []
    used = 0
    for match in _UNIT.finditer(text):
        size = cell_len(match.group().rstrip())
        if used and used + size > width:
            positions.append(match.start())
            used = 0
        if size > width:
            positions.extend(_find_breaks_in_word(match.group(), match.start(), width))
            used = cell_len(text[positions[-1] : match.end()])
        else:
            used += cell_len(match.group())
    return positions


def _find_breaks_in_word(word: str, start: int, width: int) -> list[int]:
    """Breaks within a word that is longer than a line."""
    positions: list[int] = []
    used = 0
    for index, character in enumerate(word):
        size = cell_len(character)
        if used + size > width:
            positions.append(start + index)
            used = 0
        used += size
    return positions
