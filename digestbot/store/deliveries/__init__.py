"""What is planned, claimed, sent and published, and what was received."""
