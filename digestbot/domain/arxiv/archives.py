"""arXiv's archives, in a file that loads at once: settings name them."""

from __future__ import annotations

ARCHIVES = (
    "cs", "math", "physics", "cond-mat", "astro-ph", "quant-ph", "hep-ph", "hep-th", "gr-qc", "math-ph", "hep-ex",
    "hep-lat", "nucl-th", "nucl-ex", "nlin", "eess", "stat", "q-bio", "q-fin", "econ",
)  # fmt: skip
"""arXiv's archives, those with the most papers first: https://arxiv.org/category_taxonomy."""
