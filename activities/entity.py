"""Tasks and interactions as their pages show them, and what gives any entity its timeline."""

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.pages.columns import Column
from core.pages.entity import Action, Entity, Fact, Inline, Tab
from core.pages.templatetags.look import due, moment
from core.records.rights import Right

from .composer import composer_context
from .contact_choice import ContactOfAccount
from .models import Attachment, Interaction, Task
from .timeline import TimelineQuery, next_activities, next_steps, read_timeline

CARD_ROWS = 5


class WithTimeline(Entity):
    """Mixin of entities that activities regard: composer, next steps, timeline, files, next activity in lists."""

    @classmethod
    def decorate(cls, rows: list, user) -> None:
        found = next_activities(cls.model.record_type(), [row.pk for row in rows])
        for row in rows:
            row.next_activity = found.get(row.pk)

    @classmethod
    def extra_context(cls, request, record) -> dict:
        query = TimelineQuery.of(request.GET)
        return {
            "middle_template": "activities/_middle.html",
            "steps": next_steps(record, request.user),
            "timeline": read_timeline(record, request.user, query),
            "timeline_query": query,
            "timeline_kinds": [*Interaction.Kind.choices, ("changes", _("Changes"))],
            "files_card": files_card(record),
            "may_compose": request.user.may(Right.CREATE, "interaction"),
            "may_plan": request.user.may(Right.CREATE, "task"),
            **composer_context(record, request.GET.get("compose", "")),
        }


def files_card(record) -> list[Attachment]:
    """The latest files of a record."""
    rows = Attachment.objects.filter(**{record.record_type(): record.pk}).filter(
        Q(interaction__isnull=True) | Q(interaction__is_private=False)
    )
    return list(rows.order_by("-created_at", "id")[:CARD_ROWS])


def _regarding(record) -> str:
    found = record.regarding_records()
    return str(found[0]) if found else ""


class TaskEntity(Entity):
    """Things to do."""

    model = Task
    name = "task"
    path = "tasks"
    icon = "checkbox"
    fieldsets = (
        (
            _("Task"),
            ("subject", "kind", "type", "priority", "due_date", "start_at", "end_at", "place", "reminder_at", "owner"),
        ),
        (_("Regarding"), ("account", "contact", "opportunity", "lead")),
        (_("Notes"), ("notes",)),
    )
    inlines = (Inline("participants", _("Participants"), ("contact", "user"), _("Add participant")),)
    list_display = (
        Column("subject", _("Subject"), "link", sort="subject", phone="left"),
        Column("regarding", _("Regarding"), render=_regarding, phone="left"),
        Column("kind", _("Kind"), "choice"),
        Column(
            "due",
            _("Due"),
            render=lambda task: due(task.due) if task.is_open else task.get_state_display(),
            sort="due_date",
            phone="right",
        ),
        Column("priority", _("Priority"), "choice"),
        Column("owner", _("Assigned to"), "person"),
    )
    list_select_related = ("owner", "lead", "account", "contact", "opportunity")
    list_filter = ("state", "kind", "type", "priority", "owner", "due_date", "account", "opportunity")
    ordering = "due_date"
    bulk_fields = ("owner", "priority", "due_date")
    tabs = (
        Tab("open", _("My open"), lambda user: Q(owner_id=user.pk, state="open")),
        Tab(
            "overdue",
            _("Overdue"),
            lambda user: Q(owner_id=user.pk, state="open", due_date__lt=timezone.localdate()),
            warn=True,
        ),
        Tab("today", _("Today"), lambda user: Q(owner_id=user.pk, state="open", due_date=timezone.localdate())),
        Tab(
            "team",
            _("My team"),
            lambda user: Q(team_id=user.team_id, state="open") if user.team_id else Q(owner_id=user.pk),
        ),
        Tab("done", pgettext_lazy("tab", "Done"), lambda user: Q(state="done"), sort="-due_date"),
        Tab("all", _("All")),
    )

    @classmethod
    def badges(cls, record) -> list[dict]:
        tone = {"open": "info", "done": "success"}.get(record.state, "neutral")
        badges = [{"text": record.get_state_display(), "tone": tone}]
        if record.priority == Task.Priority.HIGH:
            badges.append({"text": _("High"), "tone": "warning"})
        return badges

    @classmethod
    def facts(cls, record) -> list[Fact]:
        facts = [Fact(due(record.due), icon="")] if record.is_open else []
        facts += [
            Fact(str(one), url=one.get_absolute_url()) for one in record.regarding_records() if not one.is_trashed
        ]
        if record.owner_id:
            facts.append(Fact(record.owner.name, avatar=record.owner.name))
        return facts

    @classmethod
    def actions(cls, record, user) -> list[Action]:
        if record.is_open:
            return [
                Action(_("Cancel task"), reverse("task_cancel", args=[record.pk]), icon="ban", post=True),
                Action(_("Complete"), reverse("task_complete", args=[record.pk]), icon="check", tone="primary"),
            ]
        return [Action(_("Reopen"), reverse("task_reopen", args=[record.pk]), icon="arrow-back-up", post=True)]

    @classmethod
    def initial(cls, request) -> dict:
        return initial_regarding(request)

    @classmethod
    def form_class(cls, base: type) -> type:
        return regarding_form(base)


class InteractionEntity(Entity):
    """Things that happened."""

    model = Interaction
    name = "interaction"
    path = "interactions"
    icon = "messages"
    fieldsets = (
        (
            _("Interaction"),
            ("kind", "topic", "direction", "happened_at", "duration_minutes", "subject", "body", "amount", "currency"),
        ),
        (_("Regarding"), ("account", "contact", "opportunity", "lead")),
        (_("Follow-up and visibility"), ("follow_up_date", "is_internal", "is_private", "owner")),
    )
    inlines = (Inline("participants", _("Participants"), ("contact", "user"), _("Add participant")),)
    list_display = (
        Column("subject", _("Subject"), render=None, kind="link", phone="left"),
        Column("regarding", _("Regarding"), render=_regarding, phone="left"),
        Column("kind", _("Kind"), "choice"),
        Column("topic", pgettext_lazy("interaction", "Topic"), "dot"),
        Column(
            "happened_at", _("When"), render=lambda entry: moment(entry.happened_at), sort="happened_at", phone="right"
        ),
        Column("owner", _("Author"), "person"),
        Column("follow_up_date", _("Follow-up"), "day", sort="follow_up_date"),
    )
    list_select_related = ("owner", "topic", "lead", "account", "contact", "opportunity")
    list_filter = ("kind", "topic", "direction", "owner", "happened_at", "follow_up_date", "account", "opportunity")
    ordering = "-happened_at"
    bulk_fields = ("topic", "follow_up_date")
    tabs = (
        Tab("all", _("All")),
        Tab("mine", _("Mine"), lambda user: Q(owner_id=user.pk)),
        Tab(
            "follow_ups",
            _("My follow-ups"),
            lambda user: Q(owner_id=user.pk, follow_up_date__isnull=False, followed_up_at__isnull=True),
            sort="follow_up_date",
        ),
    )

    @classmethod
    def badges(cls, record) -> list[dict]:
        badges = [{"text": record.get_kind_display(), "tone": "neutral"}]
        if record.is_private:
            badges.append({"text": _("Private"), "tone": "warning", "icon": "lock"})
        return badges

    @classmethod
    def facts(cls, record) -> list[Fact]:
        facts = [Fact(moment(record.happened_at), icon="clock")]
        facts += [
            Fact(str(one), url=one.get_absolute_url()) for one in record.regarding_records() if not one.is_trashed
        ]
        if record.owner_id:
            facts.append(Fact(record.owner.name, avatar=record.owner.name))
        return facts

    @classmethod
    def actions(cls, record, user) -> list[Action]:
        if record.follow_up_date and not record.followed_up_at:
            url = reverse("interaction_followed_up", args=[record.pk])
            return [Action(_("Followed up"), url, icon="check", tone="primary", post=True)]
        return []

    @classmethod
    def initial(cls, request) -> dict:
        return initial_regarding(request)

    @classmethod
    def form_class(cls, base: type) -> type:
        return regarding_form(base)


def initial_regarding(request) -> dict:
    """For a new activity: what it regards, from ?opportunity=3 and so on, with the keys that this one carries."""
    initial: dict = {}
    for name in ("lead", "opportunity", "contact", "account"):
        value = request.GET.get(name, "")
        if value.isascii() and value.isdigit() and len(value) < 19:
            model = Task._meta.get_field(name).related_model
            record = model.objects.visible_to(request.user).filter(pk=int(value)).first()
            if record is not None:
                keys = {key.removesuffix("_id"): pk for key, pk in record.regarding_keys().items() if pk}
                initial = {**keys, **initial}
    return initial


def regarding_form(base: type) -> type:
    """The generated form, which also completes the keys: an activity on an opportunity carries account and contact."""

    class RegardingForm(ContactOfAccount, base):
        def clean(self):
            data = super().clean()
            opportunity = data.get("opportunity")
            if isinstance(opportunity, models.Model):
                data["account"] = data.get("account") or opportunity.account
                data["contact"] = data.get("contact") or opportunity.contact
            return data

    return RegardingForm
