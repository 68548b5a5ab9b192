"""A compressed folder of vCards is read file by file, and files of cards are known by their content."""

import io
import struct
import zipfile

import pytest

from imports import archives, cards, file_errors
from imports.contact_files import SourceRow, open_contact_file
from tests.imports.browsing import body, page, upload, uploaded, walk
from tests.imports.running import bring as brought
from tests.imports.running import card, check, go, names
from tests.imports.workbooks import zip_of


def rows_of(content: bytes) -> list[SourceRow]:
    return list(open_contact_file(io.BytesIO(content)).rows())


def found(content: bytes) -> list[str]:
    return [row.values["display_name"] or row.error for row in rows_of(content)]


class TestFolders:
    def test_every_card_of_every_file_is_read_in_order(self) -> None:
        content = zip_of(
            {
                "b/Ana.vcf": card(name="Ana"),
                "Luis.VCF": card(name="Luis") + card(name="Eva"),
                "x.vcard": card(name="Pau"),
            }
        )

        assert found(content) == ["Ana", "Luis", "Eva", "Pau"]
        assert [row.number for row in rows_of(content)] == [1, 2, 3, 4]

    def test_problems_name_the_file_and_its_line(self) -> None:
        (row,) = rows_of(zip_of({"a/Ana.vcf": card("nonsense", name="Ana")}))

        assert row.problems[0].startswith("Ana.vcf, line 4: ")

    def test_what_is_no_card_never_loses_the_others(self) -> None:
        content = zip_of({"a.vcf": b"\x00\x01 nothing", "empty.vcf": b"", "b.vcf": card(name="Ana")})

        assert found(content) == [
            "a.vcf: There is no card in the file (BEGIN:VCARD).",
            "empty.vcf: There is no card in the file (BEGIN:VCARD).",
            "Ana",
        ]

    def test_a_damaged_file_never_loses_the_others(self) -> None:
        content = bytearray(
            zip_of({"a.vcf": card(name="Ana" * 500), "b.vcf": card(name="Eva")}, method=zipfile.ZIP_STORED)
        )
        content[content.find(b"AnaAna") + 3] = 0x21

        assert found(bytes(content))[-2:] == ["a.vcf: The file is damaged and was not read to its end.", "Eva"]

    def test_other_files_and_folders_inside_folders_are_left_out_and_named(self) -> None:
        inner = zip_of({"hidden.vcf": card(name="Nobody")})
        content = zip_of(
            {
                "Ana.vcf": card(name="Ana"),
                "__MACOSX/._Ana.vcf": b"\0",
                "more.zip": inner,
                "photo.jpg": b"x",
                ".DS_Store": b"x",
                "folder/": b"",
            }
        )
        opened = open_contact_file(io.BytesIO(content))

        assert [row.values["display_name"] for row in opened.rows()] == ["Ana"]
        assert cards.card_warnings(opened.source, opened.recognised) == [
            "2 files of the folder are no vCards and are left out: more.zip, photo.jpg"
        ]

    def test_it_can_be_read_twice(self) -> None:
        opened = open_contact_file(io.BytesIO(zip_of({"a.vcf": card(name="Ana")})))

        assert len(list(opened.rows())) == len(list(opened.rows())) == 1

    def test_names_of_files_are_text(self) -> None:
        (row,) = rows_of(zip_of({"../../etc/\u202epasswd" + "x" * 200 + ".vcf": "nothing"}))

        assert row.error.startswith("x" * 20)
        assert len(row.error) < 150

    def test_what_unpacks_to_too_much_is_refused(self) -> None:
        content = bytearray(zip_of({"a.vcf": card(name="Ana")}))
        struct.pack_into("<L", content, content.rfind(b"PK\x01\x02") + 24, 400 * 1024**2)

        with pytest.raises(file_errors.TooMuchUnpacked, match=r"400 MB; at most 300 MB.*the folder") as refusal:
            rows_of(bytes(content))
        assert "sheet" not in str(refusal.value)

    def test_a_file_is_never_read_beyond_the_size_that_it_announces(self) -> None:
        content = bytearray(zip_of({"a.vcf": card(name="Ana") * 1_000}))
        struct.pack_into("<L", content, content.rfind(b"PK\x01\x02") + 24, 200)

        assert len(rows_of(bytes(content))) < 10

    def test_too_many_files_are_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(archives, "MOST_ENTRIES", 3)

        with pytest.raises(file_errors.TooManyEntries):
            rows_of(zip_of({f"{n}.vcf": card(name="Ana") for n in range(4)}))

    def test_a_password_is_told(self) -> None:
        content = bytearray(zip_of({"a.vcf": card(name="Ana")}))
        content[content.rfind(b"PK\x01\x02") + 8] |= 1

        with pytest.raises(file_errors.PasswordProtected):
            rows_of(bytes(content))

    def test_a_folder_of_empty_files_is_empty(self) -> None:
        with pytest.raises(file_errors.EmptyFile):
            rows_of(zip_of({"a.vcf": b""}))


class TestByContent:
    @pytest.mark.parametrize(
        "content",
        [
            "Exported by a phone\r\n" * 500 + card(name="Ana"),
            "\r\n" * 3_000 + card(name="Ana"),
            ("\ufeff" + "x\r\n" * 2_000 + card(name="Ana")).encode("utf-16-le"),
            'He said "hello" and "bye"\n' + card(name="Ana"),
        ],
        ids=["text", "blank lines", "utf-16", "quotes"],
    )
    def test_a_card_below_other_text_is_a_card(self, content: str | bytes) -> None:
        opened = open_contact_file(io.BytesIO(content.encode() if isinstance(content, str) else content))

        assert [row.values["display_name"] for row in opened.rows()] == ["Ana"]

    def test_a_card_in_a_cell_is_text(self) -> None:
        opened = open_contact_file(io.BytesIO(f'Name,Card\nAna,"see:\n{card(name="Nobody")}"\n'.encode()))

        assert not opened.is_vcard
        assert [row.values["display_name"] or row.values["first_name"] for row in opened.rows()] == ["Ana"]


@pytest.mark.django_db
class TestPages:
    def test_a_folder_goes_all_the_way(self, browser) -> None:
        content = zip_of({"a.vcf": card(name="Ana Ruiz"), "b.vcf": card(name="Eva Pons"), "c.txt": "x"})
        work = walk(browser, content, "phone.zip")

        assert names() == ["Ana Ruiz", "Eva Pons"]
        assert work.counts["created"] == 2

    def test_its_pages_say_how_many_files_and_what_is_left_out(self, browser) -> None:
        work = uploaded(browser, zip_of({"a.vcf": card(name="Ana"), "c.txt": "x"}), "phone.zip")

        shown = body(browser, page(work, "recognised"))
        assert "Files 1" in shown
        assert "1 file of the folder is no vCard and is left out: c.txt" in shown

    def test_a_folder_without_cards_says_what_to_do(self, browser) -> None:
        answer = upload(browser, zip_of({"a.csv": "Name\nAna\n"}), "contacts.zip")

        assert answer.status_code == 422
        assert "Unpack it and choose the file inside." in answer.content.decode()

    def test_two_long_identifiers_that_differ_at_their_end_are_two_cards(self, rep) -> None:
        same = "x" * 300
        content = card(f"UID:{same}1", name="Ana Ruiz") + card(f"UID:{same}2", name="Eva Pons")

        go(rep, content)
        assert names() == ["Ana Ruiz", "Eva Pons"]
        again = check(brought(rep, content))
        assert again.planned["unchanged"] == 2
