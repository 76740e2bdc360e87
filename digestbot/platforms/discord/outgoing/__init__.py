"""Cards rendered for Discord, and their sending."""
