"""Rendering cards for Discord, and sending them."""
