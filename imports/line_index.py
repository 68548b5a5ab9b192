"""Remembers the lines of a file by hash in a tenth of a dictionary's memory, for files of a million keys."""

from array import array

FIRST_SIZE = 1 << 12


class LinesByHash:
    """{hash: line}; what is in stays in. Open addressing: two flat arrays, at most two thirds of them filled."""

    def __init__(self) -> None:
        self._clear(FIRST_SIZE)
        self._count = 0

    def get(self, key: int) -> int | None:
        """The line of a hash, None for one that is not there."""
        at = self._place(key or 1)
        return self._lines[at] if self._keys[at] else None

    def __contains__(self, key: int) -> bool:
        return self._keys[self._place(key or 1)] != 0

    def setdefault(self, key: int, line: int) -> int:
        """Keep the line of a hash that is new; returns the line that is kept for it."""
        key = key or 1
        at = self._place(key)
        if self._keys[at]:
            return self._lines[at]
        self._keys[at], self._lines[at] = key, line
        self._count += 1
        if self._count * 3 > len(self._keys) * 2:
            self._grow()
        return line

    def _clear(self, size: int) -> None:
        self._keys = array("q", bytes(8 * size))
        self._lines = array("q", bytes(8 * size))

    def _place(self, key: int) -> int:
        """Where a key stands, or the empty place (0) where it would stand."""
        keys = self._keys
        last = len(keys) - 1
        at = key & last
        while (found := keys[at]) and found != key:
            at = (at + 1) & last
        return at

    def _grow(self) -> None:
        keys, lines = self._keys, self._lines
        self._clear(2 * len(keys))
        for key, line in zip(keys, lines, strict=True):
            if key:
                at = self._place(key)
                self._keys[at], self._lines[at] = key, line
