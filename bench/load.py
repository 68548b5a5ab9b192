"""Loads N contacts with accounts, leads, opportunities, tasks and interactions straight into the tables."""

import datetime
import random
from collections.abc import Iterable

from django.db import connection
from django.utils import timezone

from accounts.models import Account
from activities.models import Interaction, Task
from contacts.models import Contact, ContactEmail, ContactPhone, CrossReference
from core.records.models import Change
from core.records.search_text import SearchText, SearchTrigram, search_text
from leads.models import Lead, LeadEmail
from opportunities.models import Opportunity
from setup_values.models import Firm, LeadStatus, OpportunityStatus, Stage
from setup_values.starter import load_starter
from users.default_roles import ensure_default_roles
from users.models import Team, User

BATCH = 2000
OWNERS = 20
FIRST = "Pilar Joan Rosa Aitor Maite Sergio Nuria Ian Helen Tom Priya Colin Nerea Óscar Lucía Marta Jon Pau".split()
LAST = "Salas Vidal Bofarull Landa Oyarzun Calvo Prado Copley Marsh Whitaker Nair Ashby Otxoa Belmonte Ferrer".split()
WORDS = "valves pumps seals gate check butterfly control steam dairy cement paper marine water energy".split()


def load(contacts: int) -> User:
    """Fill an empty database: half as many leads as contacts, a third opportunities, twice as many interactions."""
    dice = random.Random(contacts)
    Firm.objects.create(id=1, name="Bench", country="ES", currency="EUR")
    roles = ensure_default_roles()
    team = Team.objects.create(name="Bench")
    user = User.objects.create_user(
        "bench@example.com", "bench-bench-bench", name="Bench", role=roles["manager"], team=team
    )
    load_starter("en", user)
    now = timezone.now()
    owners = [user, *_colleagues(roles["rep"])]
    accounts = _accounts(contacts // 5, dice, owners)
    people = _contacts(contacts, accounts, dice, owners)
    _leads(contacts // 2, dice, owners)
    deals = _opportunities(contacts // 3, accounts, people, dice, owners)
    _activities(contacts * 2, accounts, people, deals, dice, owners, now)
    if connection.vendor == "postgresql":
        # As autovacuum does by itself before long; SQLite works without statistics, here as in production.
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    return user


def _colleagues(role) -> list[User]:
    teams = [Team.objects.create(name=f"Team {number}") for number in range(1, 4)]
    return [
        User.objects.create_user(
            f"rep{number}@example.com", None, name=f"Rep {number}", role=role, team=teams[number % len(teams)]
        )
        for number in range(1, OWNERS)
    ]


def _base(owners: list[User], position: int) -> dict:
    """Whose record it is: every owner has as many as the others."""
    owner = owners[position % len(owners)]
    return {"owner": owner, "team": owner.team, "created_by": owner, "changed_by": owner}


def _write(model, rows: Iterable) -> list:
    return model._base_manager.bulk_create(list(rows), batch_size=BATCH)


def _index(records: list, parts) -> None:
    """Search text and history as the write door would have left them."""
    rows = [
        SearchText(record_type=record.record_type(), record_id=record.pk, text=search_text(parts(record)))
        for record in records
    ]
    _write(SearchText, rows)
    if connection.vendor == "sqlite":
        _write(SearchTrigram, [SearchTrigram(rowid=row.pk, text=row.text) for row in rows])
    changes = [
        Change(
            kind="create",
            means="import",
            record_type=record.record_type(),
            record_id=record.pk,
            actor_id=record.owner_id,
        )
        for record in records
    ]
    _write(Change, changes)


def _accounts(number: int, dice: random.Random, owners: list[User]) -> list[Account]:
    rows = []
    for position in range(max(1, number)):
        account = Account(
            name=f"{dice.choice(LAST)} {dice.choice(WORDS)} {position}, S.A.",
            number=f"A-{position:06d}",
            lifecycle=dice.choice(["prospect", "customer"]),
            billing_city="Zaragoza",
            billing_country="ES",
            **_base(owners, position),
        )
        account.derive(None)
        rows.append(account)
    written = _write(Account, rows)
    _index(written, lambda account: [account.name, account.number])
    return written


def _contacts(number: int, accounts: list[Account], dice: random.Random, owners: list[User]) -> list[Contact]:
    rows = []
    for position in range(number):
        first, last = dice.choice(FIRST), f"{dice.choice(LAST)} {dice.choice(LAST)}"
        contact = Contact(first_name=first, last_name=last, job_title="Buyer", **_base(owners, position))
        contact.email, contact.phone = f"c{position}@bench.example", f"+34 600 {position:06d}"
        contact.derive(None)
        rows.append(contact)
    written = _write(Contact, rows)
    _write(
        ContactEmail,
        (ContactEmail(parent=one, value=one.email, normalized=one.email, is_primary=True) for one in written),
    )
    _write(
        ContactPhone,
        (
            ContactPhone(parent=one, value=one.phone, normalized=one.phone.replace(" ", ""), is_primary=True)
            for one in written
        ),
    )
    plain = {"created_by": owners[0], "changed_by": owners[0]}
    links = (
        CrossReference(contact=one, account=accounts[index % len(accounts)], **plain)
        for index, one in enumerate(written)
    )
    _write(CrossReference, links)
    _index(written, lambda one: [one.full_name, one.email, one.phone])
    return written


def _leads(number: int, dice: random.Random, owners: list[User]) -> None:
    status = LeadStatus.objects.filter(meaning="open").first()
    rows = []
    for position in range(number):
        lead = Lead(
            first_name=dice.choice(FIRST),
            last_name=dice.choice(LAST),
            company=f"{dice.choice(WORDS)} {position}",
            topic="Valves",
            status=status,
            **_base(owners, position),
        )
        lead.email = f"l{position}@bench.example"
        lead.derive(None)
        rows.append(lead)
    written = _write(Lead, rows)
    _write(
        LeadEmail, (LeadEmail(parent=one, value=one.email, normalized=one.email, is_primary=True) for one in written)
    )
    _index(written, lambda one: [one.full_name, one.company, one.email])


def _opportunities(number: int, accounts, people, dice: random.Random, owners: list[User]) -> list[Opportunity]:
    status = OpportunityStatus.objects.filter(meaning="open").first()
    stages = list(Stage.objects.select_related("process"))
    today = timezone.localdate()
    rows = []
    for position in range(number):
        stage = dice.choice(stages)
        deal = Opportunity(
            topic=f"{dice.choice(WORDS)} {dice.choice(WORDS)} {position}",
            account=accounts[position % len(accounts)],
            contact=people[position % len(people)],
            status=status,
            stage=stage,
            process=stage.process,
            stage_entered_at=timezone.now(),
            amount=dice.randrange(1000, 200_000),
            currency=dice.choice(["EUR", "EUR", "GBP"]),
            expected_close_date=today + datetime.timedelta(days=dice.randrange(-30, 300)),
            **_base(owners, position),
        )
        deal.derive(None)
        rows.append(deal)
    written = _write(Opportunity, rows)
    _index(written, lambda one: [one.topic])
    return written


def _activities(number: int, accounts, people, deals, dice: random.Random, owners: list[User], now) -> None:
    entries, tasks = [], []
    for position in range(number):
        deal = deals[position % len(deals)]
        entries.append(
            Interaction(
                kind=dice.choice(["call", "email", "note", "meeting"]),
                subject="Budget confirmed",
                body="The maintenance manager wants a soft-seated variant as an option.",
                happened_at=now - datetime.timedelta(minutes=position),
                account_id=deal.account_id,
                contact=people[position % len(people)],
                opportunity=deal,
                **_base(owners, position),
            )
        )
    _write(Interaction, entries)
    for position, deal in enumerate(deals[::2]):
        due = timezone.localdate() + datetime.timedelta(days=dice.randrange(-20, 60))
        tasks.append(
            Task(
                kind="call",
                subject=f"Call {position}",
                due_date=due,
                opportunity=deal,
                account_id=deal.account_id,
                **_base(owners, position),
            )
        )
    _write(Task, tasks)
