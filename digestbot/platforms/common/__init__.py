"""Code shared by the chat platforms."""
