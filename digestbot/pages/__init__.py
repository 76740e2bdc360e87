"""Digest pages: reading and writing Markdown."""
