"""What the user decides about a row of contacts whose person is in doubt: whom it may mean, and what was decided."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from contacts.models import Contact
from core.text.normalise import fold

from .contact_files import SourceRow
from .matching import Found, KnownContacts, RowKeys, account_key
from .models import RowChoice
from .row_choices import Decisions

# More candidates than these nobody compares on a page.
MOST_CANDIDATES = 5
Decision = RowChoice.Decision


def candidates(found: Found, keys: RowKeys, known: KnownContacts) -> list[list[Any]]:
    """The contacts that a row may mean as ImportRow.details keeps them: [[id, name, what they have in common]]."""
    return [
        [person.pk, person.full_name, _in_common(person, keys, known)]
        for person in (*found.several, *found.near)[:MOST_CANDIDATES]
    ]


def _in_common(person: Contact, keys: RowKeys, known: KnownContacts) -> str:
    companies = known.companies.get(person.pk, set()) | {account_key(person.company_name)}
    shared = {
        _("same name"): fold(person.full_name) == keys.name or person.folded_name == keys.name,
        _("same e-mail"): any(person in known.by_email.get(email, ()) for email in keys.emails),
        _("same phone"): any(person in known.by_phone.get(phone, ()) for phone in keys.phones),
        _("same company"): keys.company != "" and keys.company in companies,
    }
    return ", ".join(text for text, is_shared in shared.items() if is_shared)


def chosen_contacts(rows: Iterable[SourceRow], decisions: Decisions, user: Any) -> dict[int, Contact]:
    """{id: contact} of those that rows of a chunk shall update, as far as user sees them."""
    ids = {decisions[row.number][1] for row in rows if row.number in decisions} - {None} if decisions else set()
    return Contact.objects.visible_to(user).in_bulk(ids) if ids else {}


def decided(decision: tuple[str, int | None], chosen: dict[int, Contact]) -> tuple[Found, str, bool]:
    """(whom the row means, why nothing of it is written, whether that is an error) after the user's decision."""
    kind, record_id = decision
    if kind == Decision.SKIP:
        return Found(), _("Left out, as you decided."), False
    if kind == Decision.CREATE:
        return Found(), "", False
    contact = chosen.get(record_id or 0)
    gone = "" if contact is not None else _("The contact that you chose for this row is not there any more.")
    return Found(contact), gone, bool(gone)
