"""[L2] A lead is closed with a reason and comes back as it was."""

import pytest
from django.core.exceptions import ValidationError

from core.records.models import Change
from leads.disqualification import LeadNotDisqualified, OpportunityLinked, disqualify_lead, reactivate_lead
from leads.models import Lead
from leads.qualification import LeadNotOpen
from setup_values.models import DisqualificationReason, LeadStatus
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def rep():
    make.firm()
    return make.user("rep")


def test_closes_with_reason_and_note(rep):
    lead = make.lead(rep)
    reason = make.value(DisqualificationReason, "No budget")
    disqualify_lead(lead=lead, actor=rep, reason=reason, note="Next year again")
    lead = Lead.objects.get(pk=lead.pk)
    assert (lead.state, lead.disqualification_reason, lead.closed_by) == ("disqualified", reason, rep)


def test_refuses_a_second_time(rep):
    lead = make.lead(rep)
    disqualify_lead(lead=lead, actor=rep)
    with pytest.raises(LeadNotOpen):
        disqualify_lead(lead=Lead.objects.get(pk=lead.pk), actor=rep)


def test_refuses_a_stale_copy_of_an_open_lead(rep):
    lead = make.lead(rep)
    stale = Lead.objects.get(pk=lead.pk)
    disqualify_lead(lead=lead, actor=rep)
    with pytest.raises(LeadNotOpen):
        disqualify_lead(lead=stale, actor=rep)


def test_refuses_while_an_opportunity_came_from_it(rep):
    lead = make.lead(rep)
    make.opportunity(rep, originating_lead=lead)
    changes = Change.objects.count()
    with pytest.raises(OpportunityLinked):
        disqualify_lead(lead=lead, actor=rep)
    assert Change.objects.count() == changes


def test_reactivating_restores_the_status_it_had(rep):
    make.statuses()
    contacted = make._save(LeadStatus(name="Contacted", meaning="open"), None)
    lead = make.lead(rep, status=contacted)
    disqualify_lead(lead=lead, actor=rep, reason=make.value(DisqualificationReason, "No budget"), note="x")
    reactivate_lead(lead=Lead.objects.get(pk=lead.pk), actor=rep)
    lead = Lead.objects.get(pk=lead.pk)
    assert (lead.state, lead.status, lead.disqualification_reason) == ("open", contacted, None)
    assert (lead.disqualification_note, lead.closed_at) == ("", None)


def test_only_a_disqualified_lead_is_reactivated(rep):
    with pytest.raises(LeadNotDisqualified):
        reactivate_lead(lead=make.lead(rep), actor=rep)


def test_the_form_cannot_close_a_lead_by_its_status(rep):
    lead = make.lead(rep)
    lead.status = LeadStatus.objects.get(meaning="disqualified")
    with pytest.raises(ValidationError) as refused:
        make._save(lead, rep)
    assert "status" in refused.value.message_dict
    assert Lead.objects.get(pk=lead.pk).state == "open"


def test_a_person_who_returns_sees_the_old_lead(rep, client):
    old = make.lead(rep, emails=["a.landa@valdecuriel.example"])
    disqualify_lead(lead=old, actor=rep)
    new = make.lead(rep, emails=["A.Landa@valdecuriel.example"])
    client.force_login(rep)
    page = client.get(new.get_absolute_url()).content.decode()
    assert f'href="{old.get_absolute_url()}"' in page


def test_a_note_written_while_another_closed_it_is_shown_back(rep, client):
    client.force_login(rep)
    lead = make.lead(rep)
    url = f"/leads/{lead.pk}/disqualify/"
    gone = {"reason": make.value(DisqualificationReason, "No budget").pk, "note": "Next year perhaps"}
    assert client.post(url, gone).status_code == 302
    assert client.post(url, gone).status_code == 302, "the same form once more"

    other = client.post(url, {**gone, "note": "Bought elsewhere"})
    assert other.status_code == 409
    assert "Bought elsewhere" in other.content.decode()
