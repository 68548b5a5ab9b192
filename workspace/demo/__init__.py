"""The demo firm: loaded through the write door with dates relative to today, and removed without a trace."""
