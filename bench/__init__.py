"""Measures pages and imports against bare Django views of the same rows, in one run on each database."""
