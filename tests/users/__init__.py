"""Tests of the users' room."""
