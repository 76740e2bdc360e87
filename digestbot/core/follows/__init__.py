"""What chats follow in their own words."""
