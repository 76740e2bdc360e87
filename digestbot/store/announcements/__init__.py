"""arXiv's announcements, and who follows what in them."""
