"""Commands of the setup."""
