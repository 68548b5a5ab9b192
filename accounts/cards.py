"""Cards of an account, contact or lead: cross-referenced contacts, opportunities; the next step in a list."""

from typing import Any

from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _

from core.pages.entity import Card
from core.pages.templatetags.look import due, money
from core.records.models import Record
from core.records.rights import Right

ROWS = 5


def next_step_cell(record: Record) -> Any:
    """The next activity of a row; "" without one: most accounts and contacts need none, so that it is no warning."""
    step = record.next_activity
    return due(step["date"], step["word"]) if step else ""


def contacts_card(record: Record, user: Any) -> Card:
    """The contacts of an account or lead as far as user sees them, the primary one first, ended ones last."""
    links = (
        record.cross_references.visible_to(user)
        .select_related("contact", "role")
        .order_by(F("to_date").desc(nulls_first=True), "-is_primary", "id")
    )
    found = list(links[: ROWS + 1])
    kind = record.record_type()
    page = reverse("record_contacts", args=[kind, record.pk])
    may_edit = user.may(Right.EDIT, kind)
    may_create = may_edit and user.may(Right.CREATE, "contact")
    rows = [
        {
            "label": link.contact.full_name,
            "url": link.contact.get_absolute_url(),
            "avatar": True,
            "sub": link.contact.job_title or link.contact.email or link.contact.phone,
            "badge": _("ended") if link.is_ended else link.role.name if link.role_id else "",
            "primary": link.is_primary,
        }
        for link in found[:ROWS]
    ]
    return Card(
        _("Contacts"),
        rows,
        f"{ROWS}+" if len(found) > ROWS else len(found) or None,
        add_url=f"{reverse('contact_create')}?{kind}={record.pk}" if may_create else "",
        link_url=page if may_edit else "",
        more_url=page if len(found) > ROWS else "",
        empty=_("Nobody is cross-referenced yet."),
    )


def opportunities_card(record: Record, user: Any, *, new: str, more: str = "") -> Card:
    """The opportunities of an account or contact as far as user sees them, open ones first.

    new: the query with which a new one begins ("account=12"); more: that of the list of all of them.
    """
    found = list(
        record.opportunities.visible_to(user)
        .select_related("stage")
        .order_by(F("closed_date").desc(nulls_first=True), F("expected_close_date").asc(nulls_last=True), "-id")[
            : ROWS + 1
        ]
    )
    rows = [
        {
            "label": one.topic,
            "url": one.get_absolute_url(),
            "value": one.stage.name if one.is_open and one.stage_id else one.get_state_display(),
            "colour": one.stage.colour if one.is_open and one.stage_id else "gray",
            "amount": money(one.amount, one.currency),
        }
        for one in found[:ROWS]
    ]
    may_create = user.may(Right.CREATE, "opportunity")
    return Card(
        _("Opportunities"),
        rows,
        f"{ROWS}+" if len(found) > ROWS else len(found) or None,
        add_url=f"{reverse('opportunity_create')}?{new}" if may_create else "",
        more_url=f"{reverse('opportunity_list')}?view=all&{more}" if more and len(found) > ROWS else "",
        empty=_("No opportunities yet."),
    )
