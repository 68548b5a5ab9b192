"""What later rooms add to every write: checks, consequences, and what a deletion takes along."""

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from .means import Means
    from .saving import Saving


class RecordRule:
    """Base of the rules named in settings.RECORD_RULES; each method sees a batch, so that no rule queries per row."""

    record_types: tuple[str, ...] = ()

    def check(self, savings: list["Saving"]) -> None:
        """Before writing: set columns that follow from others, report refusals with `saving.refuse(field, text)`."""

    def before_write(self, savings: list["Saving"]) -> None:
        """Inside the transaction, just before writing and never in a dry run: take numbers (`saving.assign()`)
        and locks; may still refuse."""

    def follow(self, savings: list["Saving"]) -> None:
        """After writing, in the same transaction: what must change with it, through the write door."""

    def check_deletion(self, record_type: str, ids: list[int]) -> None:
        """Before these go into the trash, in the same transaction: raise ValidationError for what has to stay."""

    def restoring(self, record_type: str, ids: list[int], *, actor: Any, means: "Means") -> None:
        """Before these come back from the trash, in the same transaction: what has to make room for them."""

    def restored(self, record_type: str, ids: list[int], *, actor: Any, means: "Means") -> None:
        """After these came back from the trash, in the same transaction: what must change with it, through the door."""

    def must_stay(self, record_type: str, ids: list[int]) -> dict[int, str]:
        """{id: why} of those among these that an undo may not put into the trash, whoever asks for it."""
        return {}

    def goes_with(self, record_type: str, ids: list[int]) -> Iterable[QuerySet]:
        """Live records that a deletion of these takes into the same trash unit."""
        return ()

    def stays(self, record_type: str, ids: list[int]) -> Iterable[QuerySet]:
        """Live records that point at these and stay when they are deleted."""
        return ()


@lru_cache(maxsize=4)
def _load(paths: tuple[str, ...]) -> tuple[RecordRule, ...]:
    return tuple(import_string(path)() for path in paths)


def rules() -> tuple[RecordRule, ...]:
    """All rules in the order of settings.RECORD_RULES."""
    return _load(tuple(settings.RECORD_RULES))


def rules_for(record_type: str) -> list[RecordRule]:
    """The rules that look at writes of record_type; [] when there are none."""
    return [rule for rule in rules() if record_type in rule.record_types]
