"""The one mechanism for the pages of every entity."""
