"""The background work of one process takes tasks, ticks, survives failures and stops when asked."""

import threading

import pytest

from core.jobs import background


class FakeWorker:
    """Stands for the queue's worker: counts its runs and fails on demand."""

    def __init__(self, failures: int = 0) -> None:
        self.running = True
        self.failures = failures
        self.runs = 0
        self.ran = threading.Event()

    def run(self) -> None:
        self.runs += 1
        if self.runs <= self.failures:
            raise RuntimeError("planted")
        self.ran.set()
        while self.running:
            threading.Event().wait(0.01)


@pytest.fixture
def worker(monkeypatch):
    """The worker that `Background` gets here."""
    worker = FakeWorker()
    monkeypatch.setattr(background, "new_worker", lambda: worker)
    monkeypatch.setattr(background, "PAUSE_AFTER_FAILURE_SECONDS", 0.01)
    monkeypatch.setattr(background, "TICK_SECONDS", 0.01)
    monkeypatch.setattr(background, "close_old_connections", lambda: None)
    return worker


def test_takes_tasks_and_ticks_until_stopped(worker):
    ticked = threading.Event()
    running = background.Background(ticked.set)
    running.start()

    assert worker.ran.wait(5)
    assert ticked.wait(5)
    assert running.stop(5)
    assert not any(thread.is_alive() for thread in running.threads)


def test_goes_on_after_a_failure_of_the_queue(worker):
    worker.failures = 2
    running = background.Background(lambda: None)
    running.start()

    assert worker.ran.wait(5)
    assert worker.runs == 3
    assert running.stop(5)


def test_goes_on_ticking_after_a_failed_tick(worker):
    calls = []
    third = threading.Event()

    def tick() -> None:
        calls.append(1)
        if len(calls) >= 3:
            third.set()
        raise RuntimeError("planted")

    running = background.Background(tick)
    running.start()

    assert third.wait(5)
    assert running.stop(5)


def test_says_when_a_task_did_not_end_in_time(worker, monkeypatch):
    release = threading.Event()
    monkeypatch.setattr(worker, "run", lambda: release.wait(10))
    running = background.Background(lambda: None)
    running.start()

    assert not running.stop(0.05)
    release.set()
    assert running.stop(5)


def test_works_on_all_queues():
    worker = background.new_worker()

    assert worker.process_all_queues
