"""manage.py import_records: what it prints, its exit status, and that it writes what the pages would."""

import json
import tracemalloc
from io import StringIO
from itertools import count
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand

from contacts.models import Contact
from imports.management.commands.import_records import Command
from imports.models import Import
from imports.run import apply_chunk
from imports.writing import check_chunk
from tests import make
from tests.imports.running import ANA, FIGURES, card, names, person, table
from tests.imports.workbooks import PEOPLE, xlsx_of, zip_of

pytestmark = pytest.mark.django_db

FILES = Path(__file__).parent.parent / "files"
VALUES = [
    "prefix", "first_name", "middle_name", "last_name", "suffix", "display_name", "is_company", "organization",
    "department", "job_title", "emails", "phones", "addresses", "websites", "birthday", "notes", "categories", "uid",
    "has_photo",
]  # fmt: skip


@pytest.fixture
def administrator(db: None):
    make.firm()
    return make.user("administrator")


def called(path: Path, *arguments: str) -> str:
    """What the command prints for a file."""
    out = StringIO()
    call_command("import_records", "contacts", str(path), *arguments, stdout=out)
    return out.getvalue()


def file_of(folder: Path, content: bytes | str, name: str = "contacts.csv") -> Path:
    """A file with that content."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def failing_at(number: int):
    """What writes chunks and fails at the one of that number."""
    chunks = count(1)

    def write(*args, **kwargs):
        if next(chunks) == number:
            raise RuntimeError
        return apply_chunk(*args, **kwargs)

    return write


class TestJson:
    def test_has_exactly_the_documented_shape_for_a_table(self, administrator, tmp_path):
        row = ANA | {"Business Phone": "976 555 010", "Business City": "Zaragoza", "Web Page": "https://arga.example"}
        path = file_of(tmp_path, table(row | {"Birthday": "1980-05-17", "Categories": "Fair;VIP", "Record ID": "7"}))

        assert json.loads(called(path, "--json")) == {
            "recognised": {"source": "google-outlook-csv", "encoding": "utf-8", "delimiter": ",", "header_line": 1},
            "counts": {"rows": 1, "created": 1, "updated": 0, "skipped": 0, "unchanged": 0, "errors": 0},
            "rows": [
                {
                    "line": 2,
                    "action": "create",
                    "reasons": [],
                    "values": {
                        "prefix": "",
                        "first_name": "Ana",
                        "middle_name": "",
                        "last_name": "Ruiz",
                        "suffix": "",
                        "display_name": "Ana Ruiz",
                        "is_company": False,
                        "organization": "Química Montsant, S.L.",
                        "department": "",
                        "job_title": "Buyer",
                        "emails": [{"value": "ana@montsant.example", "kind": "other", "primary": True}],
                        "phones": [{"value": "976 555 010", "kind": "work", "primary": True}],
                        "addresses": [
                            {
                                "kind": "work",
                                "po_box": "",
                                "extended": "",
                                "street": "",
                                "city": "Zaragoza",
                                "region": "",
                                "postcode": "",
                                "country": "",
                            }
                        ],
                        "websites": ["https://arga.example"],
                        "birthday": "1980-05-17",
                        "notes": "",
                        "categories": ["Fair", "VIP"],
                        "uid": "7",
                        "has_photo": False,
                    },
                }
            ],
        }

    def test_names_the_sheet_of_a_workbook(self, administrator, tmp_path):
        path = tmp_path / "contacts.xlsx"
        path.write_bytes(xlsx_of(PEOPLE, sheet="Gente"))

        found = json.loads(called(path, "--json", "--dry-run"))

        assert found["recognised"]["sheet"] == "Gente"
        assert [row["line"] for row in found["rows"]] == [2, 3]
        assert "sheet: Gente" in called(path, "--dry-run")

    def test_has_the_same_shape_for_cards(self, administrator, tmp_path):
        lines = ("N:Ruiz;Ana;;Dra.;", "ORG:Arga;Works;Hall 3", "item1.TEL:976 555 010;ext=1", "item1.X-ABLabel:Desk")
        path = file_of(tmp_path, card(*lines, "ADR;LABEL=x:;;Calle 1;;;;", "BDAY:--0517", "UID:u1"), "a.vcf")

        result = json.loads(called(path, "--json"))

        assert result["recognised"] == {"source": "vcard", "encoding": "utf-8", "delimiter": None, "header_line": None}
        (row,) = result["rows"]
        assert list(row) == ["line", "action", "reasons", "values"]
        values = row["values"]
        assert list(values) == VALUES
        assert (values["prefix"], values["organization"], values["department"]) == ("Dra.", "Arga", "Works / Hall 3")
        assert [sorted(entry) for entry in values["phones"]] == [["kind", "primary", "value"]]
        assert sorted(values["addresses"][0]) == sorted(
            ["kind", "po_box", "extended", "street", "city", "region", "postcode", "country"]
        )
        assert (values["birthday"], values["uid"], values["emails"]) == ("--05-17", "u1", [])

    def test_a_quotation_mark_that_is_never_closed_is_told_with_its_row(self, administrator, tmp_path):
        path = file_of(tmp_path, 'First Name,E-mail\nAna,a@arga.example\n"Luis,l@gil.example\nEva,e@sur.example\n')

        rows = json.loads(called(path, "--json"))["rows"]

        assert [(row["line"], len(row["reasons"])) for row in rows] == [(2, 0), (3, 1), (4, 0)]
        assert "quotation mark" in rows[1]["reasons"][0]

    def test_what_is_no_address_or_number_on_a_card_is_told(self, administrator, tmp_path):
        path = file_of(tmp_path, card("EMAIL:at home", "EMAIL:ana@arga.example", "TEL:ask her", name="Ana Ruiz"))

        row = json.loads(called(path, "--json"))["rows"][0]

        assert row["action"] == "create"
        assert [entry["value"] for entry in row["values"]["emails"]] == ["at home", "ana@arga.example"]
        assert row["reasons"] == [
            "“at home” is not an e-mail address; it is kept as text.",
            "“ask her” is not a phone number; it is kept as text.",
        ]

    def test_is_one_object_on_one_line_with_letters_as_they_are(self, administrator, tmp_path):
        printed = called(file_of(tmp_path, table(person("Íñigo", "Peña"))), "--json", "--dry-run")

        assert printed.count("\n") == 1
        assert "Íñigo" in printed

    def test_counts_add_up_and_lines_are_those_of_the_file(self, administrator, tmp_path):
        rows = table(ANA | {"Notes": "two\nlines"}, ANA, person("Luis", "Gil"), {"Job Title": "Buyer"})
        result = json.loads(called(file_of(tmp_path, rows), "--json"))

        assert [(row["line"], row["action"]) for row in result["rows"]] == [
            (2, "create"),
            (4, "duplicate"),
            (5, "create"),
            (6, "error"),
        ]
        counts = result["counts"]
        assert counts == {"rows": 4, "created": 2, "updated": 0, "skipped": 1, "unchanged": 0, "errors": 1}
        assert sum(counts[name] for name in FIGURES) == counts["rows"]


class TestRun:
    def test_writes_and_stands_in_the_list_of_imports(self, administrator, tmp_path):
        called(file_of(tmp_path, table(ANA), "leute.csv"))

        work = Import.objects.get()
        assert (work.file_name, work.stage, work.created_by) == ("leute.csv", "finished", administrator)
        assert (work.counts["created"], work.also_written, work.rows.count()) == (
            1,
            {"account": 1, "crossreference": 1},
            1,
        )
        assert names() == ["Ana Ruiz"]
        assert Contact.objects.get().owner == administrator

    def test_a_dry_run_writes_nothing_at_all(self, administrator, tmp_path):
        result = json.loads(called(file_of(tmp_path, table(ANA)), "--json", "--dry-run"))

        assert result["counts"]["created"] == 1
        assert not Contact.objects.exists()
        assert not Import.objects.exists()

    def test_works_as_the_named_user(self, administrator, tmp_path):
        rep = make.user("rep")

        called(file_of(tmp_path, table(ANA)), "--user", rep.email.upper())

        assert Contact.objects.get().owner == rep

    def test_works_while_there_is_no_administrator_yet(self, db, tmp_path):
        make.firm()
        path = file_of(tmp_path, table(ANA))

        called(path)

        assert Contact.objects.get().owner is None
        assert json.loads(called(path, "--json"))["counts"]["unchanged"] == 1

    def test_says_the_same_for_people(self, administrator, tmp_path):
        printed = called(file_of(tmp_path, table(ANA, {"Job Title": "Buyer"})))

        assert "created: 1\n" in printed
        assert "3: error: The row names no person, organization, e-mail or phone.\n" in printed

    def test_a_failure_on_the_way_leaves_what_was_written_and_says_so(self, administrator, tmp_path, monkeypatch):
        monkeypatch.setattr("imports.planning.CHUNK", 1)
        rows = table(ANA, *[ANA] * 60, person("Luis", "Gil"))
        monkeypatch.setattr("imports.management.commands.import_records.apply_chunk", failing_at(62))

        with pytest.raises(RuntimeError):
            called(file_of(tmp_path, rows))

        work = Import.objects.get()
        assert (work.stage, work.counts["created"], work.counts["skipped"]) == ("failed", 1, 60)
        assert work.error == "RuntimeError"
        assert names() == ["Ana Ruiz"]

    def test_a_file_over_a_limit_on_its_last_line_writes_nothing(self, administrator, tmp_path, monkeypatch):
        monkeypatch.setattr("imports.planning.CHUNK", 1)
        rows = table(ANA, *[ANA] * 60, person("Luis", "Gil", notes="x" * 200_000))

        with pytest.raises(CommandError, match="longer than") as refusal:
            called(file_of(tmp_path, rows), "--json")

        assert refusal.value.returncode == 2
        assert not Contact.objects.exists()
        assert not Import.objects.exists()

    def test_a_dry_run_holds_no_record_of_what_it_has_checked(self, administrator, tmp_path, monkeypatch):
        monkeypatch.setattr("imports.planning.CHUNK", 10)
        held = []

        def checked(planned, planner, **more):
            check_chunk(planned, planner, **more)
            held.append(sum(one.new is not None for found in planner.accounts.by_key.values() for one in found))

        monkeypatch.setattr("imports.contact_target.check_chunk", checked)
        rows = table(*[person("Ana", f"Ruiz {n}", company=f"Arga {n}") for n in range(30)])

        answer = json.loads(called(file_of(tmp_path, rows), "--json", "--dry-run"))

        assert answer["counts"]["created"] == len(answer["rows"]) == 30
        assert held == [0, 0, 0]

    def test_memory_does_not_grow_with_the_rows_that_are_printed(self, administrator, tmp_path, monkeypatch):
        monkeypatch.setattr("imports.planning.CHUNK", 20)
        path = file_of(tmp_path, table(*[person("Ana", f"Ruiz {n}", notes="x" * 50_000) for n in range(400)]))
        tracemalloc.start()

        with (tmp_path / "answer.json").open("w") as out:
            call_command("import_records", "contacts", str(path), "--json", "--dry-run", stdout=out)

        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert len(json.loads((tmp_path / "answer.json").read_text())["rows"]) == 400
        assert peak < 15_000_000


class TestExitStatus:
    def test_is_0_when_it_ran_though_every_row_has_an_error(self, administrator):
        assert json.loads(called(FILES / "csv" / "sep-line.csv", "--json"))["counts"]["errors"] == 2

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"", "empty"),
            (b"%PDF-1.7 ...", "PDF"),
            (b"PK\x03\x04 broken", "damaged"),
            (bytes(range(32)) * 20, "not text"),
        ],
        ids=["empty", "pdf", "zip", "binary"],
    )
    def test_is_2_with_a_message_when_the_file_is_unusable(self, administrator, tmp_path, content, message):
        with pytest.raises(CommandError, match=message) as refusal:
            called(file_of(tmp_path, content), "--json")

        assert refusal.value.returncode == 2
        assert not Import.objects.exists()

    def test_is_0_for_a_workbook_and_for_a_folder_of_cards(self, administrator, tmp_path):
        for content in (xlsx_of(PEOPLE), zip_of({"a.vcf": card(name="Pau Vidal")})):
            assert json.loads(called(file_of(tmp_path, content), "--json"))["counts"]["errors"] == 0

        assert names() == ["Ana Ruiz", "Eva Pons", "Pau Vidal"]

    def test_is_2_when_there_is_no_such_file(self, administrator, tmp_path):
        with pytest.raises(CommandError, match=r"missing\.csv: No such file") as refusal:
            called(tmp_path / "missing.csv")

        assert refusal.value.returncode == 2

    @pytest.mark.parametrize("who", ["nobody@norteko.example", "reader"])
    def test_is_2_for_a_user_who_is_not_there_or_may_not(self, administrator, tmp_path, who):
        email = make.user("read-only").email if who == "reader" else who

        with pytest.raises(CommandError) as refusal:
            called(file_of(tmp_path, table(ANA)), "--user", email)

        assert refusal.value.returncode == 2
        assert not Contact.objects.exists()

    @pytest.mark.parametrize("entity", ["files", "users"])
    def test_refuses_what_is_not_imported(self, administrator, tmp_path, entity, capsys):
        with pytest.raises(SystemExit) as ended:
            BaseCommand.run_from_argv(Command(), ["manage.py", "import_records", entity, "x.csv"])

        assert ended.value.code == 2
        assert "invalid choice" in capsys.readouterr().err
