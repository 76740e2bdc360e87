"""What a chat does with single papers, and what each needs from outside the core."""
