"""One script a subject; each claim is measured beside its yardstick in the same run."""
