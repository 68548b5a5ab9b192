"""What a name of a setup value in a cell means, and values that an import makes."""

import pytest

from core.records.means import Means
from core.records.models import Change
from imports.value_names import Kind, ValueNames
from setup_values.models import LeadStatus, Source, Stage
from tests import make

MEANS = Means("import", "1")

pytestmark = pytest.mark.django_db


def test_finds_an_active_value_without_case_accents_and_blanks(rep):
    fair = make.value(Source, "Feria Técnica")

    assert ValueNames(rep).find("source", Source, " feria  TECNICA ").value == fair


def test_a_name_in_no_catalog_is_unknown_and_says_where_it_was_looked_for(rep):
    meaning = ValueNames(rep).find("source", Source, "Feria 23")

    assert meaning.is_open
    assert meaning.reason == "“Feria 23” is not in Opportunity sources."


def test_a_retired_value_is_unknown(rep):
    make.value(Source, "Fax", is_active=False)

    assert ValueNames(rep).find("source", Source, "Fax").kind == Kind.UNKNOWN


@pytest.mark.parametrize(("answer", "kind"), [("@notes", Kind.NOTES), ("@empty", Kind.EMPTY)])
def test_the_answer_of_the_user_counts(rep, answer, kind):
    names = ValueNames(rep, {"source": {"feria 23": answer}})

    assert names.find("source", Source, "Feria 23").kind == kind
    assert names.find("campaign", Source, "Feria 23").kind == Kind.UNKNOWN


def test_a_name_can_be_mapped_to_an_active_value_of_the_same_catalog_alone(rep):
    fair, old = make.value(Source, "Fair"), make.value(Source, "Old", is_active=False)
    names = ValueNames(rep, {"source": {"feria 23": str(fair.pk), "feria 22": str(old.pk), "feria 21": "9" * 30}})

    assert names.find("source", Source, "Feria 23").value == fair
    assert names.find("source", Source, "Feria 22").kind == Kind.UNKNOWN
    assert names.find("source", Source, "Feria 21").kind == Kind.UNKNOWN


def test_only_who_may_write_setup_values_makes_new_ones_and_once_per_name(rep, admin):
    answers = {"source": {"feria 23": "@create"}}

    assert ValueNames(rep, answers).find("source", Source, "Feria 23").kind == Kind.UNKNOWN
    names = ValueNames(admin, answers)
    made = [names.find("source", Source, text).value for text in ("Feria 23", "FERIA 23")]
    assert names.make(made, actor=admin, means=MEANS) == {}
    assert names.make(made, actor=admin, means=MEANS) == {}

    assert Source.objects.get().name == "Feria 23"
    assert {value.pk for value in made} == {Source.objects.get().pk}
    assert Change.objects.get(record_type="source").operation == MEANS.operation


def test_a_value_that_somebody_else_made_meanwhile_is_taken(admin):
    names = ValueNames(admin, {"source": {"feria 23": "@create"}})
    made = names.find("source", Source, "Feria 23").value
    other = make.value(Source, "feria 23")

    assert names.make([made], actor=admin, means=MEANS) == {}
    assert made.pk == other.pk


def test_statuses_are_never_made(admin):
    names = ValueNames(admin, {"status": {"new": "@create"}})

    assert names.find("status", LeadStatus, "New").kind == Kind.UNKNOWN


def test_a_stage_is_looked_for_in_its_process_and_never_guessed_without(admin):
    first, second = make.process(), make.value(type(make.process()), "Service")
    enquiry = first.stages.get(name="Enquiry")
    make.value(Stage, "Enquiry", process=second, position=1)
    names = ValueNames(admin, {"stage": {"visit": "@create"}})

    assert names.find("stage", Stage, "Enquiry", process_id=first.pk).value == enquiry
    several = names.find("stage", Stage, "Enquiry")
    assert several.kind == Kind.SEVERAL
    assert several.reason == "“Enquiry” may mean several values: Project sales, Service."
    assert names.find("stage", Stage, "Visit").kind == Kind.UNKNOWN
    assert names.find("stage", Stage, "Visit", process_id=second.pk).kind == Kind.NEW
