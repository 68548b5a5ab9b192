"""What a user chooses about all rows of a file: whom they mean, what they may do, what an empty cell does."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# Rows may make new records and change existing ones, only the one, or only the other.
BOTH, CREATE_ONLY, UPDATE_ONLY = POLICIES = ("both", "create", "update")
# An empty cell of a mapped column keeps what the record has, or takes it away.
KEEP, CLEAR = EMPTY_CELLS = ("keep", "clear")
# A related record that does not exist: it is made, the row is written without it, or the row is an error.
MAKE, SKIP, REFUSE = RELATED = ("create", "skip", "error")


@dataclass(frozen=True)
class Choices:
    """The choices of one import; keys None: all that its target has."""

    keys: tuple[str, ...] | None = None
    policy: str = BOTH
    empty: str = KEEP
    related: Mapping[str, str] = field(default_factory=dict)
    # A sheet has rows, a text has lines: what is said about single ones names them so.
    in_sheet: bool = False

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> "Choices":
        """What Import.options says."""
        keys = options.get("match")
        return cls(
            tuple(keys) if keys else None,
            options.get("policy") or BOTH,
            options.get("empty") or KEEP,
            options.get("related") or {},
            bool(options.get("in_sheet")),
        )

    def uses(self, key: str) -> bool:
        """Whether records are found by that key."""
        return self.keys is None or key in self.keys

    def missing(self, name: str, usual: str = REFUSE) -> str:
        """What to do when the related record of that field does not exist."""
        found = self.related.get(name)
        return found if found in RELATED else usual
