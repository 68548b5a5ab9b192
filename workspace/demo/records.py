"""The records of the demo firm, one function per file, in the order in which they refer to each other."""

import datetime
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from accounts.models import Account, AccountEmail, AccountPhone
from contacts.models import (
    Contact,
    ContactAddress,
    ContactEmail,
    ContactHandle,
    ContactPhone,
    ContactWebsite,
    CrossReference,
)
from contacts.person_accounts import person_account_for
from core.records.backdating import backdate
from core.records.door import save_record, save_records
from core.records.models import Change
from leads.models import Lead, LeadEmail, LeadPhone
from opportunities.models import Opportunity, SalesTeamMember, Stakeholder
from setup_values.models import StageChange
from users.models import User

from .activity_records import load_activities
from .writing import Rows, mine, money, save

if TYPE_CHECKING:
    from .loading import Demo

Read = Callable[[str], Rows]


def load_records(demo: "Demo", boss: User, read: Read) -> None:
    """Load all records; boss is who writes what belongs to nobody."""
    accounts, contacts = read("accounts"), read("contacts")
    _accounts(demo, boss, [row for row in accounts if not row.get("person_contact")])
    _contacts(demo, boss, contacts)
    _persons(demo, boss, [row for row in accounts if row.get("person_contact")])
    opportunities, leads = read("opportunities"), read("leads")
    _references(demo, boss, contacts, "account")
    _primary_contacts(demo, boss, accounts)
    _opportunities(demo, boss, opportunities)
    _leads(demo, boss, leads)
    _references(demo, boss, contacts, "lead")
    _origins(demo, boss, opportunities)
    load_activities(demo, boss, read)
    _forget_loading(demo, [*accounts, *opportunities])


def _forget_loading(demo: "Demo", rows: Rows) -> None:
    """What had to be written twice (records that point at each other) does not show as a change of today."""
    Change.objects.filter(operation=demo.means.operation, kind=Change.Kind.UPDATE).delete()
    for row in rows:
        for kind in ("account", "opportunity"):
            record = demo.record(kind, row["key"])
            if record is not None:
                backdate([record], [demo.created(row)])


def _channels(rows: list[dict] | None, model: type) -> list:
    return [
        model(value=row["value"], kind=row.get("kind", "work"), is_primary=row.get("primary", False))
        for row in rows or []
    ]


def _address(row: dict | None, prefix: str) -> dict[str, str]:
    return {f"{prefix}{name}": text for name, text in (row or {}).items() if name not in ("kind", "primary")}


def _accounts(demo: "Demo", boss: User, rows: Rows) -> None:
    first = [row for row in rows if not row.get("parent")]
    for part in (first, [row for row in rows if row.get("parent")]):
        records = [_account(demo, row) for row in part]
        children = [
            {"emails": _channels(row.get("emails"), AccountEmail), "phones": _channels(row.get("phones"), AccountPhone)}
            for row in part
        ]
        save(demo, boss, "account", part, records, children)


def _account(demo: "Demo", row: dict) -> Account:
    since = row.get("customer_since_days")
    owner = demo.owner(row)
    converted = since is not None and since != row.get("created_days")
    return Account(
        name=row.get("name", ""),
        number=row.get("number", ""),
        kind=row["kind"],
        lifecycle=row["lifecycle"],
        parent=demo.record("account", row.get("parent")),
        territory=demo.value("territories", row.get("territory")),
        industry=demo.value("industries", row.get("industry")),
        employees=row.get("employees"),
        revenue=money(row.get("revenue")),
        currency=row.get("currency", ""),
        website=row.get("website", ""),
        customer_since=demo.day(since),
        converted_at=demo.at(since, "12:10", owner) if converted else None,
        converted_by=owner if converted else None,
        notes=row.get("notes", ""),
        **_address(row.get("billing_address"), "billing_"),
        **_address(row.get("shipping_address"), "shipping_"),
        **mine(demo, row),
    )


CONTACT_TEXTS = (
    "prefix", "first_name", "last_name", "suffix", "nickname", "company_name", "job_title", "department", "birthday",
    "language", "where_met", "preferred_channel", "notes",
)  # fmt: skip
FLAGS = ("do_not_email", "do_not_phone", "do_not_track")


def _contacts(demo: "Demo", boss: User, rows: Rows) -> None:
    records, children = [], []
    for row in rows:
        texts = {name: row[name] for name in CONTACT_TEXTS if row.get(name)}
        flags = {name: bool(row.get(name)) for name in FLAGS}
        source = demo.value("sources", row.get("source"))
        records.append(Contact(source=source, **texts, **flags, **mine(demo, row)))
        children.append(_contact_children(row))
    save(demo, boss, "contact", rows, records, children)


def _contact_children(row: dict) -> dict[str, list]:
    addresses = [
        ContactAddress(kind=one.get("kind", "work"), is_primary=one.get("primary", False), **_address(one, ""))
        for one in row.get("addresses", [])
    ]
    handles = [ContactHandle(service=one.get("service", ""), value=one["value"]) for one in row.get("handles", [])]
    return {
        "emails": _channels(row.get("emails"), ContactEmail),
        "phones": _channels(row.get("phones"), ContactPhone),
        "addresses": addresses,
        "websites": [ContactWebsite(value=one["value"]) for one in row.get("websites", [])],
        "handles": handles,
    }


def _persons(demo: "Demo", boss: User, rows: Rows) -> None:
    """Person accounts are made behind their contact and then get number, lifecycle and territory."""
    for row in rows:
        contact = demo.record("contact", row["person_contact"])
        account = person_account_for(contact=contact, actor=boss, means=demo.means)
        wanted = _account(demo, row)
        for name in ("number", "lifecycle", "territory", "customer_since", "notes", "currency"):
            if getattr(wanted, name):
                setattr(account, name, getattr(wanted, name))
        save_record(account, actor=boss, means=demo.means)
        demo.records["account"][row["key"]] = account
        backdate([account], [demo.created(row)])
        account.refresh_from_db()
        contact.refresh_from_db()


def _references(demo: "Demo", boss: User, rows: Rows, end: str) -> None:
    found, times = [], []
    for row in rows:
        for one in row.get("cross_references", []):
            if not one.get(end):
                continue
            found.append(
                CrossReference(
                    contact=demo.record("contact", row["key"]),
                    role=demo.value("contact_roles", one.get("role")),
                    is_primary=one.get("primary", False),
                    from_date=demo.day(one.get("from_days")),
                    to_date=demo.day(one.get("to_days")),
                    **{end: demo.record(end, one[end])},
                )
            )
            times.append(demo.at(one.get("from_days", -30), "10:00", demo.owner(row)))
    save_records(found, actor=boss, means=demo.means)
    backdate(found, times)


def _primary_contacts(demo: "Demo", boss: User, rows: Rows) -> None:
    changed = []
    for row in rows:
        if row.get("primary_contact"):
            account = demo.records["account"][row["key"]]
            account.refresh_from_db()
            account.primary_contact = demo.record("contact", row["primary_contact"])
            changed.append(account)
    save_records(changed, actor=boss, means=demo.means)


def _opportunities(demo: "Demo", boss: User, rows: Rows) -> None:
    records, children = [], []
    for row in rows:
        owner = demo.owner(row)
        history = row.get("stage_history", [])
        records.append(
            Opportunity(
                topic=demo.text(row["topic"]),
                description=row.get("description", ""),
                account=demo.record("account", row["account"]),
                contact=demo.record("contact", row.get("contact")),
                status=demo.value("opportunity_statuses", row["status"]),
                process=demo.value("processes", row.get("process")),
                stage=demo.value("stages", row.get("stage")),
                stage_entered_at=demo.at(history[-1]["days"], "11:00", owner) if history else None,
                source=demo.value("sources", row.get("source")),
                campaign=row.get("campaign", ""),
                amount=money(row.get("amount")),
                currency=row.get("currency", ""),
                own_probability=row.get("own_probability"),
                expected_close_date=demo.day(row.get("expected_close_days")),
                actual_amount=money(row.get("actual_amount")),
                closed_date=demo.day(row.get("closed_days")),
                closed_by=owner if row.get("closed_days") is not None else None,
                won_reason=demo.value("won_reasons", row.get("won_reason")),
                lost_reason=demo.value("lost_reasons", row.get("lost_reason")),
                competitor=demo.value("competitors", row.get("competitor")),
                lost_note=row.get("lost_note", ""),
                **mine(demo, row),
            )
        )
        stakeholders = [
            Stakeholder(
                contact=demo.record("contact", one["contact"]), role=demo.value("contact_roles", one.get("role"))
            )
            for one in row.get("stakeholders", [])
        ]
        team = [SalesTeamMember(user=demo.users[key]) for key in row.get("sales_team", [])]
        children.append({"stakeholders": stakeholders, "sales_team": _distinct(team)})
    save(demo, boss, "opportunity", rows, records, children)
    _stage_history(demo, rows)


def _distinct(team: list[SalesTeamMember]) -> list[SalesTeamMember]:
    """One row per colleague: all are one person where the demo is loaded for a single user."""
    return list({member.user_id: member for member in team}.values())


def _stage_history(demo: "Demo", rows: Rows) -> None:
    """The moves before the present stage, so that the bar knows the days spent in each."""
    moves = []
    for row in rows:
        opportunity, owner = demo.records["opportunity"][row["key"]], demo.owner(row)
        before: tuple[Any, datetime.datetime] | None = None
        for step in row.get("stage_history", []):
            stage, at = demo.value("stages", step["stage"]), demo.at(step["days"], "11:00", owner)
            moves.append(
                StageChange(
                    record_type="opportunity",
                    record_id=opportunity.pk,
                    at=at,
                    by=owner,
                    from_stage=before[0] if before else None,
                    to_stage=stage,
                    seconds_before=int((at - before[1]).total_seconds()) if before else None,
                )
            )
            before = (stage, at)
    ids = [opportunity.pk for opportunity in demo.records["opportunity"].values()]
    StageChange.objects.filter(record_type="opportunity", record_id__in=ids).delete()
    StageChange.objects.bulk_create(moves)


def _leads(demo: "Demo", boss: User, rows: Rows) -> None:
    records, children = [], []
    texts = (
        "first_name",
        "last_name",
        "company",
        "job_title",
        "website",
        "rating",
        "where_met",
        "campaign",
        "language",
        "notes",
    )
    for row in rows:
        owner = demo.owner(row)
        became, closed = row.get("qualified") or {}, row.get("disqualified") or {}
        ended = became.get("days", closed.get("days"))
        records.append(
            Lead(
                topic=demo.text(row.get("topic")),
                status=demo.value("lead_statuses", row["status"]),
                source=demo.value("sources", row.get("source")),
                territory=demo.value("territories", row.get("territory")),
                amount=money(row.get("amount")),
                currency=row.get("currency", ""),
                existing_account=demo.record("account", row.get("existing_account")),
                existing_contact=demo.record("contact", row.get("existing_contact")),
                qualified_account=demo.record("account", became.get("account")),
                qualified_contact=demo.record("contact", became.get("contact")),
                qualified_opportunity=demo.record("opportunity", became.get("opportunity")),
                disqualification_reason=demo.value("disqualification_reasons", closed.get("reason")),
                closed_at=demo.at(ended, "16:20", owner) if ended is not None else None,
                closed_by=owner if ended is not None else None,
                **{name: row[name] for name in texts if row.get(name)},
                **{name: bool(row.get(name)) for name in FLAGS},
                **_address(row.get("address"), ""),
                **mine(demo, row),
            )
        )
        children.append(
            {"emails": _channels(row.get("emails"), LeadEmail), "phones": _channels(row.get("phones"), LeadPhone)}
        )
    save(demo, boss, "lead", rows, records, children)


def _origins(demo: "Demo", boss: User, rows: Rows) -> None:
    changed = []
    for row in rows:
        if row.get("originating_lead"):
            opportunity = demo.records["opportunity"][row["key"]]
            opportunity.originating_lead = demo.record("lead", row["originating_lead"])
            changed.append(opportunity)
    save_records(changed, actor=boss, means=demo.means)
