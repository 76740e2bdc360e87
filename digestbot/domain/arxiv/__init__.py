"""arXiv as it is: categories, archives, announcements."""
