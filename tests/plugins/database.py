"""Chooses the database of a test run before the settings load: CRM_TEST_DATABASE=sqlite or postgres.

PostgreSQL is started once, by the process that was called; pytest-xdist's workers inherit its address.
A developer's own DATABASE_URL is never used, so a run cannot touch real data.
"""

import atexit
import os
import shutil
import signal
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.plugins import cluster

CHOICES = ("sqlite", "postgres")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests() -> Generator[None, object, object]:
    """Export DATABASE_URL and CRM_DATA_DIR; a wrapper: pytest-django loads the settings in the same hook."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        prepare()
    return (yield)


def prepare() -> None:
    """Make the run's data directory and, when asked for, its PostgreSQL; both go when Python ends."""
    choice = os.environ.get("CRM_TEST_DATABASE", "sqlite")
    if choice not in CHOICES:
        raise pytest.UsageError(f"CRM_TEST_DATABASE must be one of {', '.join(CHOICES)}, not {choice!r}.")
    directory = Path(tempfile.mkdtemp(prefix="crm-tests-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    os.environ["CRM_DATA_DIR"] = str(directory)
    if choice == "sqlite":
        os.environ["DATABASE_URL"] = f"sqlite:///{directory / 'crm.sqlite3'}"
        return
    # A run that is told to end (a time limit, a closed terminal) takes its server with it.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        server = cluster.start()
    except cluster.NoServer as refusal:
        raise pytest.UsageError(str(refusal)) from None
    atexit.register(server.stop)
    os.environ["DATABASE_URL"] = server.url


def pytest_report_header() -> str:
    """Says in the first lines of a run which database it uses."""
    return f"database: {os.environ.get('CRM_TEST_DATABASE', 'sqlite')}"
