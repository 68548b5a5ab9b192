"""Log lines are JSON in production, readable in development, and name their request."""

import json
import logging

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from crm_project import logs

pytestmark = pytest.mark.sqlite


def line(formatter: logging.Formatter, message: str = "Saved %s", *arguments: object, **extra: object) -> str:
    """What the formatter makes of one record."""
    record = logging.LogRecord("crm.test", logging.WARNING, __file__, 1, message, arguments, None)
    record.__dict__.update(extra)
    return formatter.format(record)


def test_writes_one_json_object_per_line_with_everything_that_was_given():
    written = line(logs.formatter(as_json=True), "Saved %s", "Muñoz", rows=3)

    known = json.loads(written)
    assert known["event"] == "Saved Muñoz"
    assert (known["level"], known["logger"], known["rows"]) == ("warning", "crm.test", 3)
    assert known["timestamp"].endswith("Z")
    assert "\n" not in written


def test_writes_readable_lines_without_colours_in_development():
    written = line(logs.formatter(as_json=False), "Saved %s", "Muñoz")

    assert "Saved Muñoz" in written
    assert "\x1b" not in written


def test_puts_a_failure_into_the_same_json_object():
    formatter = logs.formatter(as_json=True)
    try:
        raise ValueError("planted")
    except ValueError as failure:
        record = logging.LogRecord(
            "crm.test", logging.ERROR, __file__, 1, "No", (), (ValueError, failure, failure.__traceback__)
        )
    known = json.loads(formatter.format(record))

    assert known["exception"][0]["exc_value"] == "planted"


def test_names_the_request_without_its_query():
    request = RequestFactory().get("/contacts/?q=private")

    written = line(logs.formatter(as_json=True), "Odd", request=request)

    assert json.loads(written)["path"] == "/contacts/"
    assert "private" not in written


@pytest.mark.parametrize(("sent", "kept"), [("abc-123", True), ("a" * 65, False), ("a\nb", False), ("", False)])
def test_takes_a_plain_number_from_the_proxy_and_makes_its_own_otherwise(sent, kept):
    seen = []
    middleware = logs.RequestIdMiddleware(lambda request: seen.append(logs.request_id.get()) or HttpResponse())
    request = RequestFactory().get("/", headers={"X-Request-ID": sent})

    response = middleware(request)

    assert (seen[0] == sent) is kept
    assert response.headers["X-Request-ID"] == seen[0]
    assert logs.request_id.get() == ""


def test_names_the_request_in_its_lines():
    token = logs.request_id.set("abc-123")
    try:
        assert json.loads(line(logs.formatter(as_json=True)))["request_id"] == "abc-123"
    finally:
        logs.request_id.reset(token)


def test_writes_no_values_of_variables_beside_a_failure():
    secret = " ".join(["seven", "brown", "foxes", "dig"])

    def choose(password: str) -> None:
        raise ValueError("planted")

    try:
        choose(secret)
    except ValueError as failure:
        record = logging.LogRecord(
            "crm.test", logging.ERROR, __file__, 1, "No", (), (ValueError, failure, failure.__traceback__)
        )

    for as_json in (True, False):
        record.exc_text = None
        assert secret not in logs.formatter(as_json=as_json).format(record)


@pytest.mark.parametrize("address", ["/first-administrator/", "/sign-in/password/reset/key/1z-"])
def test_writes_no_token_by_which_a_password_can_be_chosen(address):
    path = f"{address}abc-DEF_123/"

    for as_json in (True, False):
        written = line(logs.formatter(as_json=as_json), "Forbidden: %s", path, path=path)
        assert "abc-DEF_123" not in written
        assert f"{address}***/" in written
