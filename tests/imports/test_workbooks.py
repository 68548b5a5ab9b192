"""Workbooks are read as tables: what becomes of cells, which sheet, and the way through the pages."""

import datetime
from collections.abc import Callable

import openpyxl
import pytest

from imports import file_errors
from imports.readers import Limits
from tests.imports.browsing import body, page, upload, uploaded, walk
from tests.imports.running import names, the
from tests.imports.tables import cells_of, contacts_of, table_of
from tests.imports.workbooks import PEOPLE, SHEET, book_of, changed_zip, ods_of, saved, xls_of, xlsx_of

MAKERS: dict[str, Callable[..., bytes]] = {"xlsx": xlsx_of, "ods": ods_of, "xls": xls_of}


@pytest.mark.parametrize("kind", MAKERS)
class TestEveryKind:
    def test_rows_come_out_as_from_any_table(self, kind: str) -> None:
        table = table_of(MAKERS[kind](PEOPLE))

        assert table.header == PEOPLE[0]
        assert [(row.line, row.number, row.cells) for row in table.rows()] == [(2, 1, PEOPLE[1]), (3, 2, PEOPLE[2])]
        assert (table.recognised.kind, table.recognised.sheet, table.recognised.sheets) == (
            kind,
            "Contacts",
            ("Contacts",),
        )

    def test_they_can_be_read_as_often_as_wanted(self, kind: str) -> None:
        table = table_of(MAKERS[kind](PEOPLE))

        assert table.sample(1) == table.sample(1) == list(table.rows())[:1]
        assert list(table.rows()) == list(table.rows())

    def test_numbers_texts_and_line_breaks_stay_as_they_were_typed(self, kind: str) -> None:
        cells = [
            ["Name", "Zip", "Phone", "Part"],
            ["Ana\nRuiz", "08001", 34600111222, 0.1 + 0.2],
            ["Ñandú €", 2.0, True],
        ]

        assert cells_of(MAKERS[kind](cells)) == [
            ["Ana\nRuiz", "08001", "34600111222", "0.3"],
            ["Ñandú €", "2", "TRUE", ""],
        ]

    def test_the_header_is_found_below_blank_rows_and_explanations(self, kind: str) -> None:
        table = table_of(MAKERS[kind]([[], ["Our contacts, spring"], [], *PEOPLE]))

        assert (table.recognised.header_line, table.header) == (4, PEOPLE[0])
        assert [row.line for row in table.rows()] == [5, 6]

    def test_a_sheet_without_anything_is_empty(self, kind: str) -> None:
        with pytest.raises(file_errors.EmptyFile):
            table_of(MAKERS[kind]([[]]))

    def test_more_columns_than_possible_are_refused(self, kind: str) -> None:
        with pytest.raises(file_errors.TooManyColumns):
            table_of(MAKERS[kind]([["x"] * 256, ["y"] * 256]), limits=Limits(columns=200))

    @pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
    def test_one_that_was_cut_off_is_called_damaged_or_empty(self, kind: str, share: float) -> None:
        content = MAKERS[kind]([*PEOPLE, *([f"Ana {n}", "Ruiz", "x"] for n in range(300))])

        with pytest.raises(file_errors.UnusableFile):
            list(table_of(content[: int(len(content) * share)]).rows())


class TestCells:
    def read(self, value: object, number_format: str = "") -> str:
        book = book_of(A2="Ana", B2=value)
        if number_format:
            book.active["B2"].number_format = number_format
        return cells_of(saved(book))[0][1]

    @pytest.mark.parametrize(
        ("value", "number_format", "text"),
        [
            (datetime.date(1980, 5, 1), "", "1980-05-01"),
            (datetime.date(1980, 5, 1), "d/m/yy", "1980-05-01"),
            (datetime.datetime(1980, 5, 1, 13, 4, 5), "", "1980-05-01 13:04:05"),
            (datetime.time(8, 30), "", "08:30"),
            (datetime.timedelta(hours=30, minutes=5), "", "30:05"),
            (0, "d/m/yyyy", ""),
            (0.21, "0%", "0.21"),
            (8001, "00000", "8001"),
            (19.99, "#,##0.00 €", "19.99"),
            (1e21, "", "1000000000000000000000"),
            (0.0000001, "", "0.0000001"),
            (-3.0, "", "-3"),
            (False, "", "FALSE"),
            ("1\n2", "", "1\n2"),
            ("  Ana ", "", "  Ana "),
            ("_x0041_", "", "A"),
            ("=1+1", "", ""),
        ],
    )
    def test_a_cell_becomes_text(self, value: object, number_format: str, text: str) -> None:
        assert self.read(value, number_format) == text

    def test_an_error_value_is_an_empty_cell(self) -> None:
        book = book_of(A2="Ana", B2="#N/A")
        book.active["B2"].data_type = "e"

        assert cells_of(saved(book)) == [["Ana", ""]]

    def test_a_formula_gives_the_value_that_the_file_holds(self) -> None:
        content = changed_zip(
            saved(book_of(A2="Ana", B2="=1+1")), replace={SHEET: [(b"<f>1+1</f><v />", b"<f>1+1</f><v>2</v>")]}
        )

        assert cells_of(content) == [["Ana", "2"]]

    def test_a_date_cell_is_not_asked_for_day_and_month(self) -> None:
        (contact,) = contacts_of(table_of(saved(book_of(A2="Ana", B2=datetime.date(1980, 5, 1)))))

        assert contact.values["birthday"] == "1980-05-01"

    def test_days_count_from_1904_where_the_workbook_says_so(self) -> None:
        book = book_of(A2="Ana")
        book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
        book.active["B2"] = datetime.date(1980, 5, 1)

        assert cells_of(saved(book)) == [["Ana", "1980-05-01"]]

    def test_merged_cells_hold_their_value_once(self) -> None:
        book = book_of(A2="Ana", A3="both")
        book.active.merge_cells("A3:B3")

        assert cells_of(saved(book)) == [["Ana", ""], ["both", ""]]

    def test_formats_far_below_the_table_are_no_rows(self) -> None:
        book = book_of(A2="Ana")
        book.active.cell(1_048_576, 16_384).font = openpyxl.styles.Font(bold=True)

        assert cells_of(saved(book)) == [["Ana", ""]]

    def test_an_open_document_says_days_times_shares_and_errors_in_its_own_way(self) -> None:
        def cell(kind: str, **values: str) -> str:
            said = "".join(f' office:{name}-value="{value}"' for name, value in values.items())
            return f'<table:table-cell office:value-type="{kind}"{said}/>'

        row = [
            "Ana",
            cell("date", date="1980-05-17"),
            cell("time", time="PT08H30M00S"),
            cell("percentage", **{"": "0.21"}).replace("office:-value", "office:value"),
            '<table:table-cell table:formula="of:=1+1" office:value-type="float" office:value="2"/>',
        ]

        assert cells_of(ods_of([["Name", "Birthday", "At", "Share", "Sum"], row])) == [
            ["Ana", "1980-05-17", "08:30", "0.21", "2"]
        ]

    def test_an_old_workbook_says_days_by_the_format_of_the_cell(self) -> None:
        assert cells_of(xls_of([["Name", "Birthday"], ["Ana", (29_342.0,)]])) == [["Ana", "1980-05-01"]]


class TestSheets:
    def book(self) -> bytes:
        book = openpyxl.Workbook()
        book.active.title = "Secret"
        book.active["A1"] = "nobody"
        book.active.sheet_state = "hidden"
        book.create_chartsheet("Diagram")
        book.create_sheet("Empty")
        book.create_sheet("Cover")["B2"] = "Our contacts"
        for name, first in (("People", "Ana"), ("Firms", "Montsant")):
            sheet = book.create_sheet(name)
            sheet.append(["First Name", "E-mail"])
            sheet.append([first, "a@b.example"])
        book.active = 3
        return saved(book)

    def test_the_first_one_that_can_be_seen_and_holds_a_table_is_read(self) -> None:
        table = table_of(self.book())

        assert table.recognised.sheet == "People"
        assert table.recognised.sheets == ("Empty", "Cover", "People", "Firms", "Secret")
        assert [row.cells[0] for row in table.rows()] == ["Ana"]

    def test_another_one_can_be_chosen_a_hidden_one_too(self) -> None:
        assert cells_of(self.book(), sheet="Firms")[0][0] == "Montsant"
        assert table_of(self.book(), sheet="Secret").header == ["nobody"]

    def test_a_hidden_one_is_read_where_no_other_holds_anything(self) -> None:
        book = openpyxl.Workbook()
        book.create_sheet("Data").append(["Name"])
        book["Data"].sheet_state = "hidden"

        assert table_of(saved(book)).recognised.sheet == "Data"

    def test_one_that_is_not_there_is_refused(self) -> None:
        with pytest.raises(file_errors.UnknownSheet, match="Nowhere"):
            table_of(self.book(), sheet="Nowhere")

    def test_a_workbook_of_diagrams_alone_is_refused(self) -> None:
        book = openpyxl.Workbook()
        book.create_chartsheet("Diagram")
        del book[book.sheetnames[0]]

        with pytest.raises(file_errors.NoSheet):
            table_of(saved(book))

    @pytest.mark.parametrize("sheets", [f"Sheet {n}" for n in ("'", "&", "ñ", "<b>")])
    def test_any_name_of_a_sheet_can_be_chosen(self, sheets: str) -> None:
        assert cells_of(xlsx_of(PEOPLE, more={sheets: PEOPLE}), sheet=sheets)[0][0] == "Ana"


@pytest.mark.django_db
class TestPages:
    @pytest.mark.parametrize("kind", MAKERS)
    def test_a_workbook_goes_all_the_way(self, browser, kind: str) -> None:
        walk(browser, MAKERS[kind](PEOPLE), f"people.{kind}")

        assert names() == ["Ana Ruiz", "Eva Pons"]
        assert [email.value for email in the("Ana Ruiz").emails.all()] == ["ana@montsant.example"]

    def test_another_sheet_is_chosen_on_the_page(self, browser) -> None:
        work = uploaded(browser, xlsx_of([["Name", "E-mail"], ["nobody", "x"]], more={"People": PEOPLE}), "book.xlsx")
        shown = browser.get(page(work, "recognised"))
        assert list(shown.context["form"].fields) == ["sheet", "header_line"]
        assert "Sheet Contacts" in body(browser, page(work, "recognised"))

        answer = browser.post(page(work, "recognised"), {"sheet": "People", "header_line": "1"})

        assert answer.status_code == 302
        work.refresh_from_db()
        assert (work.options, work.recognised["sheet"]) == ({"sheet": "People"}, "People")
        assert "ana@montsant.example" in body(browser, page(work, "recognised"))

    def test_a_sheet_that_is_not_there_is_no_choice(self, browser) -> None:
        work = uploaded(browser, xlsx_of(PEOPLE), "book.xlsx")

        assert browser.post(page(work, "recognised"), {"sheet": "Nowhere"}).status_code == 422

    def test_its_header_row_is_chosen_by_the_number_of_the_spreadsheet(self, browser) -> None:
        work = uploaded(browser, xlsx_of([["Report"], *PEOPLE]), "book.xlsx")

        browser.post(page(work, "recognised"), {"sheet": "Contacts", "header_line": "3"})

        work.refresh_from_db()
        assert (work.recognised["header_line"], work.recognised["rows"]) == (3, 1)

    def test_a_broken_one_is_refused_in_words(self, browser) -> None:
        answer = upload(browser, xlsx_of(PEOPLE)[:1_500], "book.xlsx")

        assert answer.status_code == 422
        assert "damaged or incomplete" in answer.content.decode()
