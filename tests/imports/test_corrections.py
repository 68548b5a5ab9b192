"""Cells corrected on the page of a dry run: planned anew at once, written so by the run; and names of no catalog."""

import re

import pytest
from django.test import Client

from contacts.models import Contact
from imports.models import Import, ImportRow, RowChoice
from imports.replanning import NotOffered, correct_row
from imports.run import ImportNotReady
from leads.models import Lead
from setup_values.models import Source
from tests import make
from tests.imports.browsing import body, page, signed_in, uploaded, work_off
from tests.imports.running import person, run, table, the

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
HEADER = "First Name,Last Name,E-mail Address,Job Title,Birthday\n"


def checked(browser: Client, content: str) -> Import:
    """An import whose dry run is done."""
    work = uploaded(browser, content)
    browser.post(page(work, "mapping"), {"continue": "1"})
    browser.post(page(work, "check"))
    work_off(work)
    assert work.stage == Import.Stage.CHECKED, work.error
    return work


def correct(browser: Client, work: Import, number: int, headers: dict[str, str] | None = None, **cells: str):
    """Post the form of a row."""
    address = page(work, "check").replace("check", f"rows/{number}/correct")
    return browser.post(address, cells, headers=headers or {})


def figures(work: Import) -> tuple[int, int, int]:
    """(rows, created, errors) of the dry run."""
    work.refresh_from_db()
    return tuple(work.planned[name] for name in ("rows", "created", "errors"))


class TestACell:
    def test_makes_an_error_row_a_contact(self, browser):
        work = checked(browser, HEADER + "Ana,Ruiz,,Buyer,\n,,,Seller,\n")
        assert figures(work) == (2, 1, 1)
        assert 'name="cell_1" value=""' in browser.get(page(work, "check")).content.decode()

        answer = correct(browser, work, 2, cell_1="Sanz", show="error", q="x")

        assert answer["Location"] == page(work, "check") + "?show=error&q=x#row-2"
        assert figures(work) == (2, 2, 0)
        assert "Sanz" in body(browser, page(work, "check"))
        browser.post(page(work, "run"))
        work_off(work)
        assert the("Sanz").job_title == "Seller"

    def test_that_is_wrong_again_shows_the_new_reason_and_what_was_typed(self, browser):
        work = checked(browser, HEADER + "Ana,Ruiz,,Buyer,31/02/1984\n")

        correct(browser, work, 1, cell_4="30/02/1984")

        shown = browser.get(page(work, "check")).content.decode()
        assert 'value="30/02/1984"' in shown
        assert "“30/02/1984” is not a date" in shown
        assert "31/02/1984" not in shown

    def test_with_a_remark_can_be_put_right(self, browser):
        work = checked(browser, HEADER + "Ana,Ruiz,ana(at)arga.example,,31/02/1984\nLuis,Gil,,,25/12/1980\n")

        correct(browser, work, 1, cell_2="ana@arga.example", cell_4="03/04/1984")

        row = ImportRow.objects.get(parent=work, number=1)
        assert (row.reasons, row.details.get("fields")) == ([], None)
        run(work)
        found = the("Ana Ruiz")
        assert (found.email, found.birthday, found.notes) == ("ana@arga.example", "1984-04-03", "")

    def test_is_read_in_the_order_of_days_of_the_whole_column(self, browser):
        work = checked(browser, HEADER + "Ana,Ruiz,,,x\n" + "Luis,Gil,,,12/25/1980\n")

        correct(browser, work, 1, cell_4="03/04/1984")
        run(work)

        assert the("Ana Ruiz").birthday == "1984-03-04"

    def test_answers_a_script_with_the_row_and_the_figures(self, browser):
        work = checked(browser, HEADER + "Ana,Ruiz,,Buyer,\n,,,Seller,\n")

        shown = correct(browser, work, 2, HTMX, cell_1="Sanz").content.decode()

        assert '<tr id="row-2" tabindex="-1">' in shown
        assert 'id="row-counts"' in shown
        assert "2 rows will be written" in shown
        assert "<html" not in shown

    def test_may_make_the_row_mean_a_contact_that_exists(self, browser, rep):
        make.contact(rep, "Eva", "Sanz", emails=["eva@arga.example"])
        work = checked(browser, HEADER + "Ana,Ruiz,,Buyer,\nEva,Sanz,eva(at)arga.example,Clerk,\n")

        correct(browser, work, 2, cell_2="eva@arga.example")

        assert ImportRow.objects.get(parent=work, number=2).action == "update"
        run(work)
        assert Contact.objects.count() == 2

    @pytest.mark.parametrize("cells", [{}, {"cell_0": "x"}, {"cell_1": "x" * 301}, {"cell_99999999": "x"}])
    def test_that_is_not_offered_changes_nothing(self, browser, cells):
        work = checked(browser, HEADER + "Ana,Ruiz,,Buyer,\n,,,Seller,\n")

        assert correct(browser, work, 2, **cells).status_code == 302

        assert figures(work) == (2, 1, 1)
        assert not RowChoice.objects.exists()
        assert correct(browser, work, 99, cell_1="x").status_code == 302

    def test_is_not_corrected_once_it_runs(self, browser):
        work = checked(browser, HEADER + "Ana,Ruiz,,Buyer,\n,,,Seller,\n")
        browser.post(page(work, "run"))

        assert correct(browser, work, 2, cell_1="Sanz")["Location"] == page(work, "report")
        assert correct(browser, work, 2, HTMX, cell_1="Sanz")["HX-Redirect"] == page(work, "report")
        with pytest.raises(ImportNotReady):
            correct_row(work=Import.objects.get(pk=work.pk), number=2, cells={1: "Sanz"})

    def test_of_somebody_else_is_hidden(self, browser):
        work = checked(browser, HEADER + "Ana,Ruiz,,Buyer,\n,,,Seller,\n")

        assert correct(signed_in(make.user("rep")), work, 2, cell_1="Sanz").status_code == 404

    def test_survives_another_mapping_and_goes_with_another_reading(self, browser):
        work = checked(browser, HEADER + "Ana,Ruiz,,Buyer,\n,,,Seller,\n")
        correct(browser, work, 2, cell_1="Sanz")
        browser.post(page(work, "mapping"), {"column_3": "department", "continue": "1"})
        browser.post(page(work, "check"))
        work_off(work)
        assert figures(work) == (2, 2, 0)

        browser.post(page(work, "recognised"), {"encoding": "cp1252", "delimiter": "comma", "header_line": "1"})

        assert not RowChoice.objects.exists()

    def test_is_in_the_file_of_the_rows_that_are_still_wrong(self, browser):
        work = checked(browser, HEADER + "Ana,Ruiz,,Buyer,\n,,,Seller,\n")
        RowChoice.objects.create(parent=work, number=2, cells={"4": "Я 1.1.1980"})

        content = b"".join(browser.get(page(work, "errors")).streaming_content).decode()

        assert ",,,Seller,Я 1.1.1980," in content

    def test_costs_the_same_queries_in_a_large_file(self, browser, django_assert_max_num_queries):
        rows = "".join(f"P{number},Gil,,Buyer,\n" for number in range(600))
        work = checked(browser, HEADER + rows + ",,,Seller,\n")

        with django_assert_max_num_queries(40):
            correct(browser, work, 601, cell_1="Sanz")

        assert figures(work) == (601, 601, 0)

    def test_is_refused_when_the_file_is_gone(self, browser):
        work = checked(browser, HEADER + "Ana,Ruiz,,Buyer,\n,,,Seller,\n")
        work.file.storage.delete(work.file.name)

        answer = correct(browser, work, 2, cell_1="Sanz")

        assert "not there any more" in body(browser, answer["Location"])
        with pytest.raises(NotOffered):
            correct_row(work=work, number=7, cells={1: "x"})


class TestSearch:
    def test_finds_rows_by_parts_of_the_name_and_the_account(self, browser):
        work = checked(browser, table(*[person(f"Íñigo{n}", "Peña", company=f"Arga {n}") for n in range(60)]).decode())

        shown = body(browser, page(work, "check") + "?q=inigo59")
        assert ("Íñigo59" in shown, "Íñigo5 " in shown) == (True, False)
        assert "Íñigo7 Peña" in body(browser, page(work, "check") + "?q=ARGA+7")
        assert "Íñigo58 Peña" in body(browser, page(work, "check") + "?q=60")
        assert "No such rows" in body(browser, page(work, "check") + "?q=nobody%25")

    def test_stays_within_the_filter_and_on_the_pages(self, browser):
        rows = [person(f"P{n:03}", "Gil", email=f"p{n}@arga.example") for n in range(60)]
        work = checked(browser, table(*rows, person("Gil", "Other", email="no mail")).decode())

        first = browser.get(page(work, "check") + "?q=gil&show=create").content.decode()
        link = re.search(r'href="(\?q=gil&amp;show=create&amp;after=[^"]+)"', first).group(1)
        assert "P050 Gil" in body(browser, page(work, "check") + link.replace("&amp;", "&"))

        only = body(browser, page(work, "check") + "?show=remarks&q=gil")
        assert "Gil Other" in only
        assert "P000" not in only


class TestOtherRecords:
    LEADS = (
        "First Name,Last Name,Company,Email,Source\n"
        "Aitor,Landa,Deva,a@deva.example,\n"
        "Jon,Otxoa,Arga,j@arga.example,Feria\n"
    )

    def test_are_corrected_and_downloaded_like_contacts(self, browser):
        make.statuses()
        make.value(Source, "Trade fair")
        work = bring_leads(browser, self.LEADS)
        assert figures(work) == (2, 1, 1)
        assert "“Feria” is not in" in b"".join(browser.get(page(work, "errors")).streaming_content).decode()
        position = next(iter(ImportRow.objects.get(parent=work, number=2).details["fields"]))

        correct(browser, work, 2, **{f"cell_{position}": "Trade fair"})

        assert figures(work) == (2, 2, 0)
        run(work)
        assert Lead.objects.get(last_name="Otxoa").source.name == "Trade fair"

    def test_ask_for_names_that_are_in_no_list(self, browser):
        make.statuses()
        value = make.value(Source, "Trade fair")
        work = bring_leads(browser, self.LEADS)
        ((field, names),) = work.planned["unknown"].items()
        assert list(names) == ["feria"]

        browser.post(page(work, "values"), {"field": [field], "text": ["Feria"], "answer": [str(value.pk)]})
        work_off(work)

        assert figures(work) == (2, 2, 0)


def bring_leads(browser: Client, content: str) -> Import:
    """An import of leads whose dry run is done."""
    work = uploaded(browser, content, entity="lead")
    browser.post(page(work, "mapping"), {"continue": "1"})
    browser.post(page(work, "check"))
    work_off(work)
    assert work.stage == Import.Stage.CHECKED, work.error
    return work
