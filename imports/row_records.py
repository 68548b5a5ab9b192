"""Keeps what becomes of each row of an import, for the pages of its dry run and its report."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from core.records import bulk
from core.records.blank import blank
from core.text.normalise import fold

from .change_text import LONGEST_VALUE, kept_value
from .models import RANK_OF_REMARKS, RANKS, Import, ImportRow

if TYPE_CHECKING:
    from .mapped_files import MappedFile
    from .planned_row import PlannedRow

MOST_CHANGES = 6
MOST_REASONS = 20
LONGEST_REASON = 400


def keep_rows(
    work: Import, planned: "Sequence[PlannedRow]", *, is_planned: bool, opened: "MappedFile | None" = None
) -> list[ImportRow]:
    """Store the rows of a chunk inside the caller's transaction. opened: the file from which they have just come."""
    rows = [row_record(work, plan, is_planned, opened) for plan in planned]
    bulk.insert(rows)
    return rows


def row_record(work: Import, plan: "PlannedRow", is_planned: bool, opened: "MappedFile | None") -> ImportRow:
    """What becomes of one row, not saved yet."""
    rank = RANKS[ImportRow.Action(plan.action)]
    details = plan.details()
    faults = {int(position): reason for position, reason in details.get("fields", {}).items()}
    if opened is not None and opened.mapping is not None:
        for field, text in details.get("unknown", ()):
            reason = next((one for one in plan.reasons if text[:LONGEST_VALUE] in one), "")
            faults |= dict.fromkeys(opened.mapping.indices_in_file(field)[:1], reason)
    if faults and opened is not None:
        details["cells"] = {str(at): text for at, text in opened.cells_of(plan.number, faults).items()}
        details["fields"] = {str(at): reason[:LONGEST_REASON] for at, reason in faults.items()}
    title = plan.title
    return blank(
        ImportRow,
        parent_id=work.pk,
        is_planned=is_planned,
        number=plan.number,
        line=plan.line,
        action=plan.action,
        rank=RANK_OF_REMARKS if plan.reasons and rank > RANK_OF_REMARKS else rank,
        title=title,
        folded=fold(f"{title} {details.get('account', '')}")[:300],
        reasons=[reason[:LONGEST_REASON] for reason in plan.reasons[:MOST_REASONS]],
        details=details,
        record_id=plan.record_id,
    )


def change_details(changes: dict[str, tuple[Any, Any]]) -> dict[str, Any]:
    """The changes of a record as ImportRow.details keeps them: the first few, shortened, and how many more.

    Values are kept as they are: they are shown later, in the language and with the rights of whoever looks.
    """
    if not changes:
        return {}
    first = list(changes.items())[:MOST_CHANGES]
    shown = [[name, kept_value(_gone(old, new)), kept_value(_added(old, new))] for name, (old, new) in first]
    return {"changes": shown, "more": max(0, len(changes) - MOST_CHANGES)}


def _added(old: Any, new: Any) -> Any:
    """Of child rows only what is new."""
    return [row for row in new if row not in old] if isinstance(new, list) and isinstance(old, list) else new


def _gone(old: Any, new: Any) -> Any:
    """Of child rows only what is taken away, of those that get further ones all that were there."""
    if not isinstance(new, list) or not isinstance(old, list):
        return old
    return [row for row in old if row not in new] or (old if _added(old, new) else [])
