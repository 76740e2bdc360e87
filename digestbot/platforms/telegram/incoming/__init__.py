"""What people type and tap on Telegram."""
