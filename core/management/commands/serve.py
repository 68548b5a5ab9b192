"""`manage.py serve`: web pages and background work in one command, for trials and small firms."""

import os
import socket
from argparse import ArgumentParser
from io import StringIO

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.core.wsgi import get_wsgi_application
from django.db import connection, connections
from django.db.migrations.recorder import MigrationRecorder
from gunicorn.app.base import BaseApplication

from core.jobs.background import Background
from core.jobs.ticker import tick

THREADS = 8
SECONDS_TO_FINISH = 5


class Command(BaseCommand):
    """Serves until Ctrl-C; the background work ends together with it."""

    help = "Serve the CRM, with its background work in the same process, until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
        parser.add_argument(
            "--prepare",
            action="store_true",
            help="first bring the database up to date; fill an empty one with the demo firm, "
            "or with CRM_DEMO=0 print the link for the first administrator",
        )

    def handle(self, *, host: str, port: int, prepare: bool, **options: object) -> None:
        refuse_taken_port(host, port)
        notes = self.prepare_database() if prepare else ""
        # The server forks: a connection opened here must not be used there.
        connections.close_all()
        OneProcessServer(host, port, announce=lambda: self.announce(port, notes)).run()

    def prepare_database(self) -> str:
        """Migrate, make the cache table, fill an empty database; return how to get in, "" where people know.

        Changes nothing the second time. Without demo firm it is the link for the first administrator, until
        there is one; with it, who can sign in.
        """
        if not MigrationRecorder(connection).applied_migrations():
            self.stdout.write("Preparing the database ...")
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
        how_to_get_in = StringIO()
        empty = not get_user_model().objects.exists()
        if empty and os.environ.get("CRM_DEMO", "1") == "0":
            call_command("create_first_admin", stdout=how_to_get_in)
        elif empty:
            self.stdout.write("Loading the demo firm ...")
            call_command("load_demo", language=language_of_the_terminal(), stdout=how_to_get_in)
        else:
            call_command("load_demo", sign_ins=True, stdout=how_to_get_in)
        return how_to_get_in.getvalue()

    def announce(self, port: int, notes: str) -> None:
        """Say where to go and how to get in, once the server takes connections."""
        self.stdout.write(self.style.SUCCESS(f"\nThe CRM is running: http://localhost:{port}   (Ctrl-C stops it)\n"))
        self.stdout.write(notes)
        self.stdout.flush()


def language_of_the_terminal() -> str:
    """Which of the product's languages the person at the terminal reads, from LANG; English when it is another."""
    wanted = os.environ.get("LANG", "")[:2]
    return wanted if wanted in dict(settings.LANGUAGES) else "en"


def refuse_taken_port(host: str, port: int) -> None:
    """Raise CommandError, with the way out, when something else listens on the port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as refusal:
            raise CommandError(
                f"Port {port} cannot be used ({refusal.strerror}). Try another one: make run PORT={port + 1}"
            ) from None


class OneProcessServer(BaseApplication):
    """gunicorn with one worker process of several threads, which carries the background work as well."""

    def __init__(self, host: str, port: int, announce) -> None:
        self.options = {
            "bind": f"{host}:{port}",
            "workers": 1,
            "threads": THREADS,
            "worker_class": "gthread",
            "graceful_timeout": SECONDS_TO_FINISH,
            "limit_request_line": 8190,
            "loglevel": "warning",
            "control_socket_disable": True,
            "when_ready": lambda server: announce(),
            "post_worker_init": self.start_background,
            "worker_int": self.stop_background,
            "worker_exit": lambda server, worker: self.stop_background(worker),
        }
        self.background: Background | None = None
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self):
        return get_wsgi_application()

    def start_background(self, worker) -> None:
        """In the worker process, after the fork: threads would not survive it."""
        self.background = Background(tick)
        self.background.start()

    def stop_background(self, worker) -> None:
        """Let the present task reach its next step, but do not keep the terminal waiting."""
        if self.background:
            self.background.stop(SECONDS_TO_FINISH)
            self.background = None
