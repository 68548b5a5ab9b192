"""Structured logs: JSON lines in production, readable ones in development, each with its request's id."""

import logging
import re
import uuid
from collections.abc import Callable
from contextvars import ContextVar

import structlog
from django.http import HttpRequest, HttpResponse
from structlog.types import EventDict, Processor

REQUEST_ID_HEADER = "X-Request-ID"
request_id: ContextVar[str] = ContextVar("request_id", default="")
# Whoever knows the rest of such an address can sign in by it.
SECRET_ADDRESS = re.compile(r"(/first-administrator/|/password/reset/key/[0-9A-Za-z]+-)[^/\s]+")


def add_request_id(logger: object, method: str, event: EventDict) -> EventDict:
    """Processor that names the request a line belongs to; lines outside a request stay without."""
    known = request_id.get()
    if known:
        event["request_id"] = known
    return event


def drop_request_object(logger: object, method: str, event: EventDict) -> EventDict:
    """Processor that replaces Django's `request` object by method and path: its query may be private."""
    request = event.pop("request", None)
    if isinstance(request, HttpRequest):
        event["method"], event["path"] = request.method, request.path
    return event


def hide_secret_addresses(logger: object, method: str, event: EventDict) -> EventDict:
    """Processor that takes the token out of the addresses by which somebody chooses a password."""
    for name in ("event", "path"):
        if isinstance(event.get(name), str):
            event[name] = SECRET_ADDRESS.sub(r"\1***", event[name])
    return event


BEFORE_RENDERING: list[Processor] = [
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    add_request_id,
    drop_request_object,
    hide_secret_addresses,
]
# Without the values of variables: a failure would write passwords and people into the log.
FAILURES = structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False))


def formatter(*, as_json: bool) -> logging.Formatter:
    """The formatter that LOGGING names; takes lines of the standard library and of structlog alike."""
    if as_json:
        rendering: list[Processor] = [
            FAILURES,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    else:
        rendering = [structlog.dev.ConsoleRenderer(colors=False)]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=BEFORE_RENDERING,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
    )


class RequestIdMiddleware:
    """Gives each request an id, for its log lines and the answer's header: a user's report can be found."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        number = accepted(request.headers.get(REQUEST_ID_HEADER, ""))
        token = request_id.set(number)
        request.request_id = number
        try:
            response = self.get_response(request)
            response.headers[REQUEST_ID_HEADER] = number
            return response
        finally:
            request_id.reset(token)


def accepted(offered: str) -> str:
    """The id that a proxy sent when it is plain (1 to 64 letters, digits, dashes), otherwise a new one."""
    plain = offered.replace("-", "")
    if 0 < len(offered) <= 64 and plain.isascii() and plain.isalnum():
        return offered
    return uuid.uuid4().hex
