"""Incoming events: slash commands, buttons and menus, autocomplete, server changes."""
