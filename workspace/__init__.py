"""What looks across all entities: navigation, home, search, the setup guide, the demo firm."""
