"""Lets pages go first: background work in a process of its own takes what they leave of the processors."""

import os

NICENESS = 10


def give_way() -> None:
    """Lower the priority of this process for good; nothing where the system knows none."""
    if hasattr(os, "nice"):
        os.nice(NICENESS)
