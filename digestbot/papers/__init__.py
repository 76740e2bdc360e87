"""What is done with single papers that people ask for: they are looked up where they are published."""
