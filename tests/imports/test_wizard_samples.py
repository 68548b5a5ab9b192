"""The real files of others (CRM_SAMPLE_FILES) through the pages: automatic mapping, report, export, and back again."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from contacts.models import Contact
from core.records.models import Change
from imports.models import Import
from tests import make
from tests.imports.browsing import body, page, signed_in, walk
from tests.imports.running import FIGURES
from tests.imports.test_import_samples import CARDS, DEVIATIONS, TABLES, name_of

pytestmark = [pytest.mark.samples, pytest.mark.django_db]


@pytest.fixture
def browser(db: None) -> Client:
    make.firm()
    return signed_in(make.user("administrator"))


def brought(browser: Client, content: bytes, name: str) -> Import:
    """From the upload to the report; days that can be read in two ways are answered like in the United States."""
    return walk(browser, content, name, date_birthday="mdy", date_anniversary="mdy")


def exported(browser: Client, format: str) -> bytes:
    """Every contact, as a file that can be imported again."""
    answer = browser.get(reverse("contact_export"), {"format": format, "columns": "all"})
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


@pytest.mark.parametrize("path", [*CARDS, *TABLES], ids=name_of)
def test_through_the_pages_and_back(browser: Client, path: Path) -> None:
    work = brought(browser, path.read_bytes(), path.name)

    counts = work.counts
    assert work.stage == Import.Stage.FINISHED
    assert sum(counts[name] for name in FIGURES) == counts["rows"]
    assert counts["created"] == Contact.objects.count()
    expected = expectation_of(path)
    if "accept_card_counts" in expected:
        assert counts["created"] in DEVIATIONS.get(path.name, expected["accept_card_counts"])
    else:
        assert counts["rows"] == expected["data_rows"]
    if counts["errors"]:
        assert "Download with reasons" in body(browser, page(work, "report"))
    changes = Change.objects.count()
    for format, name in (
        ("csv", "again.csv"),
        ("xlsx", "again.xlsx"),
        ("vcard3", "again.vcf"),
        ("vcard4", "again.vcf"),
    ):
        if counts["created"]:
            again = brought(browser, exported(browser, format), name).counts
            assert (again["created"], again["updated"], again["errors"]) == (0, 0, 0), format
            assert Change.objects.count() == changes, format


def expectation_of(path: Path) -> dict[str, Any]:
    """What is expected of a file, beside it."""
    cards = path.with_suffix(".expect.json")
    found = cards if cards.exists() else path.with_name(path.name + ".expect.json")
    return json.loads(found.read_text(encoding="utf-8"))
