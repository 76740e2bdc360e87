"""Digests in: pages read from files, folders and addresses, and written back."""
