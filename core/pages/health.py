"""What load balancers and monitors ask: is the process alive, and can it serve."""

import logging
from collections.abc import Callable
from datetime import timedelta

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.jobs.ticker import last_tick_at

logger = logging.getLogger(__name__)

TICK_EXPECTED_WITHIN = timedelta(minutes=2)


class NotReady(Exception):
    """One of the parts cannot serve; the text says which state it is in, never an address or a password."""


@login_not_required
@require_safe
@never_cache
def alive(request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers; asks neither database nor cache."""
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
@require_safe
@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """200 when pages can be served, otherwise 503; the body names each part and its state.

    Silent background work is reported but does not take the pages away: status 200 with `jobs` "silent".
    """
    parts = {name: state_of(check) for name, check in CHECKS.items()}
    serving = all(state == "ok" for name, state in parts.items() if name != "jobs")
    return JsonResponse({"ready": serving, **parts}, status=200 if serving else 503)


def state_of(check: Callable[[], None]) -> str:
    """Run one check: "ok", the text of its NotReady, or "failed" with the reason in the log only."""
    try:
        check()
    except NotReady as state:
        return str(state)
    except Exception:
        logger.exception("A readiness check failed")
        return "failed"
    return "ok"


def check_database() -> None:
    """The database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def check_migrations() -> None:
    """Every migration that this code knows has been applied."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise NotReady("migrations are missing")


def check_cache() -> None:
    """The cache takes a value and gives it back; rate limits stand on it."""
    cache.set("readyz", "ok", timeout=30)
    if cache.get("readyz") != "ok":
        raise NotReady("does not keep values")


def check_jobs() -> None:
    """Some process has run the ticker within TICK_EXPECTED_WITHIN."""
    last = last_tick_at()
    if last is None or timezone.now() - last > TICK_EXPECTED_WITHIN:
        raise NotReady("silent")


CHECKS: dict[str, Callable[[], None]] = {
    "database": check_database,
    "migrations": check_migrations,
    "cache": check_cache,
    "jobs": check_jobs,
}
