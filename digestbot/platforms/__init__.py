"""Chat platforms, a folder each, independent of each other."""
