"""Papers by words, and by likeness."""
