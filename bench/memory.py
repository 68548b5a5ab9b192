"""How much memory this process holds: now, at most while a block runs, at most since it began. Linux alone tells."""

import os
import re
import threading
from pathlib import Path


class Peak:
    """The most memory this process held while the block ran, in MB above what it held before."""

    def __enter__(self) -> "Peak":
        self.rest = self.most = resident()
        self.done = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()
        return self

    def _watch(self) -> None:
        while not self.done.wait(0.01):
            self.most = max(self.most, resident())

    def __exit__(self, *error: object) -> None:
        self.done.set()
        self.thread.join()

    @property
    def megabytes(self) -> float:
        return round((self.most - self.rest) / 1024**2, 1)


def resident() -> int:
    """Bytes of memory that this process holds now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def most_mb() -> int:
    """MB of memory that this process has held at most since its program began.

    Not ru_maxrss: that begins with the peak of the process that started this one.
    """
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)[1]) // 1024
