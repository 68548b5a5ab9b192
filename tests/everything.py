"""`make test`: the suite on SQLite and PostgreSQL, then the browser journeys; says what was left out.

CRM_TEST_STRICT=1 (continuous integration) makes anything left out a failure. Further arguments go to pytest.
"""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.plugins import chromium, cluster

PROCESSES = os.environ.get("CRM_TEST_PROCESSES", "2")


@dataclass(frozen=True)
class Part:
    """One run of pytest: its database and arguments; `missing` is the hint when it cannot run here."""

    name: str
    database: str
    arguments: tuple[str, ...]
    missing: str = ""


def parts() -> list[Part]:
    """What the whole suite consists of on this machine, the quickest answer first."""
    no_server = "" if cluster.find_programs() else "install PostgreSQL's server (Debian: apt-get install postgresql)"
    no_browser = "" if chromium.find() else chromium.HINT
    return [
        Part("SQLite", "sqlite", ("-m", "not browser")),
        Part("PostgreSQL", "postgres", ("-m", "not browser"), no_server),
        Part("browser journeys", "sqlite", ("-m", "browser", "tests/browser"), no_browser),
    ]


def run(part: Part, further: list[str]) -> str:
    """Run one part and return its line of the summary; the line starts with "passed" when all is well."""
    print(f"\n=== {part.name} ===", flush=True)
    if part.missing:
        print(f"Left out: {part.missing}.", flush=True)
        return f"LEFT OUT: {part.missing}"
    began = time.monotonic()
    environment = {**os.environ, "CRM_TEST_DATABASE": part.database}
    command = [sys.executable, "-m", "pytest", "-q", "-n", PROCESSES, *part.arguments, *further]
    status = status_of(command, environment)
    took = f"{time.monotonic() - began:.0f} s"
    return f"passed ({took})" if status == 0 else f"FAILED ({took}, pytest's status {status})"


def status_of(command: list[str], environment: dict[str, str]) -> int:
    """Run a command to its end; when this process is told to end, the command is told so too and may tidy up."""
    process = subprocess.Popen(command, env=environment, cwd=Path(__file__).parent.parent)
    try:
        return process.wait()
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(timeout=30)


def main(further: list[str]) -> int:
    """Run all parts and print one line for each; 1 when a part failed, or was left out in a strict run."""
    signal.signal(signal.SIGTERM, lambda *received: sys.exit(143))
    results = {part.name: run(part, further) for part in parts()}
    if not os.environ.get("CRM_SAMPLE_FILES"):
        results["real import files"] = "left out: set CRM_SAMPLE_FILES to their directory"
    print("\n=== Summary ===")
    for name, result in results.items():
        print(f"{name}: {result}")
    refused = ("FAILED", "LEFT OUT") if os.environ.get("CRM_TEST_STRICT") == "1" else ("FAILED",)
    return int(any(result.startswith(refused) for result in results.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
