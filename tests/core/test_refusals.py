"""What a rule or only the database refuses is told at its field and of its row; nothing is written."""

import datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from accounts.models import Account, AccountEmail
from contacts.models import Contact, ContactEmail, CrossReference
from core.records.door import check_records, save_record, save_records
from core.records.means import Means
from core.records.refusals import BatchRefused
from core.records.search_text import SearchText
from core.records.trash import delete_record, restore
from opportunities.models import Opportunity
from setup_values.models import ContactRole, Industry, Source, Stage, WonReason
from tests import make
from tests.core.refusing import FORM, refusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner():
    return make.user("manager")


class TestDatabaseRefusals:
    @pytest.fixture(autouse=True)
    def no_rules(self, settings):
        """What rules refuse or put right beforehand is their own tests' matter."""
        settings.RECORD_RULES = []

    def test_a_taken_number_until_its_account_is_in_the_trash(self, owner):
        account, other = make.account(owner, number="K-1"), make.account(owner)
        assert refusal(Account(name="Other", number="K-1")) == {"number": ["Another account has this number."]}
        other.number = "K-1"
        assert list(refusal(other)) == ["number"]
        unit = delete_record(account, actor=owner, means=FORM)
        other = Account.objects.get(pk=other.pk)
        other.number = "K-1"
        save_record(other, actor=owner, means=FORM)
        with pytest.raises(ValidationError, match="Another account has this number"):
            restore(unit, actor=owner, means=FORM)

    def test_a_taken_vcard_uid(self, owner):
        make.contact(owner, vcard_uid="urn:uuid:1")
        assert list(refusal(Contact(last_name="Salas", vcard_uid="urn:uuid:1"))) == ["vcard_uid"]

    def test_a_contact_behind_two_person_accounts_or_an_account_before_two_contacts(self, owner):
        account = make.account(owner, kind="person")
        make.contact(owner, person_account=account)
        assert list(refusal(Contact(last_name="Salas", person_account=account))) == ["person_account"]

    @pytest.mark.parametrize("end", ["account", "lead"])
    @pytest.mark.parametrize("with_role", [True, False])
    def test_the_same_cross_reference_twice(self, owner, end, with_role):
        contact, target = make.contact(owner), getattr(make, end)(owner)
        role = make.value(ContactRole, "Buyer") if with_role else None
        keys = {"contact": contact, end: target, "role": role}
        save_record(CrossReference(**keys), actor=owner, means=FORM)
        assert list(refusal(CrossReference(**keys))) == ["role" if with_role else "contact"]
        other_role = make.value(ContactRole, "Technician")
        save_record(CrossReference(**{**keys, "role": other_role}), actor=owner, means=FORM)

    def test_a_second_primary_contact(self, owner):
        account = make.account(owner)
        make.cross_reference(owner, make.contact(owner), account, is_primary=True)
        second = CrossReference(contact=make.contact(owner), account=account, is_primary=True)
        assert list(refusal(second)) == ["__all__"]

    @pytest.mark.parametrize(
        ("name", "change"),
        [
            ("won_reason", {"won_reason": (WonReason, "Price")}),
            ("closed_date", {"closed_date": datetime.date(2026, 3, 1)}),
            ("own_probability", {"own_probability": 101}),
            ("amount", {"amount": Decimal("-1")}),
            ("actual_amount", {"actual_amount": Decimal("-1")}),
        ],
    )
    def test_check_constraints_of_an_opportunity(self, owner, name, change):
        opportunity = make.opportunity(owner)
        for column, value in change.items():
            setattr(opportunity, column, make.value(*value) if isinstance(value, tuple) else value)
        assert list(refusal(opportunity)) == [name]

    def test_check_constraints_that_only_the_database_knows(self, owner):
        lead = make.lead(owner)
        lead.state = "qualified"
        assert list(refusal(lead)) == ["__all__"]
        task = make.task(owner, account=make.account(owner))
        task.account = None
        assert list(refusal(task)) == ["__all__"]
        account = make.account(owner)
        account.revenue = Decimal("-5")
        assert list(refusal(account)) == ["revenue"]

    def test_a_value_of_the_same_name(self, owner):
        make.value(Source, "Feria  Alimentaria")
        assert list(refusal(Source(name="FERIA ALIMENTARIA"))) == ["name"]


class TestReferences:
    def test_a_missing_row_is_refused_and_derives_nothing(self, owner):
        opportunity = make.opportunity(owner)
        record = Opportunity(
            topic="Valves", account_id=987_654, status_id=987_654, stage_id=987_654, contact_id=987_654
        )
        assert set(refusal(record)) >= {"account", "status", "stage", "contact"}
        opportunity.stage_id = 987_654
        assert list(refusal(opportunity)) == ["stage"]

    def test_a_row_in_the_trash_is_refused_and_an_old_reference_may_stay(self, owner):
        account = make.account(owner, parent=make.account(owner))
        other = make.account(owner)
        parent = Account.objects.get(pk=account.parent_id)
        delete_record(parent, actor=owner, means=FORM)

        account = Account.objects.get(pk=account.pk)
        account.notes = "still below it"
        save_record(account, actor=owner, means=FORM)
        for reference in ({"parent": parent}, {"parent_id": parent.pk}):
            for name, value in reference.items():
                setattr(other, name, value)
            assert refusal(other) == {"parent": ["It is in the trash."]}

    def test_a_retired_value_is_refused_and_an_old_reference_may_stay(self, owner):
        industry = make.value(Industry, "Wine")
        account = make.account(owner, industry=industry)
        industry.is_active = False
        save_record(industry, actor=owner, means=Means("setup"))

        account = Account.objects.get(pk=account.pk)
        account.notes = "kept"
        save_record(account, actor=owner, means=FORM)
        assert list(refusal(Account(name="Other", industry_id=industry.pk))) == ["industry"]

    def test_references_of_a_batch_are_asked_once_per_table(self, owner, django_assert_max_num_queries):
        industries = [make.value(Industry, f"Industry {n}") for n in range(5)]
        records = [Account(name=f"A {n}", industry_id=industries[n % 5].pk, owner_id=owner.pk) for n in range(60)]
        with django_assert_max_num_queries(3):
            savings = check_records(records, actor=owner, means=Means("import"))
        assert not any(saving.errors for saving in savings)

    def test_a_stage_of_another_process_is_refused(self, owner, settings):
        opportunity = make.opportunity(owner)
        settings.RECORD_RULES = []
        other = make.value(make.catalogs.Process, "Service")
        stage = Stage(name="Offer", process=other)
        save_record(stage, actor=owner, means=Means("setup"))
        opportunity.stage_id = stage.pk
        assert list(refusal(opportunity)) == ["stage"]


class TestCorrecting:
    def test_a_refused_new_record_is_corrected_and_saved(self, owner):
        make.account(owner, number="K-1")
        record = Account(name="Nubla", number="K-1")
        rows = [AccountEmail(value="hola@nubla.example", is_primary=True)]
        with pytest.raises(ValidationError):
            save_record(record, actor=owner, means=FORM, children={"emails": rows})
        assert (record.pk, record._state.adding, rows[0].pk) == (None, True, None)
        record.number = "K-2"
        save_record(record, actor=owner, means=FORM, children={"emails": rows})
        assert Account.objects.get(number="K-2").emails.get().value == "hola@nubla.example"

    def test_an_automatic_number_goes_back_with_a_refused_record(self, owner):
        record = Account(name="Nubla", revenue=Decimal("-1"))
        with pytest.raises(ValidationError):
            save_record(record, actor=owner, means=FORM)
        assert record.number == ""
        later = make.account(owner)
        record.revenue = None
        save_record(record, actor=owner, means=FORM)
        assert int(record.number[2:]) == int(later.number[2:]) + 1

    def test_a_refused_change_is_corrected_and_saved(self, owner):
        make.account(owner, number="K-1")
        record = make.account(owner, number="K-2")
        record.number, record.notes = "K-1", "kept while correcting"
        with pytest.raises(ValidationError):
            save_record(record, actor=owner, means=FORM)
        record.number = "K-3"
        save_record(record, actor=owner, means=FORM)
        stored = Account.objects.get(pk=record.pk)
        assert (stored.number, stored.notes, stored.version) == ("K-3", "kept while correcting", 2)

    def test_a_record_whose_use_case_failed_later_is_refused_by_a_rule_and_saved_again(self, owner, settings):
        settings.RECORD_RULES = ["tests.core.test_refusals.RefuseAfterwards"]
        record = make.account(owner)
        record.notes = "refuse me"
        with pytest.raises(ValidationError):
            save_record(record, actor=owner, means=FORM)
        record.notes = "fine"
        save_record(record, actor=owner, means=FORM)
        assert Account.objects.get(pk=record.pk).version == 2


class RefuseAfterwards:
    """A rule whose consequence cannot be written."""

    record_types = ("account",)

    def check(self, savings) -> None:
        """Nothing to say beforehand."""

    before_write = check

    def follow(self, savings) -> None:
        for saving in savings:
            if saving.record.notes == "refuse me":
                raise ValidationError({"notes": "The consequence cannot be written."})


class TestBatches:
    def test_names_exactly_the_refused_rows_and_writes_none(self, owner):
        make.account(owner, number="K-1")
        records = [Account(name=f"A {n}", number=f"N-{n}") for n in range(30)]
        records[3].name = ""
        records[7].revenue = "ten"
        with pytest.raises(BatchRefused) as refused:
            save_records(records, actor=owner, means=Means("import"))
        assert {index: list(error.message_dict) for index, error in refused.value.errors.items()} == {
            3: ["name"],
            7: ["revenue"],
        }
        assert Account.objects.count() == 1

    @pytest.mark.parametrize("size", [5, 40])
    def test_names_the_rows_that_only_the_database_refuses(self, owner, settings, size):
        settings.RECORD_RULES = []  # one of them looks at the numbers of other accounts beforehand
        make.account(owner, number="K-1")
        records = [Account(name=f"A {n}", number=f"N-{n}") for n in range(size)]
        records[1].number = "K-1"
        records[4].number = "N-2"
        with pytest.raises(BatchRefused) as refused:
            save_records(records, actor=owner, means=Means("import"))
        assert {index: list(error.message_dict) for index, error in refused.value.errors.items()} == {
            1: ["number"],
            4: ["number"],
        }
        assert Account.objects.count() == 1
        assert not SearchText.objects.filter(text__contains="n-2").exists()

        records[1].number, records[4].number = "", "N-4"
        save_records(records, actor=owner, means=Means("import"))
        assert Account.objects.count() == size + 1

    @pytest.mark.parametrize("size", [3, 40])
    def test_names_changed_rows_that_the_database_refuses(self, owner, size):
        records = [make.account(owner) for _ in range(size)]
        for position, record in enumerate(records):
            record.number = f"N-{position}"
        records[2].number = "N-0"
        with pytest.raises(BatchRefused) as refused:
            save_records(records, actor=owner, means=Means("bulk"))
        assert list(refused.value.errors) == [2]
        assert not Account.objects.filter(number__startswith="N-").exists()

    def test_names_the_row_whose_consequence_is_refused(self, owner, settings):
        records = [make.account(owner) for _ in range(4)]
        settings.RECORD_RULES = ["tests.core.test_refusals.RefuseAfterwards"]
        for record in records:
            record.notes = "fine"
        records[2].notes = "refuse me"
        with pytest.raises(BatchRefused) as refused:
            save_records(records, actor=owner, means=Means("bulk"))
        assert {index: list(error.message_dict) for index, error in refused.value.errors.items()} == {2: ["notes"]}
        assert not Account.objects.filter(notes="fine").exists()

    def test_a_row_by_row_import_of_the_rest_succeeds_after_a_refusal(self, owner):
        records = [Contact(last_name=f"R {n}") for n in range(25)]
        children = [{"emails": [ContactEmail(value=f"r{n}@nubla.example")]} for n in range(25)]
        children[9] = {"emails": [ContactEmail(value="\x00")]}
        with pytest.raises(BatchRefused) as refused:
            save_records(records, actor=owner, means=Means("import"), children=children)
        assert list(refused.value.errors) == [9]
        keep = [index for index in range(25) if index not in refused.value.errors]
        save_records(
            [records[index] for index in keep],
            actor=owner,
            means=Means("import"),
            children=[children[index] for index in keep],
        )
        assert ContactEmail.objects.count() == 24
