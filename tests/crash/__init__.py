"""What is promised of deliveries, tried on the real process: killed, refused, locked out; counted where it arrives."""
