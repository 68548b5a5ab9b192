"""[M7] What was exported can be imported again: every column finds its field, and an unchanged file changes nothing."""

import pytest
from django.core.files.base import ContentFile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Account
from contacts.entity import ContactEntity
from contacts.models import Contact, ContactAddress, ContactEmail, ContactHandle, ContactPhone, ContactWebsite
from core.pages.export_columns import record_header
from core.records.door import save_record
from core.records.means import Means
from core.records.models import Change
from imports.contact_files import open_contact_file
from imports.fields import field_label
from imports.mapping import map_headers
from tests import make
from tests.imports.running import FIGURES, go
from tests.scene import client_of

pytestmark = pytest.mark.django_db
LEFT_OUT = {"owner_id", "team", "account_id"}


def exported(user, query: str) -> bytes:
    return b"".join(client_of(user).get(f"/contacts/export/?{query}").streaming_content)


def figures(work) -> dict[str, int]:
    return {name: work.counts[name] for name in FIGURES}


def full_contact(rep, number: int = 1, **more) -> Contact:
    """A contact with something in every field and more rows than have columns of their own."""
    fields = {
        "prefix": "Dra.", "first_name": "Lucía", "middle_name": "Pilar", "last_name": f"Serrano {number}",
        "suffix": "MBA",
        "nickname": "Luci, Lu", "phonetic_first_name": "Luzia", "phonetic_last_name": "Serano",
        "company_name": "Bodegas (as written)", "department": "Compras", "job_title": "Jefa", "birthday": "--05-19",
        "notes": "Uno\nDos; tres", "language": "es", "where_met": "Fair", "campaign": "Spring",
        "preferred_channel": "phone", "do_not_post": True, "do_not_track": True,
    }  # fmt: skip
    made = Contact(owner=rep, team=rep.team, **(fields | more))
    children = {
        "emails": [
            ContactEmail(value=f"l{number}-{n}@x.example", kind="home", label="Mine" if n else "") for n in range(6)
        ],
        "phones": [
            ContactPhone(value=f"+34 976 555 {n}{number:02}", kind="fax_work", extension="12" if n == 1 else "")
            for n in range(6)
        ],
        "addresses": [
            ContactAddress(kind="other", label="Store", street="Calle Mayor 3\n2º B", postcode="01001", country="ES"),
            ContactAddress(kind="home", city="Vitoria", extended="Bajo", po_box="7", region="Álava"),
            *(ContactAddress(kind="work", street=f"Kale {n}\nA", country="ES" if n else "") for n in range(3)),
        ],
        "websites": [ContactWebsite(value=f"https://x.example/{n}", label="Shop") for n in range(5)],
        "handles": [ContactHandle(service="skype", value=f"live:{number}.{n}") for n in range(5)],
    }
    save_record(made, actor=rep, means=Means("form"), children=children)
    return made


def test_every_column_of_the_export_finds_its_field():
    mapping = map_headers(record_header(ContactEntity))
    left = {column.header for column in mapping.columns if column.field is None}
    assert left == LEFT_OUT
    assert {column.how for column in mapping.columns if column.field is None} == {"ignored"}
    assert all(str(field_label(column.field)) for column in mapping.columns if column.field)
    fields = [column.field for column in mapping.columns if column.field]
    assert len(fields) == len(set(fields))


def test_the_columns_of_a_list_are_not_taken_for_records_of_ours():
    mapping = map_headers(["id", "first_name", "last_name", "email1", "company_name"])
    assert "record_id" not in mapping.fields.values()


@pytest.mark.parametrize("delimiter", ["comma", "semicolon", "tab"])
def test_an_export_imported_again_changes_nothing(rep, delimiter):
    account = make.account(rep, "Bodegas Valdecuriel, S.L.")
    contact = full_contact(rep)
    make.cross_reference(rep, contact, account)
    make.contact(rep, "Aitor", "Landa", account=account, phones=["600 111 222"])
    make.contact(rep, "=Ana", "-Gil", birthday="1980-05-17", notes="@all", display_name="Ana G.")
    make.contact(rep, "", "", display_name="Hotel Mirador")
    before = Change.objects.count()

    work = go(rep, exported(rep, f"format=csv&delimiter={delimiter}"))

    assert figures(work) == {"created": 0, "updated": 0, "skipped": 0, "unchanged": 4, "errors": 0}
    assert Change.objects.count() == before
    assert Account.objects.count() == 1


@pytest.mark.parametrize("version", ["vcard3", "vcard4"])
def test_cards_imported_again_change_nothing(rep, version):
    account = make.account(rep, "Bodegas Valdecuriel, S.L.")
    make.cross_reference(rep, full_contact(rep, company_name="Bodegas Valdecuriel"), account)
    make.contact(rep, "Aitor", "Landa", account=account, phones=["600 111 222"], vcard_uid="urn:uuid:1")
    make.contact(rep, "Ana", "Gil", birthday="1980-05-17", notes="@all", display_name="Ana G.")
    before = Change.objects.count()

    work = go(rep, exported(rep, f"format={version}"), name="contacts.vcf")

    assert figures(work) == {"created": 0, "updated": 0, "skipped": 0, "unchanged": 3, "errors": 0}
    assert Change.objects.count() == before


def test_nothing_of_an_export_is_lost_on_the_way_into_another_firm(rep):
    contact = full_contact(rep)
    data = exported(rep, "format=csv")
    values = next(iter(open_contact_file(ContentFile(data)).rows())).values
    assert (values["record_id"], values["record_version"]) == (str(contact.pk), str(contact.version))
    assert (values["where_met"], values["preferred_channel"], values["do_not_track"]) == ("Fair", "phone", True)
    assert [one["value"] for one in values["emails"]] == [row.value for row in contact.emails.all()]
    assert values["emails"][1] == {"value": "l1-1@x.example", "kind": "home", "primary": False, "label": "Mine"}
    assert [one["value"] for one in values["phones"]] == [row.value for row in contact.phones.all()]
    assert values["phones"][1]["ext"] == "12"
    assert values["phones"][1]["kind"] == "fax_work"
    assert [(one["kind"], one["label"]) for one in values["addresses"]] == [
        ("other", "Store"), ("home", ""), ("work", ""), ("work", ""), ("work", ""),
    ]  # fmt: skip
    assert [(one["street"], one["country"]) for one in values["addresses"][2:]] == [
        ("Kale 0\nA", ""), ("Kale 1\nA", "ES"), ("Kale 2\nA", "ES"),
    ]  # fmt: skip
    assert values["addresses"][0]["postcode"] == "01001"
    assert values["addresses"][1]["extended"] == "Bajo"
    assert values["websites"] == [row.value for row in contact.websites.all()]
    assert [(one["service"], one["value"]) for one in values["handles"]] == [
        (row.service, row.value) for row in contact.handles.all()
    ]


words = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp", "Cf")), max_size=20)
# Readers of cards make one blank of several, of whatever kind, in a text of one line.
lines = words.map(lambda text: " ".join(text.split()))
names = st.from_regex(r"[A-Za-zÁÉÑáéñ]{2,12}( [a-zñ]{1,8})?", fullmatch=True)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(names, names, lines, words.map(str.strip)), min_size=1, max_size=4, unique_by=lambda row: row[:2]
    )
)
def test_export_and_import_is_the_identity_for_any_text(rep, rows):
    Contact.objects.all().delete()
    for first, last, title, notes in rows:
        make.contact(rep, first, last, job_title=title, notes=notes, department=title)
    for query in ("format=csv", "format=vcard3", "format=vcard4"):
        work = go(rep, exported(rep, query))
        assert figures(work)["unchanged"] == len(rows)
