"""Possible sales: opportunities, their closing, stage moves and figures."""
