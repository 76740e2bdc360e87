"""The digest builder: finds papers on arXiv and in feeds, reads them, has a model summarize them, and checks it all."""
