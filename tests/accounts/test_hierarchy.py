"""Parent accounts form a tree, whatever is written and in which order."""

import pytest
from django.core.exceptions import ValidationError

from accounts.hierarchy import DEEPEST
from accounts.models import Account
from core.records.door import check_records, save_record, save_records
from core.records.means import Means
from core.records.refusals import BatchRefused
from core.records.trash import delete_record
from tests import make

pytestmark = pytest.mark.django_db

FORM = Means("form")


@pytest.fixture
def owner():
    return make.user("manager")


def chain(owner, length: int) -> list[Account]:
    """Accounts of which each is the parent of the next."""
    accounts = [make.account(owner)]
    for _ in range(length - 1):
        accounts.append(make.account(owner, parent=accounts[-1]))
    return accounts


def refused(account) -> list[str]:
    with pytest.raises(ValidationError) as error:
        save_record(account, actor=None, means=FORM)
    return list(error.value.message_dict)


@pytest.mark.parametrize("length", [1, 2, 3, 8])
def test_refuses_a_loop_of_any_length(owner, length):
    accounts = chain(owner, length)
    accounts[0].parent = accounts[-1]
    assert refused(accounts[0]) == ["parent"]
    (saving,) = check_records([accounts[0]], actor=owner, means=Means("import"))
    assert list(saving.errors) == ["parent"]
    assert Account.objects.get(pk=accounts[0].pk).parent_id is None


def test_refuses_a_loop_through_the_trash(owner):
    top, middle, bottom = chain(owner, 3)
    delete_record(middle, actor=None, means=FORM)
    top = Account.objects.get(pk=top.pk)
    top.parent = bottom
    assert refused(top) == ["parent"]


def test_refuses_a_loop_within_one_batch(owner):
    first, second, third = (make.account(owner) for _ in range(3))
    first.parent, second.parent, third.notes = second, first, "fine"
    with pytest.raises(BatchRefused) as error:
        save_records([first, second, third], actor=owner, means=Means("import"))
    assert set(error.value.errors) <= {0, 1}
    assert not Account.objects.filter(parent__isnull=False).exists()


def test_two_accounts_swap_places_in_one_batch(owner):
    top, bottom = chain(owner, 2)
    top.parent, bottom.parent = bottom, None
    save_records([top, bottom], actor=owner, means=Means("import"))
    assert Account.objects.get(pk=top.pk).parent_id == bottom.pk
    assert Account.objects.get(pk=bottom.pk).parent_id is None


def test_moves_a_branch(owner):
    _top, middle, _bottom = chain(owner, 3)
    elsewhere = chain(owner, 2)[-1]
    middle.parent = elsewhere
    save_record(middle, actor=owner, means=FORM)
    assert Account.objects.get(pk=middle.pk).parent_id == elsewhere.pk


def test_refuses_a_tree_without_end(owner):
    accounts = chain(owner, DEEPEST)
    assert refused(Account(name="One more", parent=accounts[-1])) == ["parent"]


def test_a_loop_that_is_there_already_does_not_hang(owner):
    first, second = chain(owner, 2)
    Account.all_objects.filter(pk=first.pk).update(parent=second)
    assert refused(Account(name="Below the loop", parent=second)) == ["parent"]


def test_asks_once_per_level_for_a_whole_batch(owner, django_assert_max_num_queries):
    parent = chain(owner, 3)[-1]
    records = [Account(name=f"A {n}", parent=parent) for n in range(100)]
    with django_assert_max_num_queries(5):
        savings = check_records(records, actor=owner, means=Means("import"))
    assert not any(saving.errors for saving in savings)
