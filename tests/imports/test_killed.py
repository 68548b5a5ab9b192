"""An import whose worker, neighbour or disk fails in the middle ends as if nothing had happened, or says why."""

import random
import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Account
from contacts.models import Contact, ContactAddress, ContactEmail, ContactPhone, CrossReference
from core.jobs.models import Job
from core.jobs.runner import MAX_ATTEMPTS, run_job
from core.jobs.ticker import reap
from core.records.models import Change
from core.records.search_text import SearchText
from imports.models import Import, ImportRow
from imports.run import resume, start_run
from tests import make
from tests.imports.browsing import body, page, signed_in
from tests.imports.running import bring, person, table
from tests.processes import Process
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)

ROWS = 120
CHUNK = 5
# Where the worker is killed: when so much of the file is written, in per cent, and at seven points of a loaded die.
POINTS = [10, 50, 90, *random.Random(7).sample(range(1, 100), 7)]


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr("imports.planning.CHUNK", CHUNK)


def rows() -> list[dict[str, str]]:
    """Contacts of a fifth as many companies; every 12th row names one that came before, every 30th nobody."""
    found = []
    for n in range(ROWS):
        who = n - 7 if n % 12 == 11 else n
        named = person(
            "Ana", f"Ruiz {who}", email=f"p{who}@arga.example", company=f"Arga {who % 24}", phone=f"976 {who:06}"
        )
        found.append({"Job Title": "nobody"} if n % 30 == 29 else named)
    return found


def ready(rep: User) -> Import:
    """An import of those rows whose run is about to begin; its dry run is taken for done."""
    work = bring(rep, table(*rows()))
    work.stage = Import.Stage.CHECKED
    work.save()
    return start_run(work=work, actor=rep)


def state_of(rep: User, work: Import) -> dict[str, Any]:
    """Everything that an import leaves behind, without ids: records, child rows, history, search texts, rows."""
    contacts = Contact.all_objects.filter(owner=rep)
    ids = list(contacts.values_list("pk", flat=True))
    accounts = Account.all_objects.filter(owner=rep)
    account_ids = list(accounts.values_list("pk", flat=True))
    history = Change.objects.filter(operation=work.operation)
    texts = SearchText.objects.filter(record_type="contact", record_id__in=ids)
    work = Import.objects.get(pk=work.pk)
    return {
        "contacts": sorted(contacts.values_list("full_name", "email", "phone", "company_name", "version")),
        "emails": sorted(ContactEmail.objects.filter(parent__in=ids).values_list("parent__full_name", "value")),
        "phones": sorted(ContactPhone.objects.filter(parent__in=ids).values_list("parent__full_name", "value")),
        "addresses": ContactAddress.objects.filter(parent__in=ids).count(),
        "accounts": sorted(accounts.values_list("name", flat=True)),
        "links": sorted(
            CrossReference.all_objects.filter(account__in=account_ids).values_list(
                "contact__full_name", "account__name"
            )
        ),
        "history": sorted(history.values_list("record_type", "kind", "record_version")),
        "texts": sorted(texts.values_list("text", flat=True)),
        "rows": list(
            ImportRow.objects.filter(parent=work, is_planned=False)
            .order_by("number")
            .values_list("number", "line", "action", "title", "reasons")
        ),
        "counts": work.counts,
        "also": work.also_written,
        "stage": work.stage,
    }


def undisturbed() -> dict[str, Any]:
    """What the same file leaves behind for a user of another team when nothing happens."""
    rep = make.user("rep", team=make.team("South"))
    work = ready(rep)
    run_job.func(work.job_id)
    found = state_of(rep, work)
    assert (found["stage"], found["counts"]["rows"]) == ("finished", ROWS)
    return found


def written_until(job: Job, percent: int, worker: Process) -> None:
    """Wait until so much of the file is written, or the worker has ended."""
    while worker.is_alive():
        done = Job.objects.values_list("done", flat=True).get(pk=job.pk)
        if 100 * done >= percent * ROWS:
            return
        time.sleep(0.001)


def put_back(job: Job) -> None:
    """The reaper finds the job of a worker that has been silent for minutes."""
    long_ago = timezone.now() - timedelta(minutes=5)
    Job.objects.filter(pk=job.pk).update(heartbeat_at=long_ago)
    reap()


def in_another_process(work: Import) -> Process:
    return Process(lambda: run_job.func(work.job_id))


class TestWorker:
    def test_killed_at_any_point_it_ends_like_an_undisturbed_one(self):
        make.firm()
        expected = undisturbed()
        killed = 0
        for number, percent in enumerate(POINTS):
            rep = make.user("rep", team=make.team(f"Team {number}"))
            work = ready(rep)
            worker = in_another_process(work)
            written_until(work.job, percent, worker)
            killed += worker.is_alive()
            worker.kill()
            put_back(work.job)
            in_another_process(work).wait()
            assert state_of(rep, work) == expected, f"killed at {percent} per cent"
        assert killed >= len(POINTS) - 1

    def test_killed_again_and_again_it_goes_on_each_time(self):
        make.firm()
        expected = undisturbed()
        rep = make.user("rep", team=make.team("North"))
        work = ready(rep)
        for percent in (20, 55):
            worker = in_another_process(work)
            written_until(work.job, percent, worker)
            worker.kill()
            put_back(work.job)
        in_another_process(work).wait()
        assert state_of(rep, work) == expected

    def test_two_workers_given_the_same_job_have_one_effect(self):
        make.firm()
        expected = undisturbed()
        rep = make.user("rep", team=make.team("North"))
        work = ready(rep)
        workers = [in_another_process(work), in_another_process(work)]
        assert [worker.wait() for worker in workers] == [0, 0]
        assert state_of(rep, work) == expected

    def test_one_taken_for_dead_writes_nothing_more_once_another_has_taken_over(self):
        make.firm()
        expected = undisturbed()
        rep = make.user("rep", team=make.team("North"))
        work = ready(rep)
        slow = in_another_process(work)
        written_until(work.job, 30, slow)
        put_back(work.job)
        another = in_another_process(work)
        assert [another.wait(), slow.wait()] == [0, 0]
        assert state_of(rep, work) == expected


@pytest.fixture
def refusing_database():
    """`refuse()` lets the database fail in the middle of a chunk, `relent()` lets it work again."""
    trouble = _FullDisk() if connection.vendor == "sqlite" else _RaisingTrigger()
    yield trouble
    trouble.relent()


class _FullDisk:
    """SQLite may take some pages more and then has no room, on every connection that is opened from now on."""

    def __init__(self) -> None:
        self.options = connection.settings_dict["OPTIONS"]
        self.usual = self.options["init_command"]

    def refuse(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("VACUUM")  # pages that earlier tests have left free would be room
            pages = cursor.execute("PRAGMA page_count").fetchone()[0]
        self.options["init_command"] = f"{self.usual} PRAGMA max_page_count = {pages + 30};"
        connection.close()

    def relent(self) -> None:
        self.options["init_command"] = self.usual
        connection.close()


class _RaisingTrigger:
    """PostgreSQL raises when a contact in the middle is written."""

    def refuse(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE FUNCTION refuse_contact() RETURNS trigger AS $$ BEGIN "
                "IF NEW.last_name = 'Ruiz 64' THEN RAISE EXCEPTION 'no room' USING ERRCODE = 'disk_full'; END IF; "
                "RETURN NEW; END $$ LANGUAGE plpgsql"
            )
            cursor.execute(
                "CREATE TRIGGER refuse_contact BEFORE INSERT ON contacts_contact "
                "FOR EACH ROW EXECUTE FUNCTION refuse_contact()"
            )

    def relent(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER IF EXISTS refuse_contact ON contacts_contact")
            cursor.execute("DROP FUNCTION IF EXISTS refuse_contact")


def test_a_full_disk_rolls_the_chunk_back_and_the_page_says_why_and_resumes(refusing_database):
    make.firm()
    expected = undisturbed()
    rep = make.user("rep", team=make.team("North"))
    work = ready(rep)
    refusing_database.refuse()
    for _attempt in range(MAX_ATTEMPTS):
        run_job.func(work.job_id)
    work = Import.objects.get(pk=work.pk)
    written = work.rows.filter(is_planned=False).count()
    assert (work.job.state, work.stage) == (Job.State.STOPPED, Import.Stage.RUNNING)
    assert 0 <= written < ROWS
    assert written % CHUNK == 0
    assert written == work.job.done == work.job.cursor == work.counts.get("rows", 0)
    assert Contact.objects.filter(owner=rep).count() == work.counts.get("created", 0)
    text = body(signed_in(rep), page(work, "report"))
    assert "The disk of the database is full. Make room there, then resume" in text
    assert "Resume" in text

    refusing_database.relent()
    assert resume(work=work)
    run_job.func(work.job_id)
    assert state_of(rep, work) == expected
