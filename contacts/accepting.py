"""Accepts proposed accounts: singly, or all above a score at once or in the background; and takes them back."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Account
from core.jobs.context import JobContext, JobFailed
from core.jobs.models import Job
from core.jobs.runner import start_job
from core.records.means import Means
from core.records.models import Change
from core.records.rights import Right
from core.records.undo import start_undo, undo_chunk, undo_operation
from core.records.undo_log import Undo
from setup_values.models import ContactRole

from .acceptance_models import AcceptanceRun
from .cross_referencing import add_pairs, not_cross_referenced
from .models import Contact, CrossReference
from .proposing import propose, waiting_contacts

# What a page may wait for; more is background work.
MOST_AT_ONCE = 200
CHUNK = 200
MOST_COUNTED = 100_000
UNFINISHED = (Job.State.WAITING, Job.State.RUNNING, Job.State.STOPPED)
PEOPLE = ("created_by__role", "created_by__team")


@dataclass(frozen=True)
class Accepted:
    """made: the new cross-references; late: contacts that have an account meanwhile; refused: {contact id: why}."""

    made: list[CrossReference]
    late: list[Contact]
    refused: dict[int, str]


def accept(
    *,
    pairs: Sequence[tuple[Contact, Account]],
    actor: Any,
    role: ContactRole | None = None,
    means: Means | None = None,
) -> Accepted:
    """Cross-reference each contact to the account beside it as one operation, unless it has an account meanwhile.

    A second call therefore changes nothing. A pair that may not be tied does not stop the others.
    """
    means = means or Means("form")
    with transaction.atomic():
        waiting = set(_claimed([contact.pk for contact, _account in pairs]))
        late = [contact for contact, _account in pairs if contact.pk not in waiting]
        wanted = [(contact, account) for contact, account in pairs if contact.pk in waiting]
        try:
            return Accepted(add_pairs(pairs=wanted, actor=actor, role=role, means=means).made, late, {})
        except ValidationError:
            return _accept_each(wanted, late, actor, role, means)


def _claimed(ids: list[int]) -> list[int]:
    """Those that still wait for an account, locked: two who accept in the same moment do not both add one."""
    rows = Contact.objects.select_for_update().filter(not_cross_referenced(), pk__in=ids).order_by("pk")
    return list(rows.values_list("pk", flat=True))


def _accept_each(wanted, late: list[Contact], actor: Any, role: ContactRole | None, means: Means) -> Accepted:
    made: list[CrossReference] = []
    refused: dict[int, str] = {}
    for pair in wanted:
        try:
            made += add_pairs(pairs=[pair], actor=actor, role=role, means=means).made
        except ValidationError as error:
            refused[pair[0].pk] = " ".join(error.messages)
    return Accepted(made, late, refused)


def accept_above(*, least_score: int, actor: Any, role: ContactRole | None = None) -> AcceptanceRun:
    """Accept the best proposal of every waiting contact that reaches the score; in the background when there are many.

    While one of actor is not finished, that one is answered: a double click begins none.
    """
    with transaction.atomic():
        unfinished = AcceptanceRun.objects.filter(created_by=actor, job__state__in=UNFINISHED).first()
        if unfinished is not None:
            return unfinished
        waiting = list(waiting_contacts(actor).order_by("-pk")[: MOST_AT_ONCE + 1])
        run = AcceptanceRun(least_score=least_score, role=role, created_by=actor)
        if len(waiting) > MOST_AT_ONCE:
            run.job = start_job("accept_proposals", actor=actor)
        run.save(force_insert=True)
        if run.job is None:
            _accept_chunk(run, chosen(waiting, run), len(waiting))
    return run


def chosen(contacts: Sequence[Contact], run: AcceptanceRun) -> list[tuple[Contact, Account]]:
    """(contact, account) of the proposals that a run takes. What it has written itself proves nothing."""
    found = propose(contacts, user=run.created_by, links=Q(created_at__lt=run.created_at))
    return [(one.contact, one.proposals[0].account) for one in found if one.score >= run.least_score]


def _accept_chunk(run: AcceptanceRun, pairs: list[tuple[Contact, Account]], looked_at: int) -> None:
    """Write what was chosen of so many contacts, with the figures, in the caller's transaction."""
    accepted = accept(pairs=pairs, actor=run.created_by, role=run.role, means=Means("bulk", operation=run.operation))
    run.looked_at += looked_at
    run.made += len(accepted.made)
    run.save(update_fields=["looked_at", "made"])


def run_acceptance(context: JobContext) -> None:
    """The background work of `accept_above`: contacts by id, each chunk one transaction with its progress."""
    run = AcceptanceRun.objects.select_related("role", *PEOPLE).get(job=context.job)
    rows = waiting_contacts(_actor_of(run))
    if context.job.total is None:
        context.heartbeat(total=rows.order_by()[:MOST_COUNTED].count())
    while contacts := list(rows.filter(pk__gt=context.cursor).order_by("pk")[:CHUNK]):
        pairs = chosen(contacts, run)
        with context.step() as step:
            run.refresh_from_db(fields=["looked_at", "made"])
            _accept_chunk(run, pairs, len(contacts))
            step.cursor, step.done = contacts[-1].pk, context.job.done + len(contacts)


def _actor_of(run: AcceptanceRun) -> Any:
    """Who asked for it; raises JobFailed when he may not cross-reference contacts any more."""
    actor = run.created_by
    if actor is None or not actor.is_active or not actor.may(Right.EDIT, "account"):
        raise JobFailed(_("The user who asked for this may not cross-reference contacts any more."))
    return actor


def is_undone_by(operation: uuid.UUID, actor: Any) -> bool:
    """Whether an operation is an acceptance of actor: it added cross-references and did nothing else."""
    changes = Change.objects.filter(operation=operation)
    own = changes.filter(record_type="crossreference", actor=actor, means__in=("form", "bulk"))
    return own.exists() and not changes.exclude(record_type="crossreference", actor=actor).exists()


def take_back(*, operation: uuid.UUID, actor: Any) -> Undo:
    """Put what was accepted singly into the trash again, unless somebody changed it since. Raises AlreadyUndone."""
    return undo_operation(operation, actor=actor, title=_("Accepted proposal"))


def undo_run(*, run: AcceptanceRun, actor: Any) -> AcceptanceRun:
    """Take back what a finished run has accepted, in the background when it is much. Raises AlreadyUndone."""
    with transaction.atomic():
        if run.is_active or run.is_stopped:
            return run
        undo = start_undo(run.operation, actor=actor, title=_("Accepted proposals, %(run)s") % {"run": run.pk})
        if run.made > MOST_AT_ONCE:
            run.undo_job = start_job("undo_acceptance", actor=actor, total=run.made)
            run.save(update_fields=["undo_job"])
        else:
            while undo_chunk(undo, actor=actor):
                pass
    return run


def run_undo(context: JobContext) -> None:
    """The background work of `undo_run`; its log knows where to go on after a break."""
    run = AcceptanceRun.objects.select_related(*PEOPLE).get(undo_job=context.job)
    actor, is_done = _actor_of(run), False
    while not is_done:
        with context.step() as step:
            undo = Undo.objects.select_related("unit").get(operation=run.operation)
            number = undo_chunk(undo, actor=actor)
            step.done, is_done = context.job.done + number, not number
