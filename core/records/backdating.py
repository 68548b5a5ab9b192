"""Gives records that come with a past of their own (demo data) the times of that past, also in their history."""

import datetime

from django.db import transaction

from .models import Change, Record


def backdate(records: list[Record], times: list[datetime.datetime]) -> None:
    """Set the creation and last change of freshly created records, and of the history of their creation."""
    with transaction.atomic():
        for record, at in zip(records, times, strict=True):
            type(record).all_objects.filter(pk=record.pk).update(created_at=at, changed_at=at)
            Change.objects.filter(
                record_type=record.record_type(), record_id=record.pk, kind=Change.Kind.CREATE
            ).update(at=at)
