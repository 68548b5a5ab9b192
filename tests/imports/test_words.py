"""The words of the import pages: rows of sheets and lines of texts, each thing said once, figures as they are read."""

from pathlib import Path

import pytest
from django.urls import reverse

from core.jobs.models import Job
from imports.file_errors import UnusableFile
from imports.models import Import
from imports.tables import Limits
from setup_values.models import Stage
from tests import make
from tests.imports.browsing import body, page, signed_in
from tests.imports.running import ANA, bring, card, check, person, reasons, run, table
from tests.imports.tables import table_of
from tests.imports.test_lost_rights import loses_rights
from tests.imports.workbooks import xlsx_of

pytestmark = pytest.mark.django_db

FILES = Path(__file__).parent.parent / "files" / "csv"


@pytest.fixture
def browser(rep):
    make.firm()
    return signed_in(rep)


def sheet(*rows: dict[str, str]) -> bytes:
    """The rows of table() as a workbook."""
    header = list(dict.fromkeys(name for row in rows for name in row))
    return xlsx_of([header, *([row.get(name, "") for name in header] for row in rows)])


class TestPlacesInTheFile:
    TWINS = (ANA, ANA, person("Eva", "Pons", email="ana@montsant.example"))

    def test_a_sheet_has_rows(self, browser, rep):
        work = run(check(bring(rep, sheet(*self.TWINS), "people.xlsx")))

        assert "The same contact stands in row 2 of this file: nothing was written." in reasons(work)
        assert "Shares e-mail or phone with row 2, but has another name." in reasons(work)

    def test_a_text_has_lines(self, browser, rep):
        work = run(check(bring(rep, table(*self.TWINS))))

        assert "The same contact stands in line 2 of this file: nothing was written." in reasons(work)
        assert "Shares e-mail or phone with line 2, but has another name." in reasons(work)

    @pytest.mark.parametrize(("make_file", "place"), [(sheet, "Row"), (table, "Line")])
    def test_of_other_records_too(self, browser, rep, make_file, place):
        work = run(check(bring(rep, make_file({"Name": "Arga"}, {"Name": "Arga"}), entity="account")))

        assert reasons(work) == [f"{place} 2 of this file means the same: nothing was written."]

    @pytest.mark.parametrize(
        "limits", [Limits(columns=1), Limits(cell_chars=20), Limits(cell_chars=22, record_chars=20)]
    )
    def test_a_sheet_beyond_a_limit_is_refused_by_its_row(self, limits):
        cells = [["a", "b"], ["x" * 15, "y" * (30 if limits.cell_chars == 20 else 10)]]
        with pytest.raises(UnusableFile) as refused:
            list(table_of(xlsx_of(cells), limits=limits).rows())

        assert "ow " in refused.value.message
        assert "ine " not in refused.value.message


class TestReport:
    def test_an_error_stands_in_the_list_of_errors_and_not_again_among_the_remarks(self, browser, rep):
        faulty = {"Job Title": "Clerk"}
        work = run(check(bring(rep, table(ANA, faulty, person("Luis", "Gil", email="luis(at)gil")))))

        shown = body(browser, page(work, "report"))
        assert shown.count("names no person") == 1
        assert "With remarks 1" in shown
        assert "luis(at)gil" in shown
        assert shown.count("names no person") < body(browser, page(work, "report") + "?show=error").count(
            "names no person"
        )

    def test_without_other_remarks_it_does_not_say_that_all_came_in(self, browser, rep):
        shown = body(browser, page(run(check(bring(rep, table(ANA, {"Job Title": "Clerk"})))), "report"))

        assert "All other rows were imported as they stand." in shown
        assert "Every row was imported as it stands." not in shown

    def test_what_is_imported_is_said_while_it_runs(self, browser, rep):
        work = check(bring(rep, table(ANA)))
        browser.post(page(work, "run"))

        assert f"Contacts · {rep} ·" in body(browser, page(work, "report"))


def test_the_list_tells_figures_as_they_are_read_and_which_work_has_stopped(browser, rep):
    work = check(bring(rep, table(ANA)))
    browser.post(page(work, "run"))
    work.refresh_from_db()
    Import.objects.filter(pk=work.pk).update(counts={"rows": 31000, "created": 28999, "updated": 1500, "errors": 501})
    assert "31,000 28,999 1,500 501" in body(browser, reverse("import_list"))
    assert "Importing" in body(browser, reverse("import_list"))

    Job.objects.filter(pk=work.job_id).update(state=Job.State.STOPPED)
    assert "Stopped" in body(browser, reverse("import_list"))


def test_a_reason_does_not_repeat_the_label_that_stands_beside_it(browser, rep):
    make.statuses()
    make.process()
    make.account(rep, "Arga, S.A.")
    rows = table({"Topic": "Valves", "Account": "Arga, S.A.", "Expected close": "2027-02-30"})
    shown = body(browser, page(check(bring(rep, rows, entity="opportunity")), "check"))

    assert "“2027-02-30” is not a date." in shown
    assert "Expected close: “2027-02-30”" not in shown


def test_a_dry_run_does_not_tell_what_only_follows_from_another_change(browser, rep):
    make.statuses()
    make.process()
    sale = make.opportunity(rep, topic="Valves DN200")
    target = Stage.objects.exclude(pk=sale.stage_id).exclude(name=sale.stage.name).first()
    rows = table({"Topic": sale.topic, "Account": sale.account.name, "Stage": target.name})
    shown = body(browser, page(check(bring(rep, rows, entity="opportunity")), "check"))

    assert f"Stage {sale.stage} {target}" in shown
    assert "In this stage since" not in shown


@pytest.mark.parametrize(
    ("content", "entity", "said"),
    [
        (table(ANA), "contact", "a contact never loses its whole name"),
        (table({"Name": "Arga"}), "account", "What a record needs stays"),
    ],
)
def test_the_matching_page_says_what_an_empty_cell_never_clears(browser, rep, content, entity, said):
    assert said in body(browser, page(bring(rep, content, entity=entity), "matching"))


def test_the_history_says_from_which_row_and_undo_a_change_came_and_shows_addresses(browser, rep):
    ana = ANA | {"Business Postal Code": "01200", "Business City": "Vitoria"}
    work = run(check(bring(rep, table(ana))))
    contact = Import.objects.get(pk=work.pk).rows.get(is_planned=False).record_id
    shown = body(browser, reverse("contact_history", args=[contact]))

    assert f"Import {work.pk}, row 2" in shown
    assert "01200 Vitoria" in shown
    assert f"Import {work.pk}, row 2" in body(browser, reverse("contact_detail", args=[contact]))


def test_the_menu_leads_to_past_imports_also_without_the_right(rep):
    make.firm()
    run(check(bring(rep, table(ANA))))
    menu = loses_rights(rep).get(reverse("home")).content.decode()
    assert f'href="{reverse("import_list")}"' in menu

    stranger = make.user("manager", name="Eva Pons")
    assert f'href="{reverse("import_list")}"' in signed_in(stranger).get(reverse("home")).content.decode()
    assert f'href="{reverse("import_list")}"' not in loses_rights(stranger).get(reverse("home")).content.decode()


def test_a_card_keeps_the_line_on_which_it_begins(rep):
    make.firm()
    ana = card("N:Ruiz;Ana;;;", "EMAIL:ana@montsant.example", name="Ana Ruiz")
    work = run(check(bring(rep, ana + ana, "cards.vcf")))

    assert any("stands in line 1" in reason for reason in reasons(work))


@pytest.mark.parametrize(("language", "readings"), [("en", "1.234 = 1.234 1.234 = 1,234"), ("es", "= 1,234 = 1.234")])
def test_amounts_are_asked_about_as_amounts_in_the_numbers_of_the_reader(rep, language, readings):
    make.firm()
    rep.language = language
    rep.save()
    work = bring(rep, table({"Name": "Arga", "Annual revenue": "1.234"}), entity="account")
    shown = body(signed_in(rep), page(work, "mapping"))

    assert ("1 amount can be read" in shown) == (language == "en")
    assert "day/month" not in shown.partition("Annual revenue: ")[2]
    for reading in readings.split(" = ")[1:]:
        assert f"1.234 = {reading.split()[0]}" in shown


def test_the_program_that_wrote_a_file_is_named_in_the_language_of_the_reader(rep):
    make.firm()
    address = page(bring(rep, (FILES / "outlook-es-utf8.csv").read_bytes()), "recognised")
    assert "Outlook for Windows" in body(signed_in(rep), address)

    rep.language = "es"
    rep.save()
    assert "Outlook para Windows" in body(signed_in(rep), address)
