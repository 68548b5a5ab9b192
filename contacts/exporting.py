"""Export of contacts as vCards, and the account that stands beside a contact in any export."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.pages.export_formats import ExportFormat
from core.records import child_rows
from core.records.door import records_in

from .models import Contact, CrossReference
from .vcard_writer import V3, V4, write_card

# Cards of a batch are made before the next one is read.
_BATCH = 500


def accounts_of(contact_ids: list[int], user: Any) -> dict[int, list]:
    """{contact id: [name, id] of its first account that user sees}, read without making records of them."""
    links = CrossReference.account_links(contact_ids, user)
    found: dict[int, list] = {}
    for contact_id, *account in links.values_list("contact_id", "account__name", "account_id"):
        found.setdefault(contact_id, account)
    return found


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
            for piece in write_card(contact, version, organization=account[0] if account else ""):
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
