"""The import over HTTP: whole journeys, what was recognised, the mapping and its questions, the button."""

from pathlib import Path

import pytest
from django.urls import reverse

from contacts.models import Contact, CrossReference
from core.jobs.models import Job
from imports.mapped_files import INTO_NOTES
from imports.models import Import
from tests import make
from tests.imports.browsing import (
    begin_check,
    body,
    body_with_tags,
    page,
    signed_in,
    uploaded,
    walk,
    walk_in_spanish,
    work_off,
)
from tests.imports.running import ANA, bring, check, names, person, run, table, the
from tests.imports.workbooks import PEOPLE, xlsx_of
from users.models import User

pytestmark = pytest.mark.django_db

FILES = Path(__file__).parent.parent / "files"


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
        begin_check(browser, work)
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


class TestRecognised:
    def test_says_what_it_found_with_the_first_rows(self, browser):
        content = "Kontakte\n\nVorname;Nachname;Firma\nJürgen;Weiß;Köhler AG\n".encode("cp1252")
        work = uploaded(browser, content)

        shown = body(browser, page(work, "recognised"))

        assert "Windows-1252" in shown
        assert "semicolon" in shown
        assert "Jürgen Weiß Köhler AG" in shown
        assert work.recognised["header_line"] == 3

    def test_counts_rows_of_a_workbook_and_lines_of_a_text(self, browser):
        sheet = uploaded(browser, xlsx_of([*PEOPLE, ["", "", "none"]]), "contacts.xlsx")
        text = uploaded(browser, table(ANA))

        for work, said, other in ((sheet, ">Row<", ">Line<"), (text, ">Line<", ">Row<")):
            check(work)
            for name in ("recognised", "check"):
                shown = body_with_tags(browser, page(work, name))
                assert said in shown
                assert other not in shown
        assert ">row 1<" in body_with_tags(browser, page(uploaded(browser, xlsx_of(PEOPLE)), "recognised"))
        run(Import.objects.get(pk=sheet.pk))
        shown = body_with_tags(browser, page(sheet, "report"))
        assert ">Row<" in shown
        assert ">Line<" not in shown

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

        assert "This file seems to hold something else" in body(browser, page(work, "recognised"))
        assert browser.post(page(work, "kind"), {"entity": "customer"})["Location"] == page(work, "recognised")
        work.refresh_from_db()
        assert (work.entity, self.fields(work)["NAME"]) == ("customer", "name")
        assert "something else" not in body(browser, page(work, "recognised"))

    def test_a_kind_that_one_may_not_import_is_not_there(self, browser):
        work = uploaded(browser, table(ANA))

        assert browser.post(page(work, "kind"), {"entity": "sources"}).status_code == 404
        assert browser.post(page(work, "kind"), {"entity": "nonsense"}).status_code == 404

    def fields(self, work: Import) -> dict[str, str | None]:
        """{header: field} as it stands."""
        return {column["header"]: column["field"] for column in work.recognised["columns_found"]}


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
        begin_check(browser, work)
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
        begin_check(browser, work)
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
        begin_check(browser, work)
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


class TestButtons:
    def test_the_list_of_contacts_leads_here_for_those_who_may(self, browser, rep):
        assert f'href="{reverse("import_list")}?entity=contact"' in body_with_tags(browser, reverse("contact_list"))
        reader = signed_in(make.user("read-only"))
        assert f'href="{reverse("import_list")}?entity=contact"' not in body_with_tags(reader, reverse("contact_list"))
