"""[M8] Accepting proposed accounts singly and all above a score, in the background when many; and taking back."""

import pytest
from django.db import OperationalError

from accounts.models import Account
from contacts import accepting
from contacts.acceptance_models import AcceptanceRun
from contacts.accepting import accept, accept_above, is_undone_by, take_back, undo_run
from contacts.cross_referencing import change, make_primary
from contacts.models import Contact, CrossReference
from contacts.proposing import waiting_contacts
from core.jobs.models import Job
from core.jobs.runner import cancel_job, resume_job, run_job
from core.records.means import Means
from core.records.models import Change, TrashUnit
from core.records.trash import delete_record, restore
from core.records.undo import AlreadyUndone, figure, undo_of
from setup_values.models import ContactRole
from tests import make
from users.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def firm():
    return make.firm()


@pytest.fixture
def arga(rep) -> Account:
    return make.account(rep, "Cementos Arga, S.A.", website="https://arga.example")


@pytest.fixture
def many(monkeypatch) -> None:
    """A few contacts are many: chunks of two, and more than three are background work that waits for `work_off`."""
    monkeypatch.setattr(accepting, "CHUNK", 2)
    monkeypatch.setattr(accepting, "MOST_AT_ONCE", 3)


def alone(user: User, number: int, *, company: str = "Cementos Arga", domain: str = "arga.example") -> Contact:
    return make.contact(user, "Jon", f"Vidal {number:03}", company_name=company, emails=[f"jon{number}@{domain}"])


def work_off(job: Job) -> Job:
    run_job.func(job.pk)
    job.refresh_from_db()
    return job


def linked(account: Account) -> int:
    return CrossReference.objects.filter(account=account).count()


class TestSingly:
    def test_the_contact_is_cross_referenced_in_a_role(self, rep, arga):
        contact, role = alone(rep, 1), make.value(ContactRole, "User")

        accepted = accept(pairs=[(contact, arga)], actor=rep, role=role)

        assert [(row.contact, row.account, row.role) for row in accepted.made] == [(contact, arga, role)]
        noted = Change.objects.get(record_type="crossreference")
        assert (noted.kind, noted.actor, noted.means) == (Change.Kind.CREATE, rep, "form")

    def test_a_second_time_writes_nothing(self, rep, arga):
        contact = alone(rep, 1)
        accept(pairs=[(contact, arga)], actor=rep)

        accepted = accept(pairs=[(contact, arga)], actor=rep)

        assert (accepted.made, accepted.late, linked(arga)) == ([], [contact], 1)

    def test_whoever_has_another_account_meanwhile_gets_no_second_one(self, rep, arga):
        contact = make.contact(rep, "Jon", "Vidal", account=make.account(rep, "Harinas Lodosa"))

        accepted = accept(pairs=[(contact, arga)], actor=rep)

        assert (accepted.late, linked(arga)) == ([contact], 0)

    def test_a_pair_that_is_refused_does_not_stop_the_others(self, rep, arga):
        person = make.account(rep, "Ana Ruiz", kind="person")
        first, second = alone(rep, 1), alone(rep, 2)

        accepted = accept(pairs=[(first, person), (second, arga)], actor=rep)

        assert [row.contact for row in accepted.made] == [second]
        assert "is a person" in accepted.refused[first.pk]


class TestAllAboveAScore:
    def test_few_are_accepted_at_once_as_one_operation(self, rep, arga):
        sure = [alone(rep, number) for number in range(3)]
        alone(rep, 9, company="", domain="arga.example")

        run = accept_above(least_score=90, actor=rep)

        assert (run.job, run.looked_at, run.made) == (None, 4, 3)
        assert set(arga.cross_references.values_list("contact", flat=True)) == {one.pk for one in sure}
        assert set(Change.objects.filter(operation=run.operation).values_list("means", flat=True)) == {"bulk"}

    def test_what_is_undecided_is_never_accepted(self, rep):
        for name in ("Hotel Arga", "Hotel Arga, S.L."):
            make.account(rep, name, website="https://hotelarga.example")
        make.contact(rep, "Jon", "Vidal", emails=["jon@hotelarga.example"])

        assert accept_above(least_score=60, actor=rep).made == 0

    def test_its_own_cross_references_prove_nothing_for_the_next(self, rep, many):
        account = make.account(rep, "Harinas Lodosa")
        alone(rep, 0, company="Harinas Lodosa", domain="lodosa.example")
        for number in range(1, 6):
            alone(rep, number, company="", domain="lodosa.example")

        run = accept_above(least_score=60, actor=rep)
        work_off(run.job)

        assert linked(account) == 1

    def test_many_are_background_work_chunk_by_chunk(self, rep, arga, many):
        for number in range(7):
            alone(rep, number)

        run = accept_above(least_score=90, actor=rep)
        before = linked(arga)
        job = work_off(run.job)

        run.refresh_from_db()
        assert (before, job.state, job.done, job.total) == (0, Job.State.FINISHED, 7, 7)
        assert (run.looked_at, run.made, linked(arga)) == (7, 7, 7)

    def test_while_one_is_not_finished_no_second_one_begins(self, rep, arga, many):
        for number in range(5):
            alone(rep, number)

        assert accept_above(least_score=90, actor=rep) == accept_above(least_score=60, actor=rep)
        assert Job.objects.count() == 1

    @pytest.mark.parametrize("broken", [1, 2, 3])
    def test_after_a_break_it_goes_on_and_links_nobody_twice(self, rep, arga, many, monkeypatch, broken):
        for number in range(7):
            alone(rep, number)
        run = accept_above(least_score=90, actor=rep)
        write, calls = accepting._accept_chunk, []

        def break_once(*args):
            write(*args)
            calls.append(1)
            if len(calls) == broken:
                raise OperationalError("planted")

        monkeypatch.setattr(accepting, "_accept_chunk", break_once)
        at_first = work_off(run.job).state
        at_break = linked(arga)
        work_off(run.job)

        run.refresh_from_db()
        assert (at_first, at_break) == (Job.State.WAITING, 2 * (broken - 1))
        assert (run.looked_at, run.made, linked(arga)) == (7, 7, 7)

    def test_a_cancelled_one_keeps_what_it_has_accepted(self, rep, arga, many, monkeypatch):
        for number in range(7):
            alone(rep, number)
        run = accept_above(least_score=90, actor=rep)
        write = accepting._accept_chunk

        def cancel_meanwhile(*args):
            write(*args)
            cancel_job(run.job)

        monkeypatch.setattr(accepting, "_accept_chunk", cancel_meanwhile)

        job = work_off(run.job)

        assert (job.state, linked(arga), waiting_contacts(rep).count()) == (Job.State.CANCELLED, 2, 5)

    def test_whoever_may_not_any_more_is_told_so(self, rep, arga, many):
        for number in range(5):
            alone(rep, number)
        run = accept_above(least_score=90, actor=rep)
        User.objects.filter(pk=rep.pk).update(is_active=False)

        job = work_off(run.job)

        assert (job.state, linked(arga)) == (Job.State.FAILED, 0)
        assert "may not cross-reference" in job.error

    def test_contacts_and_accounts_of_others_are_left_alone(self, rep, stranger, arga):
        alone(rep, 1)
        assert accept_above(least_score=60, actor=stranger).looked_at == 0
        assert linked(arga) == 0


class TestTakingBack:
    @pytest.fixture
    def run(self, rep, arga) -> AcceptanceRun:
        for number in range(3):
            alone(rep, number)
        return accept_above(least_score=90, actor=rep)

    def test_all_that_was_accepted_in_one_go_is_one_unit_of_the_trash(self, rep, arga, run):
        other = make.cross_reference(rep, make.contact(rep, "Pilar", "Salas"), arga)

        undo_run(run=run, actor=rep)

        assert list(arga.cross_references.filter(deleted_at=None)) == [other]
        assert waiting_contacts(rep).count() == 3
        restore(TrashUnit.objects.get(), actor=rep, means=Means("trash"))
        assert linked(arga) == 4

    @pytest.mark.parametrize("touch", ["role", "primary"])
    def test_what_somebody_changed_since_stays(self, rep, colleague, arga, run, touch):
        row = CrossReference.objects.filter(account=arga).first()
        if touch == "role":
            change(reference=row, actor=colleague, role=make.value(ContactRole, "User"))
        else:
            make_primary(reference=row, actor=colleague)

        undo_run(run=run, actor=rep)

        undo = undo_of(run.operation)
        assert (figure(undo.counts, "trashed"), figure(undo.counts, "kept")) == (2, 1)
        assert list(CrossReference.objects.filter(account=arga)) == [row]

    def test_what_was_removed_already_is_left_alone(self, rep, arga, run):
        delete_record(CrossReference.objects.first(), actor=rep, means=Means("form"))
        undo_run(run=run, actor=rep)
        assert figure(undo_of(run.operation).counts, "trashed") == 2

    def test_a_second_time_is_refused(self, rep, arga, run):
        undo_run(run=run, actor=rep)
        with pytest.raises(AlreadyUndone):
            undo_run(run=run, actor=rep)

    def test_much_is_taken_back_in_the_background(self, rep, arga, many):
        for number in range(7):
            alone(rep, number)
        run = accept_above(least_score=90, actor=rep)
        work_off(run.job)
        run = AcceptanceRun.objects.select_related("job").get(pk=run.pk)

        run = undo_run(run=run, actor=rep)
        job = work_off(run.undo_job)

        assert (job.state, job.done, linked(arga)) == (Job.State.FINISHED, 7, 0)

    def test_one_under_way_is_not_taken_back(self, rep, arga, many):
        for number in range(7):
            alone(rep, number)
        run = accept_above(least_score=90, actor=rep)

        assert undo_run(run=run, actor=rep).undo_job is None
        assert undo_of(run.operation) is None

    def test_a_single_one(self, rep, colleague, arga):
        means = Means("form")
        accept(pairs=[(alone(rep, 1), arga)], actor=rep, means=means)

        assert is_undone_by(means.operation, rep)
        assert not is_undone_by(means.operation, colleague)
        take_back(operation=means.operation, actor=rep)

        assert linked(arga) == 0

    def test_what_did_more_than_cross_reference_is_no_acceptance(self, rep, arga):
        means = Means("form")
        accept(pairs=[(alone(rep, 1), arga)], actor=rep, means=means)
        row = CrossReference.objects.get()
        make_primary(reference=row, actor=rep, means=means)

        assert not is_undone_by(means.operation, rep)


def test_a_stopped_one_can_be_resumed(rep, arga, many):
    for number in range(7):
        alone(rep, number)
    run = accept_above(least_score=90, actor=rep)
    Job.objects.filter(pk=run.job.pk).update(state=Job.State.STOPPED)
    run.job.refresh_from_db()

    assert run.is_stopped
    resume_job(run.job)
    work_off(run.job)

    assert linked(arga) == 7
