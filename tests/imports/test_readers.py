"""Reading tables: encodings, delimiters, line ends, ragged rows, limits, and files that are no tables."""

import csv
import gzip
import io
import subprocess
import sys
import tempfile
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from hypothesis import event, given, settings
from hypothesis import strategies as st

from imports import file_errors
from imports.encodings import CHUNK_BYTES
from imports.file_errors import UnusableFile, WrongKind
from imports.readers import Limits, Row, open_table
from tests.imports.tables import FILES, cells_of, contacts_of, file_table, table_of

RECOGNISED = {
    # file: encoding, bom, delimiter, newline, header row, header line, columns, source, data rows
    "outlook-en.csv": ("cp1252", False, ",", "CRLF", 1, 1, 92, "outlook-desktop-en", 3),
    "outlook-es-cp1252.csv": ("cp1252", False, ";", "CRLF", 1, 1, 92, "outlook-desktop-es", 2),
    "outlook-es-utf8.csv": ("utf-8-sig", True, ",", "CRLF", 1, 1, 92, "outlook-desktop-es", 2),
    "outlook-de.csv": ("cp1252", False, ",", "CRLF", 1, 1, 92, "outlook-desktop-de", 1),
    "google-2024.csv": ("utf-8-sig", True, ",", "LF", 1, 1, 42, "google-contacts-2024", 3),
    "google-old.csv": ("utf-8", False, ",", "LF", 1, 1, 61, "google-contacts-old", 1),
    "linkedin.csv": ("utf-8", False, ",", "LF", 4, 4, 7, "linkedin-connections", 2),
    "thunderbird.csv": ("utf-8", False, ",", "LF", 1, 1, 37, "thunderbird-en", 1),
    "hubspot.csv": ("utf-8-sig", True, ",", "LF", 1, 1, 10, "hubspot-contacts", 2),
    "clientes-semicolon.csv": ("utf-8", False, ";", "CRLF", 1, 1, 9, None, 2),
    "utf16-tab.txt": ("utf-16", True, "\t", "CRLF", 1, 1, 3, None, 2),
    "sep-line.csv": ("utf-8", False, ";", "CRLF", 2, 2, 3, None, 2),
    "no-header.csv": ("utf-8", False, ",", "LF", None, None, 4, None, 2),
    "emails-only.csv": ("utf-8", False, None, "LF", 1, 1, 1, None, 2),
}


@pytest.mark.parametrize("name", RECOGNISED)
def test_says_what_a_file_is(name: str) -> None:
    table = file_table(name)
    found = table.recognised
    assert (
        found.encoding,
        found.bom,
        found.delimiter,
        found.newline,
        found.header_row,
        found.header_line,
        found.columns,
        found.source and found.source.id,
        len(list(table.rows())),
    ) == RECOGNISED[name]


def test_every_invented_file_is_in_the_list() -> None:
    assert {path.name for path in FILES.iterdir()} == set(RECOGNISED)


def test_what_was_recognised_is_plain_data_for_a_report() -> None:
    assert file_table("hubspot.csv").recognised.as_dict() == {
        "source": "hubspot-contacts",
        "source_name": "HubSpot contacts",
        "kind": "csv",
        "encoding": "utf-8-sig",
        "bom": True,
        "delimiter": ",",
        "newline": "LF",
        "header_row": 1,
        "header_line": 1,
        "columns": 10,
    }


# Encodings


def test_a_byte_order_mark_is_no_part_of_the_first_header() -> None:
    assert table_of(b"\xef\xbb\xbf" + "País,Año\nPerú,2\n".encode()).header == ["País", "Año"]


def test_one_byte_that_is_not_utf8_at_the_very_end_makes_the_file_windows_1252() -> None:
    content = b"Name,Note\nx,y\n" + b"x,plain\n" * (CHUNK_BYTES // 4) + b"Mu\xf1oz,last\n"
    table = table_of(content)
    assert table.recognised.encoding == "cp1252"
    assert list(table.rows())[-1].cells == ["Muñoz", "last"]


def test_a_letter_cut_off_at_the_end_makes_the_file_windows_1252() -> None:
    assert cells_of(b"Name,Note\nMu\xc3\xb1oz,x\xc3") == [["MuÃ±oz", "xÃ"]]


def test_a_letter_that_lies_across_two_chunks_is_utf8() -> None:
    start = b"Name,Note\n"
    rows = b"aaaa,bbbb\n" * ((CHUNK_BYTES - len(start)) // 10)
    cell = b"a" * (CHUNK_BYTES - len(start) - len(rows) - 1) + "ñ,b\n".encode()
    assert table_of(start + rows + cell).recognised.encoding == "utf-8"


def test_bytes_that_windows_1252_does_not_define_are_read_all_the_same() -> None:
    assert cells_of(b"Name,Note\nMu\xf1oz,a\x81\x8d\x8f\x90\x9db\x80\n") == [["Muñoz", "a\x81\x8d\x8f\x90\x9db€"]]


def test_a_chosen_windows_page_lends_its_undefined_bytes_from_windows_1252() -> None:
    assert cells_of(b"Name,Note\n\xc1\xed\xed\xe0,\x98\x88\n", encoding="cp1251") == [["Бнна", "\u02dc€"]]
    assert cells_of(b"Name,Note\nx,\xaa\x81\n", encoding="cp1253") == [["x", "ª\x81"]]


def test_millions_of_undefined_bytes_are_read_without_a_call_for_each() -> None:
    content = b"Name,Note\n" + b"\x83\x81\x81\x5b\x81\x8f,x\n" * 300_000
    calls = sys.getprofile()
    handled = 0

    def watch(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal handled
        handled += event == "call"

    sys.setprofile(watch)
    table = table_of(content)
    sys.setprofile(calls)
    assert table.recognised.encoding == "cp1252"
    assert handled < 100_000


def test_windows_bytes_behind_a_utf8_mark_are_not_lost() -> None:
    assert cells_of(b"\xef\xbb\xbfName,Note\nMu\xc3\xb1oz,\x80 5\nMu\xf1oz,x\n") == [
        ["Muñoz", "€ 5"],
        ["Muñoz", "x"],
    ]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_mark_is_seen_by_its_nul_bytes(encoding: str) -> None:
    table = table_of("Name;Ort\nWeiß;Köln\n".encode(encoding))
    assert table.recognised.encoding == encoding
    assert [row.cells for row in table.rows()] == [["Weiß", "Köln"]]


def test_the_user_may_choose_the_encoding() -> None:
    content = "Имя,Город\nАнна,Омск\n".encode("cp1251")
    assert table_of(content).header != ["Имя", "Город"]
    table = table_of(content, encoding="cp1251")
    assert table.header == ["Имя", "Город"]
    assert table.recognised.encoding == "cp1251"


def test_a_chosen_encoding_that_does_not_fit_is_refused() -> None:
    with pytest.raises(file_errors.WrongEncoding, match="utf-8"):
        table_of("Año,Día\n".encode("cp1252"), encoding="utf-8")


@pytest.mark.parametrize("encoding", ["klingon", "rot13", "zlib", "idna"])
def test_an_encoding_that_is_not_offered_is_refused(encoding: str) -> None:
    with pytest.raises(file_errors.UnknownEncoding, match=encoding):
        table_of("a,b\n", encoding=encoding)


# Delimiters


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_finds_the_delimiter_by_the_columns_it_makes(delimiter: str) -> None:
    rows = [["column1", "column2!some", "Price, net; gross | a\tb"], ["x", "1!2", "3"], ["y", "", "4"]]
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    table = table_of(text.getvalue())
    assert table.recognised.delimiter == delimiter
    assert [table.header, *(row.cells for row in table.rows())] == [
        [*rows[0][:2], "Price, net; gross | a b"],
        *rows[1:],
    ]


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("article;price\npump;12,50\nvalve;3,20\n", ";"),
        ("address;town\nCalle Mayor, 3;Soria\nPlaza Real, 5, 2º;Lugo\n", ";"),
        ("Name\nLópez, Ana\nRuiz, Luis\n", None),
        ("Name\nAna\nLuis\n", None),
        ("Email\na@x.example;b@x.example\nc@x.example\n", None),
        ("kind, size, colour\na, 1, red\nb, 2, blue\n", ","),
        ("h1,h2,h3,h4,h5\na,b\nc,d,e\nf,g,h,i\n", ","),  # trailing empty cells left out
        ("h1,h2,h3; x,h4\na,b\nc,d;e\nf,g,h;i\n", ","),
        ("First name,Last name,Firm; kind\nAna\nLuis,Gil,x;y\nEva;z\n", ","),  # known headers count most
        ("Calle Mayor, 3\nPlaza Real, 5\nAvenida Sur\n", None),
        ("a;b\n", ";"),
    ],
)
def test_tells_delimiters_from_signs_in_the_text(text: str, delimiter: str | None) -> None:
    assert table_of(text).recognised.delimiter == delimiter


def test_a_table_of_one_column_keeps_commas_in_its_cells() -> None:
    assert cells_of("Name\nLópez, Ana\nRuiz, Luis\n") == [["López, Ana"], ["Ruiz, Luis"]]


def test_the_user_may_choose_the_delimiter() -> None:
    assert cells_of("a^b\n1^2\n", delimiter="^") == [["1", "2"]]


@pytest.mark.parametrize("delimiter", ["", ";;", '"', "\n"])
def test_a_delimiter_is_one_character(delimiter: str) -> None:
    with pytest.raises(ValueError, match="one character"):
        table_of("a,b\n", delimiter=delimiter)


@pytest.mark.parametrize("line", ["sep=;", "SEP=;", '"sep=;"'])
def test_a_first_line_for_excel_names_the_delimiter_and_is_no_row(line: str) -> None:
    table = table_of(f"{line}\r\n1,5;2\r\n3,5;4\r\n")
    assert table.recognised.delimiter == ";"
    assert [row.cells for row in table.rows()] == [["1,5", "2"], ["3,5", "4"]]


def test_quotes_after_a_blank_are_still_quotes() -> None:
    assert cells_of('name, note\nAna, "a, b"\nLuis, "c"\n') == [["Ana", "a, b"], ["Luis", "c"]]


# Lines and rows


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_reads_every_line_end_and_says_in_which_line_a_row_begins(end: str) -> None:
    text = end.join(["Name,Note", 'Ana,"one', "two", 'three"', "", "Luis,x", ""])
    table = table_of(text)
    assert list(table.rows()) == [
        Row(2, 1, ["Ana", end.join(["one", "two", "three"])]),
        Row(6, 2, ["Luis", "x"]),
    ]
    assert table.recognised.newline == {"\r\n": "CRLF", "\n": "LF", "\r": "CR"}[end]


def test_doubled_quotes_are_one_quote() -> None:
    assert cells_of('a,b\n"""The Best"" Account",bla\n') == [['"The Best" Account', "bla"]]


def test_short_rows_are_padded_and_extra_cells_kept_with_a_warning() -> None:
    table = table_of("a,b,c\n1\n1,2,3,4,,5\n1,2,3,,\n")
    assert list(table.rows()) == [
        Row(2, 1, ["1", "", ""]),
        Row(3, 2, ["1", "2", "3"], ("4", "", "5")),
        Row(4, 3, ["1", "2", "3"]),
    ]
    list(table.rows())  # a second pass warns once again, not twice
    assert [(warning.line, warning.code) for warning in table.warnings] == [(3, "extra_cells")]
    assert "Line 3" in table.warnings[0].message


def test_blank_rows_are_no_rows() -> None:
    assert [row.line for row in table_of("a,b\n\n1,2\n,,\n \t,\n3,4\n\n").rows()] == [3, 6]


def test_a_repeated_header_is_left_out_with_a_warning() -> None:
    table = table_of("a,b,c\n1,2,3\na, b,c\n4,5,6\n")
    assert [row.cells[0] for row in table.rows()] == ["1", "4"]
    assert [(warning.line, warning.code) for warning in table.warnings] == [(3, "repeated_header")]


def test_a_value_of_a_narrow_table_may_equal_its_header() -> None:
    assert cells_of("kind,kind of\nx,y\nkind,kind of\n") == [["x", "y"], ["kind", "kind of"]]


def test_lines_above_the_header_are_skipped() -> None:
    table = table_of("Report of May\nmade by hand, for the team\n\nFirst name,Last name,Company\nAna,Ruiz,Molina\n")
    assert table.recognised.header_line == 4
    assert [row.line for row in table.rows()] == [5]


def test_a_file_without_header_gets_numbered_columns() -> None:
    table = file_table("no-header.csv")
    assert table.header == ["Column 1", "Column 2", "Column 3", "Column 4"]
    assert next(table.rows()).line == 1


def test_the_user_may_say_where_the_header_is() -> None:
    text = "x,y\nName,City\nAna,Soria\n"
    assert table_of(text, header_line=1).header == ["x", "y"]
    assert table_of(text, header_line=2).header == ["Name", "City"]
    assert len(list(table_of(text, header_line=0).rows())) == 3
    assert table_of("1,2\n" * 99 + text, header_line=101).header == ["Name", "City"]


def test_nul_bytes_are_left_out_with_a_warning() -> None:
    table = table_of(b"Name,Note\nA\0na,x\nLuis,long enough to be a text\x1a\n")
    assert [row.cells[0] for row in table.rows()] == ["Ana", "Luis"]
    assert [warning.code for warning in table.warnings] == ["nul_removed"]


def test_a_quote_that_is_never_closed_spoils_its_own_row_only() -> None:
    table = table_of('a,b\n1,2\n"3,4\n5,6\n7,"8 ""x"" 9"\n"10,11\n')
    assert [row.cells for row in table.rows()] == [
        ["1", "2"],
        ['"3', "4"],
        ["5", "6"],
        ["7", '8 "x" 9'],
        ['"10', "11"],
    ]
    assert [(warning.line, warning.code) for warning in table.warnings] == [
        (3, "open_quote"),
        (6, "open_quote"),
    ]


def test_quotes_that_are_not_doubled_stay_as_they_are() -> None:
    assert cells_of('a,b\n"The "Best" Account",bla\n"Best" Account,x\n"one, two" three,x\n') == [
        ['"The "Best" Account"', "bla"],
        ['"Best" Account', "x"],
        ["one, two three", "x"],
    ]


def test_rows_can_be_read_again_and_the_file_stays_open() -> None:
    source = io.BytesIO(b"a,b\n1,2\n3,4\n")
    table = open_table(source)
    rows = table.rows()
    assert next(rows).cells == ["1", "2"]
    del rows
    assert len(list(table.rows())) == len(table.sample(10)) == 2
    assert table.sample(1) == [Row(2, 1, ["1", "2"])]
    assert not source.closed


@pytest.mark.parametrize(
    "make",
    [
        lambda content: SimpleUploadedFile("a.csv", content),
        lambda content: _written(TemporaryUploadedFile("a.csv", "text/csv", 0, None), content),
        lambda content: _written(tempfile.SpooledTemporaryFile(), content),  # noqa: SIM115
    ],
)
def test_reads_files_as_they_are_uploaded(make: Callable[[bytes], Any]) -> None:
    with make("Name,Note\nMuñoz,x\n".encode()) as upload:
        assert [row.cells for row in open_table(upload).rows()] == [["Muñoz", "x"]]


def _written(file: Any, content: bytes) -> Any:
    file.write(content)
    return file


# Limits


@pytest.mark.parametrize(
    ("limits", "error", "words"),
    [
        (Limits(bytes=10), file_errors.TooManyBytes, "MB"),
        (Limits(rows=1), file_errors.TooManyRows, "more than 1 rows"),
        (Limits(columns=1), file_errors.TooManyColumns, "Line 1 has 2 columns"),
        (Limits(cell_chars=5), file_errors.CellTooLong, "line 3 is longer than 5"),
        (Limits(record_chars=8), file_errors.RecordTooLong, "line 3 is longer than 8"),
    ],
)
def test_each_limit_has_its_own_message(limits: Limits, error: type[UnusableFile], words: str) -> None:
    with pytest.raises(error, match=words):
        list(table_of("a,b\n1,2\n3,longer\n", limits=limits).rows())


def test_a_missing_quote_in_a_large_file_is_named_with_its_line() -> None:
    with pytest.raises(file_errors.CellTooLong, match=r"line 3.*quotation mark"):
        list(table_of('a,b\n1,2\n"3,4\n' + "5,6\n" * 40_000).rows())


def test_an_endless_line_is_named_with_its_number() -> None:
    with pytest.raises(file_errors.RecordTooLong, match="line 3 "):
        table_of("a,b\n1,2\n3," + "x" * 9_000_000 + "\n4,5\n")


def test_a_sample_ends_among_endless_blank_lines() -> None:
    table = table_of("a,b\n1,2\n" + "\n" * 60_000 + "3,4\n")
    assert [row.line for row in table.sample()] == [2]
    assert table.was_cut
    assert [row.line for row in table.rows()] == [2, 60_003]
    assert not table.was_cut


def test_one_endless_line_is_refused_before_it_is_read_whole() -> None:
    source = io.BytesIO(b"a,b\n" + b"x" * 30_000_000)
    tracemalloc.start()
    with pytest.raises(file_errors.RecordTooLong):
        open_table(source)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5_000_000


def test_a_file_full_of_open_quotes_ends_with_a_message() -> None:
    with pytest.raises(file_errors.TooManyOpenQuotes, match="never closed"):
        list(table_of("a,b\n" + 'x","\n' * 300_000).rows())


def test_a_large_file_is_read_in_little_memory() -> None:
    line = b"Ana,Lopez,ana@lopez.example,600555001,Calle Mayor 1\n"
    with tempfile.TemporaryFile() as source:
        source.write(b"First name,Last name,Email,Phone,Address\n")
        for _block in range(100):
            source.write(line * 2_000)
        tracemalloc.start()
        count = sum(1 for _row in open_table(source).rows())
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert count == 200_000
    assert peak < 8_000_000


# Files that are no tables


def _zip_of(*names: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ana\r\nEND:VCARD\r\n", "vcard"),
        ("\ufeffbegin:vcard\nfn:Ana\nend:vcard\n".encode(), "vcard"),
        ("BEGIN:VCARD\r\nFN:Ana\r\nEND:VCARD\r\n".encode("utf-16"), "vcard"),
        (b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "ical"),
        (_zip_of("word/document.xml"), "word"),
        (_zip_of("Index/Document.iwa"), "numbers"),
        (_zip_of("a/Ana.VCF"), "vcard-zip"),
        (_zip_of("a.csv"), "zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "ole"),
        (gzip.compress(b"a,b\n1,2\n", mtime=0), "gzip"),
        (b"%PDF-1.7\n1 0 obj", "pdf"),
        (b"\x89PNG\r\n\x1a\n" + bytes(30), "image"),
        (b"<!DOCTYPE html><html><table><tr><td>a</td></tr></table></html>", "html"),
        (b"<?xml version='1.0'?><contacts/>", "xml"),
        (b"<?xml version='1.0'?><?mso-application progid='Excel.Sheet'?><Workbook/>", "excel-xml"),
        (b"MIME-Version: 1.0\nContent-Type: multipart/related; boundary=a\n\n<table>", "html"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(30), "7z"),
        (b'[{"name": "Ana"}]', "json"),
        (b"{\\rtf1 a,b}", "rtf"),
        (b"dn: cn=Ana,mail=ana@lopez.example\nobjectclass: person\n", "ldif"),
        (b"!BDN" + bytes(60), "pst"),
        (b"SQLite format 3\x00" + bytes(60), "sqlite"),
    ],
)
def test_a_file_of_another_kind_is_known_by_its_content(content: bytes, kind: str) -> None:
    with pytest.raises(WrongKind) as refusal:
        table_of(content)
    assert refusal.value.kind == kind
    assert str(refusal.value) == str(file_errors.KIND_MESSAGES[kind])


def test_an_archive_that_was_cut_off_is_called_damaged() -> None:
    with pytest.raises(file_errors.DamagedFile, match="incomplete"):
        table_of(b"PK\x03\x04 and nothing that unpacks")


@pytest.mark.parametrize("content", [b"", b"\n", b"\xef\xbb\xbf", b" \r\n\t\r\n", b"\xff\xfe"])
def test_an_empty_file_is_refused(content: bytes) -> None:
    with pytest.raises(file_errors.EmptyFile, match="empty"):
        table_of(content)


def test_binary_content_is_refused() -> None:
    with pytest.raises(file_errors.NotText, match="not text"):
        table_of(bytes(range(256)) * 20)


def test_a_card_inside_a_cell_does_not_make_a_vcard() -> None:
    rows = "x,y\n" * 2_000
    assert len(cells_of(f'Name,Note\n{rows}Ana,"\nBEGIN:VCARD\n"\n')) == 2_001


def test_the_room_needs_no_settings_to_be_imported() -> None:
    code = "import imports.readers, imports.contact_rows, imports.fields, imports.header_synonyms"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={"PATH": ""})
    assert result.returncode == 0, result.stderr


# Properties

TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from("\t\r\n"), max_size=12)
LATIN_TEXTS = st.text(st.sampled_from("abz 09ñÁüß€“’.-_\"',;\t|\r\n"), max_size=12)


@st.composite
def written_tables(draw: st.DrawFn) -> tuple[list[list[str]], bytes, dict[str, str]]:
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]))
    width = draw(st.integers(2, 5))
    texts = LATIN_TEXTS if encoding == "cp1252" else TEXTS
    rows = draw(st.lists(st.lists(texts, min_size=width, max_size=width), max_size=8))
    rows = [row for row in rows if "".join(row).strip()]
    delimiter = draw(st.sampled_from(",;\t|"))
    text = io.StringIO(newline="")
    writer = csv.writer(
        text,
        delimiter=delimiter,
        lineterminator=draw(st.sampled_from(["\r\n", "\n", "\r"])),
        quoting=draw(st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])),
    )
    writer.writerows([[f"field {number}" for number in range(width)], *rows])
    return rows, text.getvalue().encode(encoding), {"delimiter": delimiter, "encoding": encoding}


@given(written_tables())
@settings(deadline=None, max_examples=150)
def test_what_was_written_is_read_in_every_dialect(
    written: tuple[list[list[str]], bytes, dict[str, str]],
) -> None:
    rows, content, options = written
    encoding = "utf-8" if options["encoding"] == "utf-8-sig" else options["encoding"]
    table = table_of(content, header_line=1, delimiter=options["delimiter"], encoding=encoding)
    assert [row.cells for row in table.rows()] == rows
    assert table.warnings == []


NAMES = st.text(st.sampled_from("abcdeñáü Ñ"), min_size=1, max_size=8).map(str.strip).filter(bool)


@given(
    rows=st.lists(
        st.tuples(NAMES, NAMES, st.just("x@y.example"), NAMES | st.just('a "b", c; d|e\nf')),
        min_size=1,
        max_size=6,
    ),
    delimiter=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\r\n", "\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"]),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
)
@settings(deadline=None, max_examples=150)
def test_the_dialect_is_found_without_being_told(rows, delimiter, end, encoding, quoting) -> None:  # type: ignore[no-untyped-def]
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n", quoting=quoting).writerows(
        [["First name", "Last name", "E-mail", "Notes"], *rows]
    )
    content = text.getvalue().replace("\r\n", end).encode(encoding)
    table = table_of(content)
    assert table.recognised.delimiter == delimiter
    assert table.header == ["First name", "Last name", "E-mail", "Notes"]
    assert [row.cells for row in table.rows()] == [list(row) for row in rows]


def _damaged_files() -> Iterator[bytes]:
    for path in sorted(FILES.iterdir()):
        yield path.read_bytes()


@given(
    st.binary(max_size=600)
    | st.builds(
        lambda content, position, junk: content[: position % len(content)] + junk + content[position % len(content) :],
        st.sampled_from(list(_damaged_files())),
        st.integers(0, 5_000),
        st.binary(max_size=60),
    )
    | st.text('a",;\n\r\t|\0', max_size=200).map(str.encode)
)
@settings(deadline=None, max_examples=300)
def test_any_bytes_are_rows_or_a_refusal(content: bytes) -> None:
    try:
        contacts = contacts_of(table_of(content))
    except UnusableFile as refusal:
        event(f"refused as {refusal.code}")
    else:
        for contact in contacts:
            assert all(problem.message for problem in contact.problems)


@pytest.mark.parametrize("kind", ["vcard", "vcard-zip"])
def test_advice_about_cards_names_the_choice_that_there_is(kind: str) -> None:
    assert str(file_errors.KIND_MESSAGES[kind]).endswith("To import them, choose Contacts.")
