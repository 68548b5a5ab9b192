"""The PostgreSQL server of a run starts without root, answers on its socket and leaves nothing behind."""

import os
from pathlib import Path

import psycopg
import pytest

from tests.plugins import cluster


@pytest.mark.postgres
def test_starts_answers_and_leaves_nothing_behind():
    server = cluster.start()
    try:
        with psycopg.connect(dbname="crm", host=str(server.directory)) as connection:
            fsync = connection.execute("SHOW fsync").fetchone()
            listening = connection.execute("SHOW listen_addresses").fetchone()
        owner = Path(f"/proc/{server.process.pid}").stat().st_uid if Path("/proc").exists() else -1
    finally:
        server.stop()
        server.stop()

    assert fsync == ("off",)
    assert listening == ("",)
    assert owner != 0
    assert not server.directory.exists()
    assert server.process.poll() is not None


def test_says_what_to_install_when_there_is_no_server(monkeypatch):
    monkeypatch.setattr(cluster, "find_programs", lambda: None)

    with pytest.raises(cluster.NoServer, match="apt-get install postgresql"):
        cluster.start()


def test_leaves_nothing_behind_when_the_server_does_not_start(monkeypatch, tmp_path):
    made = []
    monkeypatch.setattr(cluster, "find_programs", lambda: tmp_path)
    monkeypatch.setattr(
        cluster.tempfile, "mkdtemp", lambda **options: made.append(tmp_path / "pg") or str(tmp_path / "pg")
    )
    monkeypatch.setattr(cluster, "unprivileged_user", lambda: None)
    (tmp_path / "pg").mkdir()

    with pytest.raises(FileNotFoundError):
        cluster.start()
    assert not made[0].exists()


def test_takes_the_named_directory_first(monkeypatch, tmp_path):
    for name in ("initdb", "postgres"):
        (tmp_path / name).touch()
    monkeypatch.setenv("CRM_POSTGRES_BIN", str(tmp_path))

    assert cluster.find_programs() == tmp_path


@pytest.mark.parametrize(("user_id", "wanted"), [(1000, None), (0, {"postgres", "nobody"})])
def test_root_lends_the_server_a_system_user(monkeypatch, user_id, wanted):
    monkeypatch.setattr(os, "geteuid", lambda: user_id)

    user = cluster.unprivileged_user()

    assert user is None if wanted is None else user in wanted
