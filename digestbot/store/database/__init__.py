"""One database of two kinds: connections, dialects, addresses and files."""
