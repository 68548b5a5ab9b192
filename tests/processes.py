"""Runs a function in a process of its own that can be killed like a worker whose machine loses power."""

import os
import signal
import time
from collections.abc import Callable

from django.db import connections

SECONDS = 120


class Process:
    """A forked process that runs `function` with connections of its own and ends without tidying up after pytest."""

    def __init__(self, function: Callable[[], object]) -> None:
        # A child must not share the sockets of its parent.
        connections.close_all()
        self.pid = os.fork()
        if self.pid == 0:
            status = 1
            try:
                function()
                status = 0
            finally:
                os._exit(status)

    def kill(self) -> None:
        """SIGKILL, wherever it is; harmless when it has ended by itself."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)

    def wait(self) -> int:
        """Its exit status once it has ended; fails after SECONDS."""
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.01)
        self.kill()
        raise AssertionError("the process has not ended")

    def is_alive(self) -> bool:
        """Whether it still runs; an ended one is taken note of by `wait` or `kill`."""
        found = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        return found is None
