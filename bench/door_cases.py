"""What `bench.door` measures: each case prepares its rows and returns the work as a function."""

from collections.abc import Callable
from typing import Any

from django.db import transaction

from contacts.models import Contact, ContactEmail, ContactPhone
from core.records import child_rows
from core.records.door import save_records
from core.records.means import Means
from tests import make

BATCH = 500
FIRST = ("Pilar", "José", "Begoña", "John", "Anaïs")
LAST = ("Salas", "Muñoz", "Smith", "Echeverría", "O'Neill")
CHANNELS = {"emails": ContactEmail, "phones": ContactPhone}


def prepare() -> Any:
    """The firm and the user who writes."""
    make.firm()
    return make.user("manager")


def _rows(actor: Any, number: int, count: int, salt: int) -> tuple[list[Contact], list[dict]]:
    records, children = [], []
    for position in range(count):
        key = salt * 10_000_000 + number * count + position
        records.append(
            Contact(
                first_name=FIRST[position % 5],
                last_name=f"{LAST[position % 5]} {key}",
                company_name=f"Bodegas {position % 400} S.L.",
                job_title="Jefe de compras",
                owner=actor,
                team=actor.team,
            )
        )
        children.append(
            {
                "emails": [ContactEmail(value=f"person{key}@firm{position % 400}.example")],
                "phones": [ContactPhone(value=f"+34 6{key:08d}")],
            }
        )
    return records, children


def _save(actor: Any, records: list[Contact], children: list[dict] | None = None) -> None:
    for start in range(0, len(records), BATCH):
        part = children[start : start + BATCH] if children else None
        save_records(records[start : start + BATCH], actor=actor, means=Means("import"), children=part)


def create(actor: Any, number: int, count: int) -> Callable[[], None]:
    """New contacts through the write door."""
    records, children = _rows(actor, number, count, salt=1)
    return lambda: _save(actor, records, children)


def change(actor: Any, number: int, count: int) -> Callable[[], None]:
    """One column of contacts that were loaded before."""
    records = list(Contact.objects.order_by("pk")[:count])
    for record in records:
        record.job_title = f"Buyer {number}"
    return lambda: _save(actor, records)


def compare(actor: Any, number: int, count: int) -> Callable[[], None]:
    """Contacts with their e-mails and phones of which nothing differs, as the second run of an import brings."""
    records = list(Contact.objects.order_by("pk")[:count])
    stored = {name: child_rows.load(Contact, name, [record.pk for record in records]) for name in CHANNELS}
    children = [{name: stored[name].get(record.pk, []) for name in CHANNELS} for record in records]
    return lambda: _save(actor, records, children)


def insert_bare(actor: Any, number: int, count: int) -> Callable[[], None]:
    """The same business rows by `bulk_create`, prepared beforehand: no history, search text or validation."""
    records, children = _rows(actor, number, count, salt=2)
    for record, rows in zip(records, children, strict=True):
        record.derive(rows)
        for row in (row for part in rows.values() for row in part):
            row.derive()
            row.is_primary = True
    return lambda: _insert(records, children)


def _insert(records: list[Contact], children: list[dict]) -> None:
    for start in range(0, len(records), BATCH):
        part = records[start : start + BATCH]
        with transaction.atomic():
            Contact.all_objects.bulk_create(part)
            for name, model in CHANNELS.items():
                rows = [(record, children[start + at][name]) for at, record in enumerate(part)]
                for record, own in rows:
                    for row in own:
                        row.parent = record
                model.objects.bulk_create([row for _record, own in rows for row in own])
