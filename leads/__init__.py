"""Names to be qualified: leads, their qualification and disqualification."""
