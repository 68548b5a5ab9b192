"""What pytest loads before the settings: the database of the run and the choice of tests."""
