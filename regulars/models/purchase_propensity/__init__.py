"""Who will buy in a category soon: a probability for each of the categories with the most customers."""
