"""Invented digest pages, for the demo."""
