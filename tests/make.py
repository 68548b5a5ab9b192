"""Builders that write plausible records through the write door; every foreign key that matters is filled."""

import itertools
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from accounts.models import Account, AccountEmail, AccountPhone
from activities.models import Interaction, Task
from contacts.models import Contact, ContactEmail, ContactPhone, CrossReference
from core.records.door import save_record
from core.records.means import Means
from leads.models import Lead, LeadEmail, LeadPhone
from opportunities.models import Opportunity
from setup_values import models as catalogs
from setup_values.models import Firm
from users.default_roles import ensure_default_roles
from users.models import Team, User

PASSWORD = "correct horse battery staple"
_counter = itertools.count(1)


def number() -> int:
    """A number that no other builder of this run has used."""
    return next(_counter)


def firm(**fields) -> Firm:
    """The firm, B2B in Spain with euros unless told otherwise."""
    values = {"name": "Norteko Valves", "country": "ES", "currency": "EUR", **fields}
    made, _created = Firm.objects.update_or_create(id=1, defaults=values)
    Firm.forget()
    return made


def team(name: str = "North") -> Team:
    """The team of that name."""
    return Team.objects.get_or_create(name=name)[0]


def user(role: str = "rep", *, name: str = "", **fields) -> User:
    """A user of a default role (administrator, manager, rep, read-only), in team North unless told otherwise."""
    position = number()
    fields.setdefault("team", team())
    return User.objects.create_user(
        email=fields.pop("email", f"user{position}@norteko.example"),
        password=fields.pop("password", PASSWORD),
        name=name or f"Person {position}",
        role=ensure_default_roles()[role],
        **fields,
    )


def _save(record, actor, **children):
    return save_record(record, actor=actor, means=Means("form"), children=children or None)


def value(model, name: str, **fields):
    """A catalog value of that name, made when there is none."""
    found = model.objects.filter(name=name, **fields).first()
    return found or _save(model(name=name, **fields), None)


def statuses() -> None:
    """The required catalogs with one default value per meaning."""
    for model in (catalogs.LeadStatus, catalogs.OpportunityStatus):
        for meaning in model.NEEDED_MEANINGS:
            if not model.objects.filter(meaning=meaning).exists():
                _save(model(name=meaning.title(), meaning=meaning, is_default=True), None)


def process() -> catalogs.Process:
    """A process with three stages (10, 50 and 80 %)."""
    made = value(catalogs.Process, "Project sales")
    if not made.stages.exists():
        for position, (name, probability) in enumerate([("Enquiry", 10), ("Quotation", 50), ("Negotiation", 80)]):
            _save(
                catalogs.Stage(name=name, process=made, probability=probability, position=position, stale_days=10), None
            )
    return made


def account(owner: User, name: str = "", *, emails=(), phones=(), **fields) -> Account:
    """A prospect in Zaragoza with owner's team."""
    made = Account(
        name=name or f"Química Montsant {number()}",
        owner=owner,
        team=owner.team,
        billing_city=fields.pop("billing_city", "Zaragoza"),
        billing_country=fields.pop("billing_country", "ES"),
        **fields,
    )
    return _save(
        made,
        owner,
        emails=[AccountEmail(value=email) for email in emails],
        phones=[AccountPhone(value=phone) for phone in phones],
    )


def customer(owner: User, name: str = "", **fields) -> Account:
    """An account that buys."""
    return account(owner, name, lifecycle=Account.Lifecycle.CUSTOMER, **fields)


def contact(
    owner: User, first_name: str = "Pilar", last_name: str = "", *, account=None, emails=(), phones=(), **fields
):
    """A contact with an e-mail, cross-referenced to account when one is given."""
    position = number()
    made = Contact(
        first_name=first_name, last_name=last_name or f"Salas {position}", owner=owner, team=owner.team, **fields
    )
    emails = emails or [f"contact{position}@montsant.example"]
    _save(
        made,
        owner,
        emails=[ContactEmail(value=email) for email in emails],
        phones=[ContactPhone(value=phone) for phone in phones],
    )
    if account is not None:
        cross_reference(owner, made, account)
    return made


def cross_reference(actor: User, contact: Contact, account: Account, **fields) -> CrossReference:
    """A link of a contact with an account."""
    return _save(CrossReference(contact=contact, account=account, **fields), actor)


def lead(owner: User, first_name: str = "Aitor", last_name: str = "", *, emails=(), phones=(), **fields) -> Lead:
    """An open lead with company, topic and e-mail."""
    statuses()
    position = number()
    made = Lead(
        topic=fields.pop("topic", "Tank valves for the new bottling hall"),
        first_name=first_name,
        last_name=last_name or f"Landa {position}",
        company=fields.pop("company", f"Bodegas Valdecuriel {position}, S.L."),
        status=fields.pop("status", None) or catalogs.LeadStatus.objects.get(meaning="open"),
        owner=owner,
        team=owner.team,
        **fields,
    )
    return _save(
        made,
        owner,
        emails=[LeadEmail(value=email) for email in emails or [f"lead{position}@valdecuriel.example"]],
        phones=[LeadPhone(value=phone) for phone in phones],
    )


def opportunity(owner: User, account: Account | None = None, topic: str = "Gate valves DN200", **fields) -> Opportunity:
    """An open opportunity of 48,200 EUR in the first stage."""
    statuses()
    stages = process().stages.order_by("position")
    made = Opportunity(
        topic=topic,
        account=account or globals()["account"](owner),
        status=catalogs.OpportunityStatus.objects.get(meaning="open"),
        process=fields.pop("process", process()),
        stage=fields.pop("stage", stages.first()),
        amount=fields.pop("amount", Decimal("48200.00")),
        owner=owner,
        team=owner.team,
        **fields,
    )
    return _save(made, owner)


def task(owner: User, subject: str = "Call about the quotation", *, days: int = 0, **fields) -> Task:
    """A call due in that many days; regarding what the fields say."""
    due = timezone.localdate() + timedelta(days=days)
    fields.setdefault("kind", Task.Kind.CALL)
    made = Task(subject=subject, due_date=due, owner=owner, team=owner.team, **fields)
    return _save(made, owner)


def interaction(author: User, subject: str = "Budget confirmed", *, days: int = 0, **fields) -> Interaction:
    """A call that happened that many days ago."""
    fields.setdefault("kind", Interaction.Kind.CALL)
    made = Interaction(
        subject=subject,
        happened_at=timezone.now() - timedelta(days=days),
        owner=author,
        team=author.team,
        **fields,
    )
    return _save(made, author)
