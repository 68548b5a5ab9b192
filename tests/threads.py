"""Runs one function in many threads at the same moment, each with its own database connection."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connections

SECONDS = 60


def together(number: int, function: Callable[[int], Any]) -> list[Any]:
    """[what function(position) returned, or the exception it raised] of every thread, in order of position.

    All threads start behind one barrier. Fails when one of them has not ended after SECONDS.
    """
    results: list[Any] = [None] * number
    barrier = threading.Barrier(number)

    def run(position: int) -> None:
        try:
            barrier.wait(SECONDS)
            results[position] = function(position)
        except Exception as error:
            results[position] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(position,), daemon=True) for position in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    assert not any(thread.is_alive() for thread in threads), "a thread is still waiting"
    return results
