"""PostgreSQL is killed with SIGKILL while an import writes: after its restart the import goes on, no row twice."""

import json
import os
import signal
import subprocess
import time
from typing import Any

import pytest
from django.db import connection, connections

from core.jobs.models import Job
from core.jobs.runner import run_job
from imports.models import Import
from tests import make
from tests.imports import test_killed as killed
from tests.plugins import cluster, prepared
from tests.processes import Process
from users.models import User

pytestmark = pytest.mark.postgres


class Server:
    """A server of this test alone, with the tables of the product."""

    def __init__(self) -> None:
        self.running = cluster.start()
        self.process = self.running.process

    @property
    def place(self) -> dict[str, Any]:
        """Where Django finds it."""
        return {"HOST": str(self.running.directory), "NAME": "crm", "PORT": "", "USER": ""}

    def kill(self) -> None:
        """SIGKILL to the server and every process of it."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def start_again(self) -> None:
        """Start it on what its disk holds, and wait until it has recovered."""
        programs, directory, user = cluster.find_programs(), self.running.directory, cluster.unprivileged_user()
        assert programs is not None
        self.process = self.running.process = subprocess.Popen(
            [programs / "postgres", "-D", directory / "data", "-k", directory, "-c", "listen_addresses="],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=directory,
            start_new_session=True,
            **cluster.as_user(user),
        )
        for _ in range(300):
            if subprocess.run([programs / "pg_isready", "-q", "-h", directory], check=False).returncode == 0:
                return
            time.sleep(0.1)
        raise AssertionError("PostgreSQL did not come back")


@pytest.fixture
def server(django_db_setup):
    found = Server()
    database = {**connection.settings_dict, **found.place}
    copy = prepared.kept_copy(database["ENGINE"])
    prepared.run_program(database, "psql", "--quiet", "--set=ON_ERROR_STOP=1", "--dbname", "crm", "--file", str(copy))
    # The server of the tests may lose what it has just committed; this one has to keep it.
    found.process.terminate()
    found.process.wait()
    found.start_again()
    yield found
    found.running.stop()


def test_goes_on_after_the_restart(server, tmp_path, monkeypatch, django_db_blocker):
    monkeypatch.setattr("imports.planning.CHUNK", killed.CHUNK)
    answers = tmp_path / "answer.json"

    def there(function) -> Process:
        """Run a function in a process that works on that server."""

        def work() -> None:
            connections["default"].settings_dict.update(server.place)
            with django_db_blocker.unblock():
                answers.write_text(json.dumps(function(), default=str))

        return Process(work)

    def answer_of(function) -> Any:
        assert there(function).wait() == 0
        return json.loads(answers.read_text())

    expected, job_id, work_id = answer_of(_begin)
    worker = there(lambda: run_job.func(job_id))
    answer_of(lambda: _wait_for(job_id, killed.ROWS // 4))
    server.kill()
    assert worker.wait() != 0
    server.start_again()
    written = answer_of(lambda: _done(job_id))
    assert killed.ROWS // 4 <= written < killed.ROWS
    found = answer_of(lambda: _go_on(work_id))
    assert found == expected


def _begin() -> Any:
    """(what an undisturbed import leaves, job and import of another that waits)."""
    make.firm()
    expected = killed.undisturbed()
    work = killed.ready(make.user("rep", team=make.team("North")))
    return expected, work.job_id, work.pk


def _done(job_id: int) -> int:
    return Job.objects.values_list("done", flat=True).get(pk=job_id)


def _wait_for(job_id: int, rows: int) -> None:
    while _done(job_id) < rows:
        time.sleep(0.001)


def _go_on(work_id: int) -> Any:
    work = Import.objects.get(pk=work_id)
    killed.put_back(work.job)
    run_job.func(work.job_id)
    return killed.state_of(User.objects.get(pk=work.created_by_id), work)
