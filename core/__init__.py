"""The foundation: what every record has and every page does."""
