"""Error rows leave as a file of the same kind with their reasons, and come back corrected without doubles."""

import openpyxl
import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from contacts.models import Contact
from core.text.cells import guard_formula
from imports.cells import clean_cell, own_cell
from imports.choosing import bring_file, choose_mapping, choose_reading
from imports.error_files import harmless_cell
from imports.models import Import
from tests import make
from tests.imports.browsing import body, page, signed_in, uploaded, walk, work_off
from tests.imports.running import bring, card, check, run
from tests.imports.tables import table_of
from tests.imports.workbooks import saved
from users.models import User

pytestmark = pytest.mark.django_db

NO_NAME = "The row names no person, organization, e-mail or phone."
REASON = "Reason for the error"


def errors_of(browser: Client, work: Import) -> bytes:
    """The downloaded error rows."""
    answer = browser.get(page(work, "errors"))
    assert answer.status_code == 200, answer.get("Location")
    return b"".join(answer.streaming_content)


def imported(user: User, content: bytes, columns: dict[int, str] | None = None, **reading) -> Import:
    """An import that has been run; columns and reading as the user chooses them."""
    work = bring(user, content)
    if reading:
        reading = {"encoding": "", "delimiter": "", "header_line": None} | reading
        work = choose_reading(work=work, **reading)
    if columns:
        work = choose_mapping(work=work, columns=columns, date_orders={})
    return run(check(work))


class TestTheFile:
    def test_holds_the_error_rows_alone_with_their_reasons(self, browser, rep):
        work = imported(rep, b"First Name,Last Name,Job Title\nAna,Ruiz,Buyer\n,,Seller\n,,Clerk\n")

        table = table_of(errors_of(browser, work))

        assert table.header == ["First Name", "Last Name", "Job Title", REASON]
        assert [row.cells for row in table.rows()] == [["", "", "Seller", NO_NAME], ["", "", "Clerk", NO_NAME]]

    def test_exists_before_the_run_too(self, browser, rep):
        work = check(bring(rep, b"First Name,Job Title\nAna,Buyer\n,Seller\n"))

        assert errors_of(browser, work).decode() == f'First Name,Job Title,{REASON}\n,Seller,"{NO_NAME}"\n'
        assert "Error rows" in body(browser, page(work, "check"))

    @pytest.mark.parametrize(
        ("encoding", "delimiter", "line_end"),
        [
            ("cp1252", ";", "\r\n"),
            ("utf-8", ",", "\n"),
            ("utf-8-sig", "\t", "\r\n"),
            ("utf-16", ";", "\r\n"),
            ("utf-8", "|", "\r"),
        ],
    )
    def test_is_written_like_the_file(self, browser, rep, encoding, delimiter, line_end):
        lines = [["First Name", "Last Name", "Office Location"], ["Ana", "Ruiz", "León"], ["", "", "Añón"]]
        content = line_end.join([*(delimiter.join(cells) for cells in lines), ""]).encode(encoding)

        found = errors_of(browser, imported(rep, content))

        reason = f'"{NO_NAME}"' if delimiter == "," else NO_NAME
        expected = [[*lines[0], REASON], [*lines[2], reason]]
        assert found.decode(encoding) == line_end.join([*(delimiter.join(cells) for cells in expected), ""])

    def test_says_why_in_the_language_of_the_user(self, browser, rep):
        rep.language = "es"
        rep.save()
        work = imported(rep, b"First Name,Job Title\nAna,Buyer\n,Seller\n")

        assert "First Name,Job Title,Motivo del error" in errors_of(browser, work).decode()

    def test_keeps_quotes_line_breaks_and_further_cells(self, browser, rep):
        content = b'First Name,Last Name,Office Location\r\n,,"a ""b"",\nc"\r\n,,x,more\r\n'

        rows = [(row.cells, row.extra) for row in table_of(errors_of(browser, imported(rep, content))).rows()]

        assert rows[0] == (["", "", 'a "b",\nc', NO_NAME], ())
        assert (rows[1][0][:3], rows[1][1]) == (["", "", "x"], ("more",))

    def test_keeps_bytes_that_the_code_page_does_not_define(self, browser, rep):
        content = "First Name;Office Location\r\n;Añ".encode("cp1252") + b"\x81\r\nAna;x\r\n"

        assert b";A\xf1\x81;" in errors_of(browser, imported(rep, content))

    def test_writes_reasons_plainly_where_the_encoding_has_no_such_letters(self, browser, rep):
        content = "First Name;Lead Source\r\nИван;Выставка\r\n;\r\n".encode("koi8-r")
        work = imported(rep, content, encoding="koi8-r", delimiter=";", header_line=1)
        row = work.rows.get(number=1)
        row.action, row.rank, row.reasons = "error", 0, ["“Выставка” is not in Sources: Añón → no."]
        row.save()

        assert '"Выставка" is not in Sources: Anon -> no.' in errors_of(browser, work).decode("koi8-r").replace(
            '""', '"'
        )

    def test_of_a_file_without_header_has_one(self, browser, rep):
        work = imported(rep, b"Ana;Ruiz;1\n;;2\n", header_line=0, delimiter=";", columns={0: "first_name"})

        first = errors_of(browser, work).decode().split("\n")[0]

        assert first == f"Column 1;Column 2;Column 3;{REASON}"

    def test_second_round_has_one_column_of_reasons(self, browser, rep):
        first = errors_of(browser, imported(rep, b"First Name,Job Title\nAna,Buyer\n,Seller\n"))

        second = errors_of(browser, imported(rep, first))

        assert second.decode().count(REASON) == 1

    def test_of_cards_holds_the_cards_with_a_line_that_comes_to_nothing(self, browser, rep):
        cards = card("TITLE:Buyer", "X-OTHER:kept") + card("EMAIL:a@arga.example", name="Ana")
        found = errors_of(browser, imported(rep, cards.encode())).decode()

        assert found.startswith("BEGIN:VCARD\r\nVERSION:3.0\r\nTITLE:Buyer\r\nX-OTHER:kept\r\nX-IMPORT-ERROR:")
        assert "Ana" not in found
        imported(rep, found.replace("TITLE:Buyer", "FN:Luis Gil").encode())
        assert Contact.objects.get(full_name="Luis Gil").vcard_extra == "X-OTHER:kept"

    def test_stays_hidden_from_others(self, rep):
        work = imported(rep, b"First Name,Job Title\nAna,Buyer\n,Seller\n")

        assert signed_in(make.user("rep")).get(page(work, "errors")).status_code == 404

    def test_without_errors_or_file_the_page_says_so(self, browser, rep):
        none = imported(rep, b"First Name\nAna\nEva\n")
        assert "There are no error rows" in body(browser, browser.get(page(none, "errors"))["Location"])
        gone = imported(rep, b"First Name,Job Title\nAna,Buyer\n,Seller\n")
        gone.file.storage.delete(gone.file.name)

        assert "not there any more" in body(browser, browser.get(page(gone, "errors"))["Location"])

    def test_needs_the_same_queries_for_many_rows(self, browser, rep, django_assert_max_num_queries):
        work = imported(rep, b"First Name,Job Title\n" + b"".join(b",Job%d\n" % number for number in range(1200)))

        with django_assert_max_num_queries(12):
            assert errors_of(browser, work).count(b"\n") == 1201


FORMULA = '=HYPERLINK("http://evil.example","x")'


def formulas() -> list[list[str]]:
    """A sheet with texts that look like formulas, each in a row of a source that is in no list."""
    texts = [FORMULA, "+1+cmd", "\t=1+1", "@SUM(A1)", "-x", "'=1", "+34 600 555 014", "-5"]
    return [
        ["First Name", "Job Title", "Lead Source", "=1+2"],
        *([f"P{n}", text, "Gate", text] for n, text in enumerate(texts)),
    ]


def as_texts(cells: list[list[str]]) -> bytes:
    """A workbook in which no cell is a formula."""
    book = openpyxl.Workbook()
    for line in cells:
        book.active.append(line)
    for line in book.active.iter_rows():
        for cell in line:
            cell.data_type = "s"
    return saved(book)


class TestFormulas:
    def test_texts_of_a_workbook_are_none_in_the_error_file_and_come_back_as_they_were(self, browser, rep):
        work = run(check(bring(rep, as_texts(formulas()), "contacts.xlsx")))
        assert work.counts["errors"] == len(formulas()) - 1

        found = errors_of(browser, work)

        cells = [cell for row in table_of(found).rows() for cell in row.cells]
        assert not [cell for cell in cells + table_of(found).header if guard_formula(cell) != cell and cell[0] != "'"]
        assert f"'{FORMULA}" in cells
        again = bring_file(
            source=ContentFile(found.replace(b"Gate", b"")), name="contacts-errors.csv", actor=rep, corrects=work
        )
        assert run(check(again)).counts["created"] == len(formulas()) - 1
        titles = Contact.objects.order_by("first_name").values_list("job_title", flat=True)
        assert list(titles) == [FORMULA, "+1+cmd", "=1+1", "@SUM(A1)", "-x", "=1", "+34 600 555 014", "-5"]

    def test_pasted_text_is_guarded_too_and_a_text_file_stays_as_it_stood(self, browser, rep):
        content = f"First Name\tJob Title\tLead Source\nAna\t{FORMULA.replace(chr(34), '')}\tGate\n"

        found = {name: errors_of(browser, run(check(bring(rep, content, name)))) for name in ("Pasted text", "a.tsv")}

        assert b"\t'=HYPERLINK" in found["Pasted text"]
        assert b"\t=HYPERLINK" in found["a.tsv"]


@given(st.text("'=+-@ \t\r\n\ufeff\u200b＝－a1.,") | st.text())
def test_a_guarded_cell_is_read_as_the_one_of_the_workbook(text):
    guarded = harmless_cell(text)

    assert clean_cell(guarded) == clean_cell(text)
    assert own_cell(guarded) == own_cell(text)


class TestCorrected:
    def corrected(self, browser: Client, work: Import, content: bytes) -> Import:
        """The import of the corrected file, brought by the button of the report."""
        shown = browser.get(page(work, "report")).content.decode()
        address = f"{reverse('import_list')}?entity=contact&amp;corrects={work.pk}"
        assert address in shown
        assert f"Corrected rows of import {work.pk}" in body(browser, address.replace("&amp;", "&"))
        again = uploaded(browser, content, corrects=str(work.pk))
        browser.post(page(again, "mapping"), {"continue": "1"})
        browser.post(page(again, "check"))
        work_off(again)
        browser.post(page(again, "run"))
        work_off(again)
        return again

    def test_rows_come_in_once(self, browser, rep):
        rows = "".join(f"P{number},Gil,p{number}@arga.example,Buyer\n" for number in range(20))
        header = "First Name,Last Name,E-mail Address,Job Title\n"
        work = walk(browser, (header + rows + ",,,Seller\n,,,Clerk\n").encode(), "contacts.csv")
        assert (work.counts["created"], work.counts["errors"]) == (20, 2)
        text = (
            errors_of(browser, work)
            .decode()
            .replace(",,,Seller", "Eva,Sanz,,Seller")
            .replace(",,,Clerk", "Jon,,,Clerk")
        )

        again = self.corrected(browser, work, text.encode())

        assert again.counts["created"] == 2
        assert Contact.objects.count() == 22
        assert not Contact.objects.filter(notes__contains="names no person").exists()
        third = self.corrected(browser, work, text.encode())
        assert (third.counts["created"], third.counts["unchanged"]) == (0, 2)

    def test_are_mapped_as_then_even_when_a_spreadsheet_has_written_them_anew(self, browser, rep):
        content = "Uno;Dos;Fecha\r\nAna;x;25/12/1980\r\n;y;03/04/1981\r\n".encode("cp1252")
        columns = {0: "first_name", 1: "department", 2: "birthday"}
        work = imported(rep, content, header_line=1, columns=columns)
        assert work.counts["errors"] == 1
        rewritten = 'Dos,Uno,Fecha,Motivo del error\r\ny,Íñigo,03/04/1981,"no"\r\n'.encode("utf-8-sig")

        self.corrected(browser, work, rewritten)

        found = Contact.objects.get(first_name="Íñigo")
        assert (found.department, found.birthday, found.notes) == ("y", "1981-04-03", "")

    def test_of_a_file_without_header_are_mapped_as_then(self, browser, rep):
        columns = {0: "first_name", 1: "last_name", 2: "job_title"}
        work = imported(rep, b"Ana;Ruiz;Buyer\n;;Clerk\n", header_line=0, delimiter=";", columns=columns)
        text = errors_of(browser, work).decode().replace(";;Clerk", "Eva;Sanz;Clerk")

        self.corrected(browser, work, text.encode())

        assert Contact.objects.get(first_name="Eva").job_title == "Clerk"

    def test_other_columns_are_mapped_anew(self, browser, rep):
        work = imported(rep, b"First Name,Job Title\nAna,Buyer\n,Seller\n", columns={1: "department"})

        again = uploaded(browser, b"First Name,Company,Job Title\nEva,Arga,Clerk\n", corrects=str(work.pk))

        assert again.options == {}

    def test_of_an_import_of_somebody_else_are_mapped_anew(self, browser):
        work = imported(make.user("rep"), b"First Name,Job Title\nAna,Buyer\n,Seller\n", columns={1: "department"})

        again = uploaded(browser, b"First Name,Job Title\nEva,Clerk\n", corrects=str(work.pk))

        assert again.options == {}


def test_the_report_lists_field_value_and_reason(browser, rep):
    work = imported(rep, b"First Name,Last Name,Job Title\nAna,Ruiz,Buyer\n,,Seller\n")

    assert f"3 (no name) Last name empty {NO_NAME}" in body(browser, page(work, "report"))
