"""Asks each page and its bare counterpart in turn over one connection, and counts the queries of one request."""

import http.client
import re
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from contacts.models import Contact
from core.pages.pager import get_page
from users.models import User

ROUNDS = 40
WARM_UP = 5


@dataclass
class Case:
    """A page and what it is compared to; functions get the round, so that no two requests ask for the same."""

    name: str
    ours: Callable[[int], Any]
    bare: Callable[[int], Any]
    path: str


def measure(user: User, database: str, rows: int) -> list[dict]:
    """Serve with gunicorn (2 workers) and measure every case."""
    settings.ALLOWED_HOSTS = ["*"]
    session = _session(user)
    with _Server() as server:
        asker = _Asker(server.port, session)
        return [_run(case, database, rows, user) for case in _cases(asker)]


def _cases(asker: "_Asker") -> list[Case]:
    ids = list(Contact.objects.order_by("pk").values_list("pk", flat=True)[:200])
    deep = _deep_token()
    listed, record = "/contacts/", f"/contacts/{ids[0]}/"

    def get(path: str) -> Callable[[int], Any]:
        return lambda _round: asker.get(path)

    def each(pattern: str) -> Callable[[int], Any]:
        return lambda number: asker.get(pattern.format(ids[number % len(ids)]))

    bare_list = get("/bare/")
    return [
        Case("home", get("/"), bare_list, "/"),
        Case("list", get(listed), bare_list, listed),
        Case("search in list", get(f"{listed}?q=pilar+salas"), bare_list, f"{listed}?q=pilar+salas"),
        Case("deep page", get(f"{listed}?{deep}"), bare_list, f"{listed}?{deep}"),
        Case("record", each("/contacts/{}/"), each("/bare/{}/"), record),
        Case("form", each("/contacts/{}/edit/"), each("/bare/{}/edit/"), f"{record}edit/"),
        Case("save", asker.saver("/contacts/{}/edit/", ids), asker.saver("/bare/{}/edit/", ids), ""),
    ]


def _deep_token() -> str:
    """The query string of a page in the middle of the list."""
    middle = Contact.objects.order_by("sort_name", "pk")[Contact.objects.count() // 2 :][:1]
    page = get_page(Contact.objects.all(), sort="sort_name", size=1)
    first = page.rows[0]
    token = page.after
    for row in middle:
        row_page = get_page(Contact.objects.filter(sort_name__gte=row.sort_name), sort="sort_name", size=1)
        token = row_page.after or token
    return urlencode({"after": token or first.pk})


def _run(case: Case, database: str, rows: int, user: User) -> dict:
    ours, bare = [], []
    for number in range(ROUNDS + WARM_UP):
        for function, times in ((case.ours, ours), (case.bare, bare)):
            seconds = function(number)
            if number >= WARM_UP:
                times.append(seconds * 1000)
    return {
        "case": case.name,
        "database": database,
        "rows": rows,
        "p50_ms": statistics.median(ours),
        "p95_ms": sorted(ours)[int(len(ours) * 0.95)],
        "queries": _queries(case.path, user) if case.path else None,
        "ratio_to_bare": statistics.median(ours) / statistics.median(bare),
    }


def _queries(path: str, user: User) -> int:
    client = Client()
    client.force_login(user, backend="users.backends.RoleBackend")
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200, path
    return len(captured)


def _session(user: User) -> str:
    client = Client()
    client.force_login(user, backend="users.backends.RoleBackend")
    return client.cookies["sessionid"].value


class _Server:
    """gunicorn with two workers on a free port."""

    def __enter__(self) -> "_Server":
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        command = [sys.executable, "-m", "gunicorn", "bench.wsgi", "--workers", "2", "--bind", f"127.0.0.1:{self.port}"]
        self.process = subprocess.Popen([*command, "--log-level", "error", "--keep-alive", "30"])
        for _attempt in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return self
            except OSError:
                time.sleep(0.1)
        raise RuntimeError("gunicorn did not start")

    def __exit__(self, *_error) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)


class _Asker:
    """One keep-alive connection with the session; answers the seconds of one request."""

    def __init__(self, port: int, session: str):
        self.port, self.session, self.token = port, session, ""
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def _ask(self, method: str, path: str, body: str = "") -> tuple[float, int, str]:
        cookie = f"sessionid={self.session}" + (f"; csrftoken={self.token}" if self.token else "")
        headers = {"Cookie": cookie, "Host": "localhost"}
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        started = time.perf_counter()
        self.connection.request(method, path, body or None, headers)
        answer = self.connection.getresponse()
        text = answer.read().decode()
        seconds = time.perf_counter() - started
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie" and (found := re.match(r"csrftoken=(\w+)", value)):
                self.token = found.group(1)
        return seconds, answer.status, text

    def get(self, path: str) -> float:
        """Seconds of a GET, which must succeed."""
        seconds, status, _text = self._ask("GET", path)
        if status != 200:
            raise RuntimeError(f"{path} answered {status}")
        return seconds

    def saver(self, pattern: str, ids: list[int]) -> Callable[[int], float]:
        """Seconds of sending a form with one changed field; the form itself is fetched beforehand, unmeasured."""

        def save(number: int) -> float:
            path = pattern.format(ids[number % len(ids)])
            _seconds, _status, page = self._ask("GET", path)
            values = _FormValues(page).values
            values = [
                (name, f"Buyer {number} {time.time()}" if name == "job_title" else value) for name, value in values
            ]
            seconds, status, _text = self._ask("POST", path, urlencode(values))
            if status != 302:
                raise RuntimeError(f"{path} answered {status} to a save")
            return seconds

        return save


class _FormValues(HTMLParser):
    """The values that a browser would send for the forms of a page that hold a csrf token and are not in a menu."""

    def __init__(self, page: str):
        super().__init__()
        self.values: list[tuple[str, str]] = []
        self.select, self.area, self.template = "", "", 0
        self.feed(page[page.index("<main") :])

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = dict(attributes)
        name = found.get("name") or ""
        if tag == "template":
            self.template += 1
        elif self.template or "form" in found:
            return
        elif tag == "select":
            self.select = name
        elif tag == "option" and self.select and "selected" in found:
            self.values.append((self.select, found.get("value") or ""))
        elif tag == "textarea":
            self.area = name
            self.values.append((name, ""))
        elif tag == "input" and name and is_sent(found):
            self.values.append((name, found.get("value") or ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "template":
            self.template -= 1
        elif tag == "select":
            self.select = ""
        elif tag == "textarea":
            self.area = ""

    def handle_data(self, data: str) -> None:
        if self.area:
            name, text = self.values[-1]
            self.values[-1] = (name, text + data)


def is_sent(attributes: dict[str, str | None]) -> bool:
    """Whether a browser sends this input as it stands."""
    kind = attributes.get("type")
    return kind not in ("submit", "file", "search") and (kind not in ("checkbox", "radio") or "checked" in attributes)
