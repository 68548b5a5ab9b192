"""People: users, teams, roles with their scopes, sign-in and profile."""
