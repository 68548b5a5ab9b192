"""Tasks and interactions of the demo firm."""

import datetime
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from activities.models import Interaction, InteractionParticipant, Task, TaskParticipant
from users.models import User

from .writing import Rows, mine, money, save

if TYPE_CHECKING:
    from .loading import Demo


def load_activities(demo: "Demo", boss: User, read: Callable[[str], Rows]) -> None:
    """Tasks first: the outcome of a done one points back to it."""
    _tasks(demo, boss, read("tasks"))
    _interactions(demo, boss, read("interactions"))


def _keys(demo: "Demo", row: dict) -> dict[str, Any]:
    return {kind: demo.record(kind, row.get(kind)) for kind in ("lead", "account", "contact", "opportunity")}


def _participants(demo: "Demo", row: dict, model: type) -> dict[str, list]:
    people = row.get("participants", {})
    users = list({demo.users[key].pk: demo.users[key] for key in people.get("users", [])}.values())
    contacts = [demo.record("contact", key) for key in people.get("contacts", [])]
    return {"participants": [model(user=user) for user in users] + [model(contact=contact) for contact in contacts]}


def _tasks(demo: "Demo", boss: User, rows: Rows) -> None:
    records = []
    for row in rows:
        owner = demo.owner(row)
        start = demo.at(row["days"], row["time"], owner) if row.get("time") else None
        reminder = (
            start - datetime.timedelta(minutes=row["reminder_minutes"])
            if start and row.get("reminder_minutes")
            else None
        )
        done = row.get("completed_days")
        creator = demo.users.get(row.get("created_by", ""), owner)
        records.append(
            Task(
                kind=row["kind"],
                subject=demo.text(row["subject"]),
                type=demo.value("task_types", row.get("type")),
                notes=row.get("notes", ""),
                due_date=demo.day(row.get("days")),
                start_at=start,
                end_at=demo.at(row["days"], row["end_time"], owner) if start and row.get("end_time") else None,
                place=row.get("place", ""),
                reminder_at=reminder,
                priority=row.get("priority", "normal"),
                state=row["state"],
                completed_at=demo.at(done, row.get("completed_time", "12:00"), owner) if done is not None else None,
                completed_by=owner if done is not None else None,
                **_keys(demo, row),
                **{**mine(demo, row), "created_by": creator},
            )
        )
    save(demo, boss, "task", rows, records, [_participants(demo, row, TaskParticipant) for row in rows])


def _interactions(demo: "Demo", boss: User, rows: Rows) -> None:
    records = [
        Interaction(
            kind=row["kind"],
            direction=row.get("direction", ""),
            topic=demo.value("interaction_topics", row.get("topic")),
            happened_at=demo.at(row["days"], row.get("time", ""), demo.owner(row)),
            duration_minutes=row.get("duration_minutes"),
            subject=demo.text(row.get("subject")),
            body=demo.text(row.get("body")),
            follow_up_date=demo.day(row.get("follow_up_days")),
            is_internal=bool(row.get("is_internal")),
            is_private=bool(row.get("is_private")),
            amount=money(row.get("amount")),
            currency=row.get("currency", ""),
            task=demo.record("task", row.get("task")),
            **_keys(demo, row),
            **mine(demo, row),
        )
        for row in rows
    ]
    save(demo, boss, "interaction", rows, records, [_participants(demo, row, InteractionParticipant) for row in rows])
