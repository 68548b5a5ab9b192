"""Child rows are saved, ordered and noted with their record, keep one primary, and never change hands."""

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts.models import Contact, ContactAddress, ContactEmail, ContactPhone
from core.records.door import save_record, save_records
from core.records.means import Means
from core.records.models import Change
from core.records.refusals import BatchRefused, RecordChanged
from core.records.trash import delete_record
from opportunities.models import Opportunity, SalesTeamMember, Stakeholder
from tests import make

pytestmark = pytest.mark.django_db

FORM = Means("form")


@pytest.fixture
def owner():
    return make.user("manager")


@pytest.fixture
def contact(owner):
    """A contact with three e-mails, the first of them primary."""
    return make.contact(owner, emails=["a@nubla.example", "b@nubla.example", "c@nubla.example"])


def save(contact, **children):
    return save_record(contact, actor=None, means=FORM, children=children)


def stored(contact) -> list[tuple[str, bool]]:
    return [(row.value, row.is_primary) for row in ContactEmail.objects.filter(parent=contact)]


def last_change(contact) -> Change:
    return Change.objects.filter(record_type="contact", record_id=contact.pk).latest("id")


def test_the_first_row_is_primary_when_none_asks_for_it(contact):
    assert stored(contact) == [
        ("a@nubla.example", True),
        ("b@nubla.example", False),
        ("c@nubla.example", False),
    ]
    assert contact.email == "a@nubla.example"


def test_of_two_that_ask_to_be_primary_the_first_is(owner):
    contact = Contact(last_name="Salas")
    values = ["a@nubla.example", "b@nubla.example", "c@nubla.example"]
    rows = [ContactEmail(value=value, is_primary=value[0] in "bc") for value in values]
    save(contact, emails=rows)
    assert stored(contact) == [(values[0], False), (values[1], True), (values[2], False)]
    assert contact.email == values[1]


def test_another_row_becomes_primary(contact):
    rows = list(contact.emails.all())
    ids = {row.value: row.pk for row in rows}
    rows[0].is_primary, rows[2].is_primary = False, True
    save(contact, emails=rows)
    assert stored(contact) == [
        ("a@nubla.example", False),
        ("b@nubla.example", False),
        ("c@nubla.example", True),
    ]
    assert {row.value: row.pk for row in contact.emails.all()} == ids
    contact.refresh_from_db()
    assert (contact.email, contact.version) == ("c@nubla.example", 2)


def test_rows_change_places(contact):
    rows = list(contact.emails.all())[::-1]
    save(contact, emails=rows)
    assert [value for value, _primary in stored(contact)] == [
        "c@nubla.example",
        "b@nubla.example",
        "a@nubla.example",
    ]
    assert [row["value"][0] for row in last_change(contact).before["emails"]] == ["a", "b", "c"]
    assert [row["value"][0] for row in last_change(contact).after["emails"]] == ["c", "b", "a"]


def test_rows_are_added_changed_and_removed_at_once(contact):
    first, _second, third = contact.emails.all()
    third.value, third.label = "d@nubla.example", "assistant"
    save(contact, emails=[ContactEmail(value=" NEW@Nubla.example ", is_primary=True), third, first])
    assert stored(contact) == [
        ("NEW@Nubla.example", True),
        ("d@nubla.example", False),
        ("a@nubla.example", False),
    ]
    assert contact.emails.get(value="NEW@Nubla.example").normalized == "new@nubla.example"
    assert contact.emails.get(label="assistant").pk == third.pk
    change = last_change(contact)
    assert change.after["emails"][1] == {"value": "d@nubla.example", "kind": "work", "label": "assistant"}
    assert set(change.after) == {"emails"}


def test_all_rows_are_removed(contact):
    save(contact, emails=[])
    assert stored(contact) == []
    assert Contact.objects.get(pk=contact.pk).email == ""
    assert last_change(contact).after == {"emails": []}


def test_rows_that_are_left_out_stay(contact):
    contact.job_title = "Buyer"
    save_record(contact, actor=None, means=FORM, children={"phones": [ContactPhone(value="600 55 50 14")]})
    assert len(stored(contact)) == 3
    assert Contact.objects.get(pk=contact.pk).phone == "600 55 50 14"


def test_equal_rows_write_nothing(contact, django_assert_num_queries):
    before = list(ContactEmail.objects.values())
    save(contact, emails=list(contact.emails.all()))
    save(contact, emails=[ContactEmail(value=f"{letter}@nubla.example") for letter in "abc"])
    assert list(ContactEmail.objects.values()) == before
    assert Contact.objects.get(pk=contact.pk).version == 1


def test_only_rows_that_differ_are_written(contact):
    rows = list(contact.emails.all())
    rows[1].label = "assistant"
    with CaptureQueriesContext(connection) as queries:
        save(contact, emails=rows)
    written = [query["sql"] for query in queries if query["sql"].startswith('UPDATE "contacts_contactemail"')]
    assert len(written) == 1
    assert contact.emails.get(pk=rows[1].pk).label == "assistant"


@pytest.mark.parametrize("how", ["another's row", "a row that is gone", "one row twice", "a row for a new record"])
def test_a_row_that_is_not_the_records_own_is_refused(owner, contact, how):
    other = make.contact(owner)
    row = other.emails.get()
    rows, target = [row], contact
    if how == "a row that is gone":
        row = contact.emails.last()
        ContactEmail.objects.filter(pk=row.pk).delete()
        rows = [row]
    elif how == "one row twice":
        rows = [contact.emails.first(), contact.emails.first()]
    elif how == "a row for a new record":
        target = Contact(last_name="Salas")
    before = list(ContactEmail.objects.values())
    with pytest.raises(ValidationError) as refused:
        save(target, emails=rows)
    assert list(refused.value.message_dict) == ["emails"]
    with pytest.raises(BatchRefused):
        save_records([target], actor=None, means=FORM, children=[{"emails": rows}])
    assert list(ContactEmail.objects.values()) == before


def test_somebody_elses_change_of_the_rows_is_not_overwritten(contact):
    mine, theirs = (Contact.objects.get(pk=contact.pk) for _ in range(2))
    save(theirs, emails=[])
    with pytest.raises(RecordChanged):
        save(mine, emails=[ContactEmail(value="late@nubla.example")])
    assert stored(contact) == []


@pytest.mark.parametrize(
    "row",
    [
        ContactEmail(value=""),
        ContactEmail(value="  "),
        ContactEmail(value=None),
        ContactEmail(value="x" * 255),
        ContactEmail(value="a\x00@nubla.example"),
        ContactEmail(value="\ud83d@nubla.example"),
        ContactEmail(value="a@nubla.example", kind="carrier pigeon"),
        ContactEmail(value="a@nubla.example", label="x" * 61),
        ContactEmail(value="a@nubla.example", is_primary="perhaps"),
    ],
)
def test_a_row_that_cannot_be_kept_is_refused_and_nothing_is_written(contact, row):
    contact.job_title = "Buyer"
    with pytest.raises(ValidationError) as refused:
        save(contact, emails=[*contact.emails.all(), row])
    assert list(refused.value.message_dict) == ["emails"]
    assert Contact.objects.get(pk=contact.pk).job_title == ""
    assert len(stored(contact)) == 3


def test_what_a_script_puts_in_becomes_text(owner):
    contact = Contact(last_name="Salas")
    save(contact, phones=[ContactPhone(value=600555014)])
    assert contact.phones.get().normalized == "+34600555014"


def test_an_address_that_grows_when_folded_is_kept(owner):
    contact = Contact(last_name="Salas")
    save(contact, emails=[ContactEmail(value="ﷺ" * 120 + "@nubla.example")])
    assert len(contact.emails.get().normalized) <= 254


def test_rows_of_another_relation_are_a_mistake(owner, contact):
    with pytest.raises(TypeError, match="cross_references"):
        save_record(contact, actor=None, means=FORM, children={"cross_references": []})


def test_several_relations_are_written_together(owner):
    contact = Contact(last_name="Salas")
    save(
        contact,
        emails=[ContactEmail(value="a@nubla.example")],
        phones=[ContactPhone(value="976 123 456", extension="7")],
        addresses=[
            ContactAddress(city="Jaca", country="España"),
            ContactAddress(city="Huesca", is_primary=True),
        ],
    )
    assert [(row.city, row.country, row.is_primary) for row in contact.addresses.all()] == [
        ("Jaca", "ES", False),
        ("Huesca", "", True),
    ]
    change = last_change(contact)
    assert change.after["phones"] == [{"value": "976 123 456", "kind": "work", "extension": "7", "is_primary": True}]


def test_a_batch_writes_the_rows_of_each_record(owner):
    contacts = [Contact(last_name=f"R {n}") for n in range(30)]
    children = [{"emails": [ContactEmail(value=f"{n}-{m}@nubla.example") for m in range(n % 3)]} for n in range(30)]
    save_records(contacts, actor=owner, means=Means("import"), children=children)
    for position, contact in enumerate(contacts):
        assert [value for value, _ in stored(contact)] == [f"{position}-{m}@nubla.example" for m in range(position % 3)]

    again = [{"emails": list(contact.emails.all())[::-1]} for contact in contacts]
    save_records(contacts, actor=owner, means=Means("import"), children=again)
    assert [value for value, _ in stored(contacts[2])] == ["2-1@nubla.example", "2-0@nubla.example"]
    assert Contact.objects.filter(version=2).count() == 10


class TestReferencesOfRows:
    def test_a_stakeholder_in_the_trash_is_refused_and_an_old_one_may_stay(self, owner):
        opportunity = make.opportunity(owner)
        gone, present = make.contact(owner), make.contact(owner)
        rows = [Stakeholder(contact=gone)]
        save_record(opportunity, actor=owner, means=FORM, children={"stakeholders": rows})
        delete_record(Contact.objects.get(pk=gone.pk), actor=None, means=FORM)

        opportunity = Opportunity.objects.get(pk=opportunity.pk)
        kept = [*opportunity.stakeholders.all(), Stakeholder(contact=present)]
        save_record(opportunity, actor=owner, means=FORM, children={"stakeholders": kept})
        assert opportunity.stakeholders.count() == 2
        more = [*opportunity.stakeholders.all(), Stakeholder(contact_id=gone.pk)]
        with pytest.raises(ValidationError) as refused:
            save_record(opportunity, actor=owner, means=FORM, children={"stakeholders": more})
        assert refused.value.message_dict == {"stakeholders": ["It is in the trash."]}

    @pytest.mark.parametrize("key", [987_654, None, "abc", 10**30])
    def test_a_missing_member_is_refused(self, owner, key):
        opportunity = make.opportunity(owner)
        rows = [SalesTeamMember(user_id=key)]
        with pytest.raises(ValidationError) as refused:
            save_record(opportunity, actor=owner, means=FORM, children={"sales_team": rows})
        assert list(refused.value.message_dict) == ["sales_team"]

    def test_what_only_the_database_refuses_stands_at_the_rows(self, owner):
        territory = make.value(make.catalogs.Territory, "North")
        rows = [make.catalogs.TerritoryMember(user=owner) for _ in range(2)]
        with pytest.raises(ValidationError) as refused:
            save_record(territory, actor=owner, means=Means("setup"), children={"memberships": rows})
        assert list(refused.value.message_dict) == ["memberships"]
