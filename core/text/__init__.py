"""Normalising of text: one set of functions for search, duplicates and imports."""
