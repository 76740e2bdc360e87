"""Commands about what a chat receives, when and how."""
