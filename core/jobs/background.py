"""The background work of one process: a thread that takes tasks from the queue and a thread that ticks."""

import logging
import threading
import uuid
from collections.abc import Callable

from django.db import close_old_connections, connections
from django_tasks_db.management.commands.db_worker import Worker

logger = logging.getLogger(__name__)

TICK_SECONDS = 15
POLL_SECONDS = 1.0
PAUSE_AFTER_FAILURE_SECONDS = 5


class Background:
    """Takes tasks of every queue one after another, and calls `tick` every TICK_SECONDS, until stopped.

    Both threads are daemons: a process that must end does not wait for them. What a killed one leaves behind
    is put back by the reaper, which `tick` runs.
    """

    def __init__(self, tick: Callable[[], None]) -> None:
        self.tick = tick
        self.stopping = threading.Event()
        self.worker = new_worker()
        self.threads = [
            threading.Thread(target=self.take_tasks, name="tasks", daemon=True),
            threading.Thread(target=self.keep_ticking, name="ticker", daemon=True),
        ]

    def start(self) -> None:
        """Start both threads, in the process that is to do the work: threads do not survive a fork."""
        for thread in self.threads:
            thread.start()

    def stop(self, wait_seconds: float) -> bool:
        """Ask both threads to end after what they are doing; False when one is still busy then."""
        self.stopping.set()
        self.worker.running = False
        for thread in self.threads:
            thread.join(wait_seconds)
        return not any(thread.is_alive() for thread in self.threads)

    def take_tasks(self) -> None:
        """Run the worker; a failure of the queue itself (database away) is logged and tried again."""
        while not self.stopping.is_set():
            try:
                self.worker.run()
            except Exception:
                logger.exception("The task queue could not be read")
                self.stopping.wait(PAUSE_AFTER_FAILURE_SECONDS)
        connections.close_all()

    def keep_ticking(self) -> None:
        """Call `tick` now and then every TICK_SECONDS; one failed tick does not end the next ones."""
        while not self.stopping.is_set():
            try:
                close_old_connections()
                self.tick()
            except Exception:
                logger.exception("A tick failed")
            finally:
                close_old_connections()
            self.stopping.wait(TICK_SECONDS)
        connections.close_all()


def new_worker(*, until_empty: bool = False) -> Worker:
    """The queue's own worker, for all queues, without its signal handlers; `until_empty` ends with the last task."""
    return Worker(
        queue_names=["*"],
        excluded_queue_names=[],
        interval=POLL_SECONDS,
        batch=until_empty,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id=uuid.uuid4().hex,
    )
