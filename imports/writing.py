"""Writes a planned chunk through the write door, good rows together; a refused row never takes its neighbours along."""

from collections import Counter
from typing import Any

from django.core.exceptions import ValidationError

from core.records.door import check_records, save_records
from core.records.means import Means
from core.records.refusals import BatchRefused

from .models import ImportRow
from .planning import Planned

Action = ImportRow.Action


def check_chunk(planned: list[Planned], *, actor: Any, means: Means) -> None:
    """Dry run: settle the action of every row (update, link or unchanged; error with its reasons). Writes nothing."""
    _check_accounts(planned, actor, means)
    touched = [plan for plan in planned if plan.contact is not None]
    savings = check_records(
        [plan.contact for plan in touched], actor=actor, means=means, children=[plan.children for plan in touched]
    )
    for plan, saving in zip(touched, savings, strict=True):
        if error := saving.error():
            plan.refuse(refusal_text(error))
        else:
            _settle(plan, bool(saving.history_changes()))


def _check_accounts(planned: list[Planned], actor: Any, means: Means) -> None:
    made = [plan for plan in planned if plan.makes_account]
    savings = check_records([plan.account for plan in made], actor=actor, means=means)
    for plan, saving in zip(made, savings, strict=True):
        if error := saving.error():
            plan.refuse(refusal_text(error))


def _settle(plan: Planned, changed: bool) -> None:
    if plan.action != Action.UPDATE or changed:
        return
    plan.action = Action.LINK if plan.reference is not None else Action.UNCHANGED


def write_chunk(planned: list[Planned], *, actor: Any, means: Means) -> Counter:
    """Write a chunk inside the caller's transaction; returns {record type: number} of what was made beside contacts."""
    check_chunk(planned, actor=actor, means=means)
    also: Counter = Counter()
    made = [plan for plan in planned if plan.makes_account]
    _save(made, "account", actor, means)
    also["account"] += sum(1 for plan in made if plan.account is not None and plan.account.pk)
    changed = [plan for plan in planned if plan.contact is not None and plan.action in (Action.CREATE, Action.UPDATE)]
    new = [plan for plan in changed if plan.action == Action.CREATE]
    old = [plan for plan in changed if plan.action == Action.UPDATE]
    _save(new, "contact", actor, means)
    _save(old, "contact", actor, means)
    linked = [plan for plan in planned if plan.reference is not None and plan.account is not None and plan.account.pk]
    for plan in linked:
        plan.reference.contact, plan.reference.account = plan.contact, plan.account
    _save(linked, "reference", actor, means)
    also["crossreference"] += sum(1 for plan in linked if plan.reference is not None and plan.reference.pk)
    return also


def _save(plans: list[Planned], name: str, actor: Any, means: Means) -> None:
    """Save one kind of record of many rows; rows that are refused become errors and the others are saved."""
    plans = [plan for plan in plans if getattr(plan, name) is not None]
    while plans:
        try:
            save_records(
                [getattr(plan, name) for plan in plans],
                actor=actor,
                means=[means.with_detail(f"{means.detail}, {plan.row.line}") for plan in plans],
                children=[plan.children for plan in plans] if name == "contact" else None,
            )
        except BatchRefused as refused:
            for index, error in refused.errors.items():
                plans[index].refuse(refusal_text(error))
            plans = [plan for index, plan in enumerate(plans) if index not in refused.errors]
        else:
            return


def refusal_text(error: ValidationError) -> str:
    """A refusal in one line: each field with its reasons."""
    if not hasattr(error, "error_dict"):
        return " ".join(error.messages)
    return " ".join(
        f"{'' if name == '__all__' else name + ': '}{' '.join(messages)}" for name, messages in error.message_dict.items()
    )
