"""`/healthz` says that the process lives, `/readyz` whether it can serve."""

import datetime

import pytest
from django.db import connection
from django.utils import timezone

from core.pages import health

pytestmark = pytest.mark.django_db


def test_alive_asks_no_database(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/healthz")

    assert (response.status_code, response.content) == (200, b"ok")


def test_ready_names_every_part(client, monkeypatch):
    monkeypatch.setattr("core.pages.health.last_tick_at", timezone.now)

    response = client.get("/readyz")

    assert response.status_code == 200
    assert response.json() == {
        "ready": True,
        "database": "ok",
        "migrations": "ok",
        "cache": "ok",
        "jobs": "ok",
    }


def test_is_not_ready_when_a_migration_is_missing(client):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'users'")

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json()["migrations"] == "migrations are missing"


def test_a_failing_part_makes_503_and_tells_no_secret(client, monkeypatch):
    def fail() -> None:
        raise RuntimeError("password=planted")

    monkeypatch.setitem(health.CHECKS, "database", fail)

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json()["database"] == "failed"
    assert b"planted" not in response.content


@pytest.mark.parametrize("last", [None, timezone.now() - datetime.timedelta(minutes=10)])
def test_silent_background_work_is_told_but_takes_no_page_away(client, monkeypatch, last):
    monkeypatch.setattr("core.pages.health.last_tick_at", lambda: last)

    response = client.get("/readyz")

    assert response.status_code == 200
    assert response.json()["jobs"] == "silent"


def test_a_signed_out_monitor_is_not_sent_to_sign_in(client):
    assert client.get("/readyz").status_code in {200, 503}
