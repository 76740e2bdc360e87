"""Chat platforms: one folder each, independent of each other."""
