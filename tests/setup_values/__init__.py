"""Tests of the room of setup values."""
