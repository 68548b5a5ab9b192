"""Contacts as the target of an import, with their accounts and cross-references from one sheet."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, BinaryIO

from django.urls import reverse
from django.utils.translation import gettext as _

from contacts.models import Contact
from core.records.means import Means
from setup_values.models import CatalogValue, Source
from users.models import User

from .choices import MAKE, REFUSE, SKIP, Choices
from .contact_files import ContactFile, SourceRow, open_contact_file
from .contact_rows import DATE_FIELDS
from .contact_template import contact_template
from .earlier_rows import settle_chunk
from .fields import FAMILY, contact_field_choices, field_label, is_left_out
from .fixed_values import fixed_contact_choices, value_choices
from .mapping import ColumnMapping, map_headers
from .models import Import, ImportRow
from .owners import chosen_owner
from .planning import Planned, Planner
from .preview import RecordCard, record_card
from .row_choices import Decisions
from .targets import FieldGroups, Label, Target
from .template_files import TemplateColumn
from .writing import check_chunk, write_chunk
from .writing import field_label as column_label

# Numbered fields that a contact has as many of as there are; the others are kept as text.
FAMILIES = ("email", "phone", "address", "website")


@dataclass
class ContactWalk:
    """The planning and writing of one file of contacts."""

    planner: Planner
    actor: User | None

    @property
    def decisions(self) -> Decisions:
        """What the user has decided about single rows."""
        return self.planner.decisions

    @decisions.setter
    def decisions(self, decisions: Decisions) -> None:
        self.planner.decisions = decisions

    def remember(self, batch: list[SourceRow], results: dict[int, tuple[str, int | None]]) -> None:
        """Take rows that were written before a break for known."""
        self.planner.remember(batch, results)

    def plan(self, batch: list[SourceRow]) -> list[Planned]:
        """Plan one chunk."""
        return self.planner.plan(batch)

    def check(self, planned: list[Planned], means: Means) -> None:
        """Settle the action of every row; writes nothing."""
        self._settle(check_chunk, planned, means)

    def write(self, planned: list[Planned], means: Means) -> Counter:
        """Write a planned chunk inside the caller's transaction."""
        return self._settle(write_chunk, planned, means)

    def _settle(self, settle: Callable[..., Counter | None], planned: list[Planned], means: Means) -> Counter:
        return settle_chunk(
            planned,
            settle=lambda plans: settle(plans, self.planner, actor=self.actor, means=means),
            plan=self.plan,
            forget=self.planner.forget,
            in_sheet=self.planner.choices.in_sheet,
        )


class ContactTarget(Target):
    """Contacts from tables and cards."""

    name = record_type = "contact"
    plural = "contacts"
    icon = "address-book"
    takes_cards = True
    date_fields = DATE_FIELDS
    card_keys = ("uid",)

    def label(self) -> str:
        return _("Contacts")

    def title(self) -> str:
        return _("Import contacts")

    def open(self, source: BinaryIO, options: dict[str, Any] | None = None) -> ContactFile:
        return open_contact_file(source, options)

    def map_headers(self, header: list[str]) -> ColumnMapping:
        return map_headers(header)

    def walk(self, user: Any, actor: User | None, options: dict[str, Any]) -> ContactWalk:
        return ContactWalk(
            Planner(user, chosen_owner(options, user, actor, self.name), Choices.of(options), options.get("values")),
            actor,
        )

    def field_choices(self, mapped: Iterable[str] = ()) -> FieldGroups:
        return contact_field_choices(mapped)

    def field_label(self, name: str) -> Label:
        return field_label(name)

    def has_place(self, name: str) -> bool:
        family = FAMILY.fullmatch(name)
        return family[1] in FAMILIES if family else name in _usual_fields()

    def is_left_out(self, name: str) -> bool:
        return is_left_out(name)

    def match_keys(self) -> list[tuple[str, Label]]:
        return [
            ("uid", _("UID of the card")),
            ("email", _("Name with e-mail")),
            ("phone", _("Name with phone")),
            ("company", _("Name with company")),
        ]

    def catalog(self, name: str) -> type[CatalogValue] | None:
        return Source if name == "lead_source" else None

    def kept_when_cleared(self) -> str:
        return _("Notes, owner, “Do not e-mail” and the like stay, and a contact never loses its whole name.")

    def key_hint(self, name: str) -> str:
        return {
            "uid": _("Cards carry a number of their own: the surest key, when the phone or program keeps it."),
            "email": _("The same name and one e-mail address in common. A row without a name: the e-mail alone."),
            "phone": _("The same name and one phone number in common, however it is written."),
            "company": _("The same name and company, for rows that have nothing for the keys above."),
        }.get(name, "")

    def related(self) -> list[tuple[str, Label, tuple[str, ...]]]:
        return [("account", _("Account that does not exist"), (MAKE, SKIP, REFUSE))]

    def fixed_choices(self, *, for_cards: bool = False) -> FieldGroups:
        return fixed_contact_choices(for_cards=for_cards)

    def value_choices(self, name: str, user: Any) -> list[tuple[str, Label]] | None:
        return value_choices(name, user)

    def notes(self) -> list[tuple[str, str]]:
        return [
            ("pencil", _("E-mails, phones and addresses are added to those that a contact has already.")),
            ("ban", _("“Do not e-mail” and “Do not phone” are never taken back.")),
            ("link", _("Each contact is cross-referenced to the account of its company.")),
        ]

    def template(self, language: str) -> list[TemplateColumn]:
        return contact_template(language)

    def card(self, work: Import, position: int, user: Any) -> RecordCard | None:
        return record_card(work, position, user)

    def urls(self, ids: list[int], user: Any) -> dict[int, str]:
        rows = Contact.objects.visible_to(user).filter(pk__in=ids).values_list("pk", flat=True) if ids else ()
        return {pk: reverse("contact_detail", args=[pk]) for pk in rows}

    def list_url(self) -> str:
        return f"{reverse('contact_list')}?view=recent"

    def column_label(self, name: str) -> str:
        return column_label(Contact, name)

    def text_of(self, row: ImportRow) -> str:
        details = row.details
        account = {"name": details.get("account", "")}
        if row.action == ImportRow.Action.CREATE:
            if details.get("new_account"):
                return _("New contact, and new account %(name)s") % account
            if details.get("linked"):
                return _("New contact, linked to %(name)s") % account
            return _("New contact, not cross-referenced yet")
        if row.action in (ImportRow.Action.UPDATE, ImportRow.Action.LINK) and details.get("linked"):
            if details.get("new_account"):
                return _("Cross-referenced to the new account %(name)s") % account
            return _("Cross-referenced to %(name)s") % account
        return _("Nothing to change") if row.action == ImportRow.Action.UNCHANGED and not row.reasons else ""


@cache
def _usual_fields() -> frozenset[str]:
    return frozenset(name for _group, choices in contact_field_choices() for name, _label in choices)
