"""Language models: what they are asked, how they are reached, and how their answers are read."""
