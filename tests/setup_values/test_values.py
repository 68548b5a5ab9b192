"""[S3] [S5] Adding, ordering and defaults of values, and what the write door refuses whoever asks."""

import pytest
from django.core.exceptions import ValidationError

from core.records.door import check_records, save_record, save_records
from core.records.means import Means
from core.records.models import Change
from core.records.refusals import BatchRefused
from core.records.trash import restore
from setup_values import values
from setup_values.catalogs import CATALOGS, Catalog, catalog_of
from setup_values.choices import active_values, default_value, preselected
from setup_values.models import (
    InteractionTopic,
    LeadStatus,
    OpportunityStatus,
    Process,
    Source,
    Stage,
)
from tests import make
from tests.setup_values.adding import add, history, names

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator():
    return make.user("administrator")


def needed_fields(catalog: Catalog) -> dict:
    """What a value of any catalog needs beside its name."""
    if catalog.model is Stage:
        return {"process": make.value(Process, "Project sales")}
    return {"meaning": catalog.needed_meanings[0]} if catalog.needed_meanings else {}


# -- every catalog ------------------------------------------------------------------------------
@pytest.mark.parametrize("catalog", CATALOGS, ids=lambda catalog: catalog.slug)
def test_s3_a_value_of_every_catalog_is_added_renamed_coloured_and_retired_with_history(catalog, administrator):
    value = values.add_value(catalog, actor=administrator, fields={"name": " Trade   fair ", **needed_fields(catalog)})
    value = values.edit_value(value, actor=administrator, fields={"name": "Fair", "colour": "violet"})
    if not catalog.is_required:
        values.retire(value, actor=administrator)

    stored = catalog.model.objects.get(pk=value.pk)
    assert (stored.name, stored.colour, stored.is_active) == ("Fair", "violet", catalog.is_required)
    kinds = [kind for kind, _before, _after in history(value)]
    assert kinds == ["create", "update"] + ([] if catalog.is_required else ["update"])
    assert history(value)[1][1:] == (
        {"name": "Trade fair", "colour": "gray"},
        {"name": "Fair", "colour": "violet"},
    )
    assert set(Change.objects.values_list("means", flat=True)) >= {"setup"}


@pytest.mark.parametrize("catalog", CATALOGS, ids=lambda catalog: catalog.slug)
def test_s5_two_values_of_a_catalog_never_differ_by_case_accents_or_blanks_only(catalog):
    fields = needed_fields(catalog)
    values.add_value(catalog, actor=None, fields={"name": "Feria técnica", **fields})
    count = Change.objects.count()

    with pytest.raises(ValidationError, match="“Feria técnica” exists already") as refused:
        values.add_value(catalog, actor=None, fields={"name": " FERIA  Tecnica", **fields})

    assert set(refused.value.error_dict) == {"name"}
    assert catalog.model.all_objects.filter(folded_name="feria tecnica").count() == 1
    assert Change.objects.count() == count


def test_s5_the_database_holds_what_the_rule_says(monkeypatch):
    add(Source, "Trade fair")
    monkeypatch.setattr("setup_values.rules._refuse_taken_names", lambda catalog, savings: None)

    with pytest.raises(ValidationError, match="with this name already"):
        add(Source, "TRADE FAIR")


def test_s5_renaming_onto_another_value_is_refused_and_onto_itself_is_not():
    fair, form = add(Source, "Trade fair"), add(Source, "Web form")

    with pytest.raises(ValidationError, match="“Trade fair” exists already"):
        values.edit_value(form, actor=None, fields={"name": "trade fair"})
    values.edit_value(fair, actor=None, fields={"name": "TRADE FAIR"})

    assert names(Source.objects.all()) == ["TRADE FAIR", "Web form"]


def test_s5_a_retired_value_of_the_same_name_is_offered_instead():
    values.retire(add(Source, "Fax campaign"), actor=None)

    with pytest.raises(ValidationError, match="is retired: reactivate it instead"):
        add(Source, "fax campaign")


def test_s5_a_batch_and_its_dry_run_are_refused_by_row():
    rows = [Source(name="Fair"), Source(name="fair"), Source(name="Web")]
    dry = check_records(rows, actor=None, means=Means("import"))
    with pytest.raises(BatchRefused) as refused:
        save_records([Source(name="Fair"), Source(name="fair")], actor=None, means=Means("import"))

    assert [bool(saving.errors) for saving in dry] == [False, True, False]
    assert list(refused.value.errors) == [1]
    assert not Source.objects.exists()


def test_s5_a_name_may_return_after_deletion_and_in_another_process_or_kind():
    old = add(Source, "Fair")
    values.delete_value(old, actor=None)
    add(Source, "Fair")
    first, second = add(Process, "One"), add(Process, "Two")
    add(Stage, "Enquiry", process=first)
    add(Stage, "Enquiry", process=second)
    add(InteractionTopic, "Delivery", kind="call")
    add(InteractionTopic, "Delivery", kind="email")

    assert Stage.objects.count() == 2
    assert InteractionTopic.objects.count() == 2


@pytest.mark.parametrize("name", ["", "   "])
def test_refuses_a_value_without_a_name(name):
    with pytest.raises(ValidationError) as refused:
        add(Source, name)
    assert set(refused.value.error_dict) == {"name"}


# -- order --------------------------------------------------------------------------------------
def test_s3_new_values_come_last_and_an_order_is_kept(administrator):
    fair, form, call = add(Source, "Fair"), add(Source, "Form"), add(Source, "Call")
    catalog = catalog_of(Source)

    values.reorder(catalog, [call.pk, fair.pk, form.pk], actor=administrator)

    assert names(Source.objects.all()) == ["Call", "Fair", "Form"]
    assert history(call)[-1] == ("update", {"position": 2}, {"position": 0})
    add(Source, "Mail")
    assert names(Source.objects.all()) == ["Call", "Fair", "Form", "Mail"]


def test_s3_an_order_that_does_not_know_a_new_value_leaves_it_in_its_place():
    fair, form, call = add(Source, "Fair"), add(Source, "Form"), add(Source, "Call")
    values.delete_value(form, actor=None)
    add(Source, "Mail")

    values.reorder(catalog_of(Source), [call.pk, form.pk, fair.pk, 999_999], actor=None)

    assert names(Source.objects.all()) == ["Call", "Fair", "Mail"]
    values.reorder(catalog_of(Source), [Source.objects.get(name="Mail").pk, call.pk], actor=None)
    assert names(Source.objects.all()) == ["Mail", "Fair", "Call"]


def test_s3_stages_have_an_order_per_process():
    first, second = add(Process, "One"), add(Process, "Two")
    enquiry, quote = add(Stage, "Enquiry", process=first), add(Stage, "Quote", process=first)
    other = add(Stage, "Request", process=second)

    values.move(quote, -1, actor=None)
    values.move(other, 1, actor=None)

    assert names(Stage.objects.filter(process=first)) == ["Quote", "Enquiry"]
    assert Stage.objects.get(pk=other.pk).position == 0
    with pytest.raises(ValidationError, match="one list"):
        values.reorder(catalog_of(Stage), [enquiry.pk, other.pk], actor=None)


def test_s3_moving_beyond_the_ends_changes_nothing():
    fair, form = add(Source, "Fair"), add(Source, "Form")
    count = Change.objects.count()

    values.move(fair, -1, actor=None)
    values.move(form, 1, actor=None)

    assert names(Source.objects.all()) == ["Fair", "Form"]
    assert Change.objects.count() == count


# -- default ------------------------------------------------------------------------------------
def test_s3_one_default_per_catalog():
    fair, form = add(Source, "Fair", is_default=True), add(Source, "Form")

    values.set_default(form, actor=None)

    assert names(Source.objects.filter(is_default=True)) == ["Form"]
    assert history(fair)[-1][1:] == ({"is_default": True}, {"is_default": False})
    values.clear_default(form, actor=None)
    assert not Source.objects.filter(is_default=True).exists()


def test_s3_one_default_per_meaning_and_per_process():
    for name, meaning in (("New", "open"), ("Lost", "lost"), ("Waiting", "open"), ("Won", "won")):
        add(OpportunityStatus, name, meaning=meaning, is_default=True)
    first, second = add(Process, "One"), add(Process, "Two")
    add(Stage, "Enquiry", process=first, is_default=True)
    add(Stage, "Request", process=second, is_default=True)

    assert names(OpportunityStatus.objects.filter(is_default=True)) == ["Lost", "Waiting", "Won"]
    assert Stage.objects.filter(is_default=True).count() == 2


def test_s3_the_database_allows_no_second_default():
    add(Source, "Fair", is_default=True)
    second = add(Source, "Form")
    second.is_default = True

    with pytest.raises(ValidationError, match="default already"):
        save_record(second, actor=None, means=Means("setup"))


def test_s3_a_retired_value_is_no_default_and_cannot_become_one():
    fair = add(Source, "Fair", is_default=True)

    fair = values.retire(fair, actor=None)

    assert not fair.is_default
    with pytest.raises(ValidationError, match="retired"):
        values.set_default(fair, actor=None)
    assert not values.reactivate(fair, actor=None).is_default


def test_a_deleted_default_comes_back_as_an_ordinary_value():
    fair = add(Source, "Fair", is_default=True)
    unit = values.delete_value(fair, actor=None)
    add(Source, "Form", is_default=True)

    restore(unit, actor=None, means=Means("trash"))

    assert names(Source.objects.filter(is_default=True)) == ["Form"]


def test_forms_are_offered_active_values_and_the_one_a_record_has():
    fair, fax = add(Source, "Fair"), add(Source, "Fax", is_default=True)
    values.retire(fax, actor=None)

    assert names(active_values(Source)) == ["Fair"]
    assert names(active_values(Source, keep=fax)) == names(active_values(Source, keep=fax.pk)) == ["Fair", "Fax"]
    assert default_value(Source) == fair
    assert preselected(Source) is None
    assert default_value(Process) is None


def test_stages_of_a_retired_process_are_offered_only_where_they_are():
    process = make.process()
    stage = process.stages.first()
    values.retire(process, actor=None)

    assert not active_values(Stage).exists()
    assert list(active_values(Stage, keep=stage)) == [stage]
    assert default_value(Stage, process=process) is None


def test_use_cases_take_the_default_of_a_meaning():
    add(LeadStatus, "New", meaning="open")
    warm = add(LeadStatus, "Warm", meaning="open", is_default=True)
    closed = add(LeadStatus, "Closed", meaning="disqualified")

    assert default_value(LeadStatus, meaning="open") == warm
    assert default_value(LeadStatus, meaning="disqualified") == closed
    assert default_value(LeadStatus, meaning="qualified") is None
