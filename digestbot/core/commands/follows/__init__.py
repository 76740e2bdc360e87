"""Commands about what a chat follows in its own words."""
