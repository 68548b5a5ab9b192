"""Background jobs: one worker at a time, exactly-once steps, killed workers, errors in words."""

import logging
import os
import signal
import threading
import time
from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connections, transaction
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from core.jobs import ticker
from core.jobs.background import Background, new_worker
from core.jobs.context import JobLost, claim
from core.jobs.models import Job, Tick
from core.jobs.runner import MAX_ATTEMPTS, cancel_job, resume_job, run_job, start_job
from core.records.form_keys import FormKey
from tests import make
from tests.core import job_runners
from tests.threads import together

RUNNERS = {name: f"tests.core.job_runners.{name}" for name in ("count", "stall", "break_in_second_step", "refuse")}


@pytest.fixture(autouse=True)
def runners(settings):
    settings.JOB_RUNNERS = RUNNERS


def started(kind: str, **fields) -> Job:
    return start_job(kind, actor=make.user(**fields))


def silence(job: Job) -> None:
    """As if the worker (or the process that enqueued) had died some time ago."""
    Job.objects.filter(pk=job.pk).update(heartbeat_at=timezone.now() - 2 * ticker.ABANDONED_AFTER)


def work_off_the_queue() -> None:
    """Run the queue's own worker until nothing is ready."""
    worker = new_worker()
    worker.batch = True
    worker.run()


def waits_until(condition, seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


class TestStarting:
    @pytest.mark.django_db(transaction=True)
    def test_enters_the_queue_only_when_the_transaction_commits(self):
        actor = make.user()
        with transaction.atomic():
            start_job("count", actor=actor, total=20)
            assert DBTaskResult.objects.count() == 0
        assert DBTaskResult.objects.count() == 1

        with transaction.atomic():
            start_job("count", actor=actor)
            transaction.set_rollback(True)
        assert (Job.objects.count(), DBTaskResult.objects.count()) == (1, 1)

    @pytest.mark.django_db
    def test_refuses_a_kind_without_a_runner(self):
        with pytest.raises(ImproperlyConfigured):
            start_job("unheard", actor=None)
        assert not Job.objects.exists()


@pytest.mark.django_db(transaction=True)
class TestRunning:
    def test_a_worker_thread_works_through_the_job(self):
        job = started("count")
        background = Background(ticker.tick)
        background.start()
        try:
            assert waits_until(lambda: Job.objects.get(pk=job.pk).is_finished)
        finally:
            assert background.stop(10)

        job.refresh_from_db()
        assert (job.state, job.done, job.total, job.percent, job.attempt) == ("finished", 20, 20, 100, 1)
        assert job.finished_at
        assert job_runners.traces(job) == list(range(20))
        assert ticker.last_tick_at()

    def test_twenty_workers_with_the_same_task_run_it_once(self):
        job = started("count")
        together(20, lambda position: run_job.func(job.pk))

        job.refresh_from_db()
        assert (job.state, job.attempt) == ("finished", 1)
        assert job_runners.traces(job) == list(range(20))

    def test_a_finished_job_is_not_run_again(self):
        job = started("count")
        run_job.func(job.pk)
        run_job.func(job.pk)
        assert job_runners.traces(job) == list(range(20))

    def test_a_step_that_fails_leaves_neither_rows_nor_progress(self, caplog):
        job = started("break_in_second_step")
        with caplog.at_level(logging.ERROR):
            run_job.func(job.pk)

        job.refresh_from_db()
        assert (job.state, job.cursor, job.done) == ("waiting", 1, 1)
        assert job_runners.traces(job) == [0]
        assert "planted" in caplog.text

    def test_an_unexpected_error_is_tried_three_times_then_stops_in_words(self):
        job = started("break_in_second_step", language="es")
        for _attempt in range(MAX_ATTEMPTS + 2):
            run_job.func(job.pk)

        job.refresh_from_db()
        assert (job.state, job.attempt) == ("stopped", MAX_ATTEMPTS)
        assert job_runners.traces(job) == [0, 1, 2]
        assert str(job.pk) in job.error
        assert "planted" not in job.error

    def test_a_further_attempt_waits_a_moment(self):
        job = started("break_in_second_step")
        work_off_the_queue()
        assert Job.objects.get(pk=job.pk).attempt == 1
        assert DBTaskResult.objects.get(status="READY").run_after > timezone.now()

    def test_a_refusal_of_the_runner_is_final_and_told_to_the_user(self):
        job = started("refuse")
        run_job.func(job.pk)
        job.refresh_from_db()
        assert (job.state, job.error, job.attempt) == ("failed", "The file is empty.", 1)

    def test_a_runner_that_disappeared_does_not_take_the_worker_along(self, settings):
        job = started("count")
        settings.JOB_RUNNERS = {}
        work_off_the_queue()
        assert Job.objects.get(pk=job.pk).state == "waiting"


@pytest.mark.django_db(transaction=True)
class TestKilledWorkers:
    def test_a_killed_process_leaves_a_job_that_another_one_ends(self):
        job = started("stall")
        connections.close_all()
        child = os.fork()
        if child == 0:
            run_job.func(job.pk)
            os._exit(0)
        assert waits_until(lambda: job_runners.traces(job) == list(range(5)))
        time.sleep(0.3)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        job.refresh_from_db()
        assert (job.state, job.cursor) == ("running", 5)

        Job.objects.filter(pk=job.pk).update(kind="count")
        silence(job)
        ticker.tick()
        work_off_the_queue()

        job.refresh_from_db()
        assert (job.state, job.attempt, job.done) == ("finished", 2, 20)
        assert job_runners.traces(job) == list(range(20))

    def test_a_runner_that_was_given_up_writes_nothing_any_more(self):
        job = started("count")
        zombie = claim(job.pk)
        silence(job)
        ticker.tick()
        run_job.func(job.pk)

        with pytest.raises(JobLost), zombie.step():
            FormKey.objects.create(key="7a3b9a5e-3f0e-4a55-9c0a-2a3f1f7f1c11", user=job.created_by)
        with pytest.raises(JobLost):
            zombie.heartbeat(done=1)
        with pytest.raises(JobLost):
            zombie.settle("failed", "late")
        assert not FormKey.objects.filter(url="").exists()
        assert Job.objects.get(pk=job.pk).state == "finished"

    def test_three_lost_workers_stop_the_job_and_it_can_be_resumed(self):
        job = started("count")
        for _attempt in range(MAX_ATTEMPTS):
            assert claim(job.pk)
            silence(job)
            Tick.objects.all().delete()
            ticker.tick()
        job.refresh_from_db()
        assert job.state == "stopped"
        assert str(MAX_ATTEMPTS) in job.error

        assert resume_job(job)
        assert not resume_job(job)
        work_off_the_queue()
        job.refresh_from_db()
        assert (job.state, job.attempt, job.error) == ("finished", 1, "")
        assert job_runners.traces(job) == list(range(20))

    def test_a_live_runner_is_left_alone(self):
        job = started("count")
        context = claim(job.pk)
        ticker.reap()
        context.heartbeat(done=3)
        assert Job.objects.get(pk=job.pk).state == "running"

    def test_a_long_step_is_not_taken_for_dead(self):
        job = started("count")
        context = claim(job.pk)
        silence(job)
        stepping, reaped = threading.Event(), threading.Event()

        def long_step() -> None:
            with context.step() as step:
                stepping.set()
                time.sleep(0.5)
                step.done = 5
            connections.close_all()

        def reap() -> None:
            ticker.reap()
            reaped.set()
            connections.close_all()

        threads = [threading.Thread(target=long_step), threading.Thread(target=reap)]
        threads[0].start()
        assert stepping.wait(10)
        threads[1].start()
        for thread in threads:
            thread.join(30)
        assert reaped.is_set()
        job.refresh_from_db()
        assert (job.state, job.done, job.run_token) == ("running", 5, context.token)

    def test_a_job_whose_place_in_the_queue_was_lost_gets_a_new_one(self):
        job = started("count")
        DBTaskResult.objects.all().delete()
        silence(job)
        ticker.tick()
        work_off_the_queue()
        assert Job.objects.get(pk=job.pk).state == "finished"

    def test_a_job_that_waits_in_a_long_queue_is_not_enqueued_twice(self):
        job = started("count")
        for _round in range(3):
            silence(job)
            ticker.reap()
        assert DBTaskResult.objects.count() == 1


@pytest.mark.django_db(transaction=True)
class TestCancelling:
    def test_a_waiting_job_ends_at_once(self):
        job = started("count")
        cancel_job(job)
        run_job.func(job.pk)
        job.refresh_from_db()
        assert (job.state, job_runners.traces(job)) == ("cancelled", [])

    def test_a_running_job_ends_after_its_present_step(self, monkeypatch):
        job = started("count")

        def cancel_after_row_seven(context, row, apply=job_runners._apply):
            apply(context, row)
            if row == 7:
                Job.objects.filter(pk=job.pk).update(cancel_asked=True)

        monkeypatch.setattr(job_runners, "_apply", cancel_after_row_seven)
        run_job.func(job.pk)
        job.refresh_from_db()
        assert (job.state, job.done) == ("cancelled", 10)
        assert job_runners.traces(job) == list(range(10))

    def test_a_cancelled_job_whose_worker_died_is_not_run_again(self):
        job = started("count")
        claim(job.pk)
        cancel_job(job)
        silence(job)
        ticker.tick()
        assert Job.objects.get(pk=job.pk).state == "cancelled"

    def test_a_finished_job_stays_finished(self):
        job = started("count")
        run_job.func(job.pk)
        cancel_job(job)
        assert Job.objects.get(pk=job.pk).state == "finished"


class TestTicking:
    @pytest.mark.django_db(transaction=True)
    @pytest.mark.parametrize("known", [True, False])
    def test_of_many_processes_one_takes_up_a_duty(self, known):
        if known:
            Tick.objects.create(name="reap", last_at=timezone.now() - timedelta(days=1))
        answers = together(20, lambda position: ticker.is_due("reap", timedelta(seconds=10)))
        assert sorted(answers, key=str) == [False] * 19 + [True]

    @pytest.mark.django_db
    def test_says_when_it_last_ticked(self):
        assert ticker.last_tick_at() is None
        ticker.tick()
        assert timezone.now() - ticker.last_tick_at() < timedelta(seconds=10)

    @pytest.mark.django_db
    def test_removes_old_form_keys_and_keeps_recent_ones(self):
        user = make.user()
        for number, age in enumerate([0, 1, 5]):
            FormKey.objects.create(
                key=f"00000000-0000-0000-0000-00000000000{number}",
                user=user,
                used_at=timezone.now() - timedelta(days=age),
            )
        ticker.tick()
        assert FormKey.objects.count() == 2

    @pytest.mark.django_db
    def test_removes_results_of_tasks_that_ended_long_ago(self, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            started("count")
        DBTaskResult.objects.update(status="SUCCESSFUL", finished_at=timezone.now() - timedelta(days=30))
        ticker.tidy()
        assert not DBTaskResult.objects.exists()
