"""`manage.py serve` serves pages with the background work beside them, and ends with Ctrl-C."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from io import StringIO
from pathlib import Path

import pytest
from django.core.management.base import CommandError

from core.management.commands import serve
from core.management.commands.serve import refuse_taken_port
from tests import make
from tests.plugins import prepared
from users.models import User

ROOT = Path(__file__).resolve().parent.parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def fetch(address: str) -> tuple[int, str]:
    """Status and text of an answer; (0, "") when nobody listens."""
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read().decode()
    except OSError:
        return 0, ""


def wait_for(address: str, wanted, seconds: float = 120) -> str:
    """Ask until `wanted(status, text)` holds; the text then."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        status, text = fetch(address)
        if wanted(status, text):
            return text
        time.sleep(0.2)
    raise AssertionError(f"{address} did not answer as wanted; last: {status} {text[:300]}")


@pytest.fixture
def served(tmp_path):
    """An empty installation, served by the command on a free port: (address, process)."""
    port = free_port()
    environment = {
        **os.environ,
        "CRM_DATA_DIR": str(tmp_path),
        "DATABASE_URL": f"sqlite:///{tmp_path}/crm.sqlite3",
        "CRM_DEMO": "0",
        "CRM_SITE_URL": f"http://localhost:{port}",
    }
    kept = prepared.kept_copy("sqlite3")
    if kept.exists():
        shutil.copyfile(kept, tmp_path / "crm.sqlite3")
    command = [sys.executable, "manage.py", "serve", "--prepare", "--port", str(port)]
    log = (tmp_path / "output.txt").open("w")
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True, text=True
    )
    yield f"http://127.0.0.1:{port}", process
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.mark.sqlite
def test_serves_an_empty_installation_with_its_background_and_ends_with_ctrl_c(served, tmp_path):
    address, process = served
    wait_for(f"{address}/healthz", lambda status, text: status == 200)
    ready = wait_for(f"{address}/readyz", lambda status, text: status == 200 and '"jobs": "ok"' in text)
    status, page = fetch(f"{address}/")

    assert json.loads(ready)["ready"] is True
    assert status == 200
    assert "<form" in page
    assert fetch(f"{address}/static/css/tokens.css")[0] == 200

    began = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(timeout=20) == 0
    assert time.monotonic() - began < 10
    assert fetch(f"{address}/healthz")[0] == 0

    output = (tmp_path / "output.txt").read_text()
    assert f"http://localhost:{address.rsplit(':', 1)[1]}" in output
    assert f"{address.replace('127.0.0.1', 'localhost')}/first-administrator/" in output
    assert "Traceback" not in output


@pytest.mark.django_db
class TestPreparation:
    """What `make run` finds to do in a database."""

    @pytest.fixture
    def called(self, monkeypatch):
        """The commands that were called, by name with their options."""
        called = {}
        monkeypatch.setattr(serve, "call_command", lambda name, **options: called.update({name: options}))
        return called

    def test_loads_the_demo_firm_into_an_empty_database_in_the_language_of_the_terminal(self, called, monkeypatch):
        monkeypatch.delenv("CRM_DEMO", raising=False)
        monkeypatch.setenv("LANG", "es_ES.UTF-8")
        User.objects.all().delete()

        serve.Command(stdout=StringIO()).prepare_database()

        assert called["load_demo"]["language"] == "es"
        assert "create_first_admin" not in called

    def test_prints_the_link_of_the_first_administrator_when_no_demo_is_wanted(self, called, monkeypatch):
        monkeypatch.setenv("CRM_DEMO", "0")
        User.objects.all().delete()

        serve.Command(stdout=StringIO()).prepare_database()

        assert "create_first_admin" in called
        assert "load_demo" not in called

    def test_fills_nothing_where_somebody_is(self, called):
        make.user()

        serve.Command(stdout=StringIO()).prepare_database()

        assert called["load_demo"]["sign_ins"] is True
        assert "create_first_admin" not in called


@pytest.mark.parametrize(
    ("variable", "language"), [("es_MX.UTF-8", "es"), ("en_GB", "en"), ("de_DE", "en"), ("", "en")]
)
def test_knows_the_language_of_the_terminal(monkeypatch, variable, language):
    monkeypatch.setenv("LANG", variable)

    assert serve.language_of_the_terminal() == language


def test_refuses_a_taken_port_and_names_another():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(CommandError, match=f"make run PORT={port + 1}"):
            refuse_taken_port("127.0.0.1", port)


def test_takes_a_free_port():
    refuse_taken_port("127.0.0.1", free_port())
