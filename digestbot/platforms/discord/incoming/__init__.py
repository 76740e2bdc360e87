"""What people type and tap on Discord."""
