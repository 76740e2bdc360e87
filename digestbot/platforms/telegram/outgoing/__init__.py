"""Cards rendered for Telegram, and their sending."""
