"""One row of a dry run planned anew: with cells that the user has corrected, or as he decided whom it means."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from .mapped_files import AS_TEXT, LONGEST_CELL
from .models import Import, ImportRow, RowChoice, figures
from .row_choices import corrections_of, keep_cells, keep_decision
from .row_records import row_record
from .run import ImportNotReady, actor_of, means_of, walk_of
from .stored_files import stored_file
from .target_list import target_of
from .unknown_names import UnknownNames

Decision = RowChoice.Decision


class NotOffered(Exception):
    """The row does not offer what was chosen; str() says why, for the user."""


def correct_row(*, work: Import, number: int, cells: Mapping[int, str]) -> ImportRow:
    """Correct cells {position of a column: text} of a row and plan it anew.

    Raises ImportNotReady unless a dry run is done, NotOffered, a subclass of UnusableFile.
    """
    row = _row(work, number)
    offered = row.details.get("fields", {})
    if not cells or any(str(position) not in offered for position in cells):
        raise NotOffered(_("This row has changed meanwhile: look at it again."))
    if any(len(text) > LONGEST_CELL for text in cells.values()):
        raise NotOffered(_("This is too long for a cell: correct it in the file."))
    return _replan(work, number, lambda: keep_cells(work, number, dict(cells)))


def decide_row(*, work: Import, number: int, decision: str, record_id: int | None = None) -> ImportRow:
    """Decide whom a row means and plan it anew; decision: one of RowChoice.Decision, "" takes it back.

    Raises ImportNotReady unless a dry run is done, NotOffered, a subclass of UnusableFile.
    """
    row = _row(work, number)
    near = {pk for pk, _title, _why in row.details.get("near", ())}
    if decision == Decision.UPDATE and record_id not in near:
        raise NotOffered(_("This row has changed meanwhile: look at it again."))
    if decision not in ("", *Decision.values):
        raise NotOffered(_("Choose what to do with the row."))
    if decision != Decision.UPDATE:
        record_id = None
    return _replan(work, number, lambda: keep_decision(work, number, decision, record_id))


def _row(work: Import, number: int) -> ImportRow:
    row = ImportRow.objects.filter(parent=work, is_planned=True, number=number).first()
    if work.stage != Import.Stage.CHECKED or work.has_started:
        raise ImportNotReady
    if row is None:
        raise NotOffered(_("This row has changed meanwhile: look at it again."))
    return row


def _replan(work: Import, number: int, keep: Callable[[], None]) -> ImportRow:
    """Keep a choice, plan its row with it and put the figures right, all or nothing."""
    actor = actor_of(work)
    if actor is None:
        raise ImportNotReady
    orders = {name: order or AS_TEXT for name, order in work.planned.get("dates", {}).items()}
    # The days of the whole column were read by the dry run: they need not be read again for one row.
    options = work.options | {"date_orders": orders}
    with stored_file(work) as source, transaction.atomic():
        current = Import.objects.select_for_update().get(pk=work.pk)
        if current.stage != Import.Stage.CHECKED or current.has_started:
            raise ImportNotReady
        keep()
        opened = target_of(work).open(source, options)
        opened.corrections, opened.only = corrections_of(work), number
        walk = walk_of(work, actor)
        planned = walk.plan(list(opened.rows()))
        walk.check(planned, means_of(work))
        before = ImportRow.objects.get(parent=work, is_planned=True, number=number)
        after = [row_record(work, plan, True, opened) for plan in planned]
        if not after:
            raise NotOffered(_("This row has changed meanwhile: look at it again."))
        row = after[0]
        row.pk = before.pk
        values = {column.attname: getattr(row, column.attname) for column in ImportRow._meta.concrete_fields}
        ImportRow.objects.filter(pk=row.pk).update(**values)
        work.planned = _figures(current.planned, before, row)
        Import.objects.filter(pk=work.pk).update(planned=work.planned)
    return row


def _figures(planned: dict[str, Any], before: ImportRow, after: ImportRow) -> dict[str, Any]:
    """The figures of the dry run with one row replaced by another."""
    actions = dict(planned["actions"])
    actions[before.action] = actions.get(before.action, 1) - 1
    actions[after.action] = actions.get(after.action, 0) + 1
    actions = {action: number for action, number in actions.items() if number}
    unknown = UnknownNames(planned.get("unknown"))
    unknown.add([before], -1)
    unknown.add([after])
    return planned | {"actions": actions, **figures(actions), "unknown": unknown.names}
