"""Accounts, prospects and customers as their pages, lists and forms show them."""

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from activities.entity import WithTimeline
from core.pages.columns import Column
from core.pages.entity import ALL, MINE, MY_TEAM, RECENT, UNASSIGNED, Action, Card, Entity, Fact, Inline, Tab
from core.records.rights import seen_by

from .cards import contacts_card, next_step_cell, opportunities_card
from .forms import account_form
from .models import Account, Customer, Prospect


class AccountEntity(WithTimeline, Entity):
    """All accounts together."""

    model = Account
    name = "account"
    path = "accounts"
    icon = "building"
    fieldsets = (
        (_("Account"), ("name", "number", "kind", "parent", "industry", "employees", "revenue", "currency", "website")),
        (_("Responsible"), ("owner", "territory", "customer_since", "primary_contact")),
        (
            _("Billing address"),
            ("billing_street", "billing_postcode", "billing_city", "billing_region", "billing_country"),
        ),
        (
            _("Shipping address"),
            ("shipping_street", "shipping_postcode", "shipping_city", "shipping_region", "shipping_country"),
        ),
        (_("Notes"), ("notes",)),
    )
    inlines = (
        Inline("phones", _("Phones"), ("value", "kind", "is_primary"), _("Add phone")),
        Inline("emails", _("E-mails"), ("value", "kind", "is_primary"), _("Add e-mail")),
    )
    list_display = (
        Column("name", _("Name"), "link", sort="folded_name", phone="left"),
        Column("lifecycle", _("Lifecycle"), "choice"),
        Column("billing_city", _("City"), phone="left"),
        Column("industry", _("Industry"), "dot"),
        Column("territory", _("Territory"), "dot", phone="right"),
        Column("phone", _("Phone"), "phone"),
        Column("owner", _("Owner"), "person"),
        Column("next_activity", _("Next activity"), render=next_step_cell),
    )
    list_select_related = ("industry", "territory", "owner")
    list_filter = ("lifecycle", "kind", "industry", "territory", "owner", "created_at")
    ordering = "folded_name"
    bulk_fields = ("owner", "territory", "industry")
    match_on = ("number", "name")
    form_template = "accounts/account_form.html"

    @classmethod
    def detail_queryset(cls, user):
        parent = seen_by(Account, user).filter(pk=OuterRef("parent_id"))
        return super().detail_queryset(user).annotate(sees_parent=Exists(parent))

    @classmethod
    def hidden_fields(cls, record) -> frozenset[str]:
        sees = record.parent_id is None or getattr(record, "sees_parent", True)
        return frozenset() if sees else frozenset({"parent"})

    @classmethod
    def badges(cls, record) -> list[dict]:
        tone = {"prospect": "info", "customer": "success"}.get(record.lifecycle, "neutral")
        badges = [{"text": record.get_lifecycle_display(), "tone": tone}]
        return [*badges, {"text": record.get_kind_display(), "tone": "neutral"}] if record.is_person else badges

    @classmethod
    def facts(cls, record) -> list[Fact]:
        facts = [Fact(record.number, icon="hash")] if record.number else []
        if record.billing_city:
            facts.append(Fact(record.billing_city, icon="map-pin"))
        if record.phone:
            facts.append(Fact(record.phone, icon="phone", url=f"tel:{record.phone.replace(' ', '')}"))
        if record.parent_id and not cls.hidden_fields(record):
            facts.append(Fact(record.parent, icon="building", url=record.parent.get_absolute_url()))
        if record.owner_id:
            facts.append(Fact(record.owner.name, avatar=record.owner.name))
        return facts

    @classmethod
    def form_class(cls, base: type) -> type:
        return account_form(base)

    @classmethod
    def cards(cls, record, user) -> list[Card]:
        query = f"account={record.pk}"
        opportunities = opportunities_card(record, user, new=query, more=query)
        return [opportunities] if record.is_person else [contacts_card(record, user), opportunities]

    @classmethod
    def actions(cls, record, user) -> list[Action]:
        if record.is_prospect:
            url = reverse("account_convert", args=[record.pk])
            return [Action(_("Make customer"), url, icon="building-factory-2", post=True)]
        if record.lifecycle == Account.Lifecycle.CUSTOMER:
            return [Action(_("No longer a customer"), reverse("account_end", args=[record.pk]), post=True)]
        return [Action(_("Win back"), reverse("account_win_back", args=[record.pk]), icon="arrow-back-up", post=True)]


class ProspectEntity(AccountEntity):
    """Accounts that have bought nothing yet."""

    model = Prospect
    name = "prospect"
    path = "prospects"
    view_of = AccountEntity
    list_display = tuple(column for column in AccountEntity.list_display if column.name != "lifecycle")
    list_filter = ("kind", "industry", "territory", "owner", "created_at")


class CustomerEntity(AccountEntity):
    """Accounts that buy or have bought."""

    model = Customer
    name = "customer"
    path = "customers"
    icon = "building-factory-2"
    view_of = AccountEntity
    tabs = (ALL, MINE, MY_TEAM, UNASSIGNED, RECENT, Tab("former", _("Former"), lambda user: Q(lifecycle="former")))
    list_display = (
        *(column for column in AccountEntity.list_display if column.name != "lifecycle"),
        Column("customer_since", _("Customer since"), "day", sort="customer_since"),
    )
