"""A club of 1,750 people for demonstrations and tests; nobody in it exists."""
