"""Export of contacts as vCards, and the account that stands beside a contact in any export."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from core.pages.export_formats import ExportFormat
from core.records import child_rows
from core.records.door import records_in

from .models import Contact, CrossReference
from .vcard_writer import V3, V4, write_card

# Cards of a batch are made before the next one is read.
_BATCH = 500


def accounts_of(contacts: list[Any], user: Any) -> dict[int, Account]:
    """{contact id: its first account that user sees}; contacts or their ids."""
    return CrossReference.first_accounts(contacts, user)


def write_cards(rows: models.QuerySet, user: Any, *, version: str) -> Iterator[bytes]:
    """The cards of contacts in order of id: a fixed number of queries per batch, photos piece by piece."""
    for batch in records_in(rows, _BATCH):
        ids = [contact.pk for contact in batch]
        children = {name: child_rows.load(Contact, name, ids) for name in Contact.CHILDREN}
        accounts = accounts_of([contact.pk for contact in batch if not contact.company_name], user)
        pieces: list[bytes] = []
        held = 0
        for contact in batch:
            contact._children = {name: by_id.get(contact.pk, []) for name, by_id in children.items()}
            account = accounts.get(contact.pk)
            for piece in write_card(contact, version, organization=account.name if account else ""):
                pieces.append(piece)
                held += len(piece)
                if held > 65_536:
                    yield b"".join(pieces)
                    pieces, held = [], 0
        yield b"".join(pieces)


_TYPE = "text/vcard; charset=utf-8"
FORMATS = (
    ExportFormat(
        "vcard3",
        "vCard 3.0",
        _("For phones, Apple, Google and Outlook, with photos."),
        "vcf",
        _TYPE,
        "address-book",
        partial(write_cards, version=V3),
    ),
    ExportFormat(
        "vcard4",
        "vCard 4.0",
        _("The newer form, for programs such as Thunderbird and Nextcloud."),
        "vcf",
        _TYPE,
        "address-book",
        partial(write_cards, version=V4),
    ),
)
