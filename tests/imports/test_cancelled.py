"""A run that somebody stops on the way: it goes on where it stopped, or is undone, and never both."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from core.jobs.models import Job
from core.jobs.runner import run_job
from core.jobs.ticker import reap
from imports import contact_target
from imports.models import Import
from imports.run import cancel_run, resume, start_run
from imports.undo import UndoNotPossible, start_undo, start_undo_check, undo_now, undo_of
from tests import make
from tests.business_rows import business_rows
from tests.imports.browsing import body, body_with_tags, page, signed_in
from tests.imports.running import bring, check, go, names, outcome, person, table
from tests.imports.test_lost_rights import loses_rights

pytestmark = pytest.mark.django_db

ROWS = [person(f"Ana{n}", "Ruiz", email=f"ana{n}@arga.example", company="Arga, S.A.") for n in range(7)]


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr("imports.planning.CHUNK", 2)


@pytest.fixture
def boss(db):
    make.firm()
    return make.user("administrator")


def stopped_behind(chunks: int, boss, monkeypatch) -> Import:
    """An import whose user asks for the end while it writes that chunk."""
    work = start_run(work=check(bring(boss, table(*ROWS))), actor=boss)
    writing, calls = contact_target.write_chunk, []

    def write_and_ask(*args, **options):
        also = writing(*args, **options)
        calls.append(1)
        if len(calls) == chunks:
            cancel_run(work=work)
        return also

    with monkeypatch.context() as patched:
        patched.setattr(contact_target, "write_chunk", write_and_ask)
        run_job.func(work.job_id)
    return Import.objects.get(pk=work.pk)


def work_off(job: Job | None) -> None:
    assert job is not None
    run_job.func(job.pk)


def test_it_ends_behind_the_chunk_that_it_is_writing(boss, monkeypatch):
    work = stopped_behind(2, boss, monkeypatch)

    assert (work.job.state, work.job.done, work.is_cancelled) == ("cancelled", 4, True)
    assert len(names()) == 4
    assert (work.counts["rows"], work.rows.filter(is_planned=False).count()) == (4, 4)


def test_it_goes_on_where_it_stopped_and_ends_like_an_undisturbed_one(boss, monkeypatch):
    work = stopped_behind(2, boss, monkeypatch)

    assert resume(work=work)
    work_off(work.job)

    work = Import.objects.get(pk=work.pk)
    assert (work.stage, work.counts["created"], work.is_cancelled) == ("finished", 7, False)
    assert len(set(names())) == len(names()) == 7
    assert [action for _number, action, _reasons in outcome(work)] == ["create"] * 7
    assert [action for _number, action, _reasons in outcome(go(boss, table(*ROWS)))] == ["unchanged"] * 7


def test_what_it_has_written_can_be_undone(boss, monkeypatch):
    before = business_rows()
    work = stopped_behind(3, boss, monkeypatch)

    work = start_undo(work=work, actor=boss)
    work_off(work.undo_job)

    assert Import.objects.get(pk=work.pk).undone_at is not None
    assert business_rows() == before


def test_one_whose_undo_was_asked_for_does_not_go_on(boss, monkeypatch):
    work = stopped_behind(2, boss, monkeypatch)
    work = start_undo(work=work, actor=boss)

    assert not resume(work=work)
    work_off(work.undo_job)
    assert not resume(work=Import.objects.get(pk=work.pk))

    assert names() == []
    assert Import.objects.get(pk=work.pk).job.state == "cancelled"


def test_one_whose_undo_has_stopped_before_its_first_chunk_does_not_go_on(boss, monkeypatch):
    work = start_undo(work=stopped_behind(2, boss, monkeypatch), actor=boss)
    Job.objects.filter(pk=work.undo_job_id).update(state="stopped")

    assert not resume(work=work)


@pytest.mark.parametrize("begin", [start_undo_check, start_undo, lambda **who: undo_now(**who, dry_run=False)])
def test_one_that_goes_on_is_not_undone_from_a_page_that_still_offers_it(boss, monkeypatch, begin):
    work = stopped_behind(2, boss, monkeypatch)
    seen = Import.objects.select_related("job").get(pk=work.pk)
    assert resume(work=work)

    assert seen.has_ended
    with pytest.raises(UndoNotPossible):
        begin(work=seen, actor=boss)


def test_what_an_undo_would_do_is_worked_out_anew_after_it_went_on(boss, monkeypatch):
    work = stopped_behind(2, boss, monkeypatch)
    work = start_undo_check(work=work, actor=boss)
    work_off(work.undo_job)
    assert undo_of(work) is not None

    assert resume(work=work)

    assert undo_of(work) is None


@pytest.mark.parametrize("state", ["waiting", "stopped"])
def test_one_that_waits_or_has_stopped_by_itself_ends_at_once(boss, state):
    work = start_run(work=check(bring(boss, table(*ROWS))), actor=boss)
    Job.objects.filter(pk=work.job_id).update(state=state)

    cancel_run(work=Import.objects.get(pk=work.pk))
    run_job.func(work.job_id)

    work = Import.objects.get(pk=work.pk)
    assert work.is_cancelled
    assert names() == []
    work_off(start_undo(work=work, actor=boss).undo_job)
    assert Import.objects.get(pk=work.pk).undone_at is not None


def test_one_whose_worker_died_ends_with_the_reaper(boss, monkeypatch):
    work = stopped_behind(2, boss, monkeypatch)
    long_ago = timezone.now() - timedelta(minutes=5)
    Job.objects.filter(pk=work.job_id).update(state="running", cancel_asked=True, heartbeat_at=long_ago)

    reap()

    work = Import.objects.get(pk=work.pk)
    assert work.is_cancelled
    assert work.has_ended


def test_a_finished_one_is_not_ended(boss):
    work = go(boss, table(*ROWS))

    signed_in(boss).post(page(work, "cancel"))

    work.refresh_from_db()
    assert (work.stage, work.job.state) == ("finished", "finished")


class TestPages:
    def test_the_run_offers_its_end_and_says_that_it_is_coming(self, boss):
        work, browser = start_run(work=check(bring(boss, table(*ROWS))), actor=boss), signed_in(boss)
        Job.objects.filter(pk=work.job_id).update(state="running", total=7, done=2)
        assert f'action="{page(work, "cancel")}"' in body_with_tags(browser, page(work, "report"))

        assert browser.post(page(work, "cancel"))["Location"] == page(work, "report")

        assert "Row 2 of 7 · being stopped" in body(browser, page(work, "report"))
        assert f'action="{page(work, "cancel")}"' not in body_with_tags(browser, page(work, "report"))

    def test_a_cancelled_run_says_how_far_it_came_and_offers_both_ways(self, boss, monkeypatch):
        work, browser = stopped_behind(2, boss, monkeypatch), signed_in(boss)

        shown, tags = body(browser, page(work, "report")), body_with_tags(browser, page(work, "report"))
        assert "Stopped on request · Row 4 of 7" in shown
        assert "= 4 rows so far" in shown
        assert f'action="{page(work, "resume")}"' in tags
        assert f'action="{page(work, "undo")}"' in tags
        assert "Stopped" in body(browser, reverse("import_list"))

        assert browser.post(page(work, "resume"))["Location"] == page(work, "report")
        work_off(work.job)
        assert "Stopped on request" not in body(browser, page(work, "report"))

    def test_an_undone_one_does_not_offer_to_go_on(self, boss, monkeypatch):
        work, browser = stopped_behind(2, boss, monkeypatch), signed_in(boss)
        work = start_undo(work=work, actor=boss)
        assert f'action="{page(work, "resume")}"' not in body_with_tags(browser, page(work, "report"))
        work_off(work.undo_job)

        shown = body_with_tags(browser, page(work, "report"))
        assert f'action="{page(work, "resume")}"' not in shown
        assert "This import was undone" in shown

    def test_one_that_stopped_by_itself_can_be_ended_to_be_undone(self, boss):
        work, browser = start_run(work=check(bring(boss, table(*ROWS))), actor=boss), signed_in(boss)
        Job.objects.filter(pk=work.job_id).update(state="stopped", error="The disk is full.")
        assert "End here" in body(browser, page(work, "report"))

        browser.post(page(work, "cancel"))

        assert "Undo this import" in body(browser, page(work, "report"))

    def test_who_lost_the_right_may_end_it_and_others_do_not_find_it(self, boss):
        rep = make.user("rep", team=make.team("South"))
        work = start_run(work=check(bring(rep, table(*ROWS))), actor=rep)
        Job.objects.filter(pk=work.job_id).update(state="running")
        other = make.user("rep", team=make.team("North"))

        assert signed_in(other).post(page(work, "cancel")).status_code == 404
        assert not Job.objects.get(pk=work.job_id).cancel_asked
        assert loses_rights(rep, "contact").post(page(work, "cancel")).status_code == 302
        assert Job.objects.get(pk=work.job_id).cancel_asked
