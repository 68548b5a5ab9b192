"""Accounts without a number get the next one; no number is given twice."""

import pytest
from django.core.exceptions import ValidationError

from accounts.models import Account, NumberCounter, Prospect
from core.records.door import save_record, save_records
from core.records.means import Means
from core.records.models import Change
from core.records.refusals import BatchRefused
from core.records.trash import delete_record
from tests import make

pytestmark = pytest.mark.django_db

FORM = Means("form")


@pytest.fixture
def owner():
    return make.user("manager")


def numbers() -> list[str]:
    return list(Account.all_objects.order_by("id").values_list("number", flat=True))


def test_numbers_follow_each_other(owner):
    assert [make.account(owner).number for _ in range(3)] == ["A-00001", "A-00002", "A-00003"]
    assert save_record(Prospect(name="Nubla"), actor=owner, means=FORM).number == "A-00004"


def test_the_history_names_the_number(owner):
    account = make.account(owner)
    change = Change.objects.get(record_type="account", record_id=account.pk)
    assert change.after["number"] == "A-00001"


def test_a_number_of_ones_own_is_kept_and_costs_none(owner):
    assert make.account(owner, number="  K  7 ").number == "K 7"
    assert make.account(owner).number == "A-00001"


def test_numbers_typed_by_hand_are_stepped_over(owner):
    for typed in ("A-00001", "A-00002", "A-00004"):
        make.account(owner, number=typed)
    assert [make.account(owner).number for _ in range(2)] == ["A-00003", "A-00005"]


def test_many_numbers_typed_by_hand_are_stepped_over_in_few_queries(owner, django_assert_max_num_queries):
    typed = [Account(name=f"Typed {n}", number=f"A-{n:05d}") for n in range(1, 251)]
    save_records(typed, actor=owner, means=Means("import"))
    with django_assert_max_num_queries(25):
        assert make.account(owner).number == "A-00251"


def test_a_number_in_the_trash_is_not_given_again(owner):
    account = make.account(owner)
    delete_record(account, actor=None, means=FORM)
    NumberCounter.objects.all().delete()
    assert make.account(owner).number == "A-00002"


def test_a_number_that_was_given_up_is_not_given_again(owner):
    account = make.account(owner)
    account.number = "K-1"
    save_record(account, actor=owner, means=FORM)
    assert make.account(owner).number == "A-00002"


def test_an_emptied_number_stays(owner):
    account = make.account(owner)
    account.number, account.notes = "  ", "changed"
    save_record(account, actor=owner, means=FORM)
    assert Account.objects.get(pk=account.pk).number == "A-00001"


def test_a_batch_takes_a_block_around_what_it_types_itself(owner, django_assert_max_num_queries):
    records = [Account(name=f"A {n}") for n in range(40)]
    records[5].number = "A-00003"
    save_records(records, actor=owner, means=Means("import"))
    wanted = [f"A-{n:05d}" for n in range(1, 42) if n != 3]
    assert numbers() == [*wanted[:5], "A-00003", *wanted[5:39]]
    assert make.account(owner).number == "A-00041"


def test_a_refused_batch_takes_no_number(owner):
    make.account(owner, number="K-1")
    records = [Account(name="One"), Account(name="Two", number="K-1"), Account(name="Three")]
    with pytest.raises(BatchRefused):
        save_records(records, actor=owner, means=Means("import"))
    assert [record.number for record in records] == ["", "K-1", ""]
    assert make.account(owner).number == "A-00001"


def test_an_account_of_old_without_number_gets_one_when_it_is_changed(owner):
    account = make.account(owner)
    Account.all_objects.filter(pk=account.pk).update(number="")
    account = Account.objects.get(pk=account.pk)
    account.notes = "changed"
    save_record(account, actor=owner, means=FORM)
    assert Account.objects.get(pk=account.pk).number == "A-00002"


def test_numbers_grow_beyond_five_digits(owner):
    NumberCounter.objects.create(name="account", value=99_999)
    assert make.account(owner).number == "A-100000"


@pytest.mark.parametrize(
    ("whose", "text"), [("own", "Another account has this number."), ("hidden", "This number cannot be used.")]
)
def test_a_refused_number_tells_of_no_account_that_one_may_not_see(whose, text):
    rep, stranger = make.user("rep"), make.user("rep", team=make.team("South"))
    make.account(rep if whose == "own" else stranger, "Arga", number="H-777")

    with pytest.raises(ValidationError) as refusal:
        save_record(Account(name="Deva", number=" H-777 ", owner=rep), actor=rep, means=FORM)

    assert refusal.value.message_dict == {"number": [text]}
