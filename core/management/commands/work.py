"""`manage.py work`: background work alone, beside separate web processes; start any number of them."""

import signal
import threading
from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from core.jobs.background import Background
from core.jobs.priority import give_way
from core.jobs.ticker import tick


class Command(BaseCommand):
    """Works until SIGTERM or Ctrl-C, then ends after the present task or after --finish-within seconds."""

    help = "Take background tasks from the queue until stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--finish-within", type=float, default=60, help="seconds to finish the present task in")

    def handle(self, *, finish_within: float, **options: object) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *received: stop.set())
        give_way()
        background = Background(tick)
        background.start()
        self.stdout.write("Working. Ctrl-C stops after the present task.")
        stop.wait()
        if not background.stop(finish_within):
            self.stderr.write("The present task was left unfinished; another process will resume it.")
