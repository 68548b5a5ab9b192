"""Writes a planned chunk through the write door, good rows together; a refused row never takes its neighbours along."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.utils.translation import gettext as _

from accounts.models import Account
from contacts.models import Contact
from core.records.door import check_records, save_records
from core.records.means import Means
from core.records.models import Record
from core.records.refusals import BatchRefused

from .contact_records import load_children
from .planning import Action, Planned, Planner

# How often a row is planned anew because somebody else changes its contact in this moment.
MOST_ATTEMPTS = 3


class Lined(Protocol):
    """What stands for a row at the door: each planned row does."""

    @property
    def line(self) -> int:
        """The line in which the row begins, for the history."""


Refused = list[tuple[Any, ValidationError]]


def check_chunk(planned: list[Planned], planner: Planner, *, actor: Any, means: Means) -> None:
    """Dry run: settle the action of every row (update, link or unchanged; error with its reasons). Writes nothing."""
    touched = [plan for plan in planned if plan.record is not None]
    savings = check_records(
        [plan.record for plan in touched],
        actor=actor,
        means=means,
        children=[plan.children for plan in touched],
    )
    for plan, saving in zip(touched, savings, strict=True):
        if error := saving.error():
            _refuse(plan, planned, planner, refusal_text(error, Contact))
        else:
            plan.changes = saving.history_changes() if plan.action == Action.UPDATE else {}
            _settle(plan, bool(plan.changes) or plan.new_source is not None)
    made = [plan for plan in planned if plan.makes_account]
    for plan, saving in zip(made, check_records(_accounts(made), actor=actor, means=means), strict=True):
        if error := saving.error():
            _refuse_account(plan, planned, planner, refusal_text(error, Account))
    for plan in made:
        if plan.account is not None:  # its name is all that later rows need; the records of a large file do not fit
            plan.account.new = None


def write_chunk(planned: list[Planned], planner: Planner, *, actor: Any, means: Means) -> Counter:
    """Write a chunk inside the caller's transaction; returns {record type: number} of what was made beside contacts."""
    door = Door(actor, means)
    _make_sources(planned, planner, door)
    door.save_planned(
        [plan for plan in planned if plan.record is not None],
        settle=_settle,
        refuse=lambda plan, error: _refuse(plan, planned, planner, refusal_text(error, Contact)),
        again=lambda plans: _merge_again(plans, planned, planner),
    )
    made = [plan for plan in planned if plan.makes_account]
    for plan, error in door.save(made, _accounts(made)):
        _refuse_account(plan, planned, planner, refusal_text(error, Account))
    new: dict[int, Account] = {}
    for plan in made:
        if plan.account is not None and (account := plan.account.new) is not None:
            new[account.pk] = account
            plan.account.pk, plan.account.new = account.pk, None
    linked = [plan for plan in planned if plan.reference is not None]
    for plan in linked:
        plan.reference.contact, plan.reference.account_id = plan.record, plan.account.pk
        if plan.account.pk in new:  # then the door need not read it
            plan.reference.account = new[plan.account.pk]
    for plan, error in door.save(linked, [plan.reference for plan in linked]):
        plan.unlink(_("Not cross-referenced: %(reason)s") % {"reason": refusal_text(error, Contact)})
        if plan.action == Action.LINK:
            plan.action = Action.UNCHANGED
    planner.note_written(planned)
    return Counter(
        account=sum(plan.makes_account for plan in planned),
        crossreference=sum(plan.reference is not None for plan in planned),
    )


def _settle(plan: Planned, is_changed: bool) -> None:
    if plan.action == Action.UPDATE and not is_changed:
        plan.action = Action.LINK if plan.reference is not None else Action.UNCHANGED


def _accounts(made: list[Planned]) -> list[Record]:
    return [plan.account.new for plan in made]


class Door:
    """Saves one kind of record of many rows; whoever is refused is left out and the others are saved."""

    def __init__(self, actor: Any, means: Means) -> None:
        self.actor = actor
        self.means = means

    def save(self, plans: Sequence[Lined], records: list[Any], children: list[Any] | None = None) -> Refused:
        """Save the records of plans, each with the line of its row in the history; returns who was refused and why."""
        refused: Refused = []
        rows = list(zip(plans, records, children or [None] * len(plans), strict=True))
        while rows:
            try:
                save_records(
                    [record for _plan, record, _children in rows],
                    actor=self.actor,
                    means=[self.means.with_detail(f"{self.means.detail}, {plan.line}") for plan, *_rest in rows],
                    children=[children for _plan, _record, children in rows],
                )
            except BatchRefused as batch:
                if batch.is_whole and len(rows) > 1:
                    return refused + [one for row in rows for one in self.save(*([part] for part in row))]
                refused += [(rows[index][0], error) for index, error in batch.errors.items()]
                rows = [row for index, row in enumerate(rows) if index not in batch.errors]
            else:
                break
        return refused

    def save_planned(
        self,
        plans: list[Any],
        *,
        settle: Callable[[Any, bool], None],
        refuse: Callable[[Any, ValidationError], None],
        again: Callable[[list[Any]], list[Any]],
    ) -> None:
        """Save the records of PlannedRow; one that somebody else has changed meanwhile is read and planned anew.

        settle: gets each saved row and whether its record has changed; refuse: each refused one; again: reads the
        records of rows anew and answers those that can still be saved.
        """
        for attempt in range(1, MOST_ATTEMPTS + 1):
            versions = {plan.record.pk: plan.record.version for plan in plans if plan.action == Action.UPDATE}
            refused = self.save(plans, [plan.record for plan in plans], [plan.children for plan in plans])
            errors = {id(plan): error for plan, error in refused}
            late = []
            for plan in plans:
                error = errors.get(id(plan))
                if error is None:
                    settle(plan, plan.record.version != versions.get(plan.record.pk))
                elif attempt < MOST_ATTEMPTS and plan.action == Action.UPDATE and _was_changed(error):
                    late.append(plan)
                else:
                    refuse(plan, error)
            if not late:
                return
            plans = again(late)


def _was_changed(error: ValidationError) -> bool:
    return getattr(error, "code", "") == "changed"


def _make_sources(planned: list[Planned], planner: Planner, door: Door) -> None:
    """Make the sources that the user wants made; rows whose source is refused are errors."""
    wanting = [plan for plan in planned if plan.new_source is not None and plan.record is not None]
    if not wanting:
        return
    values = [plan.new_source for plan in wanting if plan.new_source is not None]
    refused = planner.look_ups.names.make(values, actor=door.actor, means=door.means)
    for plan in wanting:
        assert plan.record is not None
        if reason := refused.get(id(plan.new_source)):
            _refuse(plan, planned, planner, reason)
            continue
        plan.data.source = plan.record.source = plan.new_source


def _merge_again(plans: list[Planned], planned: list[Planned], planner: Planner) -> list[Planned]:
    """Read the contacts of these rows afresh and write the rows' values onto them; gone ones are refused."""
    found = Contact.objects.editable_by(planner.user).in_bulk([plan.record.pk for plan in plans])
    present = load_children(found.values())
    ready = []
    for plan in plans:
        contact = found.get(plan.record.pk)
        if contact is None:
            _refuse(plan, planned, planner, _("Somebody else has just deleted this contact or taken it over."))
            continue
        plan.record = contact
        if reason := planner.merge(plan, contact, present[contact.pk]):
            _refuse(plan, planned, planner, reason)
            continue
        ready.append(plan)
    return ready


def _refuse(plan: Planned, planned: list[Planned], planner: Planner, reason: str) -> None:
    """Turn a row into an error; the account that it was to make is made for the next row of the same company."""
    account, made = plan.account, plan.makes_account
    plan.refuse(reason)
    if not made or account is None:
        return
    heir = next((other for other in planned if other.account is account), None)
    if heir is not None:
        heir.makes_account = True
    else:
        planner.accounts.forget(account, plan.account_text)


def _refuse_account(plan: Planned, planned: list[Planned], planner: Planner, reason: str) -> None:
    """Without its account a row, and whoever shares the account, is written without cross-reference."""
    account = plan.account
    for other in planned:
        if other.account is account:
            other.unlink(_("No account was made: %(reason)s") % {"reason": reason})
            if other.action == Action.LINK:
                other.action = Action.UNCHANGED
    planner.accounts.forget(account, plan.account_text)


def refusal_text(error: ValidationError, model: type[Record]) -> str:
    """A refusal in one line: each field of model with its reasons."""
    if not hasattr(error, "error_dict"):
        return " ".join(error.messages)
    return " ".join(
        f"{'' if name == '__all__' else field_label(model, name) + ': '}{' '.join(messages)}"
        for name, messages in error.message_dict.items()
    )


def field_label(model: type[Record], name: str) -> str:
    """What a field or a kind of child row is called ("Job title", "E-mails"); its own name when it is none."""
    try:
        found = model._meta.get_field(name.removesuffix("_id"))
    except FieldDoesNotExist:
        return name
    children = found.related_model if found.auto_created else None
    text = str(children._meta.verbose_name_plural if children else found.verbose_name)
    return text[:1].upper() + text[1:]
