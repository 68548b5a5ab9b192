"""Opportunities as their pages, lists and forms show them."""

from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Max, Q
from django.urls import reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from activities.contact_choice import ContactOfAccount
from activities.entity import WithTimeline
from activities.models import Interaction
from core.pages.columns import Column
from core.pages.entity import Action, Card, Entity, Fact, Inline, Tab
from core.pages.templatetags.look import day, money
from core.records.rights import Right
from setup_values.choices import preselected
from setup_values.models import OpportunityStatus
from setup_values.readiness import gate_notice

from .models import Opportunity
from .stages import stage_bar, stale_condition, without_next_step

CARD_ROWS = 5


def weighted(opportunity: Opportunity) -> Decimal | None:
    """Amount times probability, to the cent; None without an amount."""
    if opportunity.amount is None:
        return None
    return (opportunity.amount * opportunity.probability / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)


class OpportunityEntity(WithTimeline, Entity):
    """Possible sales."""

    model = Opportunity
    name = "opportunity"
    path = "opportunities"
    icon = "target-arrow"
    fieldsets = (
        (
            _("Sale"),
            ("topic", "account", "contact", "amount", "currency", "own_probability", "expected_close_date"),
        ),
        (_("Process"), ("status", "stage", "source", "campaign", "competitor")),
        (_("Responsible"), ("owner",)),
        (_("Description"), ("description",)),
    )
    inlines = (
        Inline("stakeholders", _("Stakeholders"), ("contact", "role"), _("Add stakeholder")),
        Inline("sales_team", _("Sales team"), ("user", "role"), _("Add colleague")),
    )
    list_display = (
        Column("topic", _("Topic"), "link", sort="folded_topic", phone="left"),
        Column("account", _("Account"), "related", phone="left"),
        Column("stage", _("Stage"), "dot", phone="right"),
        Column("amount", _("Amount"), "money", sort="amount", phone="right"),
        Column("expected_close_date", _("Close date"), "day", sort="expected_close_date"),
        Column("owner", _("Owner"), "person"),
        Column("last_activity", _("Last activity"), "day"),
        Column("next_activity", _("Next activity"), "due", phone="left"),
    )
    list_select_related = ("account", "stage", "owner")
    list_filter = (
        "state", "status", "stage", "source", "owner", "team", "account", "amount", "currency", "expected_close_date",
        "closed_date", "won_reason", "lost_reason", "competitor", "created_at",
    )  # fmt: skip
    ordering = "expected_close_date"
    bulk_fields = ("owner", "source", "expected_close_date", "campaign", "competitor")
    tabs = (
        Tab("open", _("Open"), lambda user: Q(state="open")),
        Tab("mine", _("Mine"), lambda user: Q(state="open", owner_id=user.pk)),
        Tab(
            "team",
            _("My team"),
            lambda user: Q(state="open", team_id=user.team_id) if user.team_id else Q(state="open", owner_id=user.pk),
        ),
        Tab("unassigned", _("Unassigned"), lambda user: Q(state="open", owner__isnull=True)),
        Tab("stale", _("Stale"), lambda user: stale_condition(), warn=True),
        Tab("no_step", _("Without next step"), lambda user: without_next_step(), warn=True),
        Tab("won", pgettext_lazy("tab", "Won"), lambda user: Q(state="won"), sort="-closed_date"),
        Tab("lost", pgettext_lazy("tab", "Lost"), lambda user: Q(state="lost"), sort="-closed_date"),
        Tab("all", _("All")),
    )
    match_on = ("topic",)

    @classmethod
    def foreign_keys(cls) -> list[str]:
        extra = ["stage", "process", "originating_lead", "won_reason", "lost_reason"]
        return sorted({*super().foreign_keys(), *extra})

    @classmethod
    def gate(cls, user):
        return gate_notice(user, "opportunity")

    @classmethod
    def decorate(cls, rows: list, user) -> None:
        super().decorate(rows, user)
        latest = dict(
            Interaction.objects.filter(opportunity__in=[row.pk for row in rows])
            .order_by()
            .values_list("opportunity_id")
            .annotate(latest=Max("happened_at"))
        )
        for row in rows:
            row.last_activity = latest.get(row.pk)

    @classmethod
    def initial(cls, request) -> dict:
        initial: dict = {"status": preselected(OpportunityStatus, meaning="open")}
        return initial

    @classmethod
    def form_class(cls, base: type) -> type:
        class OpportunityForm(ContactOfAccount, base):
            def __init__(self, *args, **kwargs):
                super().__init__(*args, **kwargs)
                # Closing and reopening have pages of their own: the form offers the names of the present state.
                state = self.instance.state or Opportunity.State.OPEN
                self.fields["status"].queryset = self.fields["status"].queryset.filter(meaning=state)
                stages = (
                    self.fields["stage"].queryset.select_related("process").order_by("process__position", "position")
                )
                self.fields["stage"].queryset = stages
                self.fields["stage"].label_from_instance = lambda stage: f"{stage.process.name}: {stage.name}"

        return OpportunityForm

    @classmethod
    def is_read_only(cls, record) -> bool:
        return not record.is_open

    @classmethod
    def badges(cls, record) -> list[dict]:
        tone = {"open": "info", "won": "success", "lost": "danger"}[record.state]
        icon = {"won": "trophy", "lost": "thumb-down"}.get(record.state, "")
        return [{"text": record.get_state_display(), "tone": tone, "icon": icon}]

    @classmethod
    def facts(cls, record) -> list[Fact]:
        facts = [Fact(record.account.name, icon="building", url=record.account.get_absolute_url())]
        if record.contact_id:
            facts.append(Fact(record.contact, icon="user", url=record.contact.get_absolute_url()))
        amount = record.amount if record.is_open or record.actual_amount is None else record.actual_amount
        if amount is not None:
            facts.append(Fact(money(amount, record.currency), strong=True))
        if record.is_open and record.amount is not None:
            share = money(weighted(record), record.currency)
            facts.append(
                Fact(
                    gettext("%(probability)s %% · %(amount)s weighted")
                    % {"probability": record.probability, "amount": share}
                )
            )
        if record.is_open and record.expected_close_date:
            facts.append(Fact(day(record.expected_close_date), icon="calendar-event"))
        if record.closed_date:
            reason = record.won_reason or record.lost_reason
            facts.append(Fact(day(record.closed_date, year=True), icon="calendar-event"))
            if reason:
                facts.append(Fact(reason.name))
        if record.owner_id:
            facts.append(Fact(record.owner.name, avatar=record.owner.name))
        return facts

    @classmethod
    def actions(cls, record, user) -> list[Action]:
        if not record.is_open:
            return [
                Action(_("Reopen"), reverse("opportunity_reopen", args=[record.pk]), icon="arrow-back-up", post=True)
            ]
        return [
            Action(_("Lost"), reverse("opportunity_lose", args=[record.pk]), icon="thumb-down", tone="danger"),
            Action(_("Won"), reverse("opportunity_win", args=[record.pk]), icon="trophy", tone="won"),
        ]

    @classmethod
    def cards(cls, record, user) -> list[Card]:
        others = (
            Opportunity.objects.visible_to(user)
            .filter(account_id=record.account_id)
            .exclude(pk=record.pk)
            .select_related("stage")
            .order_by("state", "expected_close_date", "-id")[: CARD_ROWS + 1]
        )
        rows = [cls._other(one) for one in others]
        add = cls.url("create") + f"?account={record.account_id}" if cls.may(user, Right.CREATE) else ""
        more = cls.url("list") + f"?view=all&account={record.account_id}"
        cards = [
            Card(
                _("Other opportunities"),
                rows[:CARD_ROWS],
                len(rows[:CARD_ROWS]) or None,
                add_url=add,
                more_url=more if len(rows) > CARD_ROWS else "",
            ),
        ]
        if record.originating_lead_id:
            lead = record.originating_lead
            cards.append(
                Card(
                    _("Where it came from"), [{"label": str(lead), "url": lead.get_absolute_url(), "icon": "user-plus"}]
                )
            )
        return cards

    @classmethod
    def _other(cls, one: Opportunity) -> dict:
        return {
            "label": one.topic,
            "url": one.get_absolute_url(),
            "value": one.stage.name if one.is_open and one.stage_id else one.get_state_display(),
            "colour": one.stage.colour if one.is_open and one.stage_id else "gray",
            "amount": money(one.amount, one.currency),
        }

    @classmethod
    def extra_context(cls, request, record) -> dict:
        context = super().extra_context(request, record)
        may_move = record.is_open and record.allows(request.user, Right.EDIT)
        note = (
            ""
            if record.is_open
            else _(
                "Closed: its fields cannot be changed until it is reopened. Notes, tasks and files can still be added."
            )
        )
        return context | {"stages": stage_bar(record, may_move=may_move), "read_only_note": note}
