"""Cards beside the timeline of a contact: its accounts, its opportunities, where it came from."""

from typing import Any

from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.cards import opportunities_card
from core.pages.entity import Card
from core.pages.templatetags.look import day
from core.records.means import means_text
from core.records.models import Change

from .models import Contact, CrossReference

ROWS = 5


def first_references(contact: Contact, user: Any) -> list[CrossReference]:
    """One more than a card shows of the cross-references that user sees; current before ended ones, read once."""
    if "_references" not in contact.__dict__:
        links = (
            contact.cross_references.visible_to(user)
            .select_related("account", "lead", "role")
            .order_by(F("to_date").desc(nulls_first=True), "-is_primary", "id")
        )
        contact._references = list(links[: ROWS + 1])
    return contact._references


def accounts_card(contact: Contact, user: Any) -> Card:
    """The accounts and leads that user sees, with the contact's role."""
    found = first_references(contact, user)
    page = reverse("contact_accounts", args=[contact.pk])
    rows = [
        {
            "label": str(link.holder),
            "url": link.holder.get_absolute_url(),
            "icon": "building" if link.account_id else "user-plus",
            "sub": link.account.get_lifecycle_display() if link.account_id else _("Lead"),
            "badge": _("ended") if link.is_ended else link.role.name if link.role_id else "",
            "primary": link.is_primary,
        }
        for link in found[:ROWS]
    ]
    return Card(
        _("Accounts"),
        rows,
        f"{ROWS}+" if len(found) > ROWS else len(found) or None,
        link_url=page,
        more_url=page if len(found) > ROWS else "",
        empty=_("Not cross-referenced to an account yet."),
    )


def contact_opportunities_card(contact: Contact, user: Any) -> Card:
    """The opportunities of which this is the contact."""
    return opportunities_card(contact, user, new=f"contact={contact.pk}")


def origin_card(contact: Contact, user: Any) -> list[Card]:
    """[] when nothing is known, else one card: the leads it came from, how it was entered, source and where met."""
    rows = [
        {"label": str(lead), "url": lead.get_absolute_url(), "icon": "user-plus", "sub": _("Lead")}
        for lead in contact.qualified_leads.visible_to(user).order_by("id")[:ROWS]
    ]
    first = (
        Change.objects.filter(record_type="contact", record_id=contact.pk, kind=Change.Kind.CREATE)
        .order_by("id")
        .first()
    )
    if first is not None and first.means != "form":
        text = means_text(first.means, first.means_detail)
        rows.append(
            {
                "label": text,
                "url": reverse("contact_history", args=[contact.pk]),
                "icon": "file-import",
                "when": day(first.at),
            }
        )
    return [Card(_("Where it came from"), rows)] if rows else []
