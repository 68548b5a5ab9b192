"""Lets Python look for unreachable cycles less often: an import makes a million objects that need no such search."""

import gc

# Objects made since the last look, and how many young looks come before an old one. Python's own first figure, 700,
# costs an import a third of its time; this one lets at most some 50 MB wait.
THRESHOLDS = (50_000, 20, 50)


def look_seldom() -> None:
    """Set it for this process and those that it forks."""
    gc.set_threshold(*THRESHOLDS)
