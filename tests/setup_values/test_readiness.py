"""[S1] The gate: leads and opportunities wait until the required catalogs have what they need."""

import pytest
from django.core.exceptions import ValidationError

from accounts.models import Account
from contacts.models import Contact
from core.records.door import check_records, save_record, save_records
from core.records.means import Means
from core.records.models import Change
from core.records.refusals import BatchRefused
from leads.models import Lead
from opportunities.models import Opportunity
from setup_values import readiness
from setup_values.catalogs import catalog_of
from setup_values.models import LeadStatus, OpportunityStatus
from setup_values.values import add_value, retire
from tests import make

pytestmark = pytest.mark.django_db
FORM = Means("form")


def a_lead(**fields) -> Lead:
    return Lead(last_name="Landa", status=LeadStatus.objects.first(), **fields)


def open_status() -> LeadStatus:
    return add_value(catalog_of(LeadStatus), actor=None, fields={"name": "New", "meaning": "open"})


def test_s1_a_new_installation_misses_every_meaning_of_both_catalogs():
    missing = readiness.missing_for("lead")

    assert [(one.catalog.slug, one.meanings) for one in missing] == [
        ("lead-statuses", ("open", "qualified", "disqualified")),
        ("opportunity-statuses", ("open", "won", "lost")),
    ]
    assert readiness.missing_for("opportunity") == missing


def test_s1_accounts_and_contacts_are_never_blocked():
    user = make.user()

    assert readiness.missing_for("account") == []
    assert readiness.missing_for("contact") == []
    make.account(user)
    make.contact(user)
    assert (Account.objects.count(), Contact.objects.count()) == (1, 1)


def test_s1_setup_values_can_be_entered_while_the_gate_is_closed():
    open_status()

    assert readiness.missing_for("lead")[0].meanings == ("qualified", "disqualified")


def test_s1_the_door_refuses_a_lead_by_name_of_the_catalogs_and_writes_nothing():
    open_status()
    changes = Change.objects.count()

    with pytest.raises(ValidationError) as refused:
        save_record(a_lead(), actor=make.user(), means=FORM)

    assert "Lead statuses" in str(refused.value)
    assert "Opportunity statuses" in str(refused.value)
    assert "“won”" in str(refused.value)
    assert Lead.all_objects.count() == 0
    assert Change.objects.count() == changes


def test_s1_the_door_refuses_a_batch_and_a_dry_run_too():
    open_status()
    leads = [a_lead(), a_lead()]

    with pytest.raises(BatchRefused) as refused:
        save_records(leads, actor=None, means=Means("import"))
    savings = check_records([a_lead()], actor=None, means=Means("import"))

    assert sorted(refused.value.errors) == [0, 1]
    assert "Lead statuses" in str(savings[0].error())


def test_s1_a_missing_opportunity_status_blocks_leads_and_opportunities_alike():
    make.statuses()
    owner = make.user()
    account = make.account(owner)
    lost = OpportunityStatus.objects.get(meaning="lost")
    OpportunityStatus.objects.filter(pk=lost.pk).update(is_active=False)  # as if no rule had held it

    for record in (
        a_lead(),
        Opportunity(topic="Valves", account=account, status=OpportunityStatus.objects.get(meaning="open")),
    ):
        with pytest.raises(ValidationError, match=r"Opportunity statuses.*“lost”"):
            save_record(record, actor=owner, means=FORM)


def test_s1_changing_an_existing_lead_stays_possible_while_the_gate_is_closed():
    owner = make.user()
    lead = make.lead(owner)
    OpportunityStatus.objects.update(is_active=False)  # as if no rule had held them

    lead.topic = "Ball valves"
    save_record(lead, actor=owner, means=FORM)

    assert Lead.objects.get().topic == "Ball valves"


def test_s1_the_gate_opens_with_the_last_needed_value():
    make.statuses()

    assert readiness.missing_for("lead") == []
    readiness.require_ready("lead")
    make.lead(make.user())


def test_s1_require_ready_raises_with_what_is_missing():
    with pytest.raises(readiness.NotReady) as refused:
        readiness.require_ready("opportunity")

    assert [one.catalog.slug for one in refused.value.missing] == ["lead-statuses", "opportunity-statuses"]
    readiness.require_ready("contact")


def test_s1_a_retired_value_does_not_count():
    make.statuses()
    second = add_value(catalog_of(LeadStatus), actor=None, fields={"name": "Fresh", "meaning": "open"})
    retire(second, actor=None)

    assert readiness.missing_for("lead") == []


def test_s1_the_answer_costs_one_query_and_the_notice_of_others_a_second(django_assert_num_queries):
    administrator, rep = make.user("administrator", name="Marta Ibarra"), make.user("rep")
    make.user("administrator", name="Left Long Ago", is_active=False)

    with django_assert_num_queries(1):
        readiness.missing_for("lead")
    with django_assert_num_queries(0):
        readiness.missing_for("contact")
    with django_assert_num_queries(1):
        notice = readiness.gate_notice(administrator, "lead")
    assert notice.may_set_up
    assert notice.whom_to_ask == ""
    with django_assert_num_queries(2):
        notice = readiness.gate_notice(rep, "lead")
    assert not notice.may_set_up
    assert notice.whom_to_ask == "Ask Marta Ibarra to add it."
    assert notice.count == 6


def test_s1_no_notice_when_all_is_ready(django_assert_num_queries):
    make.statuses()
    user = make.user()

    with django_assert_num_queries(1):
        assert readiness.gate_notice(user, "opportunity") is None
