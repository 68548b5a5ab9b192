"""How dates, times and numbers are written, per language; found by FORMAT_MODULE_PATH."""
