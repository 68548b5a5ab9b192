"""What the user decides about single rows of a dry run: cells corrected, and whom a row means."""

from .models import Import, RowChoice

Decisions = dict[int, tuple[str, int | None]]


def corrections_of(work: Import) -> dict[int, dict[int, str]]:
    """{number: {position of a column: text}} of what the user has corrected."""
    found = RowChoice.objects.filter(parent=work).exclude(cells={}).values_list("number", "cells")
    return {number: {int(position): text for position, text in cells.items()} for number, cells in found}


def decisions_of(work: Import) -> Decisions:
    """{number: (decision, record id)} of what the user has decided."""
    found = RowChoice.objects.filter(parent=work).exclude(decision="")
    return {number: (decision, pk) for number, decision, pk in found.values_list("number", "decision", "record_id")}


def forget_choices(work: Import) -> None:
    """Take back everything: the file is read in another way, so that rows and columns are others."""
    RowChoice.objects.filter(parent=work).delete()


def keep_cells(work: Import, number: int, cells: dict[int, str]) -> None:
    """Add corrected cells to those of the row, inside the caller's transaction."""
    before = RowChoice.objects.filter(parent=work, number=number).values_list("cells", flat=True).first() or {}
    values = {"cells": before | {str(position): text for position, text in cells.items()}}
    RowChoice.objects.update_or_create(parent=work, number=number, defaults=values)


def keep_decision(work: Import, number: int, decision: str, record_id: int | None) -> None:
    """Replace the decision about the row; "" takes it back."""
    values = {"decision": decision, "record_id": record_id}
    RowChoice.objects.update_or_create(parent=work, number=number, defaults=values)
