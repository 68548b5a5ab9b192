"""[S1] [S4] Retiring and deleting values, and the meanings that have to stay, whoever asks."""

import pytest
from django.core.exceptions import ValidationError

from core.records.door import save_record, save_records
from core.records.means import Means
from core.records.models import Change, TrashUnit
from core.records.refusals import BatchRefused, RecordChanged
from core.records.trash import NotAllToDelete, delete_record, restore
from opportunities.models import Stakeholder
from setup_values import values
from setup_values.catalogs import catalog_of
from setup_values.models import (
    ContactRole,
    LeadStatus,
    OpportunityStatus,
    Process,
    Source,
    Stage,
    Territory,
    TerritoryMember,
    TerritoryRule,
)
from tests import make
from tests.setup_values.adding import add, history, names

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator():
    return make.user("administrator")


# -- retiring and meanings ----------------------------------------------------------------------
def test_s4_a_retired_value_stays_on_old_records_and_is_refused_to_new_ones(administrator):
    owner = make.user()
    fax = add(Source, "Fax campaign")
    lead = make.lead(owner, source=fax)

    values.retire(fax, actor=administrator)

    lead.topic = "Ball valves"
    save_record(lead, actor=owner, means=Means("form"))
    with pytest.raises(ValidationError, match="“Fax campaign” is retired"):
        make.lead(owner, source=Source.objects.get())
    values.reactivate(fax, actor=administrator)
    make.lead(owner, source=Source.objects.get())


@pytest.mark.parametrize("model", [LeadStatus, OpportunityStatus])
def test_s1_the_last_active_value_of_a_needed_meaning_stays(model, administrator):
    make.statuses()
    value = model.objects.get(meaning="open")
    count = Change.objects.count()

    with pytest.raises(ValidationError, match="last active value that means “open”"):
        values.retire(value, actor=administrator)
    with pytest.raises(ValidationError, match="last active value that means “open”"):
        values.delete_value(value, actor=administrator)
    with pytest.raises(ValidationError, match="last active value that means “open”"):
        delete_record(value, actor=administrator, means=Means("admin"))
    with pytest.raises(ValidationError, match="last active value that means “open”") as refused:
        values.edit_value(value, actor=administrator, fields={"meaning": model.NEEDED_MEANINGS[1]})

    assert set(refused.value.error_dict) == {"meaning"}
    assert model.objects.get(meaning="open").is_active
    assert Change.objects.count() == count
    assert not TrashUnit.objects.exists()


def test_s1_a_batch_cannot_retire_both_of_the_last_two():
    make.statuses()
    add(LeadStatus, "Fresh", meaning="open")
    rows = list(LeadStatus.objects.filter(meaning="open"))
    for row in rows:
        row.is_active = False

    with pytest.raises(BatchRefused) as refused:
        save_records(rows, actor=None, means=Means("import"))
    save_record(LeadStatus.objects.get(name="Fresh"), actor=None, means=Means("import"))

    assert sorted(refused.value.errors) == [0, 1]
    assert LeadStatus.objects.filter(meaning="open", is_active=True).count() == 2


def test_s1_a_second_value_of_a_meaning_may_go_or_change():
    make.statuses()
    for name in ("Fresh", "Warm", "Cold"):
        add(LeadStatus, name, meaning="open")

    values.retire(LeadStatus.objects.get(name="Fresh"), actor=None)
    values.delete_value(LeadStatus.objects.get(name="Warm"), actor=None)
    values.edit_value(LeadStatus.objects.get(name="Cold"), actor=None, fields={"meaning": "qualified"})

    assert names(LeadStatus.objects.filter(meaning="open", is_active=True)) == ["Open"]


def test_the_meaning_of_a_used_value_stays_also_when_only_the_trash_uses_it(administrator):
    owner = make.user()
    make.statuses()
    warm = add(LeadStatus, "Warm", meaning="open", is_default=True)
    lead = make.lead(owner, status=warm)
    delete_record(lead, actor=administrator, means=Means("form"))

    with pytest.raises(ValidationError, match="its meaning stays") as refused:
        values.edit_value(warm, actor=administrator, fields={"meaning": "qualified"})

    assert set(refused.value.error_dict) == {"meaning"}
    assert LeadStatus.objects.get(pk=warm.pk).meaning == "open"


def test_a_default_that_changes_its_meaning_is_no_default_there():
    make.statuses()
    warm = add(LeadStatus, "Warm", meaning="open", is_default=True)

    values.edit_value(warm, actor=None, fields={"meaning": "qualified"})

    assert names(LeadStatus.objects.filter(meaning="qualified", is_default=True)) == ["Qualified"]


def test_a_stage_in_use_stays_in_its_process():
    owner = make.user()
    stage = make.opportunity(owner).stage
    other = add(Process, "Spare parts")

    with pytest.raises(ValidationError, match="stays in its process"):
        values.edit_value(stage, actor=None, fields={"process": other})
    assert Stage.objects.get(pk=stage.pk).process_id != other.pk


# -- deleting -----------------------------------------------------------------------------------
def test_s4_an_unused_value_goes_into_the_trash_and_comes_back(administrator):
    fair = add(Source, "Fair")

    unit = values.delete_value(fair, actor=administrator)

    assert names(Source.objects.all()) == []
    assert names(Source.all_objects.all()) == ["Fair"]
    assert [kind for kind, _before, _after in history(fair)] == ["create", "delete"]
    restore(unit, actor=administrator, means=Means("trash"))
    assert names(Source.objects.all()) == ["Fair"]


@pytest.mark.parametrize(
    "delete",
    [values.delete_value, lambda value, actor: delete_record(value, actor=actor, means=Means("admin"))],
    ids=["use case", "door"],
)
def test_s4_a_used_value_is_not_deleted_also_when_only_the_trash_uses_it(delete, administrator):
    owner = make.user()
    fair = add(Source, "Fair")
    lead = make.lead(owner, source=fair)
    make.contact(owner, source=fair)
    delete_record(lead, actor=administrator, means=Means("form"))

    with pytest.raises(ValidationError, match="2 records use this value"):
        delete(fair, actor=administrator)

    assert Source.objects.get() == fair
    assert TrashUnit.objects.count() == 1


def test_a_role_that_only_a_stakeholder_has_is_in_use(administrator):
    owner = make.user()
    role = add(ContactRole, "Decides")
    opportunity = make.opportunity(owner)
    rows = [Stakeholder(contact=make.contact(owner), role=role)]
    save_record(opportunity, actor=owner, means=Means("form"), children={"stakeholders": rows})

    with pytest.raises(ValidationError, match="1 record uses this value"):
        values.delete_value(role, actor=administrator)


def test_s4_refuses_whoever_is_no_administrator_and_writes_nothing():
    fair = add(Source, "Fair")

    with pytest.raises(NotAllToDelete):
        values.delete_value(fair, actor=make.user("manager"))

    assert names(Source.objects.all()) == ["Fair"]


def test_a_process_takes_its_stages_along_and_brings_them_back():
    process = make.process()

    unit = values.delete_value(process, actor=None)

    assert not Stage.objects.exists()
    assert unit.counts == {"process": 1, "stage": 3}
    restore(unit, actor=None, means=Means("trash"))
    assert names(Stage.objects.filter(process=process)) == ["Enquiry", "Quotation", "Negotiation"]


def test_a_process_stays_while_an_opportunity_stands_in_it(administrator):
    make.opportunity(make.user())

    with pytest.raises(ValidationError, match="1 record uses this value"):
        values.delete_value(Process.objects.get(), actor=administrator)
    assert Stage.objects.count() == 3


def test_refuses_a_value_that_is_gone():
    fair = add(Source, "Fair")
    values.delete_value(Source.objects.get(), actor=None)

    for refused in (values.delete_value, values.retire, values.set_default):
        with pytest.raises(RecordChanged):
            refused(fair, actor=None)


# -- rows of a territory ------------------------------------------------------------------------
def test_members_and_postcodes_of_a_territory_are_kept_in_its_history(administrator):
    rep = make.user()
    north = values.add_value(
        catalog_of(Territory),
        actor=administrator,
        fields={"name": "North"},
        children={
            "memberships": [TerritoryMember(user=rep)],
            "rules": [TerritoryRule(country="ES", postcode_from="48 000", postcode_to="48999")],
        },
    )

    assert rep.territory_ids() == [north.pk]
    assert history(north)[0][2]["memberships"] == [{"user_id": rep.pk}]
    assert history(north)[0][2]["rules"] == [{"country": "ES", "postcode_from": "48000", "postcode_to": "48999"}]
    values.edit_value(north, actor=administrator, fields={}, children={"memberships": []})
    assert make.User.objects.get(pk=rep.pk).territory_ids() == []
    assert north.rules.count() == 1
