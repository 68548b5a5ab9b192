"""Background work: jobs with progress, and the ticker that brings stale ones back."""
