"""A deletion puts away a unit, a restoration brings exactly that unit back; rights and counts are exact."""

import pytest
from django.core.exceptions import ValidationError
from django.db.models import ProtectedError

from accounts.models import Account
from activities.models import Interaction
from contacts.models import Contact, CrossReference
from core.records.door import save_record, save_records
from core.records.means import Means
from core.records.models import Change, TrashUnit
from core.records.refusals import RecordChanged
from core.records.rules import RecordRule
from core.records.search_text import SearchText, matching
from core.records.trash import (
    AlreadyRestored,
    NotAllToDelete,
    delete_record,
    plan_deletion,
    purge,
    restore,
)
from setup_values.models import Source
from tests import make

pytestmark = pytest.mark.django_db

FORM = Means("form")


@pytest.fixture
def owner():
    return make.user("manager")


def story(owner) -> tuple[Account, dict[str, int]]:
    """An account with something of everything, and what its unit counts."""
    account = make.account(owner, "Bodegas Nubla")
    contact = make.contact(owner, account=account, phones=["600 55 50 14"])
    opportunity = make.opportunity(owner, account)
    make.task(owner, account=account, opportunity=opportunity)
    make.task(owner, contact=contact)
    make.interaction(owner, account=account)
    counts = {
        "account": 1,
        "contact": 1,
        "crossreference": 1,
        "opportunity": 1,
        "task": 2,
        "interaction": 1,
    }
    return account, counts


def live(*models) -> dict[str, int]:
    return {model.record_type(): model.objects.count() for model in models}


def test_the_plan_counts_what_goes_and_changes_nothing(owner):
    account, counts = story(owner)
    make.account(owner, parent=account)
    plan = plan_deletion(account)
    assert plan.counts() == counts
    assert plan.counts_staying() == {"account": 1}
    assert not TrashUnit.objects.exists()


def test_a_unit_goes_and_comes_back_as_a_whole(owner):
    account, counts = story(owner)
    before = {model: list(model.objects.values("pk", "owner_id")) for model in (Account, Contact)}
    means = Means("form")
    unit = delete_record(account, actor=owner, means=means)
    assert (unit.counts, unit.title, unit.deleted_by) == (counts, "Bodegas Nubla", owner)
    assert account.is_trashed
    assert live(Account, Contact, CrossReference) == {"account": 0, "contact": 0, "crossreference": 0}
    changes = Change.objects.filter(kind="delete")
    assert changes.count() == sum(counts.values())
    assert set(changes.values_list("operation", "actor", "record_version")) == {(means.operation, owner.pk, 2)}

    assert restore(unit, actor=owner, means=Means("trash")) == counts
    assert {model: list(model.objects.values("pk", "owner_id")) for model in (Account, Contact)} == before
    restored = Account.objects.get(pk=account.pk)
    assert (restored.version, restored.trash_unit, restored.changed_by) == (3, None, owner)
    assert set(Change.objects.filter(kind="restore").values_list("record_version", flat=True)) == {3}
    assert Contact.objects.get().phones.get().normalized == "+34600555014"


def test_what_is_in_the_trash_is_not_found_and_what_comes_back_is(owner):
    account, _counts = story(owner)
    unit = delete_record(account, actor=owner, means=FORM)
    assert not matching(Account.objects.visible_to(owner), "nubla").exists()
    assert not matching(Contact.objects.visible_to(owner), "600555014").exists()
    restore(unit, actor=owner, means=FORM)
    assert matching(Account.objects.visible_to(owner), "nubla").exists()
    assert matching(Contact.objects.visible_to(owner), "600555014").exists()


def test_a_second_deletion_and_a_second_restoration_are_told(owner):
    account, _counts = story(owner)
    stale = Account.objects.get(pk=account.pk)
    unit = delete_record(account, actor=owner, means=FORM)
    for actor in (owner, None):
        with pytest.raises(RecordChanged):
            delete_record(stale, actor=actor, means=FORM)
    restore(unit, actor=owner, means=FORM)
    with pytest.raises(AlreadyRestored):
        restore(unit, actor=owner, means=FORM)
    assert TrashUnit.objects.count() == 1


def test_a_deletion_can_follow_a_restoration(owner):
    account, counts = story(owner)
    restore(delete_record(account, actor=owner, means=FORM), actor=owner, means=FORM)
    second = delete_record(Account.objects.get(pk=account.pk), actor=owner, means=FORM)
    assert second.counts == counts
    assert restore(second, actor=owner, means=FORM) == counts


def test_what_went_before_does_not_come_back_with_what_went_after(owner):
    account, _counts = story(owner)
    contact = Contact.objects.get()
    first = delete_record(contact, actor=owner, means=FORM)
    assert first.counts == {"contact": 1, "crossreference": 1, "task": 1}
    second = delete_record(account, actor=owner, means=FORM)
    assert second.counts == {"account": 1, "opportunity": 1, "task": 1, "interaction": 1}

    restore(second, actor=owner, means=FORM)
    assert live(Account, Contact, CrossReference) == {"account": 1, "contact": 0, "crossreference": 0}
    restore(first, actor=owner, means=FORM)
    assert live(Account, Contact, CrossReference) == {"account": 1, "contact": 1, "crossreference": 1}


def test_parts_of_others_refuse_the_whole_without_telling_which(owner):
    rep = make.user("rep")
    account = make.account(rep)
    make.interaction(make.user("rep"), account=account)
    with pytest.raises(NotAllToDelete) as refused:
        delete_record(account, actor=rep, means=FORM)
    assert str(refused.value) == ""
    assert Account.objects.filter(pk=account.pk).exists()
    assert not TrashUnit.objects.exists()
    delete_record(account, actor=owner, means=FORM)
    assert not Account.objects.filter(pk=account.pk).exists()


def test_who_may_not_delete_is_refused(owner):
    account = make.account(owner)
    for role in ("rep", "read-only"):
        with pytest.raises(NotAllToDelete):
            delete_record(account, actor=make.user(role), means=FORM)


class Keep(RecordRule):
    """A rule that wants interactions to stay."""

    record_types = ("interaction",)

    def check_deletion(self, record_type, ids):
        raise ValidationError("Interactions are kept.")


def test_a_rule_can_refuse_a_part(owner, settings):
    account, _counts = story(owner)
    settings.RECORD_RULES = [*settings.RECORD_RULES, "tests.core.test_trash.Keep"]
    with pytest.raises(ValidationError, match="Interactions are kept"):
        delete_record(account, actor=None, means=FORM)
    assert not TrashUnit.objects.exists()
    assert not account.is_trashed


class TestRestoreConflicts:
    def test_a_taken_name_restores_nothing_and_says_why(self, owner):
        source = make.value(Source, "Trade fair")
        unit = delete_record(source, actor=None, means=FORM)
        make.value(Source, "trade FAIR")
        with pytest.raises(ValidationError) as refused:
            restore(unit, actor=owner, means=FORM)
        assert list(refused.value.message_dict) == ["name"]
        unit.refresh_from_db()
        assert unit.restored_at is None
        assert not Change.objects.filter(kind="restore").exists()

    def test_a_taken_cross_reference_restores_nothing_of_the_unit(self, owner):
        account = make.account(owner)
        contact = make.contact(owner)
        link = make.cross_reference(owner, contact, account)
        unit = delete_record(contact, actor=owner, means=FORM)
        Contact.all_objects.filter(pk=contact.pk).update(deleted_at=None)
        make.cross_reference(owner, Contact.objects.get(pk=contact.pk), account)
        Contact.all_objects.filter(pk=contact.pk).update(deleted_at=unit.deleted_at)
        with pytest.raises(ValidationError):
            restore(unit, actor=owner, means=FORM)
        assert Contact.all_objects.get(pk=contact.pk).is_trashed
        assert CrossReference.all_objects.get(pk=link.pk).is_trashed


class TestPurging:
    def test_removes_rows_with_history_children_and_search_text(self, owner):
        contact = make.contact(owner, phones=["600 55 50 14"])
        delete_record(contact, actor=owner, means=FORM)
        assert purge(Contact, [contact.pk]) == 1
        assert not Contact.all_objects.filter(pk=contact.pk).exists()
        assert not Change.objects.filter(record_type="contact", record_id=contact.pk).exists()
        assert not SearchText.objects.filter(record_type="contact", record_id=contact.pk).exists()

    def test_keeps_what_others_still_point_at(self, owner):
        account = make.account(owner)
        make.account(owner, parent=account)
        delete_record(account, actor=owner, means=FORM)
        with pytest.raises(ProtectedError):
            purge(Account, [account.pk])
        assert Account.all_objects.filter(pk=account.pk).exists()
        assert Change.objects.filter(record_type="account", record_id=account.pk).exists()


def test_a_large_unit_takes_a_bounded_number_of_statements(owner, django_assert_max_num_queries):
    account = make.account(owner)
    rows = [Interaction(account=account, owner=owner, subject=f"Call {n}") for n in range(1200)]
    save_records(rows, actor=owner, means=Means("import"))
    with django_assert_max_num_queries(110):
        unit = delete_record(account, actor=owner, means=FORM)
    assert unit.counts == {"account": 1, "interaction": 1200}
    with django_assert_max_num_queries(80):
        restore(unit, actor=owner, means=FORM)
    assert Interaction.objects.count() == 1200


def test_saving_after_a_deletion_of_the_same_instance_works(owner):
    account = make.account(owner)
    unit = delete_record(account, actor=owner, means=FORM)
    restore(unit, actor=owner, means=FORM)
    account.notes = "stale"
    with pytest.raises(RecordChanged):
        save_record(account, actor=owner, means=FORM)
    account.refresh_from_db()
    account.notes = "fresh"
    save_record(account, actor=owner, means=FORM)
    assert Account.objects.get(pk=account.pk).notes == "fresh"
