"""Which contacts, cross-references and person accounts go with a deleted account or contact, and which stay."""

import pytest

from accounts.models import Account
from contacts.models import Contact, CrossReference
from core.records.door import save_record
from core.records.means import Means
from core.records.models import TrashUnit
from core.records.trash import delete_record, plan_deletion, restore
from tests import make

pytestmark = pytest.mark.django_db

FORM = Means("form")


@pytest.fixture
def owner():
    return make.user("manager")


@pytest.fixture
def account(owner):
    return make.account(owner)


def delete(record) -> TrashUnit:
    return delete_record(record, actor=None, means=FORM)


def link_to_lead(contact, lead) -> CrossReference:
    return save_record(CrossReference(contact=contact, lead=lead), actor=None, means=FORM)


def person_account(owner, **fields) -> tuple[Account, Contact]:
    """A person account with the contact behind it."""
    account = make.account(owner, "Pilar Salas", kind="person", **fields)
    return account, Contact.objects.get(person_account=account)


def test_a_contact_that_belongs_only_to_the_account_goes(owner, account):
    make.contact(owner, account=account)
    assert delete(account).counts == {"account": 1, "contact": 1, "crossreference": 1}


def test_a_contact_with_two_roles_at_one_account_goes_once(owner, account):
    contact = make.contact(owner, account=account)
    role = make.value(make.catalogs.ContactRole, "Buyer")
    make.cross_reference(owner, contact, account, role=role)
    assert delete(account).counts == {"account": 1, "contact": 1, "crossreference": 2}


def test_a_contact_shared_with_another_account_stays_there(owner, account):
    contact, other = make.contact(owner, account=account), make.account(owner)
    make.cross_reference(owner, contact, other)
    plan = plan_deletion(account)
    assert plan.counts() == {"account": 1, "crossreference": 1}
    assert plan.counts_staying() == {"contact": 1}
    delete(account)
    assert CrossReference.objects.get(contact=contact).account == other


def test_a_contact_shared_with_a_deleted_account_goes(owner, account):
    contact, other = make.contact(owner, account=account), make.account(owner)
    make.cross_reference(owner, contact, other)
    delete(other)
    assert delete(account).counts == {"account": 1, "contact": 1, "crossreference": 1}


def test_a_contact_known_at_a_lead_stays(owner, account):
    contact = make.contact(owner, account=account)
    link_to_lead(contact, make.lead(owner))
    assert plan_deletion(account).counts() == {"account": 1, "crossreference": 1}
    assert plan_deletion(account).counts_staying() == {"contact": 1}


def test_a_contact_without_account_is_left_alone(owner, account):
    make.contact(owner)
    assert plan_deletion(account).counts() == {"account": 1}
    assert plan_deletion(account).counts_staying() == {}


def test_child_accounts_stay_and_keep_their_contacts(owner, account):
    make.contact(owner, account=make.account(owner, parent=account))
    plan = plan_deletion(account)
    assert (plan.counts(), plan.counts_staying()) == ({"account": 1}, {"account": 1})


@pytest.mark.parametrize("from_contact", [True, False])
def test_a_person_account_and_its_contact_are_one(owner, from_contact):
    account, contact = person_account(owner)
    make.opportunity(owner, account)
    unit = delete(contact if from_contact else account)
    assert unit.counts == {"account": 1, "contact": 1, "opportunity": 1}
    restore(unit, actor=None, means=FORM)
    assert Contact.objects.get(pk=contact.pk).person_account == account


def test_a_person_account_survives_the_employer(owner, account):
    _person, contact = person_account(owner)
    make.cross_reference(owner, contact, account)
    assert plan_deletion(account).counts() == {"account": 1, "crossreference": 1}
    assert plan_deletion(account).counts_staying() == {"contact": 1}


def test_a_deleted_contact_takes_its_cross_references_and_leaves_its_accounts(owner, account):
    contact = make.contact(owner, account=account)
    make.cross_reference(owner, contact, make.account(owner), is_primary=True)
    link_to_lead(contact, make.lead(owner))
    plan = plan_deletion(contact)
    assert plan.counts() == {"contact": 1, "crossreference": 3}
    assert plan.counts_staying() == {"account": 1, "lead": 1}


def test_a_deleted_contact_leaves_opportunities_and_other_leads(owner, account):
    contact = make.contact(owner, account=account)
    make.opportunity(owner, account, contact=contact)
    make.lead(owner, existing_contact=contact)
    plan = plan_deletion(contact)
    assert plan.counts() == {"contact": 1, "crossreference": 1}
    assert plan.counts_staying() == {"opportunity": 1, "lead": 1}
