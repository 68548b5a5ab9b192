"""Cross-references: added once, one primary contact in step with the account, ended, reopened, removed."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import Account
from contacts.cross_referencing import (
    ReferenceEnded,
    add,
    change,
    clear_primary,
    end,
    is_cross_referenced,
    make_primary,
    not_cross_referenced,
    remove,
    reopen,
)
from contacts.models import Contact, CrossReference
from contacts.person_accounts import person_account_for
from core.records.door import save_record
from core.records.means import Means
from core.records.models import Change
from core.records.refusals import RecordChanged
from core.records.trash import restore
from setup_values.models import ContactRole
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(rep) -> Account:
    make.firm()
    return make.account(rep, "Bodegas Valdecuriel, S.L.")


@pytest.fixture
def people(rep, account) -> list[Contact]:
    return [make.contact(rep, "Aitor", "Landa Goñi"), make.contact(rep, "Maite", "Oyarzun")]


def fresh(reference: CrossReference) -> CrossReference:
    """The row as it stands in the database."""
    return CrossReference.objects.get(pk=reference.pk)


def test_adds_several_at_once_in_a_role_with_a_history_that_says_who(rep, account, people):
    role = make.value(ContactRole, "Decides")
    began = timezone.localdate()

    added = add(contacts=people, holders=[account], role=role, from_date=began, actor=rep)

    assert [(row.contact, row.account, row.role, row.from_date) for row in added.made] == [
        (person, account, role, began) for person in people
    ]
    changes = Change.objects.filter(record_type="crossreference", kind=Change.Kind.CREATE)
    assert [change.actor for change in changes] == [rep, rep]


def test_adding_again_changes_nothing_and_says_what_was_there(rep, account, people):
    add(contacts=people, holders=[account], actor=rep)
    before = Change.objects.count()

    again = add(contacts=people, holders=[account], actor=rep)

    assert (again.made, [contact for contact, _holder in again.known]) == ([], people)
    assert CrossReference.objects.count() == 2
    assert Change.objects.count() == before


def test_the_same_contact_may_have_two_roles_but_not_one_twice(rep, account, people):
    decides, buys = make.value(ContactRole, "Decides"), make.value(ContactRole, "Buys")
    first = add(contacts=people[:1], holders=[account], role=decides, actor=rep).made[0]
    second = add(contacts=people[:1], holders=[account], role=buys, actor=rep).made[0]

    with pytest.raises(ValidationError) as refused:
        change(reference=second, actor=rep, role=decides)

    assert "role" in refused.value.error_dict
    assert fresh(second).role == buys
    assert first.pk != second.pk


def test_a_lead_has_contacts_in_the_same_way(rep, people):
    lead = make.lead(rep)

    added = add(contacts=people, holders=[lead], actor=rep)

    assert {row.lead for row in added.made} == {lead}
    assert not is_cross_referenced(people[0]), "a lead is no account"


def test_making_another_one_primary_moves_the_star_and_the_accounts_own_column(rep, account, people):
    first, second = add(contacts=people, holders=[account], actor=rep).made
    make_primary(reference=first, actor=rep)
    make_primary(reference=fresh(second), actor=rep)

    assert list(CrossReference.objects.filter(is_primary=True)) == [second]
    account.refresh_from_db()
    assert account.primary_contact == people[1]
    told = Change.objects.filter(record_type="account", kind=Change.Kind.UPDATE).order_by("id")
    assert [change.after["primary_contact_id"] for change in told] == [people[0].pk, people[1].pk]


def test_making_the_primary_one_primary_again_changes_nothing(rep, account, people):
    row = add(contacts=people[:1], holders=[account], actor=rep).made[0]
    make_primary(reference=row, actor=rep)
    before = Change.objects.count()

    make_primary(reference=fresh(row), actor=rep)

    assert Change.objects.count() == before


def test_the_second_of_two_who_choose_a_primary_contact_at_once_is_told(rep, account, people):
    row = add(contacts=people[:1], holders=[account], actor=rep).made[0]
    stale = fresh(row)
    change(reference=row, actor=rep, from_date=timezone.localdate())

    with pytest.raises(RecordChanged):
        make_primary(reference=stale, actor=rep)

    assert not fresh(row).is_primary


def test_choosing_the_primary_contact_on_the_account_makes_its_row_primary(rep, account, people):
    first, second = add(contacts=people, holders=[account], actor=rep).made
    make_primary(reference=first, actor=rep)
    account = Account.objects.get(pk=account.pk)
    account.primary_contact = people[1]
    save_record(account, actor=rep, means=Means("form"))

    assert [row.pk for row in CrossReference.objects.filter(is_primary=True)] == [second.pk]

    account.primary_contact = None
    save_record(account, actor=rep, means=Means("form"))

    assert not CrossReference.objects.filter(is_primary=True).exists()


def test_a_primary_contact_who_is_not_cross_referenced_yet_is_by_that(rep, account, people):
    account.primary_contact = people[0]
    save_record(account, actor=rep, means=Means("form"))

    row = CrossReference.objects.get(account=account, contact=people[0])
    assert row.is_primary


def test_clearing_the_primary_one_clears_the_accounts_column(rep, account, people):
    row = add(contacts=people[:1], holders=[account], actor=rep).made[0]
    make_primary(reference=row, actor=rep)
    clear_primary(reference=row, actor=rep)

    account.refresh_from_db()
    assert account.primary_contact is None


def test_ending_takes_today_and_the_star_and_a_second_time_changes_nothing(rep, account, people):
    row = add(contacts=people[:1], holders=[account], actor=rep).made[0]
    make_primary(reference=row, actor=rep)
    end(reference=row, actor=rep)
    before = Change.objects.count()
    end(reference=fresh(row), actor=rep)

    assert (fresh(row).to_date, fresh(row).is_primary) == (timezone.localdate(), False)
    account.refresh_from_db()
    assert account.primary_contact is None
    assert Change.objects.count() == before


def test_a_row_that_ends_by_its_date_is_no_longer_primary(rep, account, people):
    row = add(contacts=people[:1], holders=[account], actor=rep).made[0]
    make_primary(reference=row, actor=rep)

    change(reference=row, actor=rep, to_date=timezone.localdate())

    assert not fresh(row).is_primary
    account.refresh_from_db()
    assert account.primary_contact is None


def test_what_begins_later_ends_on_its_first_day(rep, account, people):
    soon = timezone.localdate() + datetime.timedelta(days=5)
    row = add(contacts=people[:1], holders=[account], from_date=soon, actor=rep).made[0]

    end(reference=row, actor=rep)

    assert fresh(row).to_date == soon


def test_an_ended_one_cannot_be_made_primary_until_it_is_reopened(rep, account, people):
    row = add(contacts=people[:1], holders=[account], actor=rep).made[0]
    end(reference=row, actor=rep)

    with pytest.raises(ReferenceEnded):
        make_primary(reference=row, actor=rep)

    reopen(reference=row, actor=rep)
    make_primary(reference=row, actor=rep)
    assert (fresh(row).to_date, fresh(row).is_primary) == (None, True)


def test_adding_somebody_who_has_ended_reopens_the_row(rep, account, people):
    row = add(contacts=people[:1], holders=[account], actor=rep).made[0]
    end(reference=row, actor=rep)

    added = add(contacts=people[:1], holders=[account], actor=rep)

    assert added.made == [row]
    assert fresh(row).to_date is None
    assert CrossReference.objects.count() == 1


def test_the_end_does_not_lie_before_the_beginning(rep, account, people):
    today = timezone.localdate()
    row = add(contacts=people[:1], holders=[account], from_date=today, actor=rep).made[0]

    with pytest.raises(ValidationError) as refused:
        change(reference=row, actor=rep, to_date=today - datetime.timedelta(days=1))

    assert "to_date" in refused.value.error_dict
    assert fresh(row).to_date is None


def test_removing_frees_the_place_and_restoring_brings_the_row_back(rep, account, people):
    row = add(contacts=people[:1], holders=[account], actor=rep).made[0]
    make_primary(reference=row, actor=rep)

    unit = remove(reference=row, actor=rep)

    account.refresh_from_db()
    assert account.primary_contact is None
    assert not CrossReference.objects.exists()
    with pytest.raises(RecordChanged):
        remove(reference=CrossReference.all_objects.get(pk=row.pk), actor=rep)

    restore(unit, actor=rep, means=Means("trash"))
    assert list(CrossReference.objects.all()) == [row]


def test_a_restore_that_is_refused_names_no_links_of_others_in_the_same_role(rep, account, people):
    role = make.value(ContactRole, "Buyer")
    stranger = make.user("rep", team=make.team("South"))
    hidden = make.contact(stranger, "Nadie", "Oculto")
    make.cross_reference(stranger, hidden, make.account(stranger, "Secreta, S.A."), role=role)
    row = add(contacts=people[:1], holders=[account], role=role, actor=rep).made[0]
    unit = remove(reference=row, actor=rep)
    add(contacts=people[:1], holders=[account], role=role, actor=rep)

    with pytest.raises(ValidationError) as refused:
        restore(unit, actor=rep, means=Means("trash"))

    assert refused.value.message_dict == {"role": ["This contact is cross-referenced there in this role already."]}


def test_nobody_is_cross_referenced_to_a_person_account(rep, people):
    make.firm()
    person = person_account_for(contact=people[0], actor=rep)

    with pytest.raises(ValidationError):
        add(contacts=[people[1]], holders=[person], actor=rep)

    assert not CrossReference.objects.exists()


def test_not_cross_referenced_yet_means_no_account_has_ever_known_the_contact(rep, account, people):
    alone, tied, left, person = *people, make.contact(rep, "Sergio", "Calvo"), make.contact(rep, "Inma", "Robles")
    add(contacts=[tied, left], holders=[account], actor=rep)
    end(reference=CrossReference.objects.get(contact=left), actor=rep)
    person_account_for(contact=person, actor=rep)
    person.refresh_from_db()

    assert list(Contact.objects.filter(not_cross_referenced())) == [alone]
    assert [is_cross_referenced(one) for one in (alone, tied, left, person)] == [False, True, True, True]


def test_the_contacts_of_an_account_are_those_who_are_there_now_and_can_be_seen(rep, stranger, account, people):
    first, _second = add(contacts=people, holders=[account], actor=rep).made
    yesterday = timezone.localdate() - datetime.timedelta(days=1)
    change(reference=first, actor=rep, to_date=yesterday)
    everybody = Contact.objects.all()

    assert list(Contact.of_account(everybody, account.pk, rep)) == [people[1]]
    assert list(Contact.of_account(everybody, account.pk, stranger)) == []
