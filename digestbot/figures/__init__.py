"""Figures: downloaded and checked for the platforms."""
