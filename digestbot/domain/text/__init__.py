"""Text as papers have it: words, TeX, lengths."""
