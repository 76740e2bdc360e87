"""Single papers: looked up, summarised, asked, sent."""
