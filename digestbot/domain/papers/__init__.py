"""What belongs to a paper beside itself: answers, passages, licence, marks."""
