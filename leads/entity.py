"""Leads as their pages, lists and forms show them."""

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.cards import contacts_card
from activities.entity import WithTimeline
from core.pages.columns import Column
from core.pages.entity import ALL, MINE, MY_TEAM, RECENT, UNASSIGNED, Action, Card, Entity, Fact, Inline, Tab
from core.pages.templatetags.look import day, money
from duplicates.matching import find_matches
from setup_values.choices import preselected
from setup_values.models import LeadStatus
from setup_values.readiness import gate_notice

from .bulk import qualify_automatically
from .matches import lead_probe
from .models import Lead


class LeadEntity(WithTimeline, Entity):
    """Names to be qualified."""

    model = Lead
    name = "lead"
    path = "leads"
    icon = "user-plus"
    fieldsets = (
        (
            _("Lead"),
            ("first_name", "last_name", "company", "job_title", "topic", "rating", "amount", "currency", "website"),
        ),
        (_("Status"), ("status", "source", "campaign", "where_met", "territory", "owner")),
        (_("Address"), ("street", "postcode", "city", "region", "country")),
        (_("Preferences"), ("language", "do_not_email", "do_not_phone", "do_not_track")),
        (_("Known already"), ("existing_account", "existing_contact")),
        (_("Notes"), ("notes",)),
    )
    inlines = (
        Inline("emails", _("E-mails"), ("value", "kind", "is_primary"), _("Add e-mail")),
        Inline("phones", _("Phones"), ("value", "kind", "is_primary"), _("Add phone")),
    )
    list_display = (
        Column("full_name", _("Name"), "link", sort="sort_name", phone="left"),
        Column("company", _("Company"), phone="left"),
        Column("topic", _("Topic")),
        Column("status", _("Status"), "dot", phone="right"),
        Column("rating", _("Rating"), "choice"),
        Column("owner", _("Owner"), "person"),
        Column("created_at", _("Created"), "day", sort="created_at"),
        Column("next_activity", _("Next activity"), "due", phone="left"),
    )
    list_select_related = ("status", "owner")
    list_filter = (
        "state",
        "status",
        "source",
        "rating",
        "territory",
        "owner",
        "country",
        "created_at",
        "disqualification_reason",
    )
    ordering = "-created_at"
    bulk_fields = ("owner", "source", "rating", "territory", "campaign")
    tabs = (
        Tab("open", _("Open"), lambda user: Q(state="open")),
        Tab("mine", _("Mine"), lambda user: Q(state="open") & MINE.condition(user)),
        Tab("team", _("My team"), lambda user: Q(state="open") & MY_TEAM.condition(user)),
        Tab("unassigned", _("Unassigned"), lambda user: Q(state="open") & UNASSIGNED.condition(user), warn=True),
        Tab("qualified", pgettext_lazy("tab", "Qualified"), lambda user: Q(state="qualified")),
        Tab("disqualified", pgettext_lazy("tab", "Disqualified"), lambda user: Q(state="disqualified")),
        ALL,
        RECENT,
    )
    match_on = ("email",)

    @classmethod
    def foreign_keys(cls) -> list[str]:
        extra = [
            "qualified_account",
            "qualified_contact",
            "qualified_opportunity",
            "disqualification_reason",
            "closed_by",
        ]
        return sorted({*super().foreign_keys(), *extra})

    @classmethod
    def gate(cls, user):
        return gate_notice(user, "lead")

    @classmethod
    def initial(cls, request) -> dict:
        return {"status": preselected(LeadStatus, meaning="open")}

    @classmethod
    def form_class(cls, base: type) -> type:
        class LeadForm(base):
            def __init__(self, *args, **kwargs):
                super().__init__(*args, **kwargs)
                # Qualifying and disqualifying have pages of their own: the form offers the names of the present state.
                state = self.instance.state or Lead.State.OPEN
                self.fields["status"].queryset = self.fields["status"].queryset.filter(meaning=state)

        return LeadForm

    @classmethod
    def bulk_actions(cls, user) -> list[dict]:
        return [{"name": "qualify", "label": _("Qualify"), "icon": "user-check"}] if cls.may(user, "edit") else []

    @classmethod
    def run_bulk(cls, action: str, record, user, means) -> None:
        qualify_automatically(lead=record, actor=user, means=means)

    @classmethod
    def is_read_only(cls, record) -> bool:
        return record.is_qualified

    @classmethod
    def badges(cls, record) -> list[dict]:
        tone = {"open": "info", "qualified": "success", "disqualified": "neutral"}[record.state]
        badges = [{"text": record.get_state_display(), "tone": tone}]
        if record.rating == Lead.Rating.HOT and record.is_open:
            badges.append({"text": _("Hot"), "tone": "warning", "icon": "flame"})
        return badges

    @classmethod
    def facts(cls, record) -> list[Fact]:
        facts = [Fact(record.company, icon="building")] if record.company and record.last_name else []
        if record.topic:
            facts.append(Fact(record.topic, icon="target-arrow"))
        if record.email:
            facts.append(Fact(record.email, icon="mail", url=f"mailto:{record.email}" if "@" in record.email else ""))
        if record.phone:
            facts.append(Fact(record.phone, icon="phone", url=f"tel:{''.join(record.phone.split())}"))
        if record.amount is not None:
            facts.append(Fact(money(record.amount, record.currency), strong=True))
        if record.closed_at:
            facts.append(Fact(day(record.closed_at, year=True), icon="calendar-event"))
        if record.disqualification_reason_id:
            facts.append(Fact(record.disqualification_reason.name))
        if record.owner_id:
            facts.append(Fact(record.owner.name, avatar=record.owner.name))
        return facts

    @classmethod
    def actions(cls, record, user) -> list[Action]:
        if record.state == Lead.State.DISQUALIFIED:
            return [
                Action(_("Reactivate"), reverse("lead_reactivate", args=[record.pk]), icon="arrow-back-up", post=True)
            ]
        if not record.is_open:
            return []
        return [
            Action(_("Disqualify"), reverse("lead_disqualify", args=[record.pk]), icon="user-x", tone="danger"),
            Action(_("Qualify"), reverse("lead_qualify", args=[record.pk]), icon="user-check", tone="primary"),
        ]

    @classmethod
    def cards(cls, record, user) -> list[Card]:
        became = [
            {
                "label": str(target),
                "url": target.get_absolute_url(),
                "icon": icon,
                "sub": str(target._meta.verbose_name),
            }
            for target, icon in (
                (record.qualified_account, "building"),
                (record.qualified_contact, "user"),
                (record.qualified_opportunity, "target-arrow"),
            )
            if target is not None and type(target).objects.visible_to(user).filter(pk=target.pk).exists()
        ]
        known = [contacts_card(record, user)]
        return [Card(_("What it became"), became), *known] if became else known

    @classmethod
    def extra_context(cls, request, record) -> dict:
        context = super().extra_context(request, record)
        note = (
            _("Qualified: its fields cannot be changed any more. Notes, tasks and files can still be added.")
            if record.is_qualified
            else ""
        )
        matches = (
            find_matches(Lead, lead_probe(record), user=request.user, exclude=record.pk, most=3)
            if record.is_open
            else []
        )
        return context | {
            "read_only_note": note,
            "lead_matches": matches,
            "duplicates_template": "leads/_known.html" if matches else "",
        }
