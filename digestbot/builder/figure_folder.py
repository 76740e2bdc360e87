"""Figures extracted from PDFs: stored as files named by their content, and served by the web server."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

import structlog

from digestbot.builder.full_text import CutFigure
from digestbot.domain.digest import Figure

_log = structlog.get_logger(__name__)
_FIGURE_NAME = re.compile(r"[0-9a-f]{40}\.png")


class FigureFolder:
    """A folder of figures. ``public_url`` is the bot's public URL, without which nobody could see them."""

    def __init__(self, folder: Path, public_url: str) -> None:
        self._folder, self._public_url = folder, public_url.rstrip("/")

    def save_figures(self, figures: tuple[CutFigure, ...]) -> tuple[Figure, ...]:
        """Save pictures without duplicates; the figures that could be saved."""
        if not self._public_url:
            return ()
        try:
            return tuple(self._save_figure(figure) for figure in figures)
        except OSError as error:  # the entry is published without its pictures
            _log.error("figures_not_saved", folder=str(self._folder), reason=error.strerror)
            return ()

    def _save_figure(self, figure: CutFigure) -> Figure:
        name = f"{sha256(figure.png).hexdigest()[:40]}.png"
        path = self._folder / name
        if not path.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_suffix(".new")
            unfinished.write_bytes(figure.png)
            unfinished.replace(path)
        return Figure(f"{self._public_url}/figures/{name}", (), figure.caption)


def is_figure_name(name: str) -> bool:
    """Whether a file name is one that this folder creates, and never a path."""
    return _FIGURE_NAME.fullmatch(name) is not None
