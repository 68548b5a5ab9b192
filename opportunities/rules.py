"""What holds for every write of an opportunity, by form, import, API or workflow alike."""

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from activities.models import Attachment, Interaction, Task
from contacts.models import Contact, CrossReference
from core.records.restamp import restamp
from core.records.rules import RecordRule
from core.records.saving import Saving
from setup_values.catalogs import value_columns
from setup_values.choices import default_value
from setup_values.models import Firm, Process, Stage, StageChange

from .models import Opportunity

# Columns that may change while an opportunity is closed; tasks, notes and files are rows of their own.
OPEN_WHEN_CLOSED = frozenset({"owner_id", "team_id", "custom"})
# Means that close and reopen by the use cases of closing.py, bring closed ones along, or take that back.
CLOSING_MEANS = frozenset({"closing", "qualification", "import", "demo", "merge", "api", "workflow", "undo"})


class OpportunityRule(RecordRule):
    """State follows status; a closed one is read-only; stage, contact and account stay consistent."""

    record_types = ("opportunity",)

    def check(self, savings: list[Saving]) -> None:
        now = timezone.now()
        for saving in savings:
            self._state(saving)
            self._stage(saving, now)
            saving.record.derive(None)
            if saving.is_new:
                self._close_new(saving)
            else:
                self._refuse_closed(saving)
        self._contacts(savings)

    def _state(self, saving: Saving) -> None:
        record = saving.record
        if not saving.is_changed("status_id"):
            return
        meaning = record.status.meaning
        if not saving.is_new and meaning != saving.old("state") and saving.means.kind not in CLOSING_MEANS:
            saving.refuse("status", _("Close and reopen it with Won, Lost and Reopen."))
            return
        record.state = meaning

    def _close_new(self, saving: Saving) -> None:
        """A new record may come in closed (import, demo): it has a closing date then, today when none is known."""
        record = saving.record
        if record.state == Opportunity.State.OPEN:
            return
        if saving.means.kind not in CLOSING_MEANS:
            saving.refuse("status", _("A new opportunity is open: close it with Won or Lost."))
        elif record.closed_date is None:
            record.closed_date = timezone.localdate(timezone=Firm.current().zone())

    def _stage(self, saving: Saving, now) -> None:
        record = saving.record
        if saving.is_new and record.stage_id is None and record.state == Opportunity.State.OPEN:
            record.process = record.process or default_value(Process)
            if record.process is not None:
                record.stage = default_first_stage(record.process)
        if record.stage_id is None:
            return
        if saving.is_changed("stage_id"):
            record.process = record.stage.process
            record.stage_entered_at = record.stage_entered_at if saving.is_new and record.stage_entered_at else now

    def _refuse_closed(self, saving: Saving) -> None:
        if saving.old("state") == Opportunity.State.OPEN or saving.record.state == Opportunity.State.OPEN:
            return
        if saving.means.kind in {"merge", "setup", "demo"}:
            return
        derived = {"probability", "folded_topic"}
        touched = set(saving.history_changes()) - OPEN_WHEN_CLOSED - derived
        if saving.means.kind == "undo":  # a replaced setup value comes back
            touched -= value_columns(Opportunity)
        if touched:
            saving.refuse("", _("This opportunity is closed: reopen it before you change it."))

    def _contacts(self, savings: list[Saving]) -> None:
        """[R1] The contact of an opportunity is cross-referenced, if need be by this very save."""
        # The rule of contacts/rules.py cross-references what a form marks so.
        savings = [saving for saving in savings if not getattr(saving.record, "link_contact", False)]
        wanted = {
            saving.record.contact_id
            for saving in savings
            if saving.record.contact_id and saving.is_changed("contact_id")
        }
        if not wanted or Firm.current().mode == Firm.Mode.B2C:
            return
        linked = set(
            Contact.objects.filter(pk__in=wanted)
            .filter(
                Q(person_account__isnull=False)
                | Q(
                    pk__in=CrossReference.objects.filter(contact__in=wanted, account__isnull=False).values("contact_id")
                )
            )
            .values_list("pk", flat=True)
        )
        for saving in savings:
            contact = saving.record.contact_id
            if contact in wanted and contact not in linked and saving.is_changed("contact_id"):
                saving.refuse("contact", _("This contact is not cross-referenced yet: link it to an account first."))

    def follow(self, savings: list[Saving]) -> None:
        self._log_stages(savings)
        for saving in savings:
            if not saving.is_new and saving.is_changed("account_id"):
                for model in (Interaction, Task, Attachment):
                    restamp(model.all_objects.filter(opportunity=saving.record), account_id=saving.record.account_id)

    def _log_stages(self, savings: list[Saving]) -> None:
        moves = []
        for saving in savings:
            if not saving.is_changed("stage_id"):
                continue
            record = saving.record
            since = saving.old("stage_entered_at")
            moves.append(
                StageChange(
                    record_type=record.record_type(),
                    record_id=record.pk,
                    at=record.stage_entered_at or timezone.now(),
                    by=saving.actor,
                    from_stage_id=saving.old("stage_id"),
                    to_stage_id=record.stage_id,
                    seconds_before=max(0, int((record.stage_entered_at - since).total_seconds()))
                    if since and record.stage_entered_at
                    else None,
                )
            )
        StageChange.objects.bulk_create(moves, batch_size=500)


def default_first_stage(process: Process) -> Stage | None:
    """The stage in which a new record of a process begins: its default, else its first active one."""
    return default_value(Stage, process=process)
