"""Words that mean the paper that was opened last."""

from __future__ import annotations

IT = frozenset(
    (
        "it",
        "this",
        "that",
        "this one",
        "that one",
        "this paper",
        "that paper",
        "the paper",
        "它",
        "这篇",
        "这篇论文",
        "那篇",
        "这个",
    )
)
"""What means the paper that was opened last."""
