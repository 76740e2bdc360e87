"""Commands that show digests, and search."""
