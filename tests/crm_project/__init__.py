"""Tests of settings, addresses, logs and formats."""
