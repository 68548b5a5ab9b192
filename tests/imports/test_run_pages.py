"""The import over HTTP from its dry run on: counts, progress, coming back, double clicks, rights."""

import re
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from contacts.models import Contact
from core.jobs.models import Job
from imports.models import Import
from tests import make
from tests.imports.browsing import begin_check, body, body_with_tags, page, signed_in, upload, uploaded, work_off
from tests.imports.running import ANA, bring, check, person, run, table, the

pytestmark = pytest.mark.django_db

FILES = Path(__file__).parent.parent / "files"


class TestCheck:
    def checked(self, browser: Client, *rows: dict[str, str]) -> Import:
        work = uploaded(browser, table(*rows))
        begin_check(browser, work)
        work_off(work)
        return work

    def test_counts_filter_and_what_needs_a_look_comes_first(self, browser):
        work = self.checked(browser, ANA, person("Luis", "Gil", email="luis(at)gil"), {"Job Title": "Buyer"}, ANA)

        shown = body(browser, page(work, "check"))
        assert "All rows 4 Create 2 Update 0 Link 0 Duplicate 1 Unchanged 0 Error 1" in shown
        assert (
            shown.index("names no person")
            < shown.index("stands in line 2")
            < shown.index("luis(at)gil")
            < shown.index("new account")
        )
        assert "Start import of 2 rows" in shown
        only = body(browser, page(work, "check") + "?show=error")
        assert "names no person" in only
        assert "Luis Gil" not in only

    def test_shows_old_and_new_values(self, browser, rep):
        run(check(bring(rep, table(ANA))))

        work = self.checked(browser, ANA | {"Job Title": "Director", "Mobile Phone": "600 555 013"})

        shown = body(browser, page(work, "check"))
        assert "Job title Buyer Director" in shown
        assert "Phones 600 555 013" in shown

    def test_pages_of_many_rows(self, browser):
        work = self.checked(browser, *[person(f"P{n:03}", "Gil", email=f"p{n}@arga.example") for n in range(120)])

        first = browser.get(page(work, "check"))
        link = re.search(r'href="(\?after=[^"]+)"', first.content.decode()).group(1)
        second = body(browser, page(work, "check") + link.replace("&amp;", "&"))

        assert "P000 Gil" in first.content.decode()
        assert "P050 Gil" in second
        assert "P000 Gil" not in second

    def test_another_mapping_makes_the_dry_run_count_no_more(self, browser):
        work = self.checked(browser, ANA)

        browser.post(page(work, "mapping"), {"column_0": "nickname"})

        answer = browser.post(page(work, "run"))
        assert answer["Location"] == page(work, "matching")
        assert not Contact.objects.exists()

    def test_queries_do_not_grow_with_the_rows(self, browser, django_assert_max_num_queries):
        work = self.checked(browser, *[person(f"P{n}", "Gil", email=f"p{n}@arga.example") for n in range(60)])

        with django_assert_max_num_queries(12):
            browser.get(page(work, "check"))
        browser.post(page(work, "run"))
        work_off(work)
        with django_assert_max_num_queries(14):
            browser.get(page(work, "report"))


class TestProgress:
    def test_a_part_of_the_page_asks_for_itself_and_reloads_the_page_at_the_end(self, browser):
        work = uploaded(browser, table(ANA))
        begin_check(browser, work)

        answer = browser.get(page(work, "progress"), headers={"HX-Request": "true"})
        assert f'hx-get="{page(work, "progress")}"' in answer.content.decode()
        assert "<html" not in answer.content.decode()
        work_off(work)

        assert browser.get(page(work, "progress"), headers={"HX-Request": "true"})["HX-Refresh"] == "true"

    def test_without_scripts_there_is_a_link_to_refresh(self, browser):
        work = uploaded(browser, table(ANA))
        begin_check(browser, work)

        assert (
            f'<noscript><a class="btn btn-sm" href="{page(work, "check")}"'
            in browser.get(page(work, "check")).content.decode()
        )

    def test_a_dry_run_can_be_ended(self, browser):
        work = uploaded(browser, table(ANA))
        begin_check(browser, work)

        answer = browser.post(page(work, "cancel"))

        assert answer["Location"] == page(work, "matching")
        assert Job.objects.get().state == Job.State.CANCELLED

    @pytest.mark.parametrize("stage", ["check", "report"])
    def test_a_stopped_job_says_why_and_goes_on(self, browser, stage):
        work = uploaded(browser, table(ANA))
        begin_check(browser, work)
        if stage == "report":
            work_off(work)
            browser.post(page(work, "run"))
        Job.objects.filter(state=Job.State.WAITING).update(state=Job.State.STOPPED, error="The disk is full.")

        assert "Stopped, can be resumed The disk is full." in body(browser, page(work, stage))
        assert f'action="{page(work, "resume")}"' in body_with_tags(browser, page(work, stage))
        assert browser.post(page(work, "resume"))["Location"] == page(work, stage)
        work_off(work)

        assert "The disk is full" not in body(browser, page(work, stage))

    def test_a_failed_run_says_what_was_written(self, browser, rep):
        work = check(bring(rep, table(ANA)))
        work.file.storage.delete(work.file.name)

        browser.post(page(work, "run"))
        work_off(work)

        shown = body(browser, page(work, "report"))
        assert "The uploaded file is not there any more." in shown
        assert "= 0 rows so far" in shown


class TestReturning:
    def test_every_state_leads_to_its_page_after_signing_in_again(self, browser, rep):
        work = uploaded(browser, table(ANA))
        detail = reverse("import_detail", args=[work.pk])
        places = [signed_in(rep).get(detail)["Location"]]
        browser.post(page(work, "mapping"), {"column_0": "nickname"})
        places.append(signed_in(rep).get(detail)["Location"])
        begin_check(browser, work)
        places.append(signed_in(rep).get(detail)["Location"])
        work_off(work)
        browser.post(page(work, "run"))
        places.append(signed_in(rep).get(detail)["Location"])
        work_off(work)
        places.append(signed_in(rep).get(detail)["Location"])

        assert places == [page(work, name) for name in ("recognised", "mapping", "check", "report", "report")]
        assert f'href="{page(work, "report")}"' in browser.get(reverse("import_list")).content.decode()

    def test_a_double_click_starts_one_dry_run_and_one_run(self, browser):
        work = uploaded(browser, table(ANA))

        for _click in range(2):
            begin_check(browser, work)
        assert browser.post(page(work, "check"))["Location"] == page(work, "check")
        work_off(work)
        for _click in range(2):
            assert browser.post(page(work, "run"))["Location"] == page(work, "report")

        assert sorted(Job.objects.values_list("kind", flat=True)) == ["import", "import_check"]

    def test_a_finished_import_cannot_be_chosen_or_started_anew(self, browser, rep):
        work = run(check(bring(rep, table(ANA))))

        for name in ("recognised", "mapping", "check", "run", "cancel"):
            assert browser.post(page(work, name), {"continue": "1"})["Location"] == page(work, "report")

        assert Job.objects.count() == 2

    def test_what_has_written_nothing_can_be_discarded_with_its_file(
        self, browser, rep, files_folder, django_capture_on_commit_callbacks
    ):
        work = uploaded(browser, table(ANA))
        path = files_folder / work.file.name
        assert path.exists()

        with django_capture_on_commit_callbacks(execute=True):
            browser.post(page(work, "discard"))
        assert not Import.objects.exists()
        assert not path.exists()

        written = run(check(bring(rep, table(ANA))))
        browser.post(page(written, "discard"))
        assert Import.objects.get() == written


class TestRights:
    def test_who_may_not_create_contacts_may_not_import(self, rep):
        reader = signed_in(make.user("read-only"))

        for answer in (reader.get(reverse("import_list")), upload(reader, table(ANA))):
            assert answer.status_code == 403
        assert not Import.objects.exists()

    def test_others_imports_do_not_exist_except_for_administrators(self, browser, rep):
        work = run(check(bring(rep, table(ANA))))
        colleague, boss = signed_in(make.user("rep")), signed_in(make.user("administrator"))
        pages = ["detail", "recognised", "mapping", "check", "report", "progress"]

        assert {colleague.get(page(work, name)).status_code for name in pages} == {404}
        posts = ["recognised", "mapping", "check", "run", "cancel", "resume", "discard"]
        assert {colleague.post(page(work, name)).status_code for name in posts} == {404}
        assert work.file_name not in colleague.get(reverse("import_list")).content.decode()
        assert boss.get(page(work, "report")).status_code == 200
        assert rep.name in boss.get(reverse("import_list")).content.decode()

    def test_signed_out_leads_to_sign_in(self, rep, client):
        work = bring(rep, table(ANA))

        assert client.get(page(work, "mapping"))["Location"].startswith(reverse("account_login"))

    def test_the_report_links_only_contacts_that_its_reader_sees(self, browser, rep):
        work = run(check(bring(rep, table(ANA))))
        ana = the("Ana Ruiz")
        address = reverse("contact_detail", args=[ana.pk])
        shown = page(work, "report") + "?show=create"
        assert address in browser.get(shown).content.decode()

        Contact.objects.filter(pk=ana.pk).update(
            owner=make.user("rep", team=make.team("South")), team=make.team("South")
        )

        assert address not in browser.get(shown).content.decode()

    @pytest.mark.parametrize("entity", ["lead", "opportunity"])
    def test_leads_and_opportunities_are_refused_with_the_gate(self, browser, entity):
        answer = upload(browser, table(ANA), entity=entity)

        assert answer.status_code == 422
        assert "Leads and opportunities cannot be entered yet" in answer.content.decode()
        assert not Import.objects.exists()


@pytest.mark.parametrize(
    ("language", "created", "errors"),
    [
        ("en", "1 created + 0 updated + 0 skipped + 0 unchanged + 1 error = 2 rows in the file", "Show it"),
        ("es", "1 creada + 0 actualizadas + 0 omitidas + 0 sin cambios + 1 error = 2 filas en", "Ver la fila"),
    ],
)
def test_one_of_a_kind_is_told_in_the_singular(rep, language, created, errors):
    work = run(check(bring(rep, table(ANA, person("Eva", "Sanz", Source="NoSuch")))))
    type(rep).objects.filter(pk=rep.pk).update(language=language)
    text = body(signed_in(type(rep).objects.get(pk=rep.pk)), page(work, "report"))
    assert created in text
    assert errors in text


def test_one_row_is_one_row(browser, rep):
    work = run(check(bring(rep, table({**ANA, "Company": ""}))))
    text = body(browser, page(work, "report"))
    assert "= 1 row in the file" in text
    assert "1 contact goes to the trash" in text


def test_the_report_of_leads_says_what_happens_to_an_account_that_is_not_found(rep):
    make.statuses()
    work = run(check(bring(rep, table({"First Name": "A", "Last Name": "B", "Company": "C"}), entity="lead")))
    assert "When “Existing account” is not found The row is an error" in body(signed_in(rep), page(work, "report"))
