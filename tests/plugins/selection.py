"""Leaves out the tests whose surroundings are not there; CRM_TEST_STRICT=1 turns a skip into a failure."""

import os
from pathlib import Path

import pytest

SAMPLES = "CRM_SAMPLE_FILES"


def sample_files() -> Path | None:
    """The directory of real import files that CRM_SAMPLE_FILES names; None when it is not there."""
    named = os.environ.get(SAMPLES)
    return Path(named) if named and Path(named).is_dir() else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect (not skip) sample tests without samples and the tests of the other database."""
    other = "postgres" if os.environ.get("CRM_TEST_DATABASE", "sqlite") == "sqlite" else "sqlite"
    left_out = {other} if sample_files() else {other, "samples"}
    dropped = [item for item in items if any(item.get_closest_marker(name) for name in left_out)]
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = [item for item in items if item not in dropped]


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """In strict runs (continuous integration) a skipped test fails the run: nothing is left out unseen."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = len(reporter.stats.get("skipped", [])) if reporter else 0
    if os.environ.get("CRM_TEST_STRICT") == "1" and skipped and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what would enable the tests that were left out."""
    if not sample_files():
        terminalreporter.write_line(f"Tests on real import files were left out: set {SAMPLES} to their directory.")
    if os.environ.get("CRM_TEST_STRICT") == "1" and terminalreporter.stats.get("skipped"):
        terminalreporter.write_line("Strict run: a skipped test counts as a failure.", red=True)
