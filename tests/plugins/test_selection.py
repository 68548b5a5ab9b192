"""What a run leaves out and what it then says, seen from outside: pytest on a small file of tests."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import everything
from tests.plugins import chromium, cluster

pytestmark = pytest.mark.sqlite

ROOT = Path(__file__).resolve().parent.parent.parent
TESTS = """
import pytest

def test_plain(): pass

@pytest.mark.samples
def test_with_samples(): pass

@pytest.mark.postgres
def test_on_postgres(): pass

@pytest.mark.sqlite
def test_on_sqlite(): pass
"""
SKIPPING = TESTS + "\n@pytest.mark.skip\ndef test_skipped(): pass\n"


def run(folder: Path, text: str = TESTS, **variables: str) -> subprocess.CompletedProcess:
    """Run pytest on the text with the selection plugin alone."""
    (folder / "test_small.py").write_text(text)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n    samples\n    postgres\n    sqlite\n")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("CRM_", "PYTEST"))}
    command = [sys.executable, "-m", "pytest", "-p", "tests.plugins.selection"]
    return subprocess.run(
        [*command, "-v", str(folder)],
        cwd=folder,
        env=environment | {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"} | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def test_deselects_sample_tests_and_those_of_the_other_database(tmp_path):
    done = run(tmp_path)

    assert done.returncode == 0
    assert "2 passed, 2 deselected" in done.stdout
    assert "test_on_sqlite PASSED" in done.stdout
    assert "set CRM_SAMPLE_FILES" in done.stdout


def test_runs_sample_tests_when_there_are_samples(tmp_path):
    done = run(tmp_path, CRM_SAMPLE_FILES=str(tmp_path), CRM_TEST_DATABASE="postgres")

    assert "3 passed, 1 deselected" in done.stdout
    assert "test_on_postgres PASSED" in done.stdout
    assert "set CRM_SAMPLE_FILES" not in done.stdout


def test_a_folder_that_is_not_there_is_no_samples(tmp_path):
    assert "2 deselected" in run(tmp_path, CRM_SAMPLE_FILES=str(tmp_path / "none")).stdout


def test_a_skip_passes_by_hand_and_fails_in_a_strict_run(tmp_path):
    assert run(tmp_path, SKIPPING).returncode == 0

    strict = run(tmp_path, SKIPPING, CRM_TEST_STRICT="1")
    assert strict.returncode == 1
    assert "a skipped test counts as a failure" in strict.stdout


@pytest.fixture
def no_pytest(monkeypatch):
    """`make test` with runs of pytest that all succeed; returns the commands it would start."""
    started = []
    monkeypatch.setattr(everything.signal, "signal", lambda *arguments: None)
    monkeypatch.setattr(
        everything,
        "status_of",
        lambda command, environment: started.append((environment["CRM_TEST_DATABASE"], command)) or 0,
    )
    monkeypatch.setattr(chromium, "find", lambda: "/usr/bin/chromium")
    monkeypatch.setattr(cluster, "find_programs", lambda: Path("/usr/bin"))
    monkeypatch.delenv("CRM_TEST_STRICT", raising=False)
    return started


def test_make_test_runs_both_databases_and_the_browser(no_pytest, capsys):
    assert everything.main([]) == 0
    assert [database for database, _command in no_pytest] == ["sqlite", "postgres", "sqlite"]
    assert "PostgreSQL: passed" in capsys.readouterr().out


@pytest.mark.parametrize(("strict", "status"), [("0", 0), ("1", 1)])
def test_make_test_says_what_it_left_out_and_how_to_enable_it(no_pytest, monkeypatch, capsys, strict, status):
    monkeypatch.setenv("CRM_TEST_STRICT", strict)
    monkeypatch.setattr(chromium, "find", lambda: None)
    monkeypatch.setattr(cluster, "find_programs", lambda: None)

    assert everything.main([]) == status
    said = capsys.readouterr().out
    assert "PostgreSQL: LEFT OUT: install PostgreSQL's server" in said
    assert "browser journeys: LEFT OUT: install Chromium" in said
    assert [database for database, _command in no_pytest] == ["sqlite"]


def test_make_test_fails_with_any_of_its_parts(no_pytest, monkeypatch, capsys):
    monkeypatch.setattr(everything, "status_of", lambda command, environment: 1)

    assert everything.main([]) == 1
    assert "SQLite: FAILED" in capsys.readouterr().out
