"""Whatever is uploaded, the answer is a page: no file leads to an error of ours, no markup becomes a tag."""

import random
from dataclasses import replace
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from imports import choosing, mapping_page
from imports.models import Import
from tests.imports.browsing import (
    begin_check,
    page,
    upload,
    uploaded,
    work_off,
)
from tests.imports.running import ANA, card, person, table

pytestmark = pytest.mark.django_db

FILES = Path(__file__).parent.parent / "files"


class TestHostileUploads:
    def test_nothing_at_all_is_asked_for(self, browser):
        answer = browser.post(reverse("import_list"), {})

        assert answer.status_code == 422
        assert "Choose a file, or paste its text." in answer.content.decode()

    def test_pasted_text_of_any_script_is_taken_up_to_its_limit_and_kept_beyond(self, browser):
        rows = "First Name,Notes\n" + "".join(f"张{n},{'电' * 90_000}\n" for n in range(22))
        answer = browser.post(reverse("import_list"), {"text": rows})
        assert answer["Location"] == page(Import.objects.get(), "recognised")

        answer = browser.post(reverse("import_list"), {"text": "电" * 2_000_001})

        shown = answer.content.decode()
        assert answer.status_code == 422
        assert "The text has 2,000,001 characters; up to 2,000,000 can be pasted. Save it as a file" in shown
        assert "电" * 2_000_001 in shown
        assert "maxlength" not in shown.partition('name="text"')[2].partition(">")[0]
        assert Import.objects.count() == 1

    def test_more_than_a_request_may_hold_is_refused_with_the_way_out(self, browser):
        answer = browser.post(reverse("import_list"), {"text": "电" * 3_100_000})

        assert answer.status_code == 413
        shown = answer.content.decode()
        assert (
            "The text in this form is larger than 9 MB. Go back, save the text as a file, and upload the file" in shown
        )

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"", "The file is empty."),
            (b"   \r\n\r\n", "The file is empty."),
            (b"%PDF-1.7\n%", "This is a PDF document"),
            (b"PK\x03\x04" + b"\0" * 50, "damaged"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old Office"),
            (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "picture"),
            (b"MZ" + bytes(range(256)) * 40, "not text"),
            (b"a," * 2000 + b"\n", "columns"),
            (b"<html><table><tr><td>Ana</td></tr></table></html>", "web page"),
        ],
        ids=["empty", "blank", "pdf", "zip", "xls", "png", "program", "columns", "html"],
    )
    def test_is_refused_in_words_and_not_kept(self, browser, content, message):
        answer = upload(browser, content, "contacts.csv")

        assert answer.status_code == 422
        assert message in answer.content.decode()
        assert not Import.objects.exists()

    def test_too_large_a_file_is_refused_with_the_limit(self, browser, monkeypatch):
        monkeypatch.setattr(choosing, "DEFAULT_LIMITS", replace(choosing.DEFAULT_LIMITS, bytes=10))

        assert "at most" in upload(browser, table(ANA)).content.decode()

    def test_only_so_many_cells_are_read_while_somebody_waits(self, browser, monkeypatch):
        monkeypatch.setattr("imports.sampling.MOST_CELLS", 60)
        columns = ",".join(f"Note {number}" for number in range(5))
        rows = "".join(f"Ana {number},{',' * 4}\n" for number in range(40))

        work = uploaded(browser, f"First Name,{columns}\n{rows}")

        assert work.recognised["rows_exact"] is False
        assert [column["filled"] for column in work.recognised["columns_found"]] == [11, 0, 0, 0, 0, 0]

    def test_the_fields_of_a_thousand_columns_are_chosen_in_parts(self, browser):
        header = ",".join(["First Name", *(f"Colour {chr(945 + n % 20)}{n}x" for n in range(900))])
        work = uploaded(browser, f"{header}\nAna{',red' * 900}\n")
        answer = browser.get(page(work, "mapping"))
        before = mapping_page._options_in.cache_info()

        again = browser.get(page(work, "mapping"))

        after = mapping_page._options_in.cache_info()
        assert (after.hits - before.hits, after.misses - before.misses) == (100, 0)
        assert len(answer.content) < 1_200_000
        assert [part["label"] for part in again.context["parts"]][-2:] == ["801–900", "901–901"]

    def test_a_column_of_a_later_part_is_mapped_and_the_part_stays(self, browser):
        header = ",".join(["First Name", *(f"Colour {chr(945 + n % 20)}{n}x" for n in range(250))])
        work = uploaded(browser, f"{header}\nAna{',red' * 250}\n")
        shown = browser.get(page(work, "mapping") + "?part=2")
        assert [column["index"] for column in shown.context["columns"]] == list(range(200, 251))

        answer = browser.post(page(work, "mapping"), {"part": "2", "show": "all", "row": "0", "column_250": "notes"})

        work.refresh_from_db()
        assert work.options["columns"] == {"250": "notes"}
        assert answer["Location"] == page(work, "mapping") + "?show=all&row=0&part=2"
        assert browser.get(page(work, "mapping") + "?part=999").context["parts"][-1]["active"]

    @pytest.mark.parametrize(
        "content",
        [
            b"BEGIN:VCARD",
            b"BEGIN:VCARD\r\n" * 500,
            b"BEGIN:VCARD\nFN;CHARSET=utf-16:x\nEND:VCARD\n",
            b"\xff\xfeB\x00E\x00G\x00",
            b'"' * 5000,
            b'Name,E-mail\n"Ana\n' + b"x\n" * 300,
            b"Name\r" * 50,
            b"sep=\n",
            b"\xef\xbb\xbf",
            b"=1+1,@SUM(A1)\n-1,+2\n",
            "Name,E-mail\n\u202eAna,\ufdfd@\u0000.example\n".encode(),
            b"Name;Name;Name\nAna;Luis;Eva\n",
            b"Birthday\n99/99/9999\n",
        ],
        ids=["begin", "nested", "charset", "utf-16", "quotes", "open quote", "cr", "sep", "bom", "formulas", "controls",
             "same headers", "dates"],
    )  # fmt: skip
    def test_strange_files_never_fail_with_an_error_of_ours(self, browser, content):
        self.goes_all_the_way(browser, content)

    def test_random_bytes_never_fail_with_an_error_of_ours(self, browser):
        dice = random.Random(7)
        for size in (1, 7, 100, 3000):
            for start in (b"", b"BEGIN:VCARD\n", b"Name,E-mail\n", b"\xff\xfe"):
                self.goes_all_the_way(browser, start + dice.randbytes(size))

    def goes_all_the_way(self, browser: Client, content: bytes) -> None:
        answer = upload(browser, content, "\u202eodd\x07\u0301name" + "x" * 300 + ".csv")
        assert answer.status_code in (302, 422)
        if answer.status_code == 422:
            return
        work = Import.objects.latest("pk")
        assert browser.get(page(work, "recognised")).status_code == 200
        if not work.is_vcard:
            assert browser.get(page(work, "mapping")).status_code == 200
            browser.post(page(work, "mapping"), {"continue": "1", "date_birthday": "dmy", "act": "save-map"})
        assert browser.get(page(work, "matching")).status_code == 200
        begin_check(browser, work)
        work_off(work)
        assert work.check_job.state in ("finished", "failed"), work.check_job.error
        shown = browser.get(page(work, "detail"), follow=True)
        assert shown.status_code == 200
        if work.stage == "checked":
            browser.post(page(work, "run"))
            work_off(work)
            assert work.job.state == "finished", work.job.error
            assert browser.get(page(work, "report")).status_code == 200

    def test_markup_in_a_file_is_text_on_every_page(self, browser):
        nasty = "<script>alert(1)</script>"
        work = uploaded(
            browser, table(person(nasty, nasty, company=nasty, email=nasty) | {nasty: nasty}), f"{nasty}.csv"
        )
        pages = [page(work, "recognised"), page(work, "mapping")]
        answers = [browser.get(address) for address in pages]
        begin_check(browser, work)
        work_off(work)
        answers.append(browser.get(page(work, "check")))
        browser.post(page(work, "run"))
        work_off(work)
        answers += [
            browser.get(page(work, "report")),
            browser.get(page(work, "report") + "?show=create"),
            browser.get(reverse("import_list")),
        ]

        for answer in answers:
            assert answer.status_code == 200
            assert nasty not in answer.content.decode()

    def test_a_card_with_markup_too(self, browser):
        work = uploaded(browser, card("ORG:<b>x</b>", name="<img src=x onerror=alert(1)>"), "a.vcf")

        assert "<img src=x" not in browser.get(page(work, "recognised")).content.decode()
