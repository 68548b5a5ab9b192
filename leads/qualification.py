"""Qualifying a lead into prospect, contact and opportunity: one transaction, nothing lost, nothing typed twice."""

from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Account
from activities.models import Attachment, Interaction, Task
from contacts.models import Contact, ContactAddress, ContactEmail, ContactPhone, CrossReference
from contacts.person_accounts import person_account_for
from core.records.door import save_record
from core.records.means import Means
from core.records.refusals import RecordChanged
from core.records.restamp import restamp
from core.records.rights import Right
from opportunities.models import Opportunity
from opportunities.prospecting import open_opportunity
from setup_values.choices import default_value
from setup_values.languages import language_name
from setup_values.models import LeadStatus

from .models import Lead


class LeadNotOpen(Exception):
    """The lead is qualified or disqualified already."""


class NothingToMake(Exception):
    """Everything was skipped: a qualified lead leads to something."""


class OpportunityNeedsAccount(Exception):
    """An opportunity was asked for without a prospect or customer."""


class NotVisible(Exception):
    """A record to be used is not one that the user may see."""


class MayNotCreate(Exception):
    """A new record was asked for whose kind (the first argument) the user may not create."""


@dataclass(frozen=True)
class Part:
    """What becomes of one part: `existing` is used, else `fields` make a new one; both empty skip it."""

    existing: Any = None
    fields: dict[str, Any] | None = None

    @property
    def is_skipped(self) -> bool:
        return self.existing is None and self.fields is None


SKIP = Part()


@dataclass(frozen=True)
class Qualified:
    """What a lead became; None where a part was skipped."""

    lead: Lead
    account: Account | None
    contact: Contact | None
    opportunity: Opportunity | None


@dataclass
class CarriedOver:
    """What goes along with a lead, counted for the page."""

    interactions: int = 0
    tasks: int = 0
    files: int = 0
    contacts: int = 0
    facts: list[str] = field(default_factory=list)
    strict: list[str] = field(default_factory=list)


def qualify_lead(
    *,
    lead: Lead,
    actor: Any,
    account: Part = SKIP,
    contact: Part = SKIP,
    opportunity: Part = SKIP,
    means: Means | None = None,
) -> Qualified:
    """Make or link the parts, add their keys to the lead's activities, and close the lead; all or nothing.

    Raises LeadNotOpen (also for the second of two callers), NothingToMake, OpportunityNeedsAccount, NotVisible,
    MayNotCreate, ValidationError of whichever part is refused.
    """
    if lead.state != Lead.State.OPEN:
        raise LeadNotOpen
    if account.is_skipped and contact.is_skipped and opportunity.is_skipped:
        raise NothingToMake
    if account.is_skipped and opportunity.fields is not None:
        raise OpportunityNeedsAccount
    _refuse_hidden(actor, account, contact, opportunity)
    for part, model in ((contact, Contact), (account, Account), (opportunity, Opportunity)):
        if part.fields is not None and not actor.may(Right.CREATE, model.record_type()):
            raise MayNotCreate(model._meta.verbose_name)
    means = means or Means("qualification", str(lead)[:200])
    with transaction.atomic():
        person = _make_contact(lead, contact, actor, means)
        organization = _make_account(lead, account, person, actor, means)
        if organization is not None:
            _link(organization, person, lead, actor, means)
        sale = _make_opportunity(lead, opportunity, organization, person, actor, means)
        _close(lead, organization, person, sale, actor, means)
        _share_activities(lead, organization, person, sale)
    return Qualified(lead, organization, person, sale)


def _refuse_hidden(actor: Any, *parts: Part) -> None:
    for part in parts:
        target = part.existing
        if target is not None and not type(target).objects.visible_to(actor).filter(pk=target.pk).exists():
            raise NotVisible


def _make_contact(lead: Lead, part: Part, actor: Any, means: Means) -> Contact | None:
    if part.is_skipped:
        return None
    if part.existing is not None:
        return _enrich(part.existing, lead, actor, means)
    person = Contact(
        owner=lead.owner or actor,
        team=lead.team,
        company_name=lead.company,
        where_met=lead.where_met,
        source=lead.source,
        campaign=lead.campaign,
        language=lead.language,
        do_not_email=lead.do_not_email,
        do_not_phone=lead.do_not_phone,
        do_not_track=lead.do_not_track,
        custom=_shared_custom(lead),
    )
    fields = dict(part.fields or {})
    email, phone = fields.pop("email", None), fields.pop("phone", None)
    for name, value in fields.items():
        setattr(person, name, value)
    children: dict[str, list] = {
        "emails": _channels(ContactEmail, lead.emails.all(), email),
        "phones": _channels(ContactPhone, lead.phones.all(), phone),
    }
    if lead.street or lead.city or lead.postcode:
        address = {name: getattr(lead, name) for name in ("street", "city", "region", "postcode", "country")}
        children["addresses"] = [ContactAddress(**address)]
    return save_record(person, actor=actor, means=means, children=children)


def _channels(model: type, rows: Any, first: str | None) -> list:
    """The lead's rows as rows of the contact, what the user corrected first and primary."""
    made = [model(value=row.value, kind=row.kind, label=row.label, is_primary=row.is_primary) for row in rows]
    if first is None:
        return made
    if not first.strip():
        return [row for row in made if not row.is_primary]
    same = [row for row in made if row.value.strip().casefold() == first.strip().casefold()]
    top = same[0] if same else model(value=first)
    top.is_primary = True
    others = [row for row in made if row is not top and not (row.is_primary and not same)]
    for row in others:
        row.is_primary = False
    return [top, *others]


def _enrich(person: Contact, lead: Lead, actor: Any, means: Means) -> Contact:
    """An existing contact gets what it lacks; opt-outs only become stricter. Without edit right nothing changes."""
    if not person.allows(actor, Right.EDIT):
        return person
    for name in ("where_met", "source_id", "campaign", "language"):
        if not getattr(person, name):
            setattr(person, name, getattr(lead, name))
    for name in ("do_not_email", "do_not_phone", "do_not_track"):
        setattr(person, name, getattr(person, name) or getattr(lead, name))
    children = {}
    for name, model in (("emails", ContactEmail), ("phones", ContactPhone)):
        present = list(getattr(person, name).all())
        known = {row.normalized or row.value for row in present}
        added = [
            model(value=row.value, kind=row.kind)
            for row in getattr(lead, name).all()
            if (row.normalized or row.value) not in known
        ]
        if added:
            children[name] = [*present, *added]
    return save_record(person, actor=actor, means=means, children=children)


def _make_account(lead: Lead, part: Part, person: Contact | None, actor: Any, means: Means) -> Account | None:
    if part.is_skipped:
        return None
    if part.existing is not None:
        return part.existing
    fields = dict(part.fields or {})
    if fields.get("kind") == Account.Kind.PERSON and person is not None:
        return person_account_for(contact=person, actor=actor, means=means)
    organization = Account(
        owner=lead.owner or actor,
        team=lead.team,
        territory=lead.territory,
        currency=lead.currency,
        website=lead.website,
        billing_street=lead.street,
        billing_city=lead.city,
        billing_region=lead.region,
        billing_postcode=lead.postcode,
        billing_country=lead.country,
        custom=_shared_custom(lead),
    )
    for name, value in fields.items():
        setattr(organization, name, value)
    return save_record(organization, actor=actor, means=means)


def _shared_custom(lead: Lead) -> dict:
    """Custom fields of the same name carry over."""
    return dict(lead.custom or {})


def _link(organization: Account, person: Contact | None, lead: Lead, actor: Any, means: Means) -> None:
    """Cross-reference the contact, and everybody who is known at the lead, with the account."""
    known = list(lead.cross_references.all())
    wanted = {reference.contact_id: reference.role_id for reference in known}
    if person is not None and person.person_account_id != organization.pk:
        wanted.setdefault(person.pk, None)
    linked = set(organization.cross_references.filter(contact__in=wanted).values_list("contact_id", flat=True))
    has_primary = organization.cross_references.filter(is_primary=True).exists()
    for contact_id, role_id in wanted.items():
        if contact_id in linked:
            continue
        primary = not has_primary and person is not None and contact_id == person.pk
        reference = CrossReference(contact_id=contact_id, account=organization, role_id=role_id, is_primary=primary)
        save_record(reference, actor=actor, means=means)


def _make_opportunity(lead, part: Part, organization, person, actor, means: Means) -> Opportunity | None:
    if part.is_skipped:
        return None
    if part.existing is not None:
        return part.existing
    defaults = {
        "topic": lead.topic or str(lead),
        "contact": person,
        "source": lead.source,
        "campaign": lead.campaign,
        "amount": lead.amount,
        "currency": lead.currency,
        "owner": lead.owner or actor,
        "team": lead.team,
        "description": lead.notes,
        "custom": _shared_custom(lead),
    }
    fields = {**defaults, **{name: value for name, value in (part.fields or {}).items() if value is not None}}
    return open_opportunity(account=organization, actor=actor, means=means, originating_lead=lead, **fields)


def _close(lead: Lead, organization, person, sale, actor, means: Means) -> None:
    """Claim the open lead and note what it became."""
    lead.status = default_value(LeadStatus, meaning=Lead.State.QUALIFIED)
    lead.qualified_account, lead.qualified_contact, lead.qualified_opportunity = organization, person, sale
    lead.closed_at, lead.closed_by = timezone.now(), actor
    try:
        save_record(lead, actor=actor, means=means, expect={"state": Lead.State.OPEN})
    except RecordChanged as error:
        raise LeadNotOpen from error


def _share_activities(lead: Lead, organization, person, sale) -> None:
    """Add the new keys to all that regards the lead; authors and times stay, and it still shows on the lead."""
    for model in (Interaction, Task, Attachment):
        for name, target in (("account", organization), ("contact", person), ("opportunity", sale)):
            if target is not None:
                restamp(model.all_objects.filter(lead=lead, **{f"{name}__isnull": True}), **{f"{name}_id": target.pk})


def carried_over(lead: Lead) -> CarriedOver:
    """What qualifying takes along: four counts and words for the page."""
    flags = [
        ("do_not_email", _("Do not e-mail")),
        ("do_not_phone", _("Do not phone")),
        ("do_not_track", _("Do not track")),
    ]
    source = lead.source.name if lead.source_id else ""
    facts = [text for text in (source, lead.where_met, lead.campaign, language_name(lead.language)) if text]
    return CarriedOver(
        interactions=Interaction.objects.filter(lead=lead).count(),
        tasks=Task.objects.filter(lead=lead, state=Task.State.OPEN).count(),
        files=Attachment.objects.filter(lead=lead).count(),
        contacts=lead.cross_references.count(),
        facts=facts,
        strict=[str(label) for name, label in flags if getattr(lead, name)],
    )
