"""Undo of an import: the use case, its jobs and its pages; what was there before is there again."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts.models import Account
from contacts.models import Contact, CrossReference
from core.jobs.models import Job
from core.jobs.runner import run_job
from core.records import undo as records
from core.records.door import save_record
from core.records.means import Means
from core.records.models import TrashUnit
from core.records.undo_log import Undo
from imports import undo as undoing
from imports.models import Import
from imports.undo import UndoNotPossible, start_undo, start_undo_check, undo_of
from tests import make
from tests.business_rows import business_rows
from tests.imports.browsing import body, body_with_tags, page, signed_in
from tests.imports.running import ANA, abandon, bring, check, go, person, table, the
from users.models import User

pytestmark = pytest.mark.django_db

EVA = person("Eva", "Sanz", email="eva@montsant.example", company="Química Montsant, S.L.")
LUIS = person("Luis", "Gil", email="luis@tiermas.example", company="Aguas de Tiermas", phone="976 55 50 11")


@pytest.fixture
def boss(db: None) -> User:
    """An administrator of a B2B firm."""
    make.firm()
    return make.user("administrator")


@pytest.fixture
def browser(boss: User) -> Client:
    """The administrator's browser."""
    return signed_in(boss)


def undo(work: Import, actor: User | None = None) -> Import:
    """Work out what the undo would do, then undo, as a worker does."""
    actor = actor or work.created_by
    work = start_undo_check(work=Import.objects.get(pk=work.pk), actor=actor)
    run_job.func(work.undo_job_id)
    work = start_undo(work=Import.objects.get(pk=work.pk), actor=actor)
    run_job.func(work.undo_job_id)
    work = Import.objects.select_related("undo_job").get(pk=work.pk)
    assert work.undo_job.state == Job.State.FINISHED, work.undo_job.error
    return work


def change(contact: Contact, actor: User, **fields) -> None:
    for name, value in fields.items():
        setattr(contact, name, value)
    save_record(contact, actor=actor, means=Means("form"))


class TestUndo:
    def test_what_was_there_before_is_there_again(self, boss):
        montsant = make.account(boss, "Química Montsant, S.L.")
        make.contact(boss, "Ana", "Ruiz", account=montsant, emails=["ana@montsant.example"], job_title="Assistant")
        make.contact(boss, "Eva", "Sanz", emails=["eva@montsant.example"])
        before = business_rows()
        work = go(boss, table(ANA, EVA, LUIS, {**LUIS, "Job Title": "Fitter"}))
        assert business_rows() != before
        work = undo(work)
        assert business_rows() == before
        done = undo_of(work)
        assert done.counts == done.planned
        assert done.counts["trashed"] == {"contact": 1, "account": 1, "crossreference": 2}
        assert done.counts["reverted"] == {"contact": 2}
        assert work.undone_at is not None

    def test_what_it_created_is_one_unit_that_comes_back_as_one(self, boss, browser):
        work = go(boss, table(ANA, EVA, LUIS))
        after = business_rows()
        undo(work)
        unit = TrashUnit.objects.get()
        assert unit.title == f"Import {work.pk}: contacts.csv"
        assert unit.title in body(browser, reverse("trash"))
        browser.post(reverse("trash_restore", args=[unit.pk]))
        assert business_rows() == after

    def test_it_goes_on_where_its_worker_was_killed(self, boss, monkeypatch):
        monkeypatch.setattr(records, "CHUNK", 2)
        before = business_rows()
        work = start_undo(work=go(boss, table(ANA, EVA, LUIS)), actor=boss)
        real, calls = records.undo_chunk, []

        def dying(*args, **named):
            done = real(*args, **named)
            calls.append(done)
            if len(calls) in (2, 3):
                raise SystemExit
            return done

        monkeypatch.setattr(undoing.records, "undo_chunk", dying)
        for _attempt in range(2):
            with pytest.raises(SystemExit):
                run_job.func(work.undo_job_id)
            abandon(work.undo_job)
        run_job.func(work.undo_job_id)
        assert business_rows() == before
        unit = TrashUnit.objects.get()
        assert unit.counts == {"contact": 3, "account": 2, "crossreference": 3}
        assert Job.objects.get(pk=work.undo_job_id).done == 8

    def test_an_import_that_failed_half_way_can_be_undone(self, boss):
        before = business_rows()
        work = go(boss, table(ANA))
        Import.objects.filter(pk=work.pk).update(stage=Import.Stage.FAILED)
        undo(work)
        assert business_rows() == before

    def test_one_that_is_under_way_cannot(self, boss):
        work = check(bring(boss, table(ANA)))
        with pytest.raises(UndoNotPossible):
            start_undo(work=work, actor=boss)
        Import.objects.filter(pk=work.pk).update(stage=Import.Stage.RUNNING)
        with pytest.raises(UndoNotPossible):
            start_undo_check(work=Import.objects.get(pk=work.pk), actor=boss)
        assert not Undo.objects.exists()

    def test_two_callers_start_one_undo(self, boss):
        work = go(boss, table(ANA))
        same = Import.objects.get(pk=work.pk)
        start_undo(work=work, actor=boss)
        with pytest.raises(UndoNotPossible):
            start_undo(work=same, actor=boss)
        assert Job.objects.filter(kind="import_undo").count() == 1

    def test_it_is_undone_once(self, boss):
        work = undo(go(boss, table(ANA)))
        for again in (start_undo, start_undo_check):
            with pytest.raises(UndoNotPossible):
                again(work=work, actor=boss)

    def test_two_imports_are_undone_in_either_order(self, boss):
        before = business_rows()
        first = go(boss, table(ANA))
        second = go(boss, table({**ANA, "Job Title": "Head of purchasing"}, EVA))
        undo(second)
        undo(first)
        assert business_rows() == before

    def test_the_second_import_keeps_what_it_wrote_when_the_first_is_undone(self, boss):
        first = go(boss, table(ANA))
        go(boss, table({**ANA, "Job Title": "Head of purchasing"}))
        undo(first)
        assert the("Ana Ruiz").job_title == "Head of purchasing"
        assert CrossReference.objects.get().account == Account.objects.get()

    def test_a_user_who_has_left_undoes_nothing(self, boss):
        work = start_undo(work=go(boss, table(ANA)), actor=boss)
        User.objects.filter(pk=boss.pk).update(is_active=False)
        run_job.func(work.undo_job_id)
        assert Job.objects.get(pk=work.undo_job_id).state == Job.State.FAILED
        assert Contact.objects.exists()


class TestPages:
    def undone(self, browser: Client, work: Import) -> Import:
        for name in ("undo", "undo_start"):
            assert browser.post(page(work, name))["Location"] == page(work, "undo")
            assert "Waiting for its turn" in body(browser, page(work, "undo"))
            run_job.func(Import.objects.get(pk=work.pk).undo_job_id)
        return Import.objects.get(pk=work.pk)

    def test_from_the_report_to_the_trash_and_back(self, boss, browser):
        before = business_rows()
        work = go(boss, table(ANA, EVA, LUIS))
        text = body(browser, page(work, "report"))
        assert "3 contacts, 2 accounts and 3 cross-references go to the trash as one unit" in text
        work = self.undone(browser, work)
        assert business_rows() == before
        text = body(browser, page(work, "report"))
        assert "This import was undone" in text
        assert "3 contacts, 2 accounts and 3 cross-references went to the trash as one unit" in text
        assert "Undo import…" not in text
        assert "Undone" in body(browser, reverse("import_list"))
        browser.post(reverse("trash_restore", args=[TrashUnit.objects.get().pk]))
        assert "Restored from the trash:" in body(browser, page(work, "report"))

    def test_a_second_undo_is_refused_in_words(self, boss, browser):
        work = undo(go(boss, table(ANA)))
        for name in ("undo", "undo_start"):
            assert browser.post(page(work, name))["Location"] == page(work, "undo")
            assert "This import was undone already." in browser.get(page(work, "undo")).content.decode()

        browser.post(reverse("trash_restore", args=[TrashUnit.objects.get().pk]))

        for name in ("undo", "undo_start"):
            browser.post(page(work, name))
            shown = browser.get(page(work, "undo")).content.decode()
            assert "an import is undone only once. What came back from the trash stays" in shown
        assert "It cannot be undone again" in body(browser, page(work, "undo"))
        assert the("Ana Ruiz")

    def test_what_stays_is_listed_with_its_reason_before_and_after(self, boss, browser):
        make.process()
        work = go(boss, table(ANA, EVA, LUIS))
        change(the("Ana Ruiz"), boss, job_title="Head of purchasing")
        make.opportunity(boss, Account.objects.get(name__startswith="Aguas"), topic="Valves")
        assert "1 record was changed since" in body(browser, page(work, "report"))
        browser.post(page(work, "undo"))
        run_job.func(Import.objects.get(pk=work.pk).undo_job_id)
        shown = body(browser, page(work, "undo"))
        assert "4 records were needed or changed since and stay as they are" in shown
        assert f"Ana Ruiz Contact Changed since, {boss.name}" in shown
        assert "Aguas de Tiermas Account Needed by opportunity “Valves”" in shown
        assert "Belongs to contact “Ana Ruiz”, which stays" in shown
        assert "Luis Gil" in body(browser, page(work, "undo") + "?show=trashed")
        assert "Ana Ruiz" not in body(browser, page(work, "undo") + "?show=trashed")
        browser.post(page(work, "undo_start"))
        run_job.func(Import.objects.get(pk=work.pk).undo_job_id)
        assert sorted(Contact.objects.values_list("full_name", flat=True)) == ["Ana Ruiz"]
        assert "4 records were needed or changed since" in body(browser, page(work, "undo"))

    def test_old_values_are_shown_before_they_return(self, boss, browser):
        make.contact(boss, "Ana", "Ruiz", emails=["ana@montsant.example"], job_title="Assistant")
        work = go(boss, table(ANA))
        browser.post(page(work, "undo"))
        run_job.func(Import.objects.get(pk=work.pk).undo_job_id)
        assert "Job title Assistant" in body(browser, page(work, "undo") + "?show=reverted")

    def test_what_it_wrote_is_listed_by_kind(self, boss, browser):
        make.contact(boss, "Ana", "Ruiz", emails=["ana@montsant.example"], job_title="Assistant")
        work = go(boss, table(ANA, LUIS))
        text = body(browser, page(work, "written"))
        assert "Ana Ruiz Contact Changed" in text
        assert "Luis Gil Contact Created" in text
        assert "Luis Gil – Aguas de Tiermas Cross-reference Created" in text
        only = body(browser, page(work, "written") + "?show=account")
        assert "Aguas de Tiermas Account Created" in only
        assert "Luis Gil Contact" not in only

    def test_a_double_click_undoes_once(self, boss, browser):
        work = go(boss, table(ANA))
        for _click in range(2):
            assert browser.post(page(work, "undo_start"))["Location"] == page(work, "undo")
        assert Job.objects.filter(kind="import_undo").count() == 1

    def test_a_stopped_undo_says_why_and_is_resumed(self, boss, browser):
        work = start_undo(work=go(boss, table(ANA)), actor=boss)
        Job.objects.filter(pk=work.undo_job_id).update(state=Job.State.STOPPED, error="The disk is full.")
        assert "Stopped, can be resumed The disk is full." in body(browser, page(work, "undo"))
        assert f'action="{page(work, "undo_resume")}"' in body_with_tags(browser, page(work, "undo"))
        assert "Show where it is" not in body(browser, page(work, "report"))
        browser.post(page(work, "undo_resume"))
        run_job.func(work.undo_job_id)
        assert not Contact.objects.exists()

    def test_an_undo_that_failed_says_why_and_cannot_be_resumed(self, boss, browser):
        work = start_undo(work=go(boss, table(ANA)), actor=boss)
        Job.objects.filter(pk=work.undo_job_id).update(state=Job.State.FAILED, error="The user is gone.")
        assert "Not done The user is gone." in body(browser, page(work, "undo"))
        assert page(work, "undo_resume") not in body_with_tags(browser, page(work, "undo"))

    def test_progress_leads_on_when_it_is_done(self, boss, browser):
        work = start_undo_check(work=go(boss, table(ANA)), actor=boss)
        assert "Working out what an undo would do" in browser.get(page(work, "undo_progress")).content.decode()
        run_job.func(work.undo_job_id)
        assert browser.get(page(work, "undo_progress"))["HX-Refresh"] == "true"

    def test_there_is_no_undo_before_the_end(self, boss, browser):
        work = check(bring(boss, table(ANA)))
        for name in ("undo", "undo_start"):
            assert browser.post(page(work, name))["Location"] == page(work, "check")
        assert browser.get(page(work, "undo"))["Location"] == page(work, "check")
        assert browser.get(page(work, "written"))["Location"] == page(work, "check")

    def test_a_stranger_sees_and_does_nothing(self, boss):
        work = go(boss, table(ANA))
        stranger = signed_in(make.user("rep"))
        assert stranger.get(page(work, "undo")).status_code == 404
        assert stranger.get(page(work, "written")).status_code == 404
        for name in ("undo", "undo_start", "undo_resume"):
            assert stranger.post(page(work, name)).status_code == 404
        assert not Undo.objects.exists()
        assert Contact.objects.exists()

    def test_the_number_of_queries_does_not_grow_with_the_import(self, boss, browser, django_assert_max_num_queries):
        counts = []
        for number in (3, 40):
            rows = [
                person("Ana", f"Ruiz{i}", email=f"a{number}-{i}@t.example", company=f"Firm {number} {i}")
                for i in range(number)
            ]
            work = go(boss, table(*rows))
            browser.post(page(work, "undo"))
            run_job.func(Import.objects.get(pk=work.pk).undo_job_id)
            found = []
            for address in (page(work, "report"), page(work, "undo"), page(work, "written")):
                with django_assert_max_num_queries(60) as queries:
                    assert browser.get(address).status_code == 200
                found.append(len(queries))
            counts.append(found)
        assert all(many <= few for few, many in zip(*counts, strict=True))


class TestCommand:
    def called(self, *arguments: str) -> str:
        out = StringIO()
        call_command("import_records", *arguments, stdout=out)
        return out.getvalue()

    def test_it_tells_the_figures_and_then_undoes(self, boss):
        before = business_rows()
        work = go(boss, table(ANA, EVA, LUIS))
        after = business_rows()
        foreseen = json.loads(self.called("--undo", str(work.pk), "--dry-run", "--json"))
        assert business_rows() == after
        done = json.loads(self.called("--undo", str(work.pk), "--json"))
        assert business_rows() == before
        assert done["counts"] == foreseen["counts"]
        assert (foreseen["undone"], done["undone"]) == (False, True)
        assert done["counts"]["trashed"] == {"contact": 3, "account": 2, "crossreference": 3}
        assert Import.objects.get().undone_at is not None

    def test_it_prints_the_figures_for_people(self, boss):
        work = go(boss, table(ANA))
        assert "trashed: 1 crossreference, 1 account, 1 contact" in self.called("--undo", str(work.pk))

    def test_it_goes_on_where_a_killed_one_stopped(self, boss, monkeypatch):
        monkeypatch.setattr(records, "CHUNK", 2)
        before = business_rows()
        work = go(boss, table(ANA, EVA, LUIS))
        undone = records.start_undo(work.operation, actor=boss, title="Import")
        records.undo_chunk(undone, actor=boss)
        self.called("--undo", str(work.pk))
        assert business_rows() == before

    def test_what_cannot_be_undone_ends_with_2_and_says_why(self, boss):
        running = check(bring(boss, table(ANA)))
        done = undo(go(boss, table(EVA)))
        for arguments, text in {
            ("--undo", "999"): "There is no import 999",
            ("--undo", str(2**70)): "There is no import",
            ("--undo", str(running.pk)): "has written nothing",
            ("--undo", str(done.pk)): "undone already",
            (): "Name an entity and a file",
            ("contacts",): "Name an entity and a file",
            ("contacts", "x.csv", "--undo", "1"): "Name an entity and a file",
        }.items():
            with pytest.raises(CommandError, match=text) as refusal:
                self.called(*arguments)
            assert refusal.value.returncode == 2
