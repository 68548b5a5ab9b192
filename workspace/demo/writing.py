"""How the demo loader writes records: by key, with times of their own, belonging to somebody."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from core.records.backdating import backdate
from core.records.door import save_records
from users.models import User

if TYPE_CHECKING:
    from .loading import Demo

Rows = list[dict[str, Any]]


def save(demo: "Demo", boss: User, kind: str, rows: Rows, records: list, children: list | None = None) -> None:
    """Write records of one kind, remember them by key, and give them their own times."""
    save_records(records, actor=boss, means=demo.means, children=children)
    demo.records[kind] = {
        **demo.records.get(kind, {}),
        **{row["key"]: one for row, one in zip(rows, records, strict=True)},
    }
    backdate(records, [demo.created(row) for row in rows])
    for record in records:
        record.refresh_from_db()


def mine(demo: "Demo", row: dict) -> dict[str, Any]:
    owner = demo.owner(row)
    return {"owner": owner, "team": owner.team if owner else None, "created_by": owner}


def money(text: str | None) -> Decimal | None:
    return Decimal(text) if text else None
