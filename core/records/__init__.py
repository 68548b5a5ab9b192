"""Record, history, trash and the write door: the only way in which a record is written."""
