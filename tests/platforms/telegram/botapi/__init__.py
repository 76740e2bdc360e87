"""A Bot API server for tests: strict, on loopback, with people who type and tap."""
