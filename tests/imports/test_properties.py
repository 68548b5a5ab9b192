"""What holds for every file: workbooks and folders come back as written, the order of columns does not matter, and no
bytes lead to anything but rows or a refusal, in little memory and without a hang."""

import datetime
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.imports.running import card
from tests.imports.tables import FILES, contacts_of, file_table, table_of
from tests.imports.test_card_folders import rows_of
from tests.imports.workbooks import ods_of, xls_of, xlsx_of, zip_of

ROOT = Path(__file__).parent.parent.parent
HEADER = ["First name", "Last name", "E-mail", "Notes"]
# Without what XML cannot hold, and texts that our makers of workbooks take for something else.
TEXTS = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff") | st.just("\n"), max_size=12
)
CELLS = TEXTS.filter(lambda text: not text.startswith(("=", "<")))
VALUES = CELLS | st.integers(-(10**14), 10**14) | st.booleans() | st.dates(datetime.date(1901, 1, 1))


def as_read(value: Any) -> str:
    """What a workbook gives back for a value."""
    if isinstance(value, bool):
        return str(value).upper()
    return str(value)


@given(rows=st.lists(st.lists(VALUES, min_size=1, max_size=5), min_size=1, max_size=8))
@settings(deadline=None, max_examples=15)
def test_an_excel_workbook_comes_back_as_written(rows: list[list[Any]]) -> None:
    table = table_of(xlsx_of([["a", "b", "c", "d", "e"], *rows]), header_line=1)

    expected = [[as_read(value) for value in row] + [""] * (5 - len(row)) for row in rows]
    assert [row.cells for row in table.rows()] == [cells for cells in expected if "".join(cells).strip()]


@pytest.mark.parametrize("made", [ods_of, xls_of])
def test_the_other_workbooks_come_back_as_written(made: Any) -> None:
    @given(rows=st.lists(st.lists(st.text("aé€ñ 字'\"<&", max_size=6), min_size=2, max_size=4), min_size=1, max_size=6))
    @settings(deadline=None, max_examples=8)
    def comes_back(rows: list[list[str]]) -> None:
        rows = [["x" + text.strip() for text in row] for row in rows]
        table = table_of(made([["a", "b", "c", "d"], *rows]), header_line=1)
        assert [row.cells[: len(cells)] for row, cells in zip(table.rows(), rows, strict=True)] == rows

    comes_back()


@pytest.mark.parametrize("name", ["outlook-en.csv", "google-2024.csv", "hubspot.csv", "thunderbird.csv"])
def test_the_order_of_columns_does_not_matter(name: str) -> None:
    table = file_table(name)
    rows = [table.header, *[row.cells for row in table.rows()]]
    expected = [contact.values for contact in contacts_of(table)]

    @given(st.permutations(range(len(table.header))))
    @settings(deadline=None, max_examples=10)
    def is_the_same(order: list[int]) -> None:
        # Columns of one name keep their order: the first one is another than the second.
        places = {column: iter(sorted(i for i in order if table.header[i] == column)) for column in table.header}
        order = [next(places[table.header[i]]) for i in order]
        lines = ["\t".join('"' + row[i].replace('"', '""') + '"' for i in order) for row in rows]
        contacts = contacts_of(table_of("\r\n".join(lines)))
        for values, contact in zip(expected, contacts, strict=True):
            for key in ("first_name", "last_name", "organization", "job_title", "emails", "phones", "addresses"):
                assert sort_key(contact.values[key]) == sort_key(values[key]), key

    is_the_same()


def sort_key(value: Any) -> Any:
    """Several entries without their order and which is the first one, as columns settle both."""
    if not isinstance(value, list):
        return value
    return sorted(repr({name: part for name, part in entry.items() if name != "primary"}) for entry in value)


@given(junk=st.binary(max_size=200), name=st.sampled_from(["junk.vcf", "a/b.VCF", "x.txt"]))
@settings(deadline=None, max_examples=40)
def test_a_junk_file_of_a_folder_never_changes_its_neighbours(junk: bytes, name: str) -> None:
    rows = rows_of(zip_of({"1.vcf": card(name="Ana"), name: junk, "2.vcf": card(name="Eva")}))

    assert (rows[0].values["display_name"], rows[-1].values["display_name"]) == ("Ana", "Eva")


# Reads every file of a directory as an upload does; ends when one of them takes more than 20 seconds.
WATCHED = """
import faulthandler, resource, sys
from contextlib import suppress
from pathlib import Path
resource.setrlimit(resource.RLIMIT_AS, (400 * 2**20,) * 2)
import django
django.setup()
from imports.contact_files import open_contact_file
from imports.file_errors import UnusableFile
from imports.sampling import describe
for path in sorted(Path(sys.argv[1]).iterdir()):
    faulthandler.dump_traceback_later(20, exit=True)
    with path.open("rb") as source, suppress(UnusableFile):
        opened = open_contact_file(source)
        describe(opened)
        for row in opened.rows():
            row.reported()
print("all read")
"""


def changed(content: bytes, draw: Any) -> bytes:
    """The file with a few of its bytes replaced, left out, doubled or cut off."""
    for _change in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(content)))
        end = at + draw(st.integers(0, 40))
        junk = draw(st.binary(max_size=20) | st.sampled_from([b'"', b"\0" * 9, b"\xff\xff\xff\xff", b"BEGIN:VCARD\n"]))
        content = content[:at] + junk + draw(st.sampled_from([content[end:], content[at:], b""]))
    return content


def test_no_bytes_lead_to_more_than_rows_or_a_refusal(tmp_path: Path) -> None:
    people = [HEADER, ["Ana", "Ruiz", "ana@montsant.example", "x"], ["Eva", "Pons", "", ""]]
    cards = (card("TEL:600 111", "NOTE:a", name="Ana") * 3).encode()
    samples = [made(people) for made in (xlsx_of, ods_of, xls_of)]
    samples += [zip_of({"a.vcf": cards, "b.vcf": cards}), cards, cards.decode().encode("utf-16")]
    samples += [path.read_bytes() for path in sorted(FILES.iterdir())]
    folder = tmp_path / "files"
    folder.mkdir()

    @given(st.data())
    @settings(deadline=None, max_examples=60)
    def write(data: st.DataObject) -> None:
        sample = data.draw(st.sampled_from([*samples[:4] * 3, *samples[4:], b""]))
        content = changed(sample, data.draw) if sample else data.draw(st.binary(max_size=2_000))
        (folder / f"{len(os.listdir(folder)):04}").write_bytes(content)

    write()
    environment = {"DJANGO_SETTINGS_MODULE": "crm_project.settings", "CRM_DATA_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, str(folder)],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )

    assert done.stdout == "all read\n", done.stderr
