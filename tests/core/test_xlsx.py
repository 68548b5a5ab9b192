"""Workbooks that we write: two readers understand them, nothing in them is a formula, memory stays flat."""

import datetime
import io
import tracemalloc
import zipfile
from decimal import Decimal

import openpyxl
import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from core.pages.xlsx import MOST_TEXT, write_workbook

pytestmark = pytest.mark.sqlite
DAY = datetime.date(2026, 3, 2)
MOMENT = datetime.datetime(2026, 3, 2, 9, 30, 15)
HEADER = ["id", "name", "postcode", "phone", "day", "moment", "amount", "is_vip", "empty"]
ROW = [7, "=1+1", "01001", "+34 976", DAY, MOMENT, Decimal("1200.50"), True, None]


def book_of(rows, header=HEADER, **more) -> bytes:
    return b"".join(write_workbook("Contacts", header, rows, **more))


def test_two_readers_find_the_same_in_it():
    data = book_of([ROW])
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    assert [cell.value for cell in sheet[1]] == HEADER
    assert [cell.value for cell in sheet[2]] == [
        7, "=1+1", "01001", "+34 976", datetime.datetime(2026, 3, 2), MOMENT, 1200.5, "yes", None,
    ]  # fmt: skip
    assert CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python() == [
        HEADER, [7.0, "=1+1", "01001", "+34 976", DAY, MOMENT, 1200.5, "yes", ""],
    ]  # fmt: skip


def test_text_stays_text_the_header_is_bold_and_stays_in_sight():
    sheet = openpyxl.load_workbook(io.BytesIO(book_of([ROW]))).active
    assert (sheet["B2"].data_type, sheet["B2"].number_format) == ("s", "@")
    assert "<f>" not in zipfile.ZipFile(io.BytesIO(book_of([ROW]))).read("xl/worksheets/sheet1.xml").decode()
    assert sheet["A1"].font.b
    assert not sheet["A2"].font.b
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:I2")
    assert sheet.column_dimensions["A"].width >= 10
    assert sheet["E2"].is_date


def test_moments_are_those_of_the_users_clock():
    with timezone.override("Europe/Madrid"):
        data = book_of([[datetime.datetime(2026, 7, 2, 9, 30, tzinfo=datetime.UTC)]], ["when"])
    assert openpyxl.load_workbook(io.BytesIO(data)).active["A2"].value == datetime.datetime(2026, 7, 2, 11, 30)


def test_what_excel_cannot_count_is_text():
    rows = [[datetime.date(1890, 1, 2), datetime.datetime(1890, 1, 2, 3, 4), 10**20]]
    sheet = openpyxl.load_workbook(io.BytesIO(book_of(rows, ["a", "b", "c"]))).active
    assert [cell.value for cell in sheet[2]] == ["1890-01-02", "1890-01-02 03:04:00", "1" + "0" * 20]


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=80))
def test_any_text_can_be_written(text):
    data = book_of([[text, "after"]], [text, "b"])
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    assert sheet[-1][-1] == "after"
    openpyxl.load_workbook(io.BytesIO(data))


def test_a_text_has_no_more_characters_than_excel_opens():
    sheet = openpyxl.load_workbook(io.BytesIO(book_of([["ñ" * 50_000]], ["notes"]))).active
    assert len(sheet["A2"].value) == MOST_TEXT


def test_what_does_not_fit_on_a_sheet_goes_on_with_its_header_on_the_next():
    book = openpyxl.load_workbook(io.BytesIO(book_of(([n] for n in range(7)), ["id"], most_rows=4)))
    assert book.sheetnames == ["Contacts", "Contacts 2", "Contacts 3"]
    assert [[cell.value for [cell] in sheet.rows] for sheet in book] == [
        ["id", 0, 1, 2], ["id", 3, 4, 5], ["id", 6],
    ]  # fmt: skip


@pytest.mark.parametrize("title", ["[a]:*?/\\b'", "x" * 60, "", '<&">'])
def test_any_title_gives_a_sheet_name_that_excel_takes(title):
    data = b"".join(write_workbook(title, ["id"], [[1]]))
    [name] = openpyxl.load_workbook(io.BytesIO(data)).sheetnames
    assert 0 < len(name) <= 31


def test_an_empty_table_is_a_workbook_too():
    assert openpyxl.load_workbook(io.BytesIO(book_of([]))).active.max_row == 1


def test_first_bytes_come_before_the_first_row_and_memory_stays_flat():
    read = []

    def rows():
        for number in range(60_000):
            read.append(number)
            yield [number, "x" * 50, DAY]

    pieces = write_workbook("a", ["id", "text", "day"], rows())
    assert next(pieces)
    assert read == []
    tracemalloc.start()
    for _piece in pieces:
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8_000_000
