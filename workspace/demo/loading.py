"""Loads the demo firm: users, setup values, then records in the order in which they refer to each other."""

import datetime
import json
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation

from core.records.means import Means
from core.records.models import Change
from setup_values.models import Firm
from setup_values.starter import Values, load_starter, load_values
from users.default_roles import ensure_default_roles
from users.models import Team, User

from . import days
from .records import load_records

FOLDER = settings.BASE_DIR / "fixtures" / "demo"
# Everybody of the demo firm signs in with this; outside demo installations there are no such users.
DEMO_PASSWORD = "norteko-demo"


class DemoAlreadyLoaded(Exception):
    """The demo firm is there already."""


class NotInProduction(Exception):
    """Production never has demo users; demo records may be loaded for the signed-in administrator only."""


@dataclass
class Demo:
    """What the loader knows while it loads: people, values and records by their key."""

    language: str
    today: datetime.date
    means: Means
    values: Values = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    records: dict[str, dict[str, Any]] = field(default_factory=dict)

    def text(self, value: Any) -> str:
        """A text in the language of the installation."""
        return value.get(self.language, value.get("en", "")) if isinstance(value, dict) else (value or "")

    def value(self, catalog: str, key: str | None) -> Any:
        """A setup value by key, None for none."""
        return self.values[catalog].get(key) if key else None

    def record(self, kind: str, key: str | None) -> Any:
        """A record that is loaded already, None for none."""
        return self.records.get(kind, {}).get(key) if key else None

    def owner(self, row: dict) -> User | None:
        return self.users.get(row.get("owner", ""))

    def day(self, number: int | None) -> datetime.date | None:
        return None if number is None else days.working_day(self.today, number)

    def at(self, number: int, clock: str, user: User | None) -> datetime.datetime:
        return days.moment(self.today, number, clock, user.time_zone if user else "Europe/Madrid")

    def created(self, row: dict) -> datetime.datetime:
        return days.past(self.at(row.get("created_days", row.get("days", -1)), "08:40", self.owner(row)))


def is_loaded() -> bool:
    """Whether demo records are there."""
    return Change.objects.filter(means="demo", kind=Change.Kind.CREATE).exists()


def load_demo(*, language: str, actor: User | None = None, with_users: bool = True) -> Demo:
    """Load everything in one transaction; raises DemoAlreadyLoaded, NotInProduction.

    actor: who loads it, the demo administrator when nobody is there yet. with_users False: all records belong to actor.
    """
    if is_loaded():
        raise DemoAlreadyLoaded
    if with_users and settings.PRODUCTION:
        raise NotInProduction
    with transaction.atomic(), translation.override(language):
        today = timezone.localdate(timezone=Firm.current().zone())
        demo = Demo(language, today, Means("demo"))
        _make_firm()
        _make_users(demo, actor, with_users)
        boss = actor or demo.users["lucia"]
        demo.values = load_starter(language, boss)
        extra = load_values(_read("catalogs"), language=language, actor=boss, means=Means("setup", "demo"))
        for catalog, found in extra.items():
            demo.values.setdefault(catalog, {}).update(found)
        if with_users:
            _join_territories(demo)
        load_records(demo, boss, _read)
    return demo


def _read(name: str) -> Any:
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def _make_firm() -> None:
    """The firm's name and country, unless the installation has a firm already."""
    if Firm.objects.exists():
        return
    content = _read("firm")
    names = {column.name for column in Firm._meta.concrete_fields}
    Firm.objects.create(id=1, **{name: value for name, value in content.items() if name in names})
    Firm.forget()


def _make_users(demo: Demo, actor: User | None, with_users: bool) -> None:
    content = _read("users")
    if not with_users:
        demo.users = {row["key"]: actor for row in content["users"]}
        return
    roles = ensure_default_roles()
    teams = {row["key"]: Team.objects.get_or_create(name=demo.text(row["name"]))[0] for row in content["teams"]}
    for row in content["users"]:
        demo.users[row["key"]] = User.objects.create_user(
            email=row["email"],
            password=DEMO_PASSWORD,
            name=row["name"],
            role=roles[row["role"]],
            team=teams.get(row.get("team")),
            language=row.get("language", demo.language),
            time_zone=row.get("time_zone", "Europe/Madrid"),
            is_demo=True,
        )


def _join_territories(demo: Demo) -> None:
    for row in _read("users")["users"]:
        for key in row.get("territories", []):
            territory = demo.value("territories", key)
            if territory is not None:
                territory.members.add(demo.users[row["key"]])
