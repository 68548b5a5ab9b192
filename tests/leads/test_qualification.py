"""[L1] A lead becomes a prospect, a contact and an opportunity in one step that loses nothing."""

import pytest
from django.core.exceptions import ValidationError

from accounts.models import Account
from activities.models import Interaction
from contacts.models import Contact, CrossReference
from core.records.models import Change
from leads.models import Lead
from leads.qualification import (
    LeadNotOpen,
    MayNotCreate,
    NothingToMake,
    NotVisible,
    OpportunityNeedsAccount,
    Part,
    qualify_lead,
)
from opportunities.models import Opportunity
from tests import make
from tests.threads import together
from users.models import Role

pytestmark = pytest.mark.django_db

NEW = Part(fields={})


@pytest.fixture
def rep():
    make.firm()
    return make.user("rep")


@pytest.fixture
def lead(rep):
    return make.lead(
        rep,
        "Aitor",
        "Landa",
        company="Bodegas Valdecuriel, S.L.",
        where_met="Expofluid",
        campaign="Expofluid 2026",
        language="es",
        do_not_phone=True,
        phones=["+34 600 555 014"],
        emails=["a.landa@valdecuriel.example"],
    )


def all_three(lead, actor, **more):
    parts = {
        "contact": Part(fields={"first_name": "Aitor", "last_name": "Landa"}),
        "account": Part(fields={"name": "Bodegas Valdecuriel, S.L."}),
        "opportunity": Part(fields={"topic": "Tank valves"}),
    }
    return qualify_lead(lead=lead, actor=actor, **{**parts, **more})


def test_makes_a_prospect_a_contact_and_an_opportunity(rep, lead):
    outcome = all_three(lead, rep)
    lead = Lead.objects.get(pk=lead.pk)
    assert lead.state == "qualified"
    assert (lead.qualified_account, lead.qualified_contact) == (outcome.account, outcome.contact)
    assert outcome.account.lifecycle == "prospect"
    assert outcome.opportunity.originating_lead == lead
    assert outcome.opportunity.contact == outcome.contact
    assert outcome.opportunity.account == outcome.account


def test_the_person_takes_channels_source_and_wishes_along(rep, lead):
    person = all_three(lead, rep).contact
    assert [row.value for row in person.emails.all()] == ["a.landa@valdecuriel.example"]
    assert [row.value for row in person.phones.all()] == ["+34 600 555 014"]
    assert (person.where_met, person.campaign, person.language) == ("Expofluid", "Expofluid 2026", "es")
    assert person.do_not_phone
    assert not person.do_not_email


def test_the_contact_is_cross_referenced_as_the_primary_one(rep, lead):
    outcome = all_three(lead, rep)
    reference = CrossReference.objects.get(contact=outcome.contact, account=outcome.account)
    assert reference.is_primary


def test_contacts_known_at_the_lead_are_cross_referenced_to_the_prospect(rep, lead):
    known = make.contact(rep, "Maite", "Oyarzun")
    make._save(CrossReference(contact=known, lead=lead), rep)
    outcome = all_three(lead, rep)
    assert CrossReference.objects.filter(contact=known, account=outcome.account).exists()
    assert CrossReference.objects.filter(contact=known, lead=lead).exists()


def test_activities_show_on_the_new_records_and_still_on_the_lead(rep, lead):
    author = make.user("rep")
    call = make.interaction(author, days=3, lead=lead)
    task = make.task(author, lead=lead)
    outcome = all_three(lead, rep)
    before = call.happened_at
    call.refresh_from_db()
    task.refresh_from_db()
    for entry in (call, task):
        assert (entry.lead, entry.account, entry.contact, entry.opportunity) == (
            lead,
            outcome.account,
            outcome.contact,
            outcome.opportunity,
        )
    assert (call.owner, call.happened_at) == (author, before)


def test_an_existing_contact_keeps_its_own_data_and_gets_what_it_lacks(rep, lead):
    person = make.contact(rep, "Aitor", "Landa", emails=["aitor@otra.example"], where_met="Achema", do_not_email=True)
    outcome = all_three(lead, rep, contact=Part(existing=person))
    person = Contact.objects.get(pk=outcome.contact.pk)
    assert person.where_met == "Achema"
    assert person.do_not_email
    assert person.do_not_phone
    assert [row.value for row in person.emails.all()] == ["aitor@otra.example", "a.landa@valdecuriel.example"]


def test_an_existing_account_is_used_and_stays_what_it_is(rep, lead):
    account = make.customer(rep, "Bodegas Valdecuriel")
    outcome = all_three(lead, rep, account=Part(existing=account))
    assert outcome.account == account
    assert Account.objects.get(pk=account.pk).lifecycle == "customer"
    assert Account.objects.count() == 1


def test_two_steps_lead_to_a_prospect_first(rep, lead):
    outcome = all_three(lead, rep, opportunity=Part())
    assert outcome.opportunity is None
    assert Opportunity.objects.count() == 0


def test_refuses_a_second_time_and_writes_nothing(rep, lead):
    all_three(lead, rep)
    changes = Change.objects.count()
    with pytest.raises(LeadNotOpen):
        all_three(Lead.objects.get(pk=lead.pk), rep)
    assert Change.objects.count() == changes


def test_refuses_to_skip_everything(rep, lead):
    with pytest.raises(NothingToMake):
        qualify_lead(lead=lead, actor=rep)
    assert Lead.objects.get(pk=lead.pk).state == "open"


def test_refuses_an_opportunity_without_an_account(rep, lead):
    with pytest.raises(OpportunityNeedsAccount):
        qualify_lead(lead=lead, actor=rep, opportunity=NEW)


def test_refuses_what_the_user_may_not_see(rep, lead):
    stranger = make.user("rep", team=make.team("South"))
    hidden = make.account(stranger)
    with pytest.raises(NotVisible):
        all_three(lead, rep, account=Part(existing=hidden))
    assert Lead.objects.get(pk=lead.pk).state == "open"
    assert Contact.objects.count() == 0


def test_a_part_that_is_refused_leaves_nothing_behind(rep, lead):
    with pytest.raises(ValidationError):
        all_three(lead, rep, opportunity=Part(fields={"topic": "x" * 300}))
    assert Contact.objects.count() == Account.objects.count() == 0
    assert Lead.objects.get(pk=lead.pk).state == "open"


def test_a_qualified_lead_is_read_only_but_for_owner_and_activities(rep, lead):
    all_three(lead, rep)
    lead = Lead.objects.get(pk=lead.pk)
    lead.topic = "Something else"
    with pytest.raises(ValidationError):
        make._save(lead, rep)
    lead = Lead.objects.get(pk=lead.pk)
    lead.owner = make.user("rep")
    make._save(lead, rep)
    make.interaction(rep, lead=lead)


def test_history_says_by_qualification(rep, lead):
    all_three(lead, rep)
    change = Change.objects.filter(record_type="lead", record_id=lead.pk).latest("id")
    assert (change.means, change.actor, change.before["state"], change.after["state"]) == (
        "qualification",
        rep,
        "open",
        "qualified",
    )


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_make_one_prospect():
    make.firm()
    rep = make.user("rep")
    pk = make.lead(rep).pk

    def qualify(_position):
        return all_three(Lead.objects.get(pk=pk), rep)

    results = together(20, qualify)
    won = [result for result in results if not isinstance(result, Exception)]
    assert len(won) == 1, results
    assert all(isinstance(result, LeadNotOpen) for result in results if isinstance(result, Exception)), results
    assert Account.objects.count() == Contact.objects.count() == Opportunity.objects.count() == 1
    assert Interaction.objects.count() == 0


@pytest.fixture
def scout(rep):
    """Edits leads and sees everything else, but creates nothing."""
    seen = {"view": "all"}
    rights = {"lead": {"view": "all", "edit": "all"}, "contact": seen, "account": seen, "opportunity": seen}
    user = make.user("rep")
    user.role = Role.objects.create(name="Scout", rights=rights)
    user.save()
    return user


@pytest.mark.parametrize("part", ["contact", "account", "opportunity"])
def test_nobody_makes_by_qualifying_what_they_may_not_create(scout, rep, lead, part):
    account = make.account(rep)
    with pytest.raises(MayNotCreate):
        qualify_lead(lead=lead, actor=scout, **{"account": Part(existing=account), part: NEW})

    lead.refresh_from_db()
    assert lead.state == Lead.State.OPEN


def test_the_page_offers_only_what_the_user_may_make(scout, lead, client):
    client.force_login(scout)
    page = client.get(f"/leads/{lead.pk}/qualify/")
    assert [[key for key, _label in column["modes"]] for column in page.context["form"].columns()] == [
        ["existing", "skip"]
    ] * 3

    made = {"contact_choice": "create", "last_name": "Landa", "account_choice": "skip", "opportunity_choice": "skip"}
    assert client.post(f"/leads/{lead.pk}/qualify/", made).status_code == 422
    assert not Contact.objects.exists()
