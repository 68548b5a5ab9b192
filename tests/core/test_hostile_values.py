"""What one of the databases cannot keep is refused at its field on both; the rest comes back as kept."""

import datetime
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import Account, AccountEmail
from activities.models import Attachment
from contacts.models import Contact
from core.records.door import save_record
from core.records.models import Change
from tests import make
from tests.core.refusing import FORM, refusal

pytestmark = pytest.mark.django_db

AWARE = datetime.UTC


@pytest.fixture
def owner():
    return make.user("manager")


HOSTILE = {
    "name": ["", "   ", "\u00a0\t", None, "a\x00b", "half \ud83d of a pair", "x" * 201],
    "number": ["x" * 31, "\x00", None],
    "notes": ["x" * 50_001, "\udcff"],
    "kind": ["robot", "", None],
    "lifecycle": ["robot"],
    "currency": ["EURO", "ZZZ"],
    "revenue": [
        "1e400",
        "-1e400",
        1e400,
        float("nan"),
        "NaN",
        "sNaN",
        Decimal("Infinity"),
        "ten",
        "",
        "12345678901234.00",
        Decimal("0.001"),
        "1,5",
        0.1 + 0.2,
        [],
        b"\xff",
        "-0.01",
    ],
    "employees": [
        -1,
        2_147_483_648,
        10**30,
        1e400,
        float("nan"),
        2.5,
        Decimal("2.5"),
        "",
        "many",
        "9" * 5000,
        [],
    ],
    "customer_since": ["0000-01-01", "10000-01-01", "2026-02-30", "today", "", 20260301, []],
    "converted_at": [
        "0000-01-01T00:00Z",
        "10000-01-01T00:00Z",
        "2026-13-01T00:00Z",
        datetime.datetime(1, 1, 1, tzinfo=AWARE),
        datetime.datetime(9999, 12, 31, 23, tzinfo=AWARE),
        "",
        "noon",
    ],
    "parent_id": [0, -1, 10**30, 987_654, "abc", "", 1.5, []],
    "territory_id": [987_654],
    "owner_id": [987_654, 2**63],
    "custom": [
        {"a": float("nan")},
        {"a": float("inf")},
        {"a": "\x00"},
        {"\x00": "a"},
        {"a": "\ud800"},
        {1: "a"},
        {"a": 10**40},
        {"a": datetime.date(2026, 3, 1)},
        {"a": {1, 2}},
        {"a": Decimal(1)},
        {"a": (1,)},
        "text" * 3 + "\x00",
        None,
    ],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in HOSTILE.items() for value in values])
def test_a_value_that_cannot_be_kept_is_refused_at_its_field(owner, name, value):
    record = Account(**{"name": "Fundiciones Alba", "owner": owner, name: value})
    assert list(refusal(record)) == [name.removesuffix("_id")]

    stored = make.account(owner)
    setattr(stored, name, value)
    if name == "number":
        assert (value is None) or list(refusal(stored)) == ["number"]
    else:
        assert list(refusal(stored)) == [name.removesuffix("_id")]


def test_deeply_nested_custom_fields_are_refused(owner):
    nested: dict = {}
    for _ in range(2000):
        nested = {"a": nested}
    assert list(refusal(Account(name="Fundiciones Alba", custom=nested))) == ["custom"]


@pytest.mark.parametrize(
    ("name", "given", "kept"),
    [
        ("revenue", "1e3", Decimal("1000.00")),
        ("revenue", 12.1, Decimal("12.10")),
        ("revenue", "9999999999999.99", Decimal("9999999999999.99")),
        ("revenue", Decimal("1.000"), Decimal("1.00")),
        ("employees", "12", 12),
        ("employees", 12.0, 12),
        ("employees", 2_147_483_647, 2_147_483_647),
        ("customer_since", "0001-01-01", datetime.date(1, 1, 1)),
        ("customer_since", "9999-12-31", datetime.date(9999, 12, 31)),
        ("converted_at", "2026-03-01T10:00+01:00", datetime.datetime(2026, 3, 1, 9, tzinfo=AWARE)),
        (
            "converted_at",
            datetime.datetime(9998, 12, 31, tzinfo=AWARE),
            datetime.datetime(9998, 12, 31, tzinfo=AWARE),
        ),
        ("kind", Account.Kind.PERSON, "person"),
        ("notes", "línea 1\r\n\tlínea 2 \U0001f600 \u202e", "línea 1\n\tlínea 2 \U0001f600"),
        ("number", "000123", "000123"),
        (
            "custom",
            {"a": [1, 1.5, None, True, {"ñ": "\U0001f600"}]},
            {"a": [1, 1.5, None, True, {"ñ": "\U0001f600"}]},
        ),
    ],
)
def test_a_value_comes_back_as_it_was_kept(owner, name, given, kept):
    record = Account(**{"name": "Fundiciones Alba", name: given})
    save_record(record, actor=owner, means=FORM)
    stored = Account.objects.get(pk=record.pk)
    assert (getattr(stored, name), type(getattr(stored, name))) == (kept, type(kept))
    save_record(stored, actor=owner, means=FORM)
    assert stored.version == 1


@pytest.mark.filterwarnings("error")
def test_a_moment_without_zone_is_taken_in_the_users_zone(owner):
    with timezone.override("Europe/Madrid"):
        record = make.interaction(owner, account=make.account(owner))
        record.happened_at = datetime.datetime(2026, 7, 1, 12)
        save_record(record, actor=owner, means=FORM)
    record.refresh_from_db()
    assert record.happened_at == datetime.datetime(2026, 7, 1, 10, tzinfo=AWARE)


def test_names_that_grow_when_folded_are_cut_and_found(owner):
    account = make.account(owner, "\ufdfa" * 200)
    assert len(account.folded_name) == 200
    contact = make.contact(owner, "ß" * 100, "\ufdfa" * 100)
    assert len(contact.folded_name) == 300
    lead = make.lead(owner, "Aitor", "\ufdfa" * 100, company="㍿" * 200)
    assert len(lead.company_key) == 200


def test_all_refusals_are_told_at_once(owner):
    record = Account(name="", revenue="ten", employees=-1, parent_id=987_654)
    errors = refusal(record, {"emails": [AccountEmail(value="x" * 255)]})
    assert set(errors) == {"name", "revenue", "employees", "emails"}


class TestFiles:
    @pytest.fixture(autouse=True)
    def folder(self, settings, tmp_path):
        settings.MEDIA_ROOT = tmp_path

    def attachment(self, owner, file) -> Attachment:
        return Attachment(account=make.account(owner), owner=owner, file=file, name="Quotation", size=3)

    def test_a_file_is_stored_and_named_in_the_history(self, owner, tmp_path):
        record = self.attachment(owner, SimpleUploadedFile("Oferta nº 7.pdf", b"pdf"))
        save_record(record, actor=owner, means=FORM)
        stored = Attachment.objects.get(pk=record.pk)
        assert stored.file.read() == b"pdf"
        change = Change.objects.get(record_type="attachment", record_id=record.pk)
        assert change.after["file"] == stored.file.name
        save_record(stored, actor=owner, means=FORM)
        assert stored.version == 1

    def test_another_file_takes_its_place_and_the_history_names_both(self, owner):
        record = self.attachment(owner, SimpleUploadedFile("a.pdf", b"1"))
        save_record(record, actor=owner, means=FORM)
        record = Attachment.objects.get(pk=record.pk)
        first = record.file.name
        record.file = SimpleUploadedFile("b.pdf", b"2")
        save_record(record, actor=owner, means=FORM)
        change = Change.objects.filter(record_type="attachment").latest("id")
        assert change.before == {"file": first}
        assert change.after == {"file": Attachment.objects.get(pk=record.pk).file.name}

    def test_a_record_that_needs_a_file_is_refused_without_one(self, owner):
        assert list(refusal(self.attachment(owner, ""))) == ["file"]
        assert list(refusal(self.attachment(owner, None))) == ["file"]

    @pytest.mark.parametrize("name", ["ñ" * 200 + ".pdf", "a." + "x" * 300, "../../etc/passwd", "con\u202etxt.exe"])
    def test_a_hostile_file_name_is_made_harmless(self, owner, name, tmp_path):
        record = self.attachment(owner, SimpleUploadedFile(name, b"x"))
        save_record(record, actor=owner, means=FORM)
        path = (tmp_path / record.file.name).resolve()
        assert path.is_file()
        assert path.is_relative_to(tmp_path)

    def test_a_photo_can_be_taken_away(self, owner):
        contact = make.contact(owner, photo=SimpleUploadedFile("a.jpg", b"x"))
        for nothing in ("", None):
            contact.photo = nothing
            save_record(contact, actor=owner, means=FORM)
        assert Contact.objects.get(pk=contact.pk).photo.name == ""
