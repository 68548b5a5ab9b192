"""Keeps the migrated test database between runs, so that a run begins with a copy instead of all migrations.

The copy lies in var/test-databases under a name made from the text of every migration and of the locked
libraries: whatever changes one of them starts anew. `pytest --create-db` starts anew as well.
"""

import contextlib
import hashlib
import os
import shutil
import sqlite3
import subprocess
import tempfile
from pathlib import Path

from tests.plugins import cluster

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "var" / "test-databases"
KEPT = 6


def kept_copy(engine: str) -> Path:
    """Where the copy for the present migrations and libraries lies, whether or not it is there."""
    seen = hashlib.sha256()
    for path in [*sorted(ROOT.glob("*/migrations/*.py")), ROOT / "requirements-dev.txt"]:
        seen.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    if engine.endswith("sqlite3"):
        return FOLDER / f"{seen.hexdigest()[:20]}.sqlite3"
    seen.update(str(cluster.find_programs()).encode())
    return FOLDER / f"{seen.hexdigest()[:20]}.sql"


def place(database: dict) -> bool:
    """Make the test database of these Django settings from the kept copy; False when there is none."""
    copy, name = kept_copy(database["ENGINE"]), database["TEST"]["NAME"]
    if not copy.exists():
        return False
    if copy.suffix == ".sqlite3":
        shutil.copyfile(copy, name)
    else:
        run_program(database, "createdb", name)
        run_program(database, "psql", "--quiet", "--set=ON_ERROR_STOP=1", "--dbname", name, "--file", str(copy))
    return True


def keep(database: dict) -> None:
    """Keep a copy of the freshly migrated test database, and throw old copies away."""
    copy = kept_copy(database["ENGINE"])
    FOLDER.mkdir(parents=True, exist_ok=True)
    handle, unfinished = tempfile.mkstemp(dir=FOLDER)
    os.close(handle)
    if copy.suffix == ".sqlite3":
        with contextlib.closing(sqlite3.connect(database["TEST"]["NAME"])) as connection:
            connection.execute("VACUUM INTO ?", (unfinished,))
    else:
        run_program(database, "pg_dump", "--no-owner", "--file", unfinished, database["TEST"]["NAME"])
    # Two processes may keep the same copy at once: each writes its own file, and the last one stays.
    os.replace(unfinished, copy)
    newest_first = sorted(FOLDER.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in newest_first[KEPT:]:
        old.unlink(missing_ok=True)


def run_program(database: dict, program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs against the server of these settings."""
    programs = cluster.find_programs()
    assert programs, "a run on PostgreSQL has found the programs before"
    environment = {**os.environ, "PGHOST": database["HOST"], "PGPORT": str(database["PORT"] or 5432)}
    subprocess.run([programs / program, *arguments], env=environment, check=True, stdout=subprocess.DEVNULL)
