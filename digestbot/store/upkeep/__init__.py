"""What operators do with a whole database: migrate, back up, restore, copy, check."""
