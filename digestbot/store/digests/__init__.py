"""Digests by topic and date, those of follows too, and how they were built."""
