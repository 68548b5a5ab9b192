"""Imports the real files of others (CRM_SAMPLE_FILES) by the command and compares what stands in the database."""

import json
import os
import re
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from contacts.models import Contact, CrossReference
from core.records.models import Change
from tests import make
from tests.contacts.test_vcard_samples import NEVER_IN_A_VALUE, matches, text, texts_in
from tests.imports.running import FIGURES

pytestmark = [pytest.mark.samples, pytest.mark.django_db]

FOLDER = Path(os.environ.get("CRM_SAMPLE_FILES") or "/nowhere")
CARDS = sorted(FOLDER.glob("vcards/*/*.vcf"))
TABLES = sorted(FOLDER.glob("csv/*/*.csv"))
IN_DATABASE = [path for path in TABLES if path.parent.name in ("mozilla", "google-shared-contacts")]
NAMES = ("last_name", "first_name", "middle_name", "prefix", "suffix")
ADDRESS = {
    "kind": "kind",
    "po_box": "pobox",
    "extended": "ext",
    "street": "street",
    "city": "city",
    "region": "region",
    "postcode": "postcode",
    "country": "country",
}
# Numbers of contacts that are made otherwise than the expectations say, and why.
DEVIATIONS = {
    # Three cards of one person with one e-mail are one contact: the second and third are told as duplicates.
    "multiple.vcf": [1],
}


@pytest.fixture(autouse=True)
def administrator(db: None) -> None:
    """The command works as the first administrator."""
    make.firm()
    make.user("administrator")


def imported(path: Path) -> dict[str, Any]:
    """What the command prints."""
    out = StringIO()
    call_command("import_records", "contacts", str(path), "--json", stdout=out)
    return json.loads(out.getvalue())


def name_of(path: Path) -> str:
    """A short name for a test."""
    return f"{path.parent.name}/{path.name}"


@pytest.mark.parametrize("path", CARDS, ids=name_of)
def test_a_card_file_becomes_the_contacts_that_its_expectation_names(path: Path) -> None:
    expected = json.loads(path.with_suffix(".expect.json").read_text(encoding="utf-8"))

    result = imported(path)

    counts, rows = result["counts"], result["rows"]
    assert sum(counts[name] for name in FIGURES) == counts["rows"] == len(rows)
    assert counts["created"] == Contact.objects.count()
    assert counts["created"] in DEVIATIONS.get(path.name, expected["accept_card_counts"])
    assert counts["errors"] == 0 or all(row["reasons"] for row in rows if row["action"] == "error")
    usable = [row["values"] for row in rows if row["action"] != "error"]
    if len(usable) == len(expected["cards"]):
        compare(usable, expected)
    else:
        assert not usable
    for value in texts_in(usable):
        assert NEVER_IN_A_VALUE.search(value) is None


def compare(found: list[dict[str, Any]], expected: dict[str, Any]) -> None:
    """Hold the reported values against the cards of an expectation, in file order unless it says otherwise."""
    cards = expected["cards"]
    if expected.get("order") == "any":
        found = sorted(found, key=lambda values: values["display_name"])
        cards = sorted(cards, key=lambda card: card["display_name"])
    for values, card in zip(found, cards, strict=True):
        relaxed = set(expected.get("relaxed", ())) | set(card.get("relaxed", ()))
        for name, value in as_expected(values).items():
            wanted = card.get(name, EMPTY.get(name, ""))
            if name not in relaxed and wanted is not None:
                assert matches(name, wanted, value), f"{name}: {value!r} is not {wanted!r}"
        for note in card.get("notes", ()):
            assert text(note) in text(values["notes"])


EMPTY: dict[str, Any] = {"has_photo": False, "urls": [], "categories": [], "organization": {}}


def as_expected(values: dict[str, Any]) -> dict[str, Any]:
    """The reported values under the names and in the shapes of the expectations."""
    same = ("display_name", *NAMES, "is_company", "job_title", "uid", "has_photo", "categories", "birthday")
    return {name: values[name] for name in same} | {
        "urls": values["websites"],
        "organization": {"name": values["organization"], "units": values["department"]},
        "emails": [points(entry) for entry in values["emails"]],
        "phones": [points(entry) for entry in values["phones"]],
        "addresses": [{theirs: entry[ours] for ours, theirs in ADDRESS.items()} for entry in values["addresses"]],
    }


def points(entry: dict[str, Any]) -> dict[str, Any]:
    """An e-mail or phone as the expectations write it."""
    return {"value": entry["value"], "kind": entry["kind"], "preferred": entry["primary"]}


@pytest.mark.parametrize("path", [*CARDS, *TABLES], ids=name_of)
def test_the_same_file_again_changes_nothing(path: Path) -> None:
    first = imported(path)["counts"]
    changes = Change.objects.count()

    again = imported(path)["counts"]

    assert Change.objects.count() == changes
    assert (again["created"], again["updated"]) == (0, 0)
    assert again["unchanged"] == first["created"]


@pytest.mark.parametrize("path", [*CARDS, *TABLES], ids=name_of)
def test_the_dry_run_foresees_it_and_writes_nothing(path: Path) -> None:
    out = StringIO()
    changes = Change.objects.count()
    call_command("import_records", "contacts", str(path), "--json", "--dry-run", stdout=out)

    assert Change.objects.count() == changes
    assert json.loads(out.getvalue()) == imported(path)


@pytest.mark.parametrize("path", CARDS, ids=name_of)
def test_every_value_of_a_card_stands_in_its_contact(path: Path) -> None:
    rows = [row["values"] for row in imported(path)["rows"] if row["action"] == "create"]

    for values, contact in zip(rows, Contact.objects.order_by("pk"), strict=True):
        stored = [row.value for name in ("emails", "phones", "websites") for row in getattr(contact, name).all()]
        wanted = [entry["value"] for name in ("emails", "phones") for entry in values[name]] + values["websites"]
        assert stored == wanted
        assert [contact.first_name, contact.middle_name, contact.last_name] == [
            values[name] for name in ("first_name", "middle_name", "last_name")
        ]
        assert (contact.company_name, contact.department, contact.job_title, contact.birthday, contact.vcard_uid) == (
            tuple(values[name] for name in ("organization", "department", "job_title", "birthday", "uid"))
        )
        assert len(contact.addresses.all()) == len(values["addresses"])
        for part in (*values["categories"], values["notes"]):
            assert text(part) in text(contact.notes)
        linked = CrossReference.objects.filter(contact=contact)
        assert [link.account.name for link in linked] == (
            [" ".join(contact.company_name.split())] if contact.company_name else []
        )


@pytest.mark.parametrize("path", IN_DATABASE, ids=name_of)
def test_a_table_becomes_contacts_with_every_value(path: Path) -> None:
    expected = json.loads(path.with_name(path.name + ".expect.json").read_text(encoding="utf-8"))
    imported(path)

    contacts = list(Contact.objects.order_by("pk"))
    assert len(contacts) == expected["data_rows"]
    for contact, record in zip(contacts, expected["records"], strict=True):
        found = everything_of(contact)
        assert {email.value for email in contact.emails.all()} == {
            value for field, value in record.items() if re.fullmatch(r"email\d", field)
        }
        for field, value in record.items():
            if field in ("display_name", "birthday_day", "birthday_month", "birthday_year") or field.endswith("_iso"):
                continue
            assert text(value) in found, f"{field}: {value!r} of {contact}"
        assert contact.full_name == record.get("display_name", f"{record.get('first_name')} {record.get('last_name')}")
        if "birthday_month" in record:
            month, day = int(record["birthday_month"]), int(record["birthday_day"])
            assert contact.birthday.endswith(f"-{month:02}-{day:02}")
        accounts = [link.account.name for link in CrossReference.objects.filter(contact=contact)]
        assert accounts == ([record["company"]] if "company" in record else [])


def everything_of(contact: Contact) -> str:
    """All texts of a contact and its rows as one."""
    parts = [str(value) for value in vars(contact).values() if isinstance(value, str)]
    for name in Contact.CHILDREN:
        parts += [str(value) for row in getattr(contact, name).all() for value in vars(row).values()]
    return text("\n".join(parts))
