"""Where papers come from: arXiv's doors and feeds, asked at their pace."""
