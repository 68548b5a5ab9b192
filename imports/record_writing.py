"""Writes a planned chunk of records through the write door; a refused row never takes its neighbours along."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Account
from core.records import child_rows
from core.records.door import check_records
from core.records.means import Means
from core.records.saving import Saving
from opportunities.models import Opportunity
from setup_values.models import Firm

from .account_numbers import check_numbers, free_numbers
from .earlier_rows import settle_chunk
from .record_planning import Action, PlannedRecord, RecordPlanner
from .record_rows import RecordRow
from .writing import Door, refusal_text


@dataclass
class RecordWalk:
    """The planning and writing of one file of records."""

    planner: RecordPlanner
    actor: Any
    # Accounts of this file by the hash of their key, and who waits for one as its parent: (account id, line).
    accounts: dict[int, int] = field(default_factory=dict)
    waiting: dict[int, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    # Whose the numbers of earlier rows are, by hash: an account, or minus the line of one that is to be made.
    numbers: dict[int, int] = field(default_factory=dict)

    @property
    def decisions(self) -> dict[int, tuple[str, int | None]]:
        """{number of a row: (decision, record id)}."""
        return self.planner.decisions

    @decisions.setter
    def decisions(self, decisions: dict[int, tuple[str, int | None]]) -> None:
        self.planner.decisions = decisions

    def remember(self, batch: list[RecordRow], results: dict[int, tuple[str, int | None]]) -> None:
        """Take rows that were written before a break for known."""
        for data in self.planner.remember(batch, results):
            action, pk = results.get(data.row.number, ("", None))
            if pk is None or action == Action.DUPLICATE:
                continue
            plan = PlannedRecord(data.row, data, "")
            self.accounts.setdefault(self.planner.account_of(plan), pk)
            if data.waits_for and action != Action.ERROR:
                self.waiting[hash(data.waits_for)].append((pk, data.row.line))

    def plan(self, batch: list[RecordRow]) -> list[PlannedRecord]:
        """Plan one chunk."""
        return self.planner.plan(batch)

    # -- dry run --------------------------------------------------------------------------------
    def check(self, planned: list[PlannedRecord], means: Means) -> None:
        """Settle the action of every row; writes nothing."""
        self._settle_chunk(planned, lambda plans: self._check(plans, means))

    def _check(self, planned: list[PlannedRecord], means: Means) -> None:
        self._settle_stale(planned, means)
        self._check_numbers(planned)
        made = {id(one): (one, plan) for plan in planned for one in plan.makes}
        savings = check_records([one.new for one, _plan in made.values()], actor=self.actor, means=means)
        for (one, plan), saving in zip(made.values(), savings, strict=True):
            if error := saving.error():
                self._refuse_account(one, plan, planned, error)
        touched = [plan for plan in planned if plan.record is not None]
        for plan, saving in self._checked(touched, means):
            if error := _without_pending(plan, saving.error()):
                plan.leave(Action.ERROR, refusal_text(error, self.planner.shape.model))
                continue
            if plan.action == Action.UPDATE:
                plan.changes = saving.history_changes()
                self._settle(plan, is_changed=bool(plan.changes) or self._brings_others(plan))
        self._foresee_conversions(touched)
        for one, _plan in made.values():  # its name is all that later rows need
            one.new = None

    def _settle_stale(self, planned: list[PlannedRecord], means: Means) -> None:
        """Rows older than their records may say what the records hold already, and nothing else."""
        stale = [plan for plan in planned if plan.is_stale and plan.record is not None]
        for plan, saving in self._checked(stale, means):
            if saving.error() or saving.history_changes() or self._brings_others(plan):
                plan.refuse_stale()
            else:
                plan.action, plan.record, plan.children = Action.UNCHANGED, None, None

    def _checked(self, plans: list[PlannedRecord], means: Means) -> Iterable[tuple[PlannedRecord, Saving]]:
        """Each row with what the write door says of its record; [] asks nothing."""
        children = [plan.children for plan in plans]
        savings = check_records([plan.record for plan in plans], actor=self.actor, means=means, children=children)
        return zip(plans, savings, strict=True)

    @staticmethod
    def _brings_others(plan: PlannedRecord) -> bool:
        """Whether a row changes its record by what the run makes beside it: setup values, accounts, a later parent."""
        data = plan.data
        return bool(data.new_values or plan.makes or data.waits_for and plan.record.parent_id is None)

    def _forget(self, refused: list[PlannedRecord]) -> None:
        """Let refused rows stand for no later one, and their numbers be free."""
        self.planner.forget(refused)
        free_numbers(refused, self.numbers)

    def _check_numbers(self, planned: list[PlannedRecord]) -> None:
        if self.planner.shape.model is Account:
            check_numbers(planned, self.numbers, self.planner.user)

    def _settle(self, plan: PlannedRecord, *, is_changed: bool) -> None:
        if plan.action == Action.UPDATE and not is_changed:
            plan.action = Action.UNCHANGED

    # -- run ------------------------------------------------------------------------------------
    def write(self, planned: list[PlannedRecord], means: Means) -> Counter:
        """Write a planned chunk inside the caller's transaction; {record type: number} of what was made beside."""
        return self._settle_chunk(planned, lambda plans: self._write(plans, means))

    def _settle_chunk(self, planned: list[PlannedRecord], settle: Callable[..., Counter | None]) -> Counter:
        in_sheet = self.planner.choices.in_sheet
        return settle_chunk(planned, settle=settle, plan=self.plan, forget=self._forget, in_sheet=in_sheet)

    def _write(self, planned: list[PlannedRecord], means: Means) -> Counter:
        door = Door(self.actor, means)
        self._settle_stale(planned, means)
        self._check_numbers(planned)
        also = Counter(self._make_values(planned, means))
        also["account"] += self._make_accounts(planned, door)
        door.save_planned(
            [plan for plan in planned if plan.record is not None],
            settle=self._settle_saved,
            refuse=lambda plan, error: plan.leave(Action.ERROR, refusal_text(error, self.planner.shape.model)),
            again=self._plan_again,
        )
        if self.planner.shape.model is Opportunity:
            self._convert(planned, door)
        if self.planner.shape.model is Account:
            self._set_parents(planned, door)
        self.planner.note_written(planned)
        return +also

    def _make_values(self, planned: list[PlannedRecord], means: Means) -> Counter:
        """The setup values that rows name and the user lets the import make."""
        written: Counter = Counter()
        values = {id(one): one for plan in planned if plan.record is not None for one in plan.data.new_values.values()}
        todo = [one for one in values.values() if one.pk is None]
        refused = self.planner.names.values.make(todo, actor=self.actor, means=means)
        written.update(one.record_type() for one in todo if id(one) not in refused)
        for plan in planned:
            if plan.record is None:
                continue
            for name, value in plan.data.new_values.items():
                if id(value) in refused:
                    plan.leave(Action.ERROR, refused[id(value)])
                    break
                setattr(plan.record, name, value)
        return written

    def _make_accounts(self, planned: list[PlannedRecord], door: Door) -> int:
        made = {id(one): (one, plan) for plan in planned if plan.record is not None for one in plan.makes}
        rows = list(made.values())
        refused = door.save([plan for _one, plan in rows], [one.new for one, _plan in rows])
        errors = {id(plan): error for plan, error in refused}
        for one, plan in rows:
            if one.new.pk is None or id(plan) in errors and one.new._state.adding:
                self._refuse_account(one, plan, planned, errors[id(plan)])
            else:
                one.pk, one.new = one.new.pk, None
        for plan in planned:
            if plan.record is not None:
                for name, one in plan.data.made.items():
                    setattr(plan.record, f"{name}_id", one.pk)
        return sum(one.pk is not None for one, _plan in rows)

    def _refuse_account(self, one: Any, plan: PlannedRecord, planned: list[PlannedRecord], error: Any) -> None:
        """Without its account a row, and whoever shares the account, is an error."""
        reason = _("No account was made: %(reason)s") % {"reason": refusal_text(error, Account)}
        for other in planned:
            if other.record is not None and one in other.data.made.values():
                other.leave(Action.ERROR, reason)
        self.planner.names.forget(one)

    def _settle_saved(self, plan: PlannedRecord, is_changed: bool) -> None:
        waits = plan.action == Action.UPDATE and plan.data.waits_for and plan.record.parent_id is None
        self._settle(plan, is_changed=bool(is_changed or waits))

    def _plan_again(self, plans: list[PlannedRecord]) -> list[PlannedRecord]:
        """Read the records of these rows afresh and write the rows' values onto them; gone ones are refused."""
        planner = self.planner
        ids = [plan.record.pk for plan in plans]
        found = planner.shape.model.objects.editable_by(planner.user).in_bulk(ids)
        present = {one.name: child_rows.load(planner.shape.model, one.name, ids) for one in planner.shape.inlines}
        ready = []
        for plan in plans:
            record = found.get(plan.record.pk)
            if record is None or plan.data.version not in (None, record.version):
                plan.leave(Action.ERROR, _("Somebody else has just changed or deleted this record."))
                continue
            plan.record = record
            planner.write_onto(plan, present, set(found))
            if plan.record is not None:
                ready.append(plan)
        return ready

    # -- what follows ---------------------------------------------------------------------------
    def _foresee_conversions(self, planned: list[PlannedRecord]) -> None:
        if self.planner.shape.model is Opportunity:
            self._prospects(planned)

    def _prospects(self, planned: list[PlannedRecord]) -> dict[int, tuple[Account, PlannedRecord]]:
        """{account id: (prospect, row)} of the prospects that become customers with deals won in these rows."""
        won = [
            plan
            for plan in planned
            if plan.wins and plan.record is not None and plan.action in (Action.CREATE, Action.UPDATE)
        ]
        ids = {plan.record.account_id for plan in won if plan.record.account_id}
        rows = Account.objects.filter(pk__in=ids, lifecycle=Account.Lifecycle.PROSPECT).in_bulk() if ids else {}
        found: dict[int, tuple[Account, PlannedRecord]] = {}
        for plan in won:
            if (account := rows.get(plan.record.account_id)) is not None:
                plan.converts = account.name
                found.setdefault(account.pk, (account, plan))
        return found

    def _convert(self, planned: list[PlannedRecord], door: Door) -> None:
        """Whoever has bought is a customer, as when a deal is won on its page."""
        found = self._prospects(planned)
        now = timezone.now()
        for account, plan in found.values():
            account.lifecycle = Account.Lifecycle.CUSTOMER
            day = plan.record.closed_date or timezone.localtime(now, Firm.current().zone()).date()
            account.customer_since = account.customer_since or day
            account.converted_at, account.converted_by = now, self.actor
        rows = list(found.values())
        for plan, error in door.save([plan for _account, plan in rows], [account for account, _plan in rows]):
            plan.reasons.append(refusal_text(error, Account))
            plan.converts = ""

    def _set_parents(self, planned: list[PlannedRecord], door: Door) -> None:
        """Give accounts the parent that came later in the file: as soon as it is there, in this very chunk."""
        by_line = {plan.line: plan for plan in planned}
        for plan in planned:
            key = self.planner.account_of(plan)
            if plan.record_id is not None and plan.action != Action.DUPLICATE:
                self.accounts.setdefault(key, plan.record_id)
                if plan.data.waits_for and plan.action != Action.ERROR:
                    self.waiting[hash(plan.data.waits_for)].append((plan.record_id, plan.line))
            elif plan.action == Action.ERROR and self.waiting.get(key) and key not in self.accounts:
                lines = ", ".join(str(line) for _pk, line in self.waiting[key][:10])
                text = (
                    _("The accounts of the rows %(lines)s have no parent without it.")
                    if self.planner.choices.in_sheet
                    else _("The accounts of the lines %(lines)s have no parent without it.")
                )
                plan.reasons.append(text % {"lines": lines})
        ready = {key: self.waiting.pop(key) for key in [key for key in self.waiting if key in self.accounts]}
        todo = {pk: (self.accounts[key], line) for key, rows in ready.items() for pk, line in rows}
        children = Account.objects.filter(pk__in=todo, parent=None).in_bulk() if todo else {}
        rows = []
        for pk, child in children.items():
            parent_id, line = todo[pk]
            child.parent_id = parent_id
            rows.append((by_line.get(line) or _EarlierRow(line), child))
        for who, error in door.save([who for who, _child in rows], [child for _who, child in rows]):
            who.reasons.append(refusal_text(error, Account))


@dataclass
class _EarlierRow:
    """A row of an earlier chunk, whose account gets its parent now."""

    line: int
    reasons: list[str] = field(default_factory=list)


def _without_pending(plan: PlannedRecord, error: ValidationError | None) -> ValidationError | None:
    """The refusal of a row without what only waits for records that the run makes."""
    pending = set(plan.data.new_values) | {name for name, one in plan.data.made.items() if one.pk is None}
    if error is None or not pending:
        return error
    left = {name: errors for name, errors in error.error_dict.items() if name not in {*pending, NON_FIELD_ERRORS}}
    return ValidationError(left) if left else None
