"""Workbooks are read as tables: what becomes of cells, which sheet, limits, and files that are broken or hostile."""

import datetime
import io
import struct
import subprocess
import sys
import zipfile
from contextlib import suppress
from pathlib import Path

import openpyxl
import pytest

from imports import file_errors, workbooks
from imports.readers import Limits, Table
from tests.imports.browsing import body, page, upload, uploaded, walk
from tests.imports.running import names, the
from tests.imports.tables import cells_of, contacts_of, table_of
from tests.imports.workbooks import changed_zip, ods_of, saved, xls_of, xlsx_of, zip_of

PEOPLE = [["First Name", "Last Name", "E-mail"], ["Ana", "Ruiz", "ana@montsant.example"], ["Eva", "Pons", ""]]
SHEET = "xl/worksheets/sheet1.xml"
MAKERS = {"xlsx": xlsx_of, "ods": ods_of, "xls": xls_of}
ROOT = Path(__file__).parent.parent.parent


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


def book_of(**cells: object) -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    for place, value in {"A1": "Name", "B1": "Birthday", **cells}.items():
        book.active[place] = value
    return book


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
        book.create_sheet("Cover")
        for name, first in (("People", "Ana"), ("Firms", "Montsant")):
            sheet = book.create_sheet(name)
            sheet.append(["First Name", "E-mail"])
            sheet.append([first, "a@b.example"])
        book.active = 3
        return saved(book)

    def test_the_first_one_that_can_be_seen_and_holds_anything_is_read(self) -> None:
        table = table_of(self.book())

        assert table.recognised.sheet == "People"
        assert table.recognised.sheets == ("Cover", "People", "Firms", "Secret")
        assert [row.cells[0] for row in table.rows()] == ["Ana"]

    def test_another_one_can_be_chosen_a_hidden_one_too(self) -> None:
        assert cells_of(self.book(), sheet="Firms")[0][0] == "Montsant"
        assert table_of(self.book(), sheet="Secret").header == ["nobody"]

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


class TestLimits:
    def read_all(self, content: bytes) -> Table:
        table = table_of(content)
        list(table.rows())
        return table

    def with_rows(self, row: bytes, times: int) -> bytes:
        return changed_zip(xlsx_of(PEOPLE), replace={SHEET: [(b"</sheetData>", row * times + b"</sheetData>")]})

    def announcing(self, content: bytes, size: int) -> bytes:
        """The archive whose directory says that the sheet has so many bytes."""
        changed = bytearray(content)
        entry = changed.rfind(b"PK\x01\x02", 0, changed.rfind(SHEET.encode()))
        struct.pack_into("<L", changed, entry + 24, size)
        return bytes(changed)

    def test_a_bomb_is_refused_before_it_is_unpacked(self) -> None:
        with pytest.raises(file_errors.TooMuchUnpacked, match="632 MB; at most 200 MB"):
            table_of(self.announcing(xlsx_of(PEOPLE), 632 * 1024**2))

    def test_a_directory_that_lies_about_sizes_is_not_believed(self) -> None:
        content = self.with_rows(b'<row><c t="inlineStr"><is><t>x</t></is></c></row>', 100_000)

        with pytest.raises(file_errors.DamagedFile):
            table_of(self.announcing(content, 1_000))

    def test_a_bomb_costs_neither_memory_nor_time(self, tmp_path: Path) -> None:
        path = tmp_path / "many cells.xlsx"
        path.write_bytes(self.with_rows(b"<row>" + b"<c><v>1</v></c>" * 999 + b"</row>", 7_000))
        program = (
            "import resource, sys, os; resource.setrlimit(resource.RLIMIT_AS, (400 * 2**20,) * 2)\n"
            "import django; django.setup()\n"
            "from imports.readers import open_table\n"
            "from imports.file_errors import WorkbookTooLarge\n"
            "table = open_table(open(sys.argv[1], 'rb')); assert len(table.sample()) == 20\n"
            "try: list(table.rows())\n"
            "except WorkbookTooLarge: print('refused')\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", program, str(path)],
            env={"DJANGO_SETTINGS_MODULE": "crm_project.settings", "CRM_DATA_DIR": str(tmp_path)},
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
        )

        assert done.stdout == "refused\n", done.stderr

    def test_a_cell_in_the_last_corner_is_refused(self) -> None:
        book = book_of(A2="Ana")
        book.active.cell(1_048_576, 16_384).value = "x"

        with pytest.raises(file_errors.WorkbookTooLarge):
            self.read_all(saved(book))

    def test_rows_that_an_open_document_repeats_count_each(self) -> None:
        repeated = [(b"<table:table-row><", b'<table:table-row table:number-rows-repeated="100000"><')]
        content = changed_zip(ods_of([["Name", "E-mail"], ["Ana", "x"]]), replace={"content.xml": repeated})

        with pytest.raises(file_errors.TooManyRows):
            list(table_of(content, header_line=0, limits=Limits(rows=5_000)).rows())

    def test_a_sheet_that_takes_too_long_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(workbooks, "WHOLE_SECONDS", 0)

        with pytest.raises(file_errors.WorkbookTooLarge):
            self.read_all(self.with_rows(b"<row><c><v>1</v></c></row>", 100_000))

    def test_too_many_files_in_it_are_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("imports.archives.MOST_ENTRIES", 5)

        with pytest.raises(file_errors.TooManyEntries, match="more than 5 files"):
            table_of(xlsx_of(PEOPLE))

    def test_a_directory_that_hides_how_many_files_it_has_is_not_believed(self, monkeypatch) -> None:
        monkeypatch.setattr("imports.archives.MOST_ENTRIES", 5)
        content = bytearray(xlsx_of(PEOPLE))
        struct.pack_into("<HH", content, content.rfind(b"PK\x05\x06") + 8, 1, 1)

        with pytest.raises(file_errors.UnusableFile):
            table_of(bytes(content))

    def test_a_cell_or_row_that_is_too_long_is_refused(self) -> None:
        long = self.with_rows(b'<row><c t="inlineStr"><is><t>' + b"x" * 100_001 + b"</t></is></c></row>", 1)

        with pytest.raises(file_errors.CellTooLong):
            self.read_all(long)

    def test_of_a_large_sheet_only_the_top_is_read_while_somebody_waits(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(workbooks, "SAMPLE_BYTES", 100_000)
        table = table_of(xlsx_of([PEOPLE[0], *([f"Ana {n}", "x" * 50, "y" * 50] for n in range(9_000))]))

        assert sum(1 for _row in table.rows(50_000)) < 9_000
        assert table.was_cut
        assert table.count_rows() == 9_001
        assert sum(1 for _row in table.rows()) == 9_000
        assert not table.was_cut


class TestBrokenFiles:
    def test_a_password_is_told_for_each_kind(self) -> None:
        locked = (
            '<manifest:file-entry manifest:full-path="content.xml"><manifest:encryption-data/></manifest:file-entry>'
        )
        office = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage\0".encode("utf-16-le")
        for content in (
            office,
            ods_of(PEOPLE, manifest=locked),
            xls_of(PEOPLE, records=struct.pack("<HHHHH", 0x2F, 6, 1, 2, 3)),
        ):
            with pytest.raises(file_errors.PasswordProtected, match="password"):
                table_of(content)

    def test_macros_and_pictures_are_left_alone(self) -> None:
        content = changed_zip(
            xlsx_of(PEOPLE), add={"xl/vbaProject.bin": b"\0" * 1_000_000, "xl/media/image1.png": b"\0" * 250_000_000}
        )

        assert cells_of(content) == PEOPLE[1:]

    def test_the_strict_form_of_the_format_is_read(self) -> None:
        usual, strict = b"http://schemas.openxmlformats.org/", b"http://purl.oclc.org/ooxml/"
        main = (usual + b"spreadsheetml/2006/main", strict + b"spreadsheetml/main")
        content = changed_zip(xlsx_of(PEOPLE), replace={"xl/workbook.xml": [main], SHEET: [main]})

        assert cells_of(content) == PEOPLE[1:]

    def test_elements_with_a_prefix_are_read_and_cut(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(workbooks, "SAMPLE_BYTES", 10)
        rows = "".join(f'<x:row><x:c t="inlineStr"><x:is><x:t>Ana {n}</x:t></x:is></x:c></x:row>' for n in range(5_000))
        sheet = (
            '<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
            f"<x:sheetData>{rows}</x:sheetData></x:worksheet>"
        )
        table = table_of(changed_zip(xlsx_of(PEOPLE), add={SHEET: sheet}), header_line=0)

        assert 0 < sum(1 for _row in table.rows(50_000)) < 5_000
        assert sum(1 for _row in table.rows()) == 5_000

    def test_an_external_entity_is_not_read(self, tmp_path: Path) -> None:
        (tmp_path / "secret").write_text("secret")
        sheet = (
            f'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY e SYSTEM "file://{tmp_path}/secret">]>'
            '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row>'
            '<c t="inlineStr"><is><t>&e;</t></is></c></row></sheetData></worksheet>'
        )
        try:
            cells = cells_of(changed_zip(xlsx_of(PEOPLE), add={SHEET: sheet}), header_line=0)
        except file_errors.UnusableFile:
            cells = []
        assert "secret" not in str(cells)

    @pytest.mark.parametrize("name", ["xl/workbook.xml", SHEET, "xl/styles.xml", "[Content_Types].xml"])
    def test_a_part_that_is_no_xml_is_a_message(self, name: str) -> None:
        content = changed_zip(xlsx_of(PEOPLE), add={name: b"<<<\xff not xml"})
        with suppress(file_errors.UnusableFile):
            list(table_of(content).rows())

    def test_an_archive_with_a_password_is_a_message(self) -> None:
        content = bytearray(xlsx_of(PEOPLE))
        at = -1
        while (at := content.find(b"PK\x01\x02", at + 1)) >= 0:
            content[at + 8] |= 1

        with pytest.raises(file_errors.PasswordProtected):
            table_of(bytes(content))

    def test_a_method_of_packing_that_can_explode_is_refused(self) -> None:
        with zipfile.ZipFile(io.BytesIO(xlsx_of(PEOPLE))) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}

        with pytest.raises(file_errors.DamagedFile):
            table_of(zip_of(files, method=zipfile.ZIP_LZMA))


@pytest.mark.django_db
class TestPages:
    @pytest.mark.parametrize("kind", MAKERS)
    def test_a_workbook_goes_all_the_way(self, browser, kind: str) -> None:
        walk(browser, MAKERS[kind](PEOPLE), f"people.{kind}")

        assert names() == ["Ana Ruiz", "Eva Pons"]
        assert [email.value for email in the("Ana Ruiz").emails.all()] == ["ana@montsant.example"]

    def test_another_sheet_is_chosen_on_the_page(self, browser) -> None:
        work = uploaded(browser, xlsx_of([["Name"], ["nobody"]], more={"People": PEOPLE}), "book.xlsx")
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
