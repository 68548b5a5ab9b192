"""Workbooks that are too large, broken or hostile end with a message, in little memory and time."""

import io
import struct
import subprocess
import sys
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest

from imports import file_errors, workbooks
from imports.readers import Limits, Table
from tests.imports.tables import cells_of, table_of
from tests.imports.workbooks import PEOPLE, SHEET, book_of, changed_zip, ods_of, saved, xls_of, xlsx_of, zip_of

ROOT = Path(__file__).parent.parent.parent


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
