"""The bot over HTTP: its health, and the updates that platforms bring."""
