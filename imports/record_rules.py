"""What an import adds to a row by the kind of its record: states that follow from words, closed deals, life cycles."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Account
from activities.models import Interaction, Task
from contacts.models import CrossReference
from contacts.person_accounts import ADDRESS
from core.text.normalise import fold
from leads.models import Lead
from opportunities.models import Opportunity
from opportunities.rules import default_first_stage
from setup_values.choices import default_value
from setup_values.models import CatalogValue, Firm, LeadStatus, OpportunityStatus, Process, Stage

from .record_shapes import RecordShape
from .record_values import RecordData

# How other programs write what a status means, beside the words of this one; also in the column of the stage.
_MEANINGS: dict[str, tuple[str, ...]] = {
    "won": ("won", "closed won", "ganada", "ganado", "cerrada ganada", "cerrado ganado", "gewonnen", "gagne", "gagnee",
            "vinta", "vinto", "ganha", "ganho"),
    "lost": ("lost", "closed lost", "perdida", "perdido", "cerrada perdida", "cerrado perdido", "verloren", "perdu",
             "perdue", "persa", "perso", "abandoned"),
    "disqualified": ("disqualified", "unqualified", "descartado", "descartada", "recycled", "dead", "lost", "junk",
                     "junk lead", "lost lead", "disqualifiziert"),
    "qualified": ("qualified", "converted", "cualificado", "cualificada", "calificado", "convertido", "qualifiziert"),
    "open": ("open", "new", "abierta", "abierto", "nuevo", "nueva", "in progress", "en curso", "offen", "neu",
             "not contacted", "contacted", "working", "open - not contacted", "working - contacted", "assigned",
             "in process", "nouveau", "nuovo", "aperto", "aberto", "novo"),
}  # fmt: skip


@dataclass
class RowRules:
    """The rules of one import; values are read once."""

    shape: RecordShape
    actor: Any
    # Whether the file is a sheet, which has rows instead of lines.
    in_sheet: bool = False
    # The lines whose rows name the primary contact, by hash of the account or lead.
    primaries: dict[int, int] = field(default_factory=dict)

    @cached_property
    def process(self) -> Process | None:
        """In which a deal begins whose row names none."""
        return default_value(Process)

    @cached_property
    def first_stages(self) -> dict[int, Stage | None]:
        """The stage in which a deal begins, by process; filled when it is asked for."""
        return {}

    @cached_property
    def default_statuses(self) -> dict[str, CatalogValue | None]:
        """The status of each meaning that a row gets which names none of the firm's own."""
        model = OpportunityStatus if self.shape.model is Opportunity else LeadStatus
        return {meaning: default_value(model, meaning=meaning) for meaning in model.NEEDED_MEANINGS}

    def first_stage(self, process: Process) -> Stage | None:
        """The stage in which a deal of a process begins."""
        if process.pk not in self.first_stages:
            self.first_stages[process.pk] = default_first_stage(process)
        return self.first_stages[process.pk]

    def status_by_meaning(self, text: str) -> CatalogValue | None:
        """The firm's own status for a word that says what it means, None for any other word."""
        word = fold(text)
        for meaning, status in self.default_statuses.items():
            if word in _MEANINGS.get(meaning, ()):
                return status
        return None

    def before_names(self, data: RecordData) -> None:
        """Take a stage that says how a deal ended for what it is."""
        if self.shape.model is not Opportunity or "stage" not in data.names:
            return
        word = fold(data.names["stage"])
        ended = next((one for one in ("won", "lost") if word in _MEANINGS[one] and word != one), "")
        if ended and "status" not in data.names:
            data.names["status"] = data.names.pop("stage")

    def complete(self, data: RecordData, present: Any) -> None:
        """Fill in what follows from the row and from the record that it means (None for a new one)."""
        if (rule := _RULES.get(self.shape.model)) is not None:
            rule(self, data, present)

    # -- leads ----------------------------------------------------------------------------------
    def _lead(self, data: RecordData, present: Any) -> None:
        status = data.picked.get("status") or (self.default_statuses["open"] if present is None else present.status)
        before = present.state if present is not None else Lead.State.OPEN
        meaning = status.meaning if status is not None else Lead.State.OPEN
        if status is not None:
            data.picked["status"] = status
        if meaning == Lead.State.QUALIFIED and before != meaning:
            data.fail("status", _("A lead cannot come in as qualified: there is nothing that it became. Choose open."))
        if meaning == Lead.State.OPEN and before == Lead.State.DISQUALIFIED:
            data.fail("status", _("This lead is disqualified: reactivate it on its page."))
        if meaning == Lead.State.DISQUALIFIED:
            if before != meaning:
                data.values.setdefault("closed_at", timezone.now())
            return
        self._keep_beside(data, "disqualification_reason", "disqualification_note", "closed_at")

    # -- opportunities --------------------------------------------------------------------------
    def _opportunity(self, data: RecordData, present: Any) -> None:
        status = data.picked.get("status") or (self.default_statuses["open"] if present is None else present.status)
        before = present.state if present is not None else Opportunity.State.OPEN
        meaning = status.meaning if status is not None else Opportunity.State.OPEN
        if status is not None:
            data.picked["status"] = status
        if meaning == Opportunity.State.OPEN:
            if before != meaning:
                data.fail("status", _("This opportunity is closed: reopen it on its page."))
            self._keep_beside(data, "closed_date", "actual_amount", "won_reason", "lost_reason", "lost_note")
            if present is None:
                self._begin(data)
            return
        others = ("lost_reason", "lost_note") if meaning == Opportunity.State.WON else ("won_reason",)
        self._keep_beside(data, *others)
        if before == Opportunity.State.OPEN:
            today = timezone.localdate(timezone=Firm.current().zone())
            expected = data.values.get("expected_close_date")
            data.values.setdefault("closed_date", expected if expected and expected <= today else today)
            if meaning == Opportunity.State.WON:
                amount = data.values.get("amount", present.amount if present is not None else None)
                if amount is not None:
                    data.values.setdefault("actual_amount", amount)

    def _begin(self, data: RecordData) -> None:
        """A new open deal stands in a stage of a process."""
        stage = data.picked.get("stage")
        process = data.picked.get("process") or (stage.process if stage is not None else None)
        if process is None and "process" not in data.new_values:
            process = self.process
        if process is None:
            return
        data.picked["process"] = process
        if stage is None and "stage" not in data.new_values:
            stage = self.first_stage(process)
        if stage is not None:
            data.picked["stage"] = stage

    # -- accounts -------------------------------------------------------------------------------
    def _account(self, data: RecordData, present: Any) -> None:
        wanted = data.values.pop("lifecycle", "") or self.shape.lifecycle
        if present is None:
            data.values["lifecycle"] = wanted or Account.Lifecycle.PROSPECT
            return
        if not wanted or wanted == present.lifecycle:
            return
        if wanted == Account.Lifecycle.PROSPECT or self.shape.lifecycle == Account.Lifecycle.CUSTOMER != wanted:
            label = present.get_lifecycle_display()
            data.problems.append(_("It is in the CRM as “%(lifecycle)s” and stays so.") % {"lifecycle": label})
            return
        if present.lifecycle == Account.Lifecycle.FORMER and self.shape.lifecycle:
            return
        data.values["lifecycle"] = wanted
        if present.lifecycle == Account.Lifecycle.PROSPECT and wanted == Account.Lifecycle.CUSTOMER:
            now = timezone.now()
            data.values |= {"converted_at": now, "converted_by": self.actor}
            if present.customer_since is None:
                data.values.setdefault("customer_since", timezone.localtime(now, Firm.current().zone()).date())

    # -- tasks and interactions -----------------------------------------------------------------
    def _task(self, data: RecordData, present: Any) -> None:
        self._carry(data)
        state = data.values.get("state", present.state if present is not None else Task.State.OPEN)
        was_open = present is None or present.state == Task.State.OPEN
        if state == Task.State.DONE and was_open:
            data.values.setdefault("completed_at", self._done_at(data))
        elif state != Task.State.DONE:
            self._keep_beside(data, "completed_at")

    def _done_at(self, data: RecordData) -> datetime.datetime:
        """When a task was done whose row does not say so: on the day on which it was due, if that has passed."""
        now, due = timezone.now(), data.values.get("due_date")
        if due is None:
            return now
        noon = datetime.datetime.combine(due, datetime.time(12), tzinfo=Firm.current().zone())
        return min(now, noon)

    def _interaction(self, data: RecordData, _present: Any) -> None:
        self._carry(data)

    def _carry(self, data: RecordData) -> None:
        """What regards an opportunity regards its account too, as on the forms."""
        account = data.tokens.pop("opportunity_account", None)
        if account is not None and "account" not in data.linked and "account" not in data.made:
            data.linked["account"] = account

    def _reference(self, data: RecordData, present: Any) -> None:
        ends = [name for name in ("account", "lead") if name in data.linked or name in data.made]
        if present is None and len(ends) != 1 and not data.errors:
            data.fail("account", _("A cross-reference leads to exactly one account or lead."))
        if (line := self.note_primary(data)) != data.row.line:
            data.values.pop("is_primary")
            text = (
                _("Row %(line)s of this file names the primary contact already.")
                if self.in_sheet
                else _("Line %(line)s of this file names the primary contact already.")
            )
            data.problems.append(text % {"line": line})

    def note_primary(self, data: RecordData) -> int:
        """The line of the file that names the primary contact of the row's account or lead: the first, else its own."""
        holder = _holder(data)
        to_date = data.values.get("to_date")
        is_ended = to_date is not None and to_date <= timezone.localdate()
        if not data.values.get("is_primary") or holder is None or data.errors or is_ended:
            return data.row.line
        return self.primaries.setdefault(hash(holder), data.row.line)

    def forget_primary(self, data: RecordData) -> None:
        """Let a refused row name no primary contact."""
        if self.primaries.get(hash(_holder(data))) == data.row.line:
            del self.primaries[hash(_holder(data))]

    def _keep_beside(self, data: RecordData, *names: str) -> None:
        """What only records of another state hold is kept in the notes."""
        for name in names:
            values = (data.values, data.picked, data.new_values)
            if any(name in one for one in values):
                data.keep(name, data.row.values.get(name, ""))
                for one in values:
                    one.pop(name, None)


def is_said_by_contact(account: Account, children: Any) -> bool:
    """Whether a row wants to change what a person account takes over from the contact behind it.

    children: the child rows that it changes.
    """
    if not (account.is_person and account._loaded["kind"] == Account.Kind.PERSON):
        return False
    names = ("name", *(f"billing_{part}" for part in ADDRESS))
    return bool(children) or any(getattr(account, name) != account._loaded[name] for name in names)


def _holder(data: RecordData) -> tuple[str, Any] | None:
    """The account or lead of a cross-reference."""
    return next(((name, data.tokens[name]) for name in ("account", "lead") if data.tokens.get(name)), None)


_RULES: dict[Any, Callable[[RowRules, RecordData, Any], None]] = {
    Lead: RowRules._lead,
    Opportunity: RowRules._opportunity,
    Account: RowRules._account,
    Task: RowRules._task,
    Interaction: RowRules._interaction,
    CrossReference: RowRules._reference,
}
