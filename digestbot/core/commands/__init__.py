"""The commands, the same ones on every platform: a handler takes a request and gives a card."""
