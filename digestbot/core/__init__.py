"""The async core, independent of chat platforms and SQL."""
