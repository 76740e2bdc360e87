"""Digests made: papers found on arXiv and in feeds, read, summarised by a model, and held against their text."""
