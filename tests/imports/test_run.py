"""The jobs behind an import: killed and resumed, started twice, stopped; and how many queries a chunk costs."""

import pytest
from django.core.exceptions import ValidationError
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Account
from contacts.models import Contact, CrossReference
from core.jobs.models import Job
from core.jobs.runner import MAX_ATTEMPTS, run_job
from core.records.means import Means
from core.records.rules import RecordRule
from imports import contact_target
from imports.contact_files import open_contact_file
from imports.file_errors import UnusableFile
from imports.models import Import, ImportRow
from imports.planning import Planner, in_chunks
from imports.run import ImportNotReady, cancel_check, means_of, resume, start_check, start_run
from imports.writing import check_chunk, write_chunk
from tests import make
from tests.imports.killing import MOMENTS, kill_and_resume
from tests.imports.running import ANA, bring, check, go, names, outcome, person, run, table
from tests.threads import together
from users.models import User

# Rows that mean others in other chunks: by e-mail, by phone, without name, through a contact that is there.
ROWS = [
    person("Ana", "Ruiz", email="ana@arga.example", company="Arga, S.A.", phone="976 555 010"),
    person("Luis", "Gil", email="info@arga.example", company="ARGA"),
    person("Known", "One", email="known@arga.example", company="Montsant"),
    person("Eva", "Sanz", company="Deva"),
    {"E-mail Address": "ana@arga.example", "First Name": ""},
    person("Jon", "Otxoa", email="info@arga.example", company="Deva"),
    {"Job Title": "nobody"},
    person("Known", "One", phone="976 555 099"),
    person("Ana", "Ruiz", phone="+34 976 555 010", job="Director"),
    person("Eva", "Sanz", company="Deva"),
    person("Rosa", "Vidal", email="rosa@deva.example", company="deva"),
]


@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr("imports.planning.CHUNK", 2)


def with_known(**fields) -> User:
    """A rep with the contact that some rows mean."""
    rep = make.user("rep", **fields)
    make.contact(rep, "Known", "One", emails=["known@arga.example"], phones=["976 555 099"])
    return rep


def state_of(rep: User) -> dict[str, list]:
    """The business rows of one user."""
    contacts = Contact.objects.filter(owner=rep).order_by("full_name")
    links = CrossReference.objects.filter(contact__owner=rep)
    return {
        "contacts": [
            (one.full_name, one.email, one.phone, one.job_title, one.company_name, one.notes) for one in contacts
        ],
        "accounts": sorted(Account.objects.filter(owner=rep).values_list("name", flat=True)),
        "links": sorted(links.values_list("contact__full_name", "account__name")),
    }


@pytest.mark.django_db
class TestKilled:
    @pytest.mark.parametrize("moment", MOMENTS)
    @pytest.mark.parametrize("chunk", range(6))
    def test_a_resumed_run_ends_like_an_undisturbed_one(self, small_chunks, moment, chunk):
        make.firm()
        undisturbed, rep = with_known(team=make.team("South")), with_known()
        expected = go(undisturbed, table(*ROWS))
        work = start_run(work=check(bring(rep, table(*ROWS))), actor=rep)
        kill_and_resume(work.job, moment=moment, chunk=chunk)
        work = Import.objects.get(pk=work.pk)

        assert work.job.state == Job.State.FINISHED
        assert work.job.attempt == 2
        assert outcome(work) == outcome(expected)
        assert (work.counts, work.also_written) == (expected.counts, expected.also_written)
        assert state_of(rep) == state_of(undisturbed)

    def test_a_dry_run_begins_anew(self, small_chunks):
        make.firm()
        work = start_check(work=bring(with_known(), table(*ROWS)), actor=None)

        kill_and_resume(work.check_job, moment="while writing", chunk=2)

        work = Import.objects.get(pk=work.pk)
        assert work.stage == "checked"
        assert work.planned["rows"] == len(ROWS) == work.rows.count()

    def test_a_database_that_refuses_in_the_middle_stops_it_and_it_can_be_resumed(self, small_chunks, monkeypatch):
        make.firm()
        rep = with_known()
        work = start_run(work=check(bring(rep, table(*ROWS))), actor=rep)
        unharmed, calls = contact_target.write_chunk, []

        def full(*args, **kwargs):
            also = unharmed(*args, **kwargs)
            calls.append(1)
            if 2 <= len(calls) <= 1 + MAX_ATTEMPTS:
                raise OperationalError("database or disk is full")
            return also

        monkeypatch.setattr(contact_target, "write_chunk", full)
        for _attempt in range(MAX_ATTEMPTS):
            run_job.func(work.job_id)
            Job.objects.filter(pk=work.job_id).update(run_token=None)
        work = Import.objects.get(pk=work.pk)
        assert (work.job.state, work.stage, work.rows.filter(is_planned=False).count()) == ("stopped", "running", 2)

        monkeypatch.setattr(contact_target, "write_chunk", unharmed)
        assert resume(work=work)
        run_job.func(work.job_id)

        work = Import.objects.get(pk=work.pk)
        assert (work.stage, work.counts["rows"]) == ("finished", len(ROWS))
        assert len(names()) == len(set(names())) == 6


@pytest.mark.django_db
class TestStarting:
    def test_a_run_needs_a_dry_run_of_the_present_choices(self, rep):
        work = bring(rep, table(ANA))
        with pytest.raises(ImportNotReady):
            start_run(work=work, actor=rep)

        work = check(work)
        stale = Import.objects.get(pk=work.pk)
        Import.objects.filter(pk=work.pk).update(stage="uploaded")
        with pytest.raises(ImportNotReady):
            start_run(work=stale, actor=rep)
        assert not Contact.objects.exists()

    def test_a_second_start_from_the_same_page_is_refused(self, rep):
        work = check(bring(rep, table(ANA)))
        stale = Import.objects.get(pk=work.pk)

        start_run(work=work, actor=rep)

        with pytest.raises(ImportNotReady):
            start_run(work=stale, actor=rep)
        assert Job.objects.filter(kind="import").count() == 1

    def test_two_workers_with_the_same_job_have_one_effect(self, rep):
        work = start_run(work=check(bring(rep, table(ANA))), actor=rep)

        run_job.func(work.job_id)
        run_job.func(work.job_id)

        assert names() == ["Ana Ruiz"]
        assert Import.objects.get(pk=work.pk).counts["rows"] == 1

    def test_a_cancelled_dry_run_leaves_the_choices_open(self, rep):
        work = start_check(work=bring(rep, table(ANA)), actor=rep)

        work = cancel_check(work=work)
        run_job.func(work.check_job_id)

        work.refresh_from_db()
        assert (work.stage, work.planned, work.rows.count()) == ("uploaded", {}, 0)
        assert check(work).planned["created"] == 1

    def test_a_file_that_is_gone_ends_the_job_in_words(self, rep):
        work = start_check(work=bring(rep, table(ANA)), actor=rep)
        work.file.storage.delete(work.file.name)

        run_job.func(work.check_job_id)

        work = Import.objects.get(pk=work.pk)
        assert (work.stage, work.check_job.state) == ("failed", "failed")
        assert work.error == "The uploaded file is not there any more. Upload it again."

    def test_a_limit_that_is_broken_far_down_ends_the_dry_run_in_words(self, rep):
        work = check(bring_unseen(rep, ANA, person("Luis", "Gil", notes="x" * 200_000)))

        assert work.stage == "failed"
        assert "longer than" in work.error


def bring_unseen(rep: User, *rows: dict[str, str]) -> Import:
    """A file of which the sample shows only the first row."""
    work = bring(rep, table(rows[0]))
    with work.file.storage.open(work.file.name, "wb") as target:
        target.write(table(*rows))
    return work


@pytest.mark.django_db(transaction=True)
def test_of_many_clicks_on_start_one_starts():
    make.firm()
    rep = make.user("rep")
    work = check(bring(rep, table(ANA)))

    results = together(6, lambda _n: start_run(work=Import.objects.get(pk=work.pk), actor=rep))

    assert sum(isinstance(result, Import) for result in results) == 1
    assert sum(isinstance(result, ImportNotReady) for result in results) == 5
    assert Job.objects.filter(kind="import").count() == 1


@pytest.mark.django_db
class TestQueries:
    """A chunk costs the same number of queries whatever its size, so that a file costs so much per 500 rows."""

    @staticmethod
    def counted(rep: User, rows: list[dict[str, str]], *, writes: bool) -> tuple[int, int]:
        """(queries of planning, queries of checking or writing) of one chunk."""
        work = bring(rep, table(*rows))
        planner = Planner(rep, rep)
        with work.file.open("rb") as source:
            (batch,) = in_chunks(open_contact_file(source).rows())
        with CaptureQueriesContext(connection) as planning:
            planned = planner.plan(batch)
        settle = write_chunk if writes else check_chunk
        with CaptureQueriesContext(connection) as settling:
            settle(planned, planner, actor=rep, means=means_of(work))
        return len(planning), len(settling)

    @staticmethod
    def rows(first: int, count: int) -> list[dict[str, str]]:
        return [
            person(f"P{n}", "Gil", email=f"p{n}@arga.example", company=f"Firm {n}", phone=f"976{n:06}")
            for n in range(first, first + count)
        ]

    @pytest.mark.parametrize(("writes", "most"), [(False, 12), (True, 45)], ids=["dry run", "run"])
    def test_new_contacts(self, rep, writes, most):
        make.account(rep)
        few = self.counted(rep, self.rows(1, 60), writes=writes)
        many = self.counted(rep, self.rows(1000, 240), writes=writes)

        assert many == few
        assert sum(many) <= most

    @pytest.mark.parametrize(("writes", "most"), [(False, 25), (True, 45)], ids=["dry run", "run"])
    def test_contacts_that_are_there(self, rep, writes, most):
        go(rep, table(*self.rows(1, 60), *self.rows(1000, 240)))

        def changed(first: int, count: int) -> list[dict[str, str]]:
            rows = self.rows(first, count)
            return [row | {"Job Title": "Buyer", "Mobile Phone": f"600{n:06}"} for n, row in enumerate(rows, first)]

        few = self.counted(rep, changed(1, 60), writes=writes)
        many = self.counted(rep, changed(1000, 240), writes=writes)

        assert many == few
        assert sum(many) <= most


@pytest.mark.django_db
class TestKept:
    def test_the_rows_of_the_dry_run_go_when_the_run_is_finished(self, rep):
        work = run(check(bring(rep, table(ANA))))

        assert list(ImportRow.objects.values_list("parent_id", "is_planned")) == [(work.pk, False)]

    def test_a_row_cannot_be_reported_twice(self, rep):
        work = go(rep, table(ANA))
        row = work.rows.get()

        row.pk = None
        with pytest.raises(Exception, match=r"(?i)unique|duplicate"):
            row.save(force_insert=True)

    def test_everything_that_an_import_writes_is_one_operation(self, rep):
        work = bring(rep, table(ANA))

        assert (
            means_of(work) == means_of(Import.objects.get(pk=work.pk)) == Means("import", str(work.pk), work.operation)
        )

    def test_an_upload_is_kept_under_a_name_of_its_own_and_served_nowhere(self, rep, files_folder, client):
        work = bring(rep, table(ANA), "../../etc/Kontakte \x07für Ana.csv")

        path = files_folder / work.file.name
        assert path.read_bytes() == table(ANA)
        assert (work.file_name, path.suffix) == ("Kontakte für Ana.csv", "")
        assert "Kontakte" not in work.file.name
        client.force_login(rep, backend="users.backends.RoleBackend")
        for url in (f"/{work.file.name}", f"/files/{work.file.name}", f"/media/{work.file.name}"):
            assert client.get(url).status_code == 404

    def test_an_unusable_file_is_not_kept(self, rep, files_folder):
        with pytest.raises(UnusableFile):
            bring(rep, b"%PDF-1.7", "contacts.csv")

        assert not Import.objects.exists()
        assert not list(files_folder.rglob("*.*"))


class OneByOne(RecordRule):
    """Refuses several contacts at once, and Luis by himself; neither can be told without writing."""

    record_types = ("contact",)

    def before_write(self, savings):
        if len(savings) > 1 or savings[0].record.first_name == "Luis":
            raise ValidationError("Not now.")


def test_of_a_batch_that_is_refused_only_as_a_whole_each_row_is_saved_by_itself(rep, settings):
    settings.RECORD_RULES = [*settings.RECORD_RULES, "tests.imports.test_run.OneByOne"]
    work = run(check(bring(rep, table(ANA, person("Luis", "Gil"), person("Eva", "Sanz")))))

    assert outcome(work) == [(2, "create", []), (3, "error", ["Not now."]), (4, "create", [])]
    assert names() == ["Ana Ruiz", "Eva Sanz"]
    assert work.counts["created"] == 2
