"""arXiv's announcements: harvests each day's papers, and matches them against what chats follow."""
