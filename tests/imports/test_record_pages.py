"""Records other than contacts through the pages and the command; killed and resumed; what a chunk costs."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Account
from contacts.models import CrossReference
from core.jobs.models import Job
from imports.models import Import
from imports.planning import in_chunks
from imports.run import means_of, start_run
from imports.target_list import target_of
from leads.models import Lead
from opportunities.models import Opportunity
from setup_values.models import LeadStatus, Source
from tests import make
from tests.imports.browsing import begin_check, body, page, signed_in, work_off
from tests.imports.killing import MOMENTS, kill_and_resume
from tests.imports.running import bring, check, go, outcome, table

pytestmark = pytest.mark.django_db

FILES = {
    "lead": (
        {"First Name": "Aitor", "Last Name": "Landa", "Company": "Deva", "Email": "a@deva.example"},
        Lead,
        "New lead",
    ),
    "prospect": ({"Company": "Deva", "City": "Haro"}, Account, "New account"),
    "customer": ({"Company": "Deva", "City": "Haro"}, Account, "New account"),
    "account": ({"Company": "Deva", "City": "Haro"}, Account, "New account"),
    "opportunity": ({"Topic": "Valves", "Account": "Arga"}, Opportunity, "New opportunity for Arga"),
    "task": ({"Subject": "Call", "Account": "Arga", "Due": "2027-01-31"}, None, "New task"),
    "interaction": ({"Subject": "Call", "Account": "Arga", "Date": "2025-01-31"}, None, "New interaction"),
    "cross_reference": ({"Person": "Ana Ruiz", "Account": "Deva Sur"}, CrossReference, "New cross-reference"),
}


@pytest.fixture
def ready(rep):
    """Whatever the files above name."""
    make.statuses()
    make.process()
    make.account(rep, "Deva Sur")
    make.contact(rep, "Ana", "Ruiz", account=make.account(rep, "Arga"))


class TestPages:
    @pytest.mark.parametrize("name", FILES)
    def test_from_the_upload_to_the_report(self, browser, ready, name):
        row, _model, text = FILES[name]
        content = table(row).decode()
        assert f'<option value="{name}" selected>' in browser.get(f"/import/?entity={name}").content.decode()
        browser.post(reverse("import_list"), {"entity": name, "text": content})
        work = Import.objects.get()
        assert work.entity == name
        assert browser.get(page(work, "recognised")).status_code == 200
        assert "How it will look" in body(browser, page(work, "mapping"))
        browser.post(page(work, "mapping"), {"continue": "1"})
        begin_check(browser, work, match=[name for name, _label in target_of(work).match_keys()])
        work_off(work)
        assert text in body(browser, page(work, "check"))
        browser.post(page(work, "run"))
        work_off(work)
        assert text in body(browser, page(work, "report") + "?show=create")
        assert browser.get(target_of(work).list_url()).status_code == 200
        assert work.counts["created"] == 1

    def test_a_catalog(self, admin):
        make.firm()
        browser = signed_in(admin)
        browser.post(reverse("import_list"), {"entity": "sources", "text": "Name;Remark\nFair;nice"})
        work = Import.objects.get()
        text = body(browser, page(work, "mapping"))
        assert "Keep in the notes" not in text
        browser.post(page(work, "mapping"), {"continue": "1"})
        begin_check(browser, work, match=[name for name, _label in target_of(work).match_keys()])
        work_off(work)
        browser.post(page(work, "run"))
        work_off(work)
        assert "New value" in body(browser, page(work, "report") + "?show=create")
        assert Source.objects.get().name == "Fair"

    def test_every_list_leads_to_its_import(self, browser, ready):
        for name in (
            "lead",
            "prospect",
            "customer",
            "account",
            "opportunity",
            "task",
            "interaction",
            "cross_reference",
        ):
            assert f"/import/?entity={name}" in browser.get(reverse(f"{name}_list")).content.decode()

    def test_whoever_may_only_read_is_refused(self, read_only, ready):
        assert signed_in(read_only).get("/import/?entity=lead").status_code == 403

    def test_amounts_that_can_be_read_in_two_ways_are_asked(self, browser, ready):
        text = "Topic;Account;Amount\nValves;Arga;1.234\n"
        browser.post(reverse("import_list"), {"entity": "opportunity", "text": text})
        work = Import.objects.get()
        answer = browser.post(page(work, "mapping"), {"continue": "1"})
        assert answer.status_code == 422
        assert "decimal comma" in answer.content.decode()
        browser.post(page(work, "mapping"), {"continue": "1", "date_amount": "comma"})
        work.refresh_from_db()
        assert work.options["date_orders"] == {"amount": "comma"}


class TestCommand:
    def called(self, tmp_path, plural: str, content: bytes, *arguments: str) -> dict:
        path = tmp_path / "rows.csv"
        path.write_bytes(content)
        out = StringIO()
        call_command("import_records", plural, str(path), "--json", *arguments, stdout=out)
        return json.loads(out.getvalue())

    @pytest.mark.parametrize(
        ("plural", "name"),
        [("leads", "lead"), ("customers", "customer"), ("opportunities", "opportunity"), ("tasks", "task"),
         ("interactions", "interaction"), ("cross-references", "cross_reference"), ("prospects", "prospect"),
         ("accounts", "account")],
    )  # fmt: skip
    def test_brings_in_every_kind(self, tmp_path, rep, ready, plural, name):
        row, _model, _text = FILES[name]
        rehearsed = self.called(tmp_path, plural, table(row), "--dry-run", "--user", rep.email)
        done = self.called(tmp_path, plural, table(row), "--user", rep.email)

        assert done["counts"] == rehearsed["counts"]
        assert done["counts"]["created"] == 1
        assert done["rows"][0]["values"]

    def test_brings_in_setup_values_of_administrators_alone(self, tmp_path, rep, admin):
        make.firm()
        with pytest.raises(CommandError, match="may not create"):
            self.called(tmp_path, "sources", b"Name\nFair\n", "--user", rep.email)
        assert self.called(tmp_path, "sources", b"Name\nFair\n")["counts"]["created"] == 1

    def test_the_gate_holds(self, tmp_path, admin):
        make.firm()
        LeadStatus.objects.all().delete()
        with pytest.raises(CommandError, match="cannot be entered yet"):
            self.called(tmp_path, "leads", table(FILES["lead"][0]))


ROWS = [
    {"Topic": f"Deal {number}", "Account": account, "Stage": stage, "Amount": str(number)}
    for number, (account, stage) in enumerate(
        [("Arga", "Enquiry"), ("New A", "Quotation"), ("new a", "Closed Won"), ("Nobody knows", "Odd"), ("Arga", "")]
        * 2
    )
]


class TestKilled:
    @pytest.mark.parametrize("moment", MOMENTS)
    @pytest.mark.parametrize("chunk", range(5))
    def test_a_resumed_run_ends_like_an_undisturbed_one(self, rep, ready, monkeypatch, moment, chunk):
        monkeypatch.setattr("imports.planning.CHUNK", 2)
        options = {"related": {"account": "create"}, "values": {"stage": {"odd": "@notes"}}}
        other = make.user("rep", team=make.team("South"))
        make.account(other, "Arga")
        expected = go(other, table(*ROWS), entity="opportunity", **options)
        work = start_run(work=check(bring(rep, table(*ROWS), entity="opportunity", **options)), actor=rep)
        kill_and_resume(work.job, moment=moment, chunk=chunk)
        work = Import.objects.get(pk=work.pk)

        assert work.job.state == Job.State.FINISHED
        assert outcome(work) == outcome(expected)
        assert (work.counts, work.also_written) == (expected.counts, expected.also_written)
        deals = [
            sorted(Opportunity.objects.filter(owner=one).values_list("topic", "account__name", "state", "amount"))
            for one in (rep, other)
        ]
        assert deals[0] == deals[1]


class TestQueries:
    """A chunk costs a fixed number of queries, whatever stands in it."""

    def counted(self, rep, rows: list[dict[str, str]], entity: str, *, writes: bool, **options) -> int:
        work = bring(rep, table(*rows), entity=entity, **options)
        target = target_of(work)
        with work.file.open("rb") as source:
            opened = target.open(source, work.options)
            walk = target.walk(rep, rep, work.options)
            batch = next(iter(in_chunks(opened.rows())))
            with CaptureQueriesContext(
                connection,
            ) as queries:
                planned = walk.plan(batch)
                (walk.write if writes else walk.check)(planned, means_of(work))
        assert {plan.action for plan in planned} <= {"create", "update"}, [plan.reasons for plan in planned]
        return len(queries)

    @pytest.mark.parametrize("writes", [False, True], ids=["dry run", "run"])
    def test_new_leads(self, rep, ready, writes):
        def rows(first: int, count: int) -> list[dict[str, str]]:
            return [
                {"Last Name": f"Gil {n}", "Email": f"p{n}@deva.example", "Company": f"F{n}", "Country": "Spain"}
                for n in range(first, first + count)
            ]

        few = self.counted(rep, rows(1, 20), "lead", writes=writes)
        assert self.counted(rep, rows(1000, 120), "lead", writes=writes) == few <= 40

    @pytest.mark.parametrize("writes", [False, True], ids=["dry run", "run"])
    def test_new_opportunities_with_their_accounts(self, rep, ready, writes):
        def rows(first: int, count: int) -> list[dict[str, str]]:
            return [
                {"Topic": f"Deal {n}", "Account": f"Firm {n}", "Contact": "Ana Ruiz", "Amount": f"{n}.50"}
                for n in range(first, first + count)
            ]

        related = {"account": "create"}
        few = self.counted(rep, rows(1, 20), "opportunity", writes=writes, related=related)
        assert self.counted(rep, rows(1000, 120), "opportunity", writes=writes, related=related) == few <= 70

    @pytest.mark.parametrize("writes", [False, True], ids=["dry run", "run"])
    def test_accounts_that_are_there(self, rep, ready, writes):
        def rows(count: int, street: str) -> list[dict[str, str]]:
            return [{"Company": f"Firm {n}", "Street": street, "Phone": f"976{n:06}"} for n in range(count)]

        go(rep, table(*rows(120, "A")), entity="account")
        few = self.counted(rep, rows(20, "B"), "account", writes=writes)
        assert self.counted(rep, rows(120, "C"), "account", writes=writes) <= few + 2


def test_a_stage_of_an_unknown_process_is_an_error_that_the_dry_run_shows(ready):
    browser = signed_in(make.user("administrator"))
    work = check(bring(make.user("administrator"), "Name,Process\nEnquiry,Nowhere\n", entity="stages"))

    assert "“Nowhere” is not in Processes." in body(browser, page(work, "check"))
    answer = browser.post(page(work, "values"), {"field": "process", "text": "Nowhere", "answer": "@create"})
    assert answer.status_code == 302
