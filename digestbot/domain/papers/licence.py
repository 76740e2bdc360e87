"""Licences under which papers are published: their names, and what they allow."""

from __future__ import annotations

from digestbot.late_patterns import compile_late

ARXIV_LICENCE = "http://arxiv.org/licenses/nonexclusive-distrib/1.0/"
"""The licence of most papers on arXiv: arXiv may distribute them, and nobody else."""
_CREATIVE_COMMONS = compile_late(r"https?://creativecommons\.org/(?:licenses|publicdomain)/([a-z-]+)/(\d\.\d)/?")
_PUBLIC_DOMAIN = {"zero": "CC0", "mark": "Public Domain Mark"}


def allows_sharing(licence: str) -> bool:
    """Whether a licence lets anybody pass a paper's figures on: Creative Commons', all of them."""
    return _CREATIVE_COMMONS.fullmatch(licence) is not None


def name_licence(licence: str) -> str:
    """A licence's short name, such as ``CC BY 4.0``; empty for what has none."""
    if match := _CREATIVE_COMMONS.fullmatch(licence):
        return f"{_PUBLIC_DOMAIN.get(match[1], f'CC {match[1].upper()}')} {match[2]}"
    return "arXiv.org" if licence == ARXIV_LICENCE else ""
