"""Measures a firm that moves in: a large file into a database that is full already, its undo, and the pages meanwhile.

`python -m bench --size 100k --moving 200000`; each job runs in a worker process of its own, as `manage.py work` does.
"""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.memory import most_mb

COMPANIES_PER_ROW = 0.2
# The hand-written bulk_create is measured on so many rows: it does the same for every batch.
MOST_BARE_ROWS = 20_000
LISTED = "/contacts/"
# The first requests load what later ones find loaded, in each process of the server.
WARM_UP_ASKS = 20
QUIET_ASKS = 60
SECONDS_BETWEEN_ASKS = 0.2
SECONDS_BETWEEN_LOOKS = 0.5


def measure(user: Any, database: str, rows: int) -> list[dict[str, Any]]:
    """[{case, database, rows, rows_per_s, peak_mb, ratio_to_bare, p95_ms}]; keys that a case does not have lack."""
    from django.core.files.base import ContentFile

    from bench import imports, pages
    from imports.choosing import bring_file
    from imports.models import Import
    from imports.run import start_check, start_run
    from imports.undo import start_undo, start_undo_check

    companies = int(rows * COMPANIES_PER_ROW)
    bare_rows = min(rows, MOST_BARE_ROWS)
    straight = bare_rows / imports.bare(imports.table(bare_rows, int(bare_rows * COMPANIES_PER_ROW), "Bare"), user)
    data = imports.table(rows, companies, "Moving")
    work = bring_file(source=ContentFile(data), name="moving.csv", actor=user)
    results = [_result("moving in: bare bulk_create", database, bare_rows, straight)]
    with pages._Server() as server:
        asker = pages._Asker(server.port, pages._session(user))
        for _ask in range(WARM_UP_ASKS):
            asker.get(LISTED)
        quiet = _p95([asker.get(LISTED) for _ask in range(QUIET_ASKS)])
        for case, start, column in (
            ("dry run", start_check, "check_job_id"),
            ("run", start_run, "job_id"),
            ("undo, worked out", start_undo_check, "undo_job_id"),
            ("undo", start_undo, "undo_job_id"),
        ):
            work = start(work=Import.objects.get(pk=work.pk), actor=user)
            done = _watched(getattr(work, column), rows, asker if case == "run" else None)
            rate = rows / done["seconds"]
            more = {"ratio_to_bare": straight / rate} if case in ("dry run", "run") else {}
            results.append(_result(f"moving in: {case}", database, rows, rate, peak_mb=done["peak_mb"], **more))
            if case == "run":
                results.append(_result("moving in: last tenth of the run", database, rows // 10, done["last_tenth"]))
                results.append(_result("moving in: first tenth of the run", database, rows // 10, done["first_tenth"]))
                listed = {"p95_ms": _p95(done["asked"]), "ratio_to_bare": _p95(done["asked"]) / quiet}
                results.append({"case": "moving in: list meanwhile", "database": database, "rows": rows, **listed})
    work = Import.objects.get(pk=work.pk)
    if work.counts["created"] != rows or work.undone_at is None:
        raise RuntimeError(f"The import or its undo did not do every row: {work.counts} {work.error}")
    return results + _photo_cards(user, database)


def _photo_cards(user: Any, database: str) -> list[dict[str, Any]]:
    """The dry run and the run of 50 MB of cards with photos: what counts is their memory."""
    from django.core.files.base import ContentFile

    from bench import imports
    from imports.choosing import bring_file
    from imports.models import Import
    from imports.run import start_check, start_run

    rows = imports.PHOTO_CARDS
    work = bring_file(source=ContentFile(imports.photo_cards()), name="phone.vcf", actor=user)
    results = []
    for case, start, column in (("dry run", start_check, "check_job_id"), ("run", start_run, "job_id")):
        work = start(work=Import.objects.get(pk=work.pk), actor=user)
        done = _watched(getattr(work, column), rows, None)
        name = f"50 MB of photo cards: {case}"
        results.append(_result(name, database, rows, rows / done["seconds"], peak_mb=done["peak_mb"]))
    if Import.objects.get(pk=work.pk).counts["created"] != rows:
        raise RuntimeError("Not every card with a photo came in")
    return results


def _result(case: str, database: str, rows: int, rate: float, **more: float) -> dict[str, Any]:
    return {"case": case, "database": database, "rows": rows, "rows_per_s": round(rate), **more}


def _p95(seconds: list[float]) -> float:
    """In milliseconds."""
    return statistics.quantiles(seconds, n=20)[-1] * 1000


def _watched(job_id: int, rows: int, asker: Any) -> dict[str, Any]:
    """Run a job in a process of its own and look at it; asker: who asks for the list meanwhile, None for nobody."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "bench.moving", str(job_id)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent.parent)
    asked: list[float] = []
    marks: dict[int, float] = {}
    for done in _looks(process, job_id):
        tenth = 10 * done // rows
        marks.setdefault(tenth, time.perf_counter())
        if asker is not None:
            asked.append(asker.get(LISTED))
            time.sleep(SECONDS_BETWEEN_ASKS)
    told, _errors = process.communicate()
    if process.returncode:
        raise RuntimeError(f"job {job_id} ended with {process.returncode}")
    found = json.loads(told.splitlines()[-1])
    ended = time.perf_counter()
    return {
        **found,
        "asked": asked or [0.0, 0.0],
        "first_tenth": rows / 10 / (marks.get(1, ended) - marks.get(0, began)),
        "last_tenth": rows / 10 / (marks.get(10, ended) - marks.get(9, began)),
    }


def _looks(process: subprocess.Popen, job_id: int) -> Iterator[int]:
    """How far the job is, again and again until its process ends."""
    from core.jobs.models import Job

    while process.poll() is None:
        yield Job.objects.values_list("done", flat=True).get(pk=job_id)
        time.sleep(SECONDS_BETWEEN_LOOKS)


def work_off(job_id: int) -> None:
    """Do one job and print its seconds and the most memory that this process held."""
    import django

    from crm_project.collector import look_seldom

    look_seldom()
    django.setup()
    from core.jobs.models import Job
    from core.jobs.priority import give_way
    from core.jobs.runner import run_job

    give_way()
    began = time.perf_counter()
    run_job.func(job_id)
    job = Job.objects.get(pk=job_id)
    if job.state != Job.State.FINISHED:
        raise RuntimeError(f"{job} is {job.state}: {job.error}")
    print(json.dumps({"seconds": time.perf_counter() - began, "peak_mb": most_mb()}))


if __name__ == "__main__":
    work_off(int(sys.argv[1]))
