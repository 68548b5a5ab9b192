"""Contacts and cross-references as their pages, lists and forms show them."""

from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.cards import next_step_cell
from accounts.models import Account
from activities.entity import WithTimeline
from core.pages.columns import Column
from core.pages.entity import ALL, MINE, MY_TEAM, RECENT, UNASSIGNED, Action, Card, Entity, Fact, Inline, Tab
from core.pages.templatetags.look import day, icon
from core.records.means import Means
from core.records.rights import Right
from core.records.search_text import MAX_WORDS, hits
from setup_values.models import Firm

from .cards import accounts_card, contact_opportunities_card, first_references, origin_card
from .cross_referencing import add, end, is_cross_referenced, not_cross_referenced, remove
from .exporting import FORMATS, accounts_of
from .forms import contact_form, cross_reference_form
from .models import Contact, CrossReference

DO_NOT = ("do_not_email", "do_not_phone", "do_not_post", "do_not_track")
PHONETIC = ("phonetic_first_name", "phonetic_last_name")
# Child rows that few contacts have: the page asks for them only where there are some.
SELDOM = ("addresses", "websites", "handles")
CHANNEL_FIELDS = ("value", "kind", "is_primary")


def _account_cell(contact: Contact) -> Any:
    account = contact.first_account
    return format_html('<a href="{}">{}</a>', account.get_absolute_url(), account.name) if account else ""


def vcard_url(contact: Contact, user: Any) -> str:
    """The address of the contact as a vCard file, "" for whoever may not export contacts."""
    may_export = ContactEntity.may(user, Right.EXPORT)
    return f"{ContactEntity.url('export')}?ids={contact.pk}&format=vcard3" if may_export else ""


def _star(link: CrossReference) -> Any:
    return icon("star-filled", label=gettext("Primary"), css="tint-accent") if link.is_primary else ""


def _until(link: CrossReference) -> Any:
    return day(link.to_date) if link.to_date else gettext("open")


class ContactEntity(WithTimeline, Entity):
    """People."""

    model = Contact
    name = "contact"
    path = "contacts"
    icon = "address-book"
    fieldsets = (
        (_("Contact"), ("first_name", "last_name", "job_title", "department", "company_name")),
        (_("Name in full"), ("prefix", "middle_name", "suffix", "nickname", "display_name", *PHONETIC)),
        (_("Person"), ("birthday", "language")),
        (_("Preferences"), ("preferred_channel", *DO_NOT)),
        (_("Where it came from"), ("source", "where_met", "campaign")),
        (_("Responsible"), ("owner",)),
        (_("Notes"), ("notes",)),
    )
    inlines = (
        Inline("emails", _("E-mails"), CHANNEL_FIELDS, _("Add e-mail")),
        Inline("phones", _("Phones"), ("value", "extension", "kind", "is_primary"), _("Add phone")),
        Inline(
            "addresses",
            _("Addresses"),
            ("kind", "street", "postcode", "city", "region", "country", "extended", "po_box", "is_primary"),
            _("Add address"),
            wide=True,
        ),
        Inline("websites", _("Websites"), ("value", "label", "is_primary"), _("Add website")),
        Inline("handles", _("Messaging"), ("service", "value", "is_primary"), _("Add messaging address")),
    )
    list_display = (
        Column("full_name", _("Name"), "link", sort="sort_name", phone="left"),
        Column("first_account", _("Account"), render=_account_cell, phone="left"),
        Column("job_title", _("Job title")),
        Column("email", _("E-mail"), "email"),
        Column("phone", _("Phone"), "phone"),
        Column("next_activity", _("Next activity"), render=next_step_cell, phone="right"),
        Column("owner", _("Owner"), "person"),
    )
    list_select_related = ("owner",)
    list_filter = ("owner", "team", "source", "preferred_channel", "do_not_email", "do_not_phone", "created_at")
    ordering = "sort_name"
    tabs = (
        ALL,
        MINE,
        MY_TEAM,
        UNASSIGNED,
        Tab("not-cross-referenced", _("Not cross-referenced yet"), lambda user: not_cross_referenced(), warn=True),
        RECENT,
    )
    bulk_fields = ("owner", "team", "source")
    match_on = ("vcard_uid", "email")
    export_extra_names = ("account", "account_id")
    form_template = "contacts/contact_form.html"
    detail_template = "contacts/contact.html"

    @classmethod
    def detail_queryset(cls, user):
        """With the answer whether there are rows of the kinds that few contacts have."""
        rows = super().detail_queryset(user).select_related("person_account", *cls.foreign_keys())
        for name in SELDOM:
            model = Contact._meta.get_field(name).related_model
            rows = rows.annotate(**{f"has_{name}": Exists(model.objects.filter(parent=OuterRef("pk")))})
        return rows

    @classmethod
    def decorate(cls, rows: list, user) -> None:
        super().decorate(rows, user)
        accounts = CrossReference.first_accounts(rows, user)
        for row in rows:
            row.first_account = accounts.get(row.pk)

    @classmethod
    def export_formats(cls) -> tuple:
        return FORMATS

    @classmethod
    def export_extra(cls, ids: list[int], user) -> dict[int, list]:
        return accounts_of(ids, user)

    @classmethod
    def initial(cls, request) -> dict:
        """The account or lead from whose card a new contact is entered."""
        found = {}
        for name in ("account", "lead"):
            value = request.GET.get(name, "")
            if value.isascii() and value.isdigit() and len(value) < 19:
                model = CrossReference._meta.get_field(name).related_model
                found[name] = model.objects.editable_by(request.user).filter(pk=int(value)).first()
        return {name: record for name, record in found.items() if record is not None}

    @classmethod
    def form_class(cls, base: type) -> type:
        return contact_form(base)

    @classmethod
    def after_save(cls, request, record, form, *, is_new: bool) -> str:
        """Cross-reference a new contact to what its form names, in the same transaction."""
        role = form.cleaned_data.get("role") if is_new else None
        for name in ("lead", "account"):
            holder = form.cleaned_data.get(name) if is_new else None
            if holder is not None:
                add(contacts=[record], holders=[holder], role=role, actor=request.user, means=Means("form"))
        return record.get_absolute_url()

    @classmethod
    def badges(cls, record) -> list[dict]:
        badges = [
            {"text": str(record._meta.get_field(name).verbose_name).capitalize(), "tone": "warning", "icon": "ban"}
            for name in DO_NOT
            if getattr(record, name)
        ]
        if Firm.current().mode == Firm.Mode.B2B and not is_cross_referenced(record):
            badges.insert(0, {"text": _("Not cross-referenced yet"), "tone": "warning", "icon": "unlink"})
        return badges

    @classmethod
    def facts(cls, record) -> list[Fact]:
        place = ", ".join(part for part in (record.job_title, record.department) if part)
        facts = [Fact(place, icon="briefcase")] if place else []
        if record.company_name:
            facts.append(Fact(record.company_name, icon="building"))
        if record.email:
            facts.append(Fact(record.email, icon="mail", url=f"mailto:{record.email}" if "@" in record.email else ""))
        if record.phone:
            facts.append(Fact(record.phone, icon="phone", url=f"tel:{''.join(record.phone.split())}"))
        if record.owner_id:
            facts.append(Fact(record.owner.name, avatar=record.owner.name))
        return facts

    @classmethod
    def actions(cls, record, user) -> list[Action]:
        cross_reference = Action(_("Cross-reference"), reverse("contact_accounts", args=[record.pk]), icon="link")
        if not user.may(Right.CREATE, "opportunity"):
            return [cross_reference]
        account_id = next((link.account_id for link in first_references(record, user) if link.account_id), None)
        if account_id is None:
            return [Action(cross_reference.label, cross_reference.url, icon="link", tone="primary")]
        url = f"{reverse('opportunity_create')}?account={account_id}&contact={record.pk}"
        return [cross_reference, Action(_("New opportunity"), url, icon="plus", tone="primary")]

    @classmethod
    def extra_context(cls, request, record) -> dict:
        return {
            **super().extra_context(request, record),
            "photo_url": record.photo_url,
            "photo_of": record.full_name,
            "vcard_url": vcard_url(record, request.user),
        }

    @classmethod
    def cards(cls, record, user) -> list[Card]:
        return [
            accounts_card(record, user),
            contact_opportunities_card(record, user),
            *origin_card(record, user),
        ]


class CrossReferenceEntity(Entity):
    """Which contact belongs to which account or lead."""

    model = CrossReference
    name = "cross_reference"
    path = "cross-references"
    icon = "link"
    fieldsets = ((_("Cross-reference"), ("contact", "account", "lead", "role", "is_primary", "from_date", "to_date")),)
    list_display = (
        Column("contact", _("Contact"), "related", phone="left"),
        Column("holder", _("Account or lead"), "related", phone="left"),
        Column("role", _("Role"), "dot", phone="right"),
        Column("is_primary", _("Primary"), render=_star),
        Column("from_date", _("From"), "day", sort="from_date"),
        Column("to_date", _("To"), "day", sort="to_date", render=_until),
        Column("contact.email", _("E-mail"), "email"),
        Column("contact.phone", _("Phone"), "phone"),
    )
    list_select_related = ("contact", "account", "lead", "role")
    list_filter = ("contact", "account", "role", "is_primary", "from_date", "to_date")
    ordering = "-pk"
    tabs = (
        ALL,
        Tab("current", _("Current"), lambda user: Q(to_date__isnull=True)),
        Tab("primary", _("Primary"), lambda user: Q(is_primary=True)),
        Tab("ended", _("Ended"), lambda user: Q(to_date__isnull=False), sort="-to_date"),
    )
    bulk_fields = ("role", "from_date", "to_date")
    match_on = ("contact", "account", "lead", "role")
    import_name = "cross_reference"
    # The kinds of records that stand at the other end.
    holders: tuple[str, ...] = ("account", "lead")

    @classmethod
    def may(cls, user, right: str) -> bool:
        """Whoever may do it to accounts or leads may do it to their cross-references; contacts must be seen.

        A file of them holds the contacts too, so both ends have to be exportable.
        """
        if not user.may(Right.EXPORT if right == Right.EXPORT else Right.VIEW, "contact"):
            return False
        if right == Right.DELETE:
            # Rows are removed by a use case of their own, which frees the place of the primary contact first.
            return False
        wanted = right if right in (Right.VIEW, Right.EXPORT) else Right.EDIT
        return any(user.may(wanted, holder) for holder in cls.holders)

    @classmethod
    def exportable(cls, rows, user):
        """Those of the kinds that user may export."""
        closed = [holder for holder in cls.holders if not user.may(Right.EXPORT, holder)]
        return rows.filter(**{f"{holder}__isnull": True for holder in closed})

    @classmethod
    def search(cls, rows, text: str):
        """Every word is found in the contact, the account or the lead."""
        parts = text.split()[:MAX_WORDS] if any(char.isalpha() for char in text) else [text]
        for part in parts:
            found = Q()
            for name in ("contact", "account", "lead"):
                found |= Q(**{f"{name}__in": hits(part, name).values("record_id")})
            rows = rows.filter(found)
        return rows

    @classmethod
    def form_class(cls, base: type) -> type:
        return cross_reference_form(base)

    @classmethod
    def bulk_actions(cls, user) -> list[dict]:
        if not cls.may(user, Right.EDIT):
            return []
        return [
            {"name": "end", "label": _("End today"), "icon": "player-pause"},
            {"name": "remove", "label": _("Remove"), "icon": "trash", "danger": True},
        ]

    @classmethod
    def run_bulk(cls, action: str, record, user, means) -> None:
        use_case = {"end": end, "remove": remove}[action]
        use_case(reference=record, actor=user, means=means)


class ProspectReferenceEntity(CrossReferenceEntity):
    """The contacts of prospects."""

    name = "prospect_reference"
    path = "prospect-contacts"
    view_of = CrossReferenceEntity
    holders = ("account",)
    lifecycles: tuple[str, ...] = (Account.Lifecycle.PROSPECT,)

    @classmethod
    def queryset(cls, user):
        return super().queryset(user).filter(account__lifecycle__in=cls.lifecycles)


class CustomerReferenceEntity(ProspectReferenceEntity):
    """The contacts of customers."""

    name = "customer_reference"
    path = "customer-contacts"
    lifecycles = (Account.Lifecycle.CUSTOMER, Account.Lifecycle.FORMER)
