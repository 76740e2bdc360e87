"""Addresses and downloads."""
