"""Finding records that mean the same person or organization."""
