"""A PostgreSQL server in a temporary directory, reached by a unix socket and gone after the run."""

import getpass
import os
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

FAST_NOT_SAFE = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "128MB",
    "max_connections": "100",
    "listen_addresses": "",
}


class NoServer(Exception):
    """PostgreSQL's server programs are missing here, or did not start; the text says what to do."""


def find_programs() -> Path | None:
    """The directory with `initdb` and `postgres`, or None.

    Asked in this order: CRM_POSTGRES_BIN, Debian's /usr/lib/postgresql (newest first), the PATH, Homebrew.
    """
    named = os.environ.get("CRM_POSTGRES_BIN")
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=version_of, reverse=True)
    on_path = shutil.which("initdb")
    places = [
        *([Path(named)] if named else []),
        *versions,
        *([Path(on_path).resolve().parent] if on_path else []),
        *sorted(Path("/opt/homebrew/opt").glob("postgresql*/bin"), reverse=True),
    ]
    for place in places:
        if (place / "initdb").exists() and (place / "postgres").exists():
            return place
    return None


def version_of(directory: Path) -> float:
    """15.0 for /usr/lib/postgresql/15/bin; 0.0 when the directory is named otherwise."""
    try:
        return float(directory.parent.name)
    except ValueError:
        return 0.0


def unprivileged_user() -> str | None:
    """Whom the server runs as: None is the present user; PostgreSQL refuses root."""
    import pwd

    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


@dataclass
class Cluster:
    """One running server: `directory` holds its data, log and socket; `url` is what DATABASE_URL takes."""

    directory: Path
    process: subprocess.Popen

    @property
    def url(self) -> str:
        return f"postgres:///{self.directory}/crm"

    def stop(self) -> None:
        """Stop the server at once and remove everything it wrote; harmless when called twice."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)


def start() -> Cluster:
    """Start a server with the database `crm`; raises NoServer with the way out when that is not possible."""
    programs = find_programs()
    if programs is None:
        raise NoServer(
            "PostgreSQL's server programs were not found: install them (Debian: apt-get install postgresql) "
            "or name their directory in CRM_POSTGRES_BIN."
        )
    directory = Path(tempfile.mkdtemp(prefix="crm-pg-", dir="/tmp"))
    user = unprivileged_user()
    if user:
        shutil.chown(directory, user)
    try:
        initialise(programs, directory, user)
        process = serve(programs, directory, user)
    except BaseException:
        shutil.rmtree(directory, ignore_errors=True)
        raise
    return Cluster(directory, process)


def as_user(user: str | None) -> dict:
    """The arguments with which `subprocess` gives up root; empty for the present user."""
    return {"user": user, "group": group_of(user), "extra_groups": []} if user else {}


def group_of(user: str) -> int:
    """The primary group id of `user`."""
    import pwd

    return pwd.getpwnam(user).pw_gid


def initialise(programs: Path, directory: Path, user: str | None) -> None:
    """Make the data directory; sorted by ICU where possible, so that a sort that leans on "C" shows."""
    data = directory / "data"
    command = [programs / "initdb", "-D", data, "--auth=trust", "--encoding=UTF8", "--no-sync"]
    command.append(f"--username={getpass.getuser()}")
    orders = (
        ["--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US"],
        ["--locale=C.UTF-8"],
        ["--locale=C"],
    )
    for order in orders:
        made = subprocess.run(
            [*command, *order], capture_output=True, text=True, cwd=directory, check=False, **as_user(user)
        )
        if made.returncode == 0:
            return
        shutil.rmtree(data, ignore_errors=True)
    raise NoServer(f"initdb failed: {made.stderr.strip()}")


def serve(programs: Path, directory: Path, user: str | None) -> subprocess.Popen:
    """Start the server process, wait until it answers (at most 30 s) and create the database `crm`."""
    settings = [argument for name, value in FAST_NOT_SAFE.items() for argument in ("-c", f"{name}={value}")]
    command = [programs / "postgres", "-D", directory / "data", "-k", directory, *settings]
    log = (directory / "server.log").open("wb")
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        cwd=directory,
        start_new_session=True,
        **as_user(user),
    )
    for _ in range(300):
        answer = subprocess.run(
            [programs / "createdb", "-h", directory, "-U", getpass.getuser(), "crm"],
            capture_output=True,
            check=False,
        )
        if answer.returncode == 0:
            return process
        if process.poll() is not None:
            break
        time.sleep(0.1)
    process.kill()
    raise NoServer("PostgreSQL did not start: " + (directory / "server.log").read_text(errors="replace")[-2000:])
