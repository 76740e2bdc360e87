"""What a typed line means: the command that it says, in whatever words, or a search."""
