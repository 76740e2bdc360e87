"""The commands, the same on every platform: a handler takes a request and returns a card."""
