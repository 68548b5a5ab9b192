"""[S4] Deleting a value in use: all records move in one transaction, with history, those in the trash too."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts.models import CrossReference
from core.records.door import save_record
from core.records.means import Means
from core.records.models import Change, TrashUnit
from core.records.refusals import RecordChanged
from core.records.saving import Saving
from core.records.trash import NotAllToDelete, delete_record, restore
from leads.models import Lead
from opportunities.models import Opportunity, Stakeholder
from setup_values import values
from setup_values.catalogs import catalog_of
from setup_values.models import ContactRole, InteractionTopic, LeadStatus, Process, Source, Stage, Territory
from setup_values.replacing import (
    ReplacementRefused,
    may_be_left_empty,
    replace_and_delete,
    replacements_for,
)
from setup_values.rules import CatalogRule
from setup_values.usage import relations, usage_of, usage_of_value
from tests import make
from tests.threads import together

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator():
    return make.user("administrator")


def everything() -> tuple:
    """A fingerprint of what a refusal must leave alone."""
    return (
        Change.objects.count(),
        TrashUnit.objects.count(),
        list(Lead.all_objects.order_by("pk").values_list("pk", "source_id", "status_id", "version")),
        list(Source.all_objects.order_by("pk").values_list("pk", "deleted_at", "version")),
    )


def last_change(record) -> Change:
    return Change.objects.filter(record_type=record.record_type(), record_id=record.pk).latest("id")


def test_s4_all_records_move_with_history_under_one_operation(administrator):
    owner = make.user()
    fair, web = make.value(Source, "Fair Zaragoza 2023"), make.value(Source, "Web form")
    lead, other = make.lead(owner, source=fair), make.lead(owner, source=web)
    opportunity = make.opportunity(owner, source=fair)
    contact = make.contact(owner, source=fair)
    trashed = make.lead(owner, source=fair)
    delete_record(trashed, actor=administrator, means=Means("form"))

    result = replace_and_delete(fair, replacement=web, actor=administrator)

    assert result.moved == {"lead": 2, "opportunity": 1, "contact": 1}
    for record in (lead, other, opportunity, contact, trashed):
        assert type(record).all_objects.get(pk=record.pk).source_id == web.pk
    changes = [last_change(record) for record in (lead, opportunity, contact, trashed)]
    assert {(change.before["source_id"], change.after["source_id"]) for change in changes} == {(fair.pk, web.pk)}
    assert {change.actor_id for change in changes} == {administrator.pk}
    assert {change.operation for change in changes} == {last_change(fair).operation}
    assert last_change(other).kind == "create"
    assert last_change(fair).kind == "delete"
    assert Source.all_objects.get(pk=fair.pk).is_trashed


def test_s4_records_keep_owner_creation_and_everything_else(administrator):
    owner = make.user()
    fair, web = make.value(Source, "Fair"), make.value(Source, "Web form")
    lead = make.lead(owner, source=fair)
    columns = [c.attname for c in Lead._meta.concrete_fields]
    before = Lead.objects.values(*columns).get(pk=lead.pk)

    replace_and_delete(fair, replacement=web, actor=administrator)

    after = Lead.objects.values(*columns).get(pk=lead.pk)
    differing = {name for name in columns if before[name] != after[name]}
    assert differing == {"source_id", "version", "changed_at", "changed_by_id"}


def test_s4_an_optional_catalog_can_be_left_empty(administrator):
    lead = make.lead(make.user(), source=make.value(Source, "Fair"))

    assert may_be_left_empty(lead.source)
    replace_and_delete(lead.source, replacement=None, actor=administrator)

    assert Lead.objects.get(pk=lead.pk).source is None
    assert last_change(lead).after == {"source_id": None}


def test_s4_a_required_catalog_cannot_be_left_empty(administrator):
    warm = make.value(LeadStatus, "Warm", meaning="open")
    make.lead(make.user(), status=warm)
    before = everything()

    assert not may_be_left_empty(warm)
    with pytest.raises(ReplacementRefused, match="required"):
        replace_and_delete(warm, replacement=None, actor=administrator)
    assert everything() == before


def test_s4_a_status_is_replaced_only_by_one_of_the_same_meaning(administrator):
    owner = make.user()
    make.statuses()
    warm = make.value(LeadStatus, "Warm", meaning="open")
    lead = make.lead(owner, status=warm)
    before = everything()

    assert [str(one) for one in replacements_for(warm)] == ["Open"]
    with pytest.raises(ReplacementRefused, match="cannot take its place"):
        replace_and_delete(warm, replacement=LeadStatus.objects.get(meaning="qualified"), actor=administrator)
    assert everything() == before

    replace_and_delete(warm, replacement=LeadStatus.objects.get(name="Open"), actor=administrator)
    assert Lead.objects.get(pk=lead.pk).status.name == "Open"


@pytest.mark.parametrize("spoil", ["retire", "delete_value"])
def test_s4_a_retired_or_deleted_value_takes_no_place(spoil, administrator):
    fair, web = make.value(Source, "Fair"), make.value(Source, "Web form")
    make.lead(make.user(), source=fair)
    getattr(values, spoil)(web, actor=administrator)
    before = everything()

    with pytest.raises(ReplacementRefused):
        replace_and_delete(fair, replacement=web, actor=administrator)
    with pytest.raises(ReplacementRefused):
        replace_and_delete(fair, replacement=fair, actor=administrator)
    assert everything() == before


def test_s4_one_record_that_refuses_leaves_all_as_they_were(administrator, monkeypatch):
    owner = make.user()
    fair, web = make.value(Source, "Fair"), make.value(Source, "Web form")
    lead, contact = make.lead(owner, source=fair), make.contact(owner, source=fair)
    before = everything()
    check = CatalogRule.check

    def refuse_contacts(self, savings: list[Saving]) -> None:
        for saving in savings:
            saving.refuse("source", "This contact is locked.")

    monkeypatch.setattr(CatalogRule, "record_types", ("contact",))
    monkeypatch.setattr(CatalogRule, "check", refuse_contacts)
    with pytest.raises(ReplacementRefused, match=r"1 records refuse.*This contact is locked"):
        replace_and_delete(fair, replacement=web, actor=administrator)
    monkeypatch.setattr(CatalogRule, "check", check)

    assert everything() == before
    assert {type(one).objects.get(pk=one.pk).source for one in (lead, contact)} == {fair}


def test_s4_who_is_no_administrator_is_refused_and_nothing_moves():
    fair, web = make.value(Source, "Fair"), make.value(Source, "Web form")
    make.lead(make.user(), source=fair)
    before = everything()

    with pytest.raises(NotAllToDelete):
        replace_and_delete(fair, replacement=web, actor=make.user("manager"))
    assert everything() == before


def test_s4_the_second_of_two_replacements_finds_the_value_gone(administrator):
    fair, web = make.value(Source, "Fair"), make.value(Source, "Web form")
    make.lead(make.user(), source=fair)
    replace_and_delete(Source.objects.get(pk=fair.pk), replacement=web, actor=administrator)
    before = everything()

    with pytest.raises(RecordChanged):
        replace_and_delete(fair, replacement=web, actor=administrator)
    assert everything() == before


def test_s4_a_role_on_stakeholders_is_replaced_in_the_history_of_their_opportunity(administrator):
    owner = make.user()
    decides, buys = make.value(ContactRole, "Decides"), make.value(ContactRole, "Buys")
    opportunity = make.opportunity(owner)
    contacts = [make.contact(owner), make.contact(owner)]
    rows = [Stakeholder(contact=contacts[0], role=decides), Stakeholder(contact=contacts[1], role=buys)]
    save_record(opportunity, actor=owner, means=Means("form"), children={"stakeholders": rows})

    assert usage_of_value(decides).live == {Opportunity: 1}
    replace_and_delete(decides, replacement=buys, actor=administrator)

    assert list(opportunity.stakeholders.values_list("contact_id", "role__name")) == [
        (contacts[0].pk, "Buys"),
        (contacts[1].pk, "Buys"),
    ]
    change = last_change(opportunity)
    assert change.before["stakeholders"][0]["role_id"] == decides.pk
    assert change.after["stakeholders"][0]["role_id"] == buys.pk


@pytest.mark.parametrize("primary", ["Decides", "Buys"])
def test_s4_a_double_cross_reference_goes_into_the_trash_and_the_primary_one_stays(primary, administrator):
    owner = make.user()
    decides, buys = make.value(ContactRole, "Decides"), make.value(ContactRole, "Buys")
    account, contact = make.account(owner), make.contact(owner)
    for role in (decides, buys):
        make.cross_reference(owner, contact, account, role=role, is_primary=role.name == primary)
    alone = make.cross_reference(owner, make.contact(owner), account, role=decides)

    result = replace_and_delete(decides, replacement=buys, actor=administrator)

    assert result.doubles == 1
    assert CrossReference.objects.get(contact=contact).is_primary
    assert CrossReference.objects.get(contact=contact).role == buys
    assert CrossReference.objects.get(pk=alone.pk).role == buys
    assert CrossReference.all_objects.count() == 3


def test_s4_leaving_a_role_empty_meets_the_same_contact_without_role(administrator):
    owner = make.user()
    decides = make.value(ContactRole, "Decides")
    account, contact = make.account(owner), make.contact(owner)
    make.cross_reference(owner, contact, account, role=decides)
    make.cross_reference(owner, contact, account)

    result = replace_and_delete(decides, replacement=None, actor=administrator)

    assert result.doubles == 1
    assert CrossReference.objects.get().role is None


def test_s4_a_stage_is_replaced_by_one_of_its_process_first_and_of_another_with_it(administrator):
    owner = make.user()
    opportunity = make.opportunity(owner)
    service = make.value(Process, "Service")
    request = make.value(Stage, "Request", process=service, probability=40)
    enquiry = Stage.objects.get(name="Enquiry")

    offered = [str(one) for one in replacements_for(enquiry)]
    replace_and_delete(enquiry, replacement=request, actor=administrator)

    assert offered == ["Quotation", "Negotiation", "Request"]
    stored = Opportunity.objects.get(pk=opportunity.pk)
    assert (stored.stage, stored.process, stored.probability) == (request, service, 40)


def test_s4_replacing_a_process_moves_each_stage_to_its_namesake_or_the_nearest(administrator):
    owner = make.user()
    stages = {stage.name: stage for stage in make.process().stages.all()}
    named, near = (make.opportunity(owner, stage=stages[name]) for name in ("Quotation", "Negotiation"))
    without = make.opportunity(owner)
    Opportunity.objects.filter(pk=without.pk).update(stage=None)  # as one that came in closed
    service = make.value(Process, "Service")
    for name, probability in (("QUOTATION", 5), ("Request", 20), ("Announced", 90)):
        make.value(Stage, name, process=service, probability=probability)

    result = replace_and_delete(make.process(), replacement=service, actor=administrator)

    stored = {one.pk: Opportunity.objects.get(pk=one.pk) for one in (named, near, without)}
    assert {one.process for one in stored.values()} == {service}
    assert [str(stored[one.pk].stage) for one in (named, near, without)] == ["QUOTATION", "Announced", "None"]
    assert result.unit.counts == {"process": 1, "stage": 3}


def test_s4_a_process_can_be_left_empty_with_its_stage(administrator):
    opportunity = make.opportunity(make.user())

    replace_and_delete(make.process(), replacement=None, actor=administrator)

    stored = Opportunity.objects.get(pk=opportunity.pk)
    assert (stored.process, stored.stage) == (None, None)


def test_s4_never_points_a_record_at_nothing_after_restore(administrator):
    owner = make.user()
    fair, web = make.value(Source, "Fair"), make.value(Source, "Web form")
    lead = make.lead(owner, source=fair)
    lead_unit = delete_record(lead, actor=administrator, means=Means("form"))
    replace_and_delete(fair, replacement=web, actor=administrator)

    restore(lead_unit, actor=administrator, means=Means("trash"))

    assert Lead.objects.get(pk=lead.pk).source == web


def test_s4_a_batch_reads_the_same_whatever_the_number_of_its_records(administrator):
    owner = make.user()
    web = make.value(Source, "Web form")

    def queries(number: int) -> int:
        fair = make.value(Source, "Fair")
        for _number in range(number):
            make.opportunity(owner, source=fair)
        with CaptureQueriesContext(connection) as found:
            replace_and_delete(fair, replacement=web, actor=administrator)
        return sum("SELECT" in query["sql"] for query in found.captured_queries)

    assert queries(2) == queries(9)


def test_usage_is_found_through_every_relation_of_records():
    found = {
        model: {(one.model.__name__, one.field, one.child) for one in relations(model)}
        for model in (Source, ContactRole, Process, Stage, Territory, InteractionTopic)
    }

    assert found[Source] == {("Lead", "source", ""), ("Opportunity", "source", ""), ("Contact", "source", "")}
    assert found[ContactRole] == {("CrossReference", "role", ""), ("Opportunity", "role", "stakeholders")}
    assert found[Process] == {("Opportunity", "process", "")}
    assert found[Stage] == {("Opportunity", "stage", "")}
    assert found[Territory] == {("Account", "territory", ""), ("Lead", "territory", "")}
    assert found[InteractionTopic] == {("Interaction", "topic", "")}


def test_s3_usage_counts_live_records_trash_and_this_year(administrator, django_assert_num_queries):
    owner = make.user()
    fair, web = make.value(Source, "Fair"), make.value(Source, "Web form")
    make.lead(owner, source=fair)
    make.contact(owner, source=fair)
    old = make.lead(owner, source=fair)
    Lead.objects.filter(pk=old.pk).update(created_at="2019-05-01T10:00:00Z")
    delete_record(make.lead(owner, source=fair), actor=administrator, means=Means("form"))

    with django_assert_num_queries(3):
        usage = usage_of(Source)

    assert (usage[fair.pk].live_total, usage[fair.pk].in_trash, usage[fair.pk].this_year) == (3, 1, 2)
    assert usage[fair.pk].total == 4
    assert web.pk not in usage
    assert usage_of_value(web).total == 0


@pytest.mark.django_db(transaction=True)
def test_s4_two_replacements_at_once_leave_every_record_at_a_live_value():
    administrator, owner = make.user("administrator"), make.user()
    first, second = make.value(Source, "Fair"), make.value(Source, "Web form")
    third = make.value(Source, "Call")
    for source in (first, second, third):
        make.lead(owner, source=source)

    def replace(old: Source, new: Source):
        return lambda: replace_and_delete(old, replacement=new, actor=administrator)

    attempts = [replace(first, second), replace(second, first), replace(first, third)]
    outcomes = together(len(attempts), lambda position: attempts[position]())

    assert any(not isinstance(outcome, Exception) for outcome in outcomes)
    assert set(Lead.objects.values_list("source__deleted_at", flat=True)) == {None}
    assert Lead.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_s1_two_people_cannot_each_retire_one_of_the_last_two():
    administrator = make.user("administrator")
    make.statuses()
    values.add_value(catalog_of(LeadStatus), actor=administrator, fields={"name": "Fresh", "meaning": "open"})
    pair = list(LeadStatus.objects.filter(meaning="open"))

    outcomes = together(2, lambda position: values.retire(pair[position], actor=administrator))

    assert sum(isinstance(outcome, Exception) for outcome in outcomes) == 1
    assert LeadStatus.objects.filter(meaning="open", is_active=True).count() == 1
