"""The connection to Discord's gateway, over which commands and taps arrive."""
