"""Figures: downloading and checking for the platforms."""
