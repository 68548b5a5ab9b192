"""Of many writers at the same moment one wins, the others are told, and nothing is lost or done twice."""

import uuid

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import Account, AccountEmail
from contacts.models import Contact, CrossReference
from core.records.door import save_record, save_records
from core.records.form_keys import AlreadyUsed, remember, use_key
from core.records.means import Means
from core.records.models import Change, TrashUnit
from core.records.refusals import BatchRefused, RecordChanged
from core.records.search_text import SearchText
from core.records.trash import AlreadyRestored, delete_record, restore
from opportunities.models import Opportunity
from tests import make
from tests.threads import together

pytestmark = pytest.mark.django_db(transaction=True)

FORM = Means("form")


@pytest.fixture
def owner():
    make.firm()
    return make.user("manager")


def kinds(results: list) -> dict[str, int]:
    """How often each outcome came: the class of an exception, or "done"."""
    names = [type(result).__name__ if isinstance(result, Exception) else "done" for result in results]
    return {name: names.count(name) for name in set(names)}


def test_of_twenty_editors_one_wins(owner):
    account = make.account(owner)
    loaded = [Account.objects.get(pk=account.pk) for _ in range(20)]

    def save(position: int) -> None:
        loaded[position].notes = f"writer {position}"
        save_record(loaded[position], actor=owner, means=FORM)

    results = together(20, save)
    assert kinds(results) == {"done": 1, "RecordChanged": 19}
    winner = next(position for position, result in enumerate(results) if result is None)
    stored = Account.objects.get(pk=account.pk)
    assert (stored.notes, stored.version) == (f"writer {winner}", 2)
    assert Change.objects.filter(record_type="account", record_id=account.pk).count() == 2


def test_of_twenty_callers_that_expect_a_state_one_gets_it(owner):
    opportunity = make.opportunity(owner)

    def claim(position: int) -> None:
        with transaction.atomic():
            mine = Opportunity.objects.get(pk=opportunity.pk)
            save_record(mine, actor=owner, means=FORM, expect={"state": "open", "version": 1})

    assert kinds(together(20, claim)) == {"done": 1, "RecordChanged": 19}


def test_of_ten_batches_over_the_same_rows_one_wins(owner):
    ids = [make.contact(owner).pk for _ in range(25)]
    loaded = [list(Contact.objects.filter(pk__in=ids).order_by("pk")) for _ in range(10)]

    def save(position: int) -> None:
        for contact in loaded[position]:
            contact.job_title = f"writer {position}"
        save_records(loaded[position], actor=owner, means=Means("bulk"))

    results = together(10, save)
    assert kinds(results) == {"done": 1, "BatchRefused": 9}
    refused = [result for result in results if isinstance(result, BatchRefused)]
    assert {error.code for result in refused for error in result.errors.values()} == {"changed"}
    assert len(set(Contact.objects.values_list("job_title", flat=True))) == 1


def test_two_new_records_with_one_number_give_one(owner):
    def create(position: int) -> None:
        children = {"emails": [AccountEmail(value=f"w{position}@nubla.example")]}
        save_record(Account(name=f"Writer {position}", number="K-1"), actor=owner, means=FORM, children=children)

    results = together(10, create)
    assert kinds(results) == {"done": 1, "ValidationError": 9}
    assert all("number" in r.message_dict for r in results if isinstance(r, ValidationError))
    assert (Account.all_objects.count(), AccountEmail.objects.count()) == (1, 1)
    assert SearchText.objects.filter(record_type="account").count() == 1


def test_a_cross_reference_entered_twice_at_once_is_there_once(owner):
    account, contact = make.account(owner), make.contact(owner)

    def link(position: int) -> None:
        save_record(CrossReference(contact=contact, account=account), actor=owner, means=FORM)

    assert kinds(together(10, link)) == {"done": 1, "ValidationError": 9}
    assert CrossReference.objects.count() == 1


def test_a_record_is_put_into_the_trash_once(owner):
    account = make.account(owner)
    make.task(owner, account=account)
    results = together(10, lambda position: delete_record(Account(pk=account.pk), actor=None, means=FORM))
    assert kinds(results) == {"done": 1, "RecordChanged": 9}
    assert TrashUnit.objects.get().counts == {"account": 1, "task": 1}
    assert Change.objects.filter(kind="delete").count() == 2


def test_a_unit_is_restored_once(owner):
    account = make.account(owner)
    unit = delete_record(account, actor=None, means=FORM)
    results = together(10, lambda position: restore(unit, actor=None, means=FORM))
    assert [result for result in results if not isinstance(result, AlreadyRestored)] == [{"account": 1}]
    assert Account.objects.get(pk=account.pk).version == 3


def test_an_edit_and_a_deletion_at_once_leave_one_of_both(owner):
    account = make.account(owner)
    loaded = Account.objects.get(pk=account.pk)

    def act(position: int) -> None:
        if position:
            delete_record(Account.objects.get(pk=account.pk), actor=None, means=FORM)
        else:
            loaded.notes = "edited"
            save_record(loaded, actor=owner, means=FORM)

    results = together(2, act)
    stored = Account.all_objects.get(pk=account.pk)
    assert stored.is_trashed
    assert stored.version == (2 if isinstance(results[0], RecordChanged) else 3)


def test_twenty_posts_of_one_form_make_one_record(owner):
    key = str(uuid.uuid4())

    def post(position: int) -> str:
        try:
            with transaction.atomic():
                used = use_key(key, owner)
                account = save_record(Account(name="Double click"), actor=owner, means=FORM)
                remember(used, f"/accounts/{account.pk}/")
                return f"/accounts/{account.pk}/"
        except AlreadyUsed as again:
            return again.url

    results = together(20, post)
    account = Account.objects.get(name="Double click")
    assert results == [f"/accounts/{account.pk}/"] * 20


def test_numbers_are_given_once_and_without_gaps(owner):
    def create(position: int) -> list[str]:
        if position % 2:
            return [save_record(Account(name=f"One {position}"), actor=owner, means=FORM).number]
        batch = [Account(name=f"Many {position}-{n}") for n in range(3)]
        return [account.number for account in save_records(batch, actor=owner, means=Means("import"))]

    results = together(12, create)
    assert kinds(results) == {"done": 12}
    numbers = sorted(number for result in results for number in result)
    assert numbers == [f"A-{n:05d}" for n in range(1, 25)]


def test_two_moves_that_together_close_a_loop_are_not_both_made(owner):
    first, second, third = (make.account(owner) for _ in range(3))
    pairs = [(first, second), (second, third), (third, first)]
    loaded = [Account.objects.get(pk=child.pk) for child, _parent in pairs]

    def move(position: int) -> None:
        loaded[position].parent_id = pairs[position][1].pk
        save_record(loaded[position], actor=owner, means=FORM)

    results = together(3, move)
    assert kinds(results) == {"done": 2, "ValidationError": 1}
    assert Account.objects.filter(parent__isnull=True).count() == 1
