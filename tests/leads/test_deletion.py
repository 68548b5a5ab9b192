"""What goes with a deleted lead, and that a lead outlives what it became."""

import pytest
from django.db.models import Model

from contacts.models import CrossReference
from core.records.door import save_record
from core.records.means import Means
from core.records.trash import delete_record, plan_deletion
from leads.models import Lead
from tests import make

pytestmark = pytest.mark.django_db

FORM = Means("form")


@pytest.fixture
def owner():
    return make.user("manager")


def qualified(owner) -> tuple[Lead, dict[str, Model]]:
    """A qualified lead and what it became."""
    account = make.account(owner)
    became = {
        "account": account,
        "contact": make.contact(owner, account=account),
        "opportunity": make.opportunity(owner, account),
    }
    lead = make.lead(owner)
    Lead.objects.filter(pk=lead.pk).update(
        state="qualified", **{f"qualified_{name}": record for name, record in became.items()}
    )
    return Lead.objects.get(pk=lead.pk), became


def test_a_lead_takes_its_cross_references_and_leaves_the_contacts(owner):
    lead = make.lead(owner)
    save_record(CrossReference(contact=make.contact(owner), lead=lead), actor=None, means=FORM)
    plan = plan_deletion(lead)
    assert plan.counts() == {"lead": 1, "crossreference": 1}
    assert plan.counts_staying() == {"contact": 1}


def test_what_a_lead_became_stays(owner):
    lead, _became = qualified(owner)
    plan = plan_deletion(lead)
    assert plan.counts() == {"lead": 1}
    assert plan.counts_staying() == {"account": 1, "contact": 1, "opportunity": 1}


@pytest.mark.parametrize("part", ["account", "contact", "opportunity"])
def test_a_lead_stays_when_what_it_became_is_deleted(owner, part):
    lead, became = qualified(owner)
    plan = plan_deletion(became[part])
    assert plan.counts_staying()["lead"] == 1
    assert "lead" not in plan.counts()
    delete_record(became[part], actor=None, means=FORM)
    assert getattr(Lead.objects.get(pk=lead.pk), f"qualified_{part}_id") == became[part].pk


def test_a_lead_with_an_existing_account_stays(owner):
    account = make.account(owner)
    make.lead(owner, existing_account=account)
    assert plan_deletion(account).counts_staying() == {"lead": 1}
