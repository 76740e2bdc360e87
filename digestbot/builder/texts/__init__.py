"""A paper's whole text and figures, from HTML and PDF."""
