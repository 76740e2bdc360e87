"""The async core: it knows no chat platform and no SQL."""
