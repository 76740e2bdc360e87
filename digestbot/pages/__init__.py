"""Digest pages: Markdown in and out."""
