"""`python -m bench.door [sqlite|postgres]`: rows per second of the write door, beside bare inserts of the same rows.

Contacts with one e-mail and one phone each; history, search text, validation and normalising included. On SQLite
the time is that of this process's processor, so that other work on the machine disturbs less.
"""

import gc
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django
from django.core.management import call_command
from django.db import connection

from tests.plugins import cluster

ROWS, ROUNDS = 2_000, 5


def main() -> int:
    database = sys.argv[1] if len(sys.argv) > 1 else "sqlite"
    with tempfile.TemporaryDirectory(prefix="crm-bench-") as folder:
        server = cluster.start() if database == "postgres" else None
        os.environ["CRM_DATA_DIR"], os.environ["CRM_LOG_LEVEL"] = folder, "ERROR"
        os.environ["DATABASE_URL"] = server.url if server else f"sqlite:///{Path(folder) / 'bench.sqlite3'}"
        os.environ["DJANGO_SETTINGS_MODULE"] = "crm_project.settings"
        try:
            measure(database)
        finally:
            if server is not None:
                server.stop()
    return 0


def measure(database: str) -> None:
    """Print the median of ROUNDS for creating, changing and comparing, and for bare inserts."""
    django.setup()
    call_command("migrate", verbosity=0)
    from bench import door_cases

    clock = time.process_time if database == "sqlite" else time.perf_counter
    actor = door_cases.prepare()
    cases = (door_cases.create, door_cases.change, door_cases.compare, door_cases.insert_bare)
    rates = {case.__name__: median(case, actor, clock) for case in cases}
    for name, rate in rates.items():
        print(f"{database:9} {name:12} {rate:6.0f} rows/s, {rate / rates['insert_bare']:4.2f} of the bare inserts")
    connection.close()


def median(case: Callable[..., Callable[[], None]], actor: Any, clock: Callable[[], float]) -> float:
    """The rows per second in the middle of ROUNDS; case prepares its rows and returns what is measured."""
    rates = []
    for number in range(ROUNDS):
        work = case(actor, number, ROWS)
        gc.collect()
        began = clock()
        work()
        rates.append(ROWS / (clock() - began))
    return sorted(rates)[ROUNDS // 2]


if __name__ == "__main__":
    sys.exit(main())
