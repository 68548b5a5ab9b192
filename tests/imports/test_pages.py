"""The import over HTTP: whole journeys, choices that survive, rights, double clicks, hostile files."""

import random
import re
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from contacts.models import Contact, CrossReference
from core.jobs.models import Job
from core.jobs.runner import run_job
from imports import choosing
from imports.contact_files import INTO_NOTES
from imports.models import Import
from tests import make
from tests.imports.running import ANA, bring, card, check, names, person, run, table, the
from users.models import User

pytestmark = pytest.mark.django_db

FILES = Path(__file__).parent.parent / "files"


def signed_in(user: User) -> Client:
    """A browser in which user is signed in."""
    client = Client()
    client.force_login(user, backend="users.backends.RoleBackend")
    return client


@pytest.fixture
def browser(rep) -> Client:
    return signed_in(rep)


def upload(browser: Client, content: bytes | str, name: str = "contacts.csv", **more: str):
    """The answer to the upload form."""
    data = content.encode() if isinstance(content, str) else content
    return browser.post(reverse("import_list"), {"file": SimpleUploadedFile(name, data), **more})


def uploaded(browser: Client, content: bytes | str, name: str = "contacts.csv") -> Import:
    """The import that an upload makes."""
    answer = upload(browser, content, name)
    work = Import.objects.latest("pk")
    assert answer["Location"] == page(work, "recognised"), answer.content.decode()
    return work


def page(work: Import, name: str) -> str:
    """The address of one of its pages."""
    return reverse(f"import_{name}", args=[work.pk])


def body(browser: Client, address: str, status: int = 200) -> str:
    """The text of a page without its tags."""
    answer = browser.get(address)
    assert answer.status_code == status, answer.get("Location")
    text = answer.content.decode().partition("<main")[2]
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def work_off(work: Import) -> None:
    """Do what waits in the background."""
    work.refresh_from_db()
    run_job.func(work.job_id or work.check_job_id)
    work.refresh_from_db()


def walk(browser: Client, content: bytes, name: str, **mapping: str) -> Import:
    """From the upload to the report as a person goes, page after page."""
    work = uploaded(browser, content, name)
    assert browser.get(page(work, "recognised")).status_code == 200
    if work.is_vcard:
        assert browser.post(page(work, "check"))["Location"] == page(work, "check")
    else:
        assert browser.get(page(work, "mapping")).status_code == 200
        answer = browser.post(page(work, "mapping"), {"continue": "1", **mapping})
        assert answer["Location"] == page(work, "check"), answer.content.decode()
    assert "Waiting for its turn" in body(browser, page(work, "check"))
    work_off(work)
    assert "nothing has been written yet" in body(browser, page(work, "check"))
    assert browser.post(page(work, "run"))["Location"] == page(work, "report")
    assert "Waiting for its turn" in body(browser, page(work, "report"))
    work_off(work)
    return work


class TestJourneys:
    def test_an_english_outlook_file(self, browser):
        work = walk(browser, (FILES / "csv" / "outlook-en.csv").read_bytes(), "outlook-en.csv")

        report = body(browser, page(work, "report"))
        assert "3 created + 0 updated + 0 skipped + 0 unchanged + 0 errors = 3 rows in the file" in report
        assert "Also written: 2 accounts, 2 cross-references." in report
        assert "1 contact is not cross-referenced yet" in report
        assert names() == ["Harbour Café", "Noah Okafor", "Olivia Hartwell"]
        assert the("Olivia Hartwell").notes.startswith("Met at the fair.")

    @pytest.mark.parametrize("name", ["outlook-es-cp1252.csv", "outlook-es-utf8.csv"])
    def test_a_spanish_outlook_file(self, browser, name):
        work = walk(browser, (FILES / "csv" / name).read_bytes(), name)

        assert names() == ["Begoña Muñoz Íñiguez", "Íñigo Ruiz de la Peña"]
        begona = the("Begoña Muñoz Íñiguez")
        assert (begona.birthday, begona.job_title) == ("1980-05-17", "Jefa de compras")
        assert begona.addresses.get(kind="work").postcode == "02001"
        assert {link.account.name for link in CrossReference.objects.all()} == {"Cerámicas Peñarroya, S.L."}
        assert "Outlook for Windows" in body(browser, page(work, "report"))

    @pytest.mark.parametrize(
        "name", ["iphone.vcf", "google-3.0.vcf", "android-2.1.vcf", "contacts-4.0.vcf", "outlook-2.1.vcf"]
    )
    def test_a_file_of_cards(self, browser, name):
        work = walk(browser, (FILES / "vcards" / name).read_bytes(), name)

        assert work.counts["created"] == Contact.objects.count() > 0
        assert work.counts["rows"] == work.rows.count()

    def test_pasted_rows(self, browser):
        text = "Full name\tCompany\tE-mail\nAda Köhler\tKöhler AG\tada@koehler.example\n"
        answer = browser.post(reverse("import_list"), {"text": text})

        work = Import.objects.get()
        assert answer["Location"] == page(work, "recognised")
        assert work.file_name == "Pasted text"
        names_shown = body(browser, page(work, "recognised"))
        assert "Ada Köhler" in names_shown

    def test_a_file_again_is_all_unchanged_and_offers_no_start(self, browser, rep):
        run(check(bring(rep, table(ANA))))
        work = uploaded(browser, table(ANA))
        browser.post(page(work, "mapping"), {"continue": "1"})
        work_off(work)

        shown = body(browser, page(work, "check"))

        assert "Unchanged 1" in shown
        assert "0 rows will be written, 1 will not." in shown
        assert "Start import" not in shown

    def test_in_spanish(self, rep):
        User.objects.filter(pk=rep.pk).update(language="es")
        browser = signed_in(User.objects.get(pk=rep.pk))

        work = walk_in_spanish(browser)

        assert work.counts["created"] == 1


def walk_in_spanish(browser: Client) -> Import:
    """Upload and dry run; every page answers."""
    work = uploaded(browser, table(ANA))
    for name in ("recognised", "mapping"):
        assert browser.get(page(work, name)).status_code == 200
    browser.post(page(work, "mapping"), {"continue": "1"})
    work_off(work)
    browser.post(page(work, "run"))
    work_off(work)
    assert browser.get(page(work, "report")).status_code == 200
    return work


class TestRecognised:
    def test_says_what_it_found_with_the_first_rows(self, browser):
        content = "Kontakte\n\nVorname;Nachname;Firma\nJürgen;Weiß;Köhler AG\n".encode("cp1252")
        work = uploaded(browser, content)

        shown = body(browser, page(work, "recognised"))

        assert "Windows-1252" in shown
        assert "semicolon" in shown
        assert "Jürgen Weiß Köhler AG" in shown
        assert work.recognised["header_line"] == 3

    def test_another_encoding_changes_the_letters_and_stays_chosen(self, browser):
        work = uploaded(browser, "Name;Firma\nМария;Мир\n".encode("cp1251"))
        assert "Мария" not in body(browser, page(work, "recognised"))

        answer = browser.post(
            page(work, "recognised"), {"encoding": "cp1251", "delimiter": "semicolon", "header_line": "1"}
        )

        assert answer["Location"] == page(work, "recognised")
        assert "Мария" in body(browser, page(work, "recognised"))
        assert Import.objects.get().options["encoding"] == "cp1251"

    def test_another_delimiter_and_header_row(self, browser):
        work = uploaded(browser, "x|y,z\nName|Phone\nAna Ruiz|1\n")

        browser.post(page(work, "recognised"), {"encoding": "utf-8", "delimiter": "comma", "header_line": "0"})

        work.refresh_from_db()
        assert (work.recognised["delimiter"], work.recognised["header_line"]) == (",", None)

    def test_an_encoding_that_does_not_fit_is_refused_in_words_and_changes_nothing(self, browser):
        work = uploaded(browser, "Name;Firma\nJürgen;Weiß\n".encode("cp1252"))

        answer = browser.post(
            page(work, "recognised"), {"encoding": "utf-8", "delimiter": "semicolon", "header_line": "1"}
        )

        assert answer.status_code == 422
        assert "not valid text in the encoding utf-8" in answer.content.decode()
        assert Import.objects.get().recognised["encoding"] == "cp1252"

    def test_a_file_of_companies_is_told_apart(self, browser):
        work = uploaded(
            browser, "NAME,BILLINGSTREET,ANNUALREVENUE,NUMBEROFEMPLOYEES,ACCOUNTNUMBER\nArga,Calle 1,1,2,3\n"
        )

        assert "seems to hold no contacts" in body(browser, page(work, "recognised"))


class TestMapping:
    def mapped(self, work: Import) -> dict[str, str | None]:
        """{header: field} as it stands."""
        work.refresh_from_db()
        return {column["header"]: column["field"] for column in work.recognised["columns_found"]}

    def test_a_file_in_which_nothing_is_recognised_leads_here(self, browser):
        work = uploaded(browser, "Aaa;Bbb;Ccc\nAna;Ruiz;ana@arga.example\n")

        assert "No column was recognised" in body(browser, page(work, "mapping"))
        browser.post(
            page(work, "mapping"),
            {"column_0": "first_name", "column_1": "last_name", "column_2": "email1", "continue": "1"},
        )
        work_off(work)
        browser.post(page(work, "run"))
        work_off(work)

        assert the("Ana Ruiz").email == "ana@arga.example"

    def test_a_file_without_header_leads_here(self, browser):
        work = uploaded(browser, (FILES / "csv" / "no-header.csv").read_bytes())

        assert "Column 1" in body(browser, page(work, "mapping"))

    def test_a_column_can_go_elsewhere_into_the_notes_or_nowhere(self, browser):
        work = uploaded(browser, table(ANA | {"Department": "Purchasing", "Notes": "Secret"}))
        columns = {column["header"]: n for n, column in enumerate(work.recognised["columns_found"])}
        chosen = {
            f"column_{columns['Job Title']}": "department",
            f"column_{columns['Department']}": INTO_NOTES,
            f"column_{columns['Notes']}": "",
        }

        answer = browser.post(page(work, "mapping"), chosen)
        assert answer["Location"].startswith(page(work, "mapping"))
        browser.post(page(work, "mapping"), {"continue": "1"})
        work_off(work)
        browser.post(page(work, "run"))
        work_off(work)

        ana = the("Ana Ruiz")
        assert (ana.job_title, ana.department, ana.notes) == ("", "Buyer", "Department: Purchasing")

    def test_what_is_left_as_it_is_stays_automatic(self, browser):
        work = uploaded(browser, table(ANA))
        fields = {f"column_{n}": column["field"] for n, column in enumerate(work.recognised["columns_found"])}

        browser.post(page(work, "mapping"), fields)

        work.refresh_from_db()
        assert work.options.get("columns", {}) == {}
        assert "Chosen" not in body(browser, page(work, "mapping"))

    def test_hostile_choices_are_ignored(self, browser):
        work = uploaded(browser, table(ANA))
        before = self.mapped(work)

        answer = browser.post(
            page(work, "mapping"),
            {"column_0": "owner_id", "column_999": "email1", "column_x": "email1", "column_²": "email1", "date_": "dmy",
             "date_birthday": "evil", "show": "../..", "row": "999999999999"},
        )  # fmt: skip

        assert answer.status_code == 302
        assert self.mapped(work) == before
        assert browser.get(page(work, "mapping") + "?row=%C2%B2&show=x").status_code == 200

    def test_shows_a_row_as_it_will_look_and_whether_its_account_is_there(self, browser, rep):
        make.account(rep, "Cementos Arga, S.A.")
        rows = table(
            ANA | {"Company": "cementos arga", "Business Phone": "976 555 010"}, person("Luis", "Gil", company="Deva")
        )
        work = uploaded(browser, rows)

        first, second = (body(browser, page(work, "mapping") + f"?row={n}") for n in (0, 1))

        assert "Row 1 of 2" in first
        assert "cementos arga Exists: will be linked" in first
        assert "976 555 010 Work" in first
        assert "Luis Gil" in second
        assert "Deva New account" in second

    def test_asks_once_whether_day_or_month_comes_first_and_never_guesses(self, browser):
        work = uploaded(
            browser, table(ANA | {"Birthday": "03/04/1975"}, person("Luis", "Gil") | {"Birthday": "5/6/1980"})
        )
        asked = body(browser, page(work, "mapping"))
        assert "2 dates can be read as day/month and as month/day" in asked
        assert "03/04/1975 = 3 Apr 1975" in asked
        assert "03/04/1975 = 4 Mar 1975" in asked

        answer = browser.post(page(work, "mapping"), {"continue": "1"})
        assert answer.status_code == 422
        assert "Choose one before you go on." in answer.content.decode()
        assert not Job.objects.exists()

        browser.post(page(work, "mapping"), {"continue": "1", "date_birthday": "mdy"})
        work_off(work)
        browser.post(page(work, "run"))
        work_off(work)
        assert [the(name).birthday for name in ("Ana Ruiz", "Luis Gil")] == ["1975-03-04", "1980-05-06"]
        assert "month/day/year" in body(browser, page(work, "report"))

    def test_days_can_be_kept_as_text(self, browser):
        work = walk(browser, table(ANA | {"Birthday": "03/04/1975"}), "a.csv", date_birthday="text")

        assert the("Ana Ruiz").birthday == "03/04/1975"
        assert "may be day/month or month/day" in body(browser, page(work, "report"))

    def test_ninety_columns_stay_a_page_of_bounded_size(self, browser, django_assert_max_num_queries):
        work = uploaded(browser, (FILES / "csv" / "outlook-en.csv").read_bytes())

        with django_assert_max_num_queries(12):
            answer = browser.get(page(work, "mapping"))

        assert len(answer.content) < 400_000
        assert "Columns without any value" in answer.content.decode()


class TestCheck:
    def checked(self, browser: Client, *rows: dict[str, str]) -> Import:
        work = uploaded(browser, table(*rows))
        browser.post(page(work, "mapping"), {"continue": "1"})
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
        assert answer["Location"] == page(work, "mapping")
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
        browser.post(page(work, "mapping"), {"continue": "1"})

        answer = browser.get(page(work, "progress"), headers={"HX-Request": "true"})
        assert f'hx-get="{page(work, "progress")}"' in answer.content.decode()
        assert "<html" not in answer.content.decode()
        work_off(work)

        assert browser.get(page(work, "progress"), headers={"HX-Request": "true"})["HX-Refresh"] == "true"

    def test_without_scripts_there_is_a_link_to_refresh(self, browser):
        work = uploaded(browser, table(ANA))
        browser.post(page(work, "mapping"), {"continue": "1"})

        assert (
            f'<noscript><a class="btn btn-sm" href="{page(work, "check")}"'
            in browser.get(page(work, "check")).content.decode()
        )

    def test_a_dry_run_can_be_ended(self, browser):
        work = uploaded(browser, table(ANA))
        browser.post(page(work, "mapping"), {"continue": "1"})

        answer = browser.post(page(work, "cancel"))

        assert answer["Location"] in (page(work, "mapping"), page(work, "recognised"))
        assert Job.objects.get().state == Job.State.CANCELLED

    @pytest.mark.parametrize("stage", ["check", "report"])
    def test_a_stopped_job_says_why_and_goes_on(self, browser, stage):
        work = uploaded(browser, table(ANA))
        browser.post(page(work, "mapping"), {"continue": "1"})
        if stage == "report":
            work_off(work)
            browser.post(page(work, "run"))
        Job.objects.filter(state=Job.State.WAITING).update(state=Job.State.STOPPED, error="The disk is full.")

        assert "Stopped, can be resumed The disk is full." in body(browser, page(work, stage))
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
        browser.post(page(work, "mapping"), {"continue": "1"})
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
            assert browser.post(page(work, "mapping"), {"continue": "1"})["Location"] == page(work, "check")
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
        make.statuses()
        assert "Only contacts can be imported so far" in upload(browser, table(ANA), entity=entity).content.decode()
        assert not Import.objects.exists()


class TestHostileUploads:
    def test_nothing_at_all_is_asked_for(self, browser):
        answer = browser.post(reverse("import_list"), {})

        assert answer.status_code == 422
        assert "Choose a file, or paste its text." in answer.content.decode()

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"", "The file is empty."),
            (b"   \r\n\r\n", "The file is empty."),
            (b"%PDF-1.7\n%", "This is a PDF document"),
            (b"PK\x03\x04" + b"\0" * 50, "compressed folder"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old Excel"),
            (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "picture"),
            (b"MZ" + bytes(range(256)) * 40, "not text"),
            (b"a," * 2000 + b"\n", "columns"),
            (b"<html><table><tr><td>Ana</td></tr></table></html>", "web page"),
        ],
        ids=["empty", "blank", "pdf", "zip", "xls", "png", "program", "columns", "html"],
    )
    def test_is_refused_in_words_and_not_kept(self, browser, content, message):
        answer = upload(browser, content, "contacts.csv")

        assert answer.status_code == 422
        assert message in answer.content.decode()
        assert not Import.objects.exists()

    def test_too_large_a_file_is_refused_with_the_limit(self, browser, monkeypatch):
        monkeypatch.setattr(choosing, "DEFAULT_LIMITS", replace(choosing.DEFAULT_LIMITS, bytes=10))

        assert "at most" in upload(browser, table(ANA)).content.decode()

    @pytest.mark.parametrize(
        "content",
        [
            b"BEGIN:VCARD",
            b"BEGIN:VCARD\r\n" * 500,
            b"BEGIN:VCARD\nFN;CHARSET=utf-16:x\nEND:VCARD\n",
            b"\xff\xfeB\x00E\x00G\x00",
            b'"' * 5000,
            b'Name,E-mail\n"Ana\n' + b"x\n" * 300,
            b"Name\r" * 50,
            b"sep=\n",
            b"\xef\xbb\xbf",
            b"=1+1,@SUM(A1)\n-1,+2\n",
            "Name,E-mail\n\u202eAna,\ufdfd@\u0000.example\n".encode(),
            b"Name;Name;Name\nAna;Luis;Eva\n",
            b"Birthday\n99/99/9999\n",
        ],
        ids=["begin", "nested", "charset", "utf-16", "quotes", "open quote", "cr", "sep", "bom", "formulas", "controls",
             "same headers", "dates"],
    )  # fmt: skip
    def test_strange_files_never_fail_with_an_error_of_ours(self, browser, content):
        self.goes_all_the_way(browser, content)

    def test_random_bytes_never_fail_with_an_error_of_ours(self, browser):
        dice = random.Random(7)
        for size in (1, 7, 100, 3000):
            for start in (b"", b"BEGIN:VCARD\n", b"Name,E-mail\n", b"\xff\xfe"):
                self.goes_all_the_way(browser, start + dice.randbytes(size))

    def goes_all_the_way(self, browser: Client, content: bytes) -> None:
        answer = upload(browser, content, "\u202eodd\x07\u0301name" + "x" * 300 + ".csv")
        assert answer.status_code in (302, 422)
        if answer.status_code == 422:
            return
        work = Import.objects.latest("pk")
        if work.is_vcard:
            browser.post(page(work, "check"))
        else:
            assert browser.get(page(work, "recognised")).status_code == 200
            assert browser.get(page(work, "mapping")).status_code == 200
            browser.post(page(work, "mapping"), {"continue": "1", "date_birthday": "dmy"})
        work_off(work)
        assert work.check_job.state in ("finished", "failed"), work.check_job.error
        shown = browser.get(page(work, "detail"), follow=True)
        assert shown.status_code == 200
        if work.stage == "checked":
            browser.post(page(work, "run"))
            work_off(work)
            assert work.job.state == "finished", work.job.error
            assert browser.get(page(work, "report")).status_code == 200

    def test_markup_in_a_file_is_text_on_every_page(self, browser):
        nasty = "<script>alert(1)</script>"
        work = uploaded(
            browser, table(person(nasty, nasty, company=nasty, email=nasty) | {nasty: nasty}), f"{nasty}.csv"
        )
        pages = [page(work, "recognised"), page(work, "mapping")]
        answers = [browser.get(address) for address in pages]
        browser.post(page(work, "mapping"), {"continue": "1"})
        work_off(work)
        answers.append(browser.get(page(work, "check")))
        browser.post(page(work, "run"))
        work_off(work)
        answers += [
            browser.get(page(work, "report")),
            browser.get(page(work, "report") + "?show=create"),
            browser.get(reverse("import_list")),
        ]

        for answer in answers:
            assert answer.status_code == 200
            assert nasty not in answer.content.decode()

    def test_a_card_with_markup_too(self, browser):
        work = uploaded(browser, card("ORG:<b>x</b>", name="<img src=x onerror=alert(1)>"), "a.vcf")

        assert "<img src=x" not in browser.get(page(work, "recognised")).content.decode()


class TestButtons:
    def test_the_list_of_contacts_leads_here_for_those_who_may(self, browser, rep):
        assert f'href="{reverse("import_list")}"' in body_with_tags(browser, reverse("contact_list"))
        reader = signed_in(make.user("read-only"))
        assert f'href="{reverse("import_list")}"' not in body_with_tags(reader, reverse("contact_list"))


def body_with_tags(browser: Client, address: str) -> str:
    """The content of a page below the menu."""
    return browser.get(address).content.decode().partition("<main")[2]
