"""What the card of cross-references shows: of an account or lead its contacts, of a contact its accounts and leads."""

from typing import Any

from django.db.models import Count, F, QuerySet
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.records.models import Record
from core.records.rights import Right
from core.records.search_text import matching
from setup_values.choices import active_values
from setup_values.models import ContactRole

from .entity import CrossReferenceEntity
from .models import Contact, CrossReference

MOST_ROWS = 100
MOST_FOUND = 20


def reference_card(record: Record, user: Any, *, find: str = "", here: str = "") -> dict[str, Any]:
    """The context of contacts/_reference_card.html for an account, a lead or a contact.

    find: what somebody without scripts looks for to add; here: the address to come back to after a change.
    """
    of_contact = isinstance(record, Contact)
    # What a contact is tied to follows the accounts and leads at the other end.
    may_edit = CrossReferenceEntity.may(user, Right.EDIT) if of_contact else record.allows(user, Right.EDIT)
    found = list(_references(record, user)[: MOST_ROWS + 1])
    links = found[:MOST_ROWS]
    roles = [(role.pk, role.name) for role in active_values(ContactRole)]
    editable = _editable(links, user) if of_contact else {link.pk for link in links if may_edit}
    rows = _account_rows(links) if of_contact else _contact_rows(links, user)
    return {
        "record": record,
        "of_contact": of_contact,
        "title": str(record),
        "url": record.get_absolute_url(),
        "kind": _kind_of(record),
        "sub": " · ".join(part for part in _facts_of(record) if part),
        "rows": [_with_form(row, link, roles, link.pk in editable) for row, link in zip(rows, links, strict=True)],
        "has_more": len(found) > MOST_ROWS,
        "count": f"{MOST_ROWS}+" if len(found) > MOST_ROWS else str(len(links)),
        "may_edit": may_edit,
        "roles": roles,
        "add": _add_part(record, user, find) if may_edit else None,
        "here": here or record.get_absolute_url(),
    }


def _references(record: Record, user: Any) -> QuerySet[CrossReference]:
    """The rows that user may see, the primary one first, ended ones last."""
    rows = record.cross_references.visible_to(user).select_related("contact", "account", "lead", "role")
    return rows.order_by(F("to_date").desc(nulls_first=True), "-is_primary", "contact__sort_name", "id")


def _editable(links: list[CrossReference], user: Any) -> set[int]:
    ids = [link.pk for link in links]
    return (
        set(CrossReference.objects.editable_by(user).filter(pk__in=ids).values_list("pk", flat=True)) if ids else set()
    )


def _kind_of(record: Record) -> str:
    if isinstance(record, Contact):
        return capfirst(record._meta.verbose_name)
    return record.get_lifecycle_display() if record.record_type() == "account" else capfirst(record._meta.verbose_name)


def _facts_of(record: Record) -> list[str]:
    owner = record.owner.name if record.owner_id else ""
    if record.record_type() == "account":
        return [record.number, record.billing_city, record.web_domain, owner]
    place = record.company_name if isinstance(record, Contact) else record.company
    return [record.job_title, place, record.email or record.phone, owner]


def _contact_rows(links: list[CrossReference], user: Any) -> list[dict]:
    """One row per contact: job title, e-mail or phone, and at how many other places it is known too."""
    elsewhere = _elsewhere(links, user)
    rows = []
    for link in links:
        person = link.contact
        others = elsewhere.get(person.pk, 1) - 1
        also = ngettext("also at %(n)s other", "also at %(n)s others", others) % {"n": others} if others > 0 else ""
        parts = [person.job_title, person.email or person.phone, also]
        rows.append({"label": person.full_name, "url": person.get_absolute_url(), "parts": parts, "is_person": True})
    return rows


def _elsewhere(links: list[CrossReference], user: Any) -> dict[int, int]:
    """{contact id: number of accounts and leads that user sees it at, this one included}; one query."""
    ids = {link.contact_id for link in links}
    rows = CrossReference.objects.visible_to(user).filter(contact__in=ids).order_by().values("contact_id")
    counted = rows.annotate(accounts=Count("account_id", distinct=True), leads=Count("lead_id", distinct=True))
    return {row["contact_id"]: row["accounts"] + row["leads"] for row in counted} if ids else {}


def _account_rows(links: list[CrossReference]) -> list[dict]:
    rows = []
    for link in links:
        holder = link.holder
        kind = holder.get_lifecycle_display() if link.account_id else capfirst(holder._meta.verbose_name)
        place = holder.billing_city if link.account_id else holder.company
        rows.append(
            {"label": str(holder), "url": holder.get_absolute_url(), "parts": [kind, place], "is_person": False}
        )
    return rows


def _with_form(row: dict, link: CrossReference, roles: list[tuple[int, str]], may_edit: bool) -> dict:
    """A row with what its controls need; a retired role stays a choice of the row that has it."""
    choices = roles
    if link.role_id and link.role_id not in dict(roles):
        choices = [*roles, (link.role_id, link.role.name)]
    return {
        **row,
        "sub": " · ".join(part for part in row["parts"] if part),
        "reference": link,
        "roles": choices,
        "may_edit": may_edit,
        "change_url": reverse("cross_reference_change", args=[link.pk]),
    }


def _add_part(record: Record, user: Any, find: str) -> dict[str, Any]:
    """The foot of the card: a search for several at once, with check boxes for what was looked for without scripts."""
    of_contact = isinstance(record, Contact)
    target = "account" if of_contact else "contact"
    model = CrossReference._meta.get_field(target).related_model
    found = []
    if find:
        rows = matching(model.objects.visible_to(user), find)
        known = record.cross_references.filter(**{f"{target}__isnull": False}).values(f"{target}_id")
        found = list(rows.exclude(pk__in=known).order_by("-pk")[:MOST_FOUND])
    hints = Contact.option_hints(found, user) if found and not of_contact else {}
    new_url = ""
    if not of_contact and user.may(Right.CREATE, "contact"):
        new_url = f"{reverse('contact_create')}?{record.record_type()}={record.pk}"
    return {
        "name": target,
        "url": reverse("references_add", args=[record.record_type(), record.pk]),
        "options_url": reverse("record_options", args=[target]),
        "label": _("Add accounts") if of_contact else _("Add contacts"),
        "placeholder": _("Find accounts by name or number")
        if of_contact
        else _("Find contacts by name, company or e-mail"),
        "find": find,
        "found": [{"pk": row.pk, "label": str(row), "hint": hints.get(row.pk, "")} for row in found],
        "new_url": new_url,
    }
