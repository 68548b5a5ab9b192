"""One hidden key per form: the second POST leads to what the first one made."""

import uuid

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import Account
from core.records.door import save_record
from core.records.form_keys import AlreadyUsed, FormKey, new_key, remember, use_key
from core.records.means import Means
from tests import make

pytestmark = pytest.mark.django_db


def post(user, key: str, name: str = "Nubla") -> str:
    """What a create view does; the address of what was made, now or before."""
    try:
        with transaction.atomic():
            used = use_key(key, user)
            account = save_record(Account(name=name), actor=user, means=Means("form"))
            remember(used, f"/accounts/{account.pk}/")
            return f"/accounts/{account.pk}/"
    except AlreadyUsed as again:
        return again.url


def test_a_second_post_leads_to_the_first_record():
    user, key = make.user(), new_key()
    assert post(user, key) == post(user, key)
    assert Account.objects.count() == 1


def test_another_key_makes_another_record():
    user = make.user()
    assert post(user, new_key()) != post(user, new_key())


def test_another_users_key_neither_blocks_nor_tells():
    mine, theirs, key = make.user(), make.user(), new_key()
    first = post(theirs, key)
    second = post(mine, key)
    assert second not in {first, ""}
    assert post(theirs, key) == first


@pytest.mark.parametrize("key", ["", None, "no key", "x" * 10_000, "\x00", 7, ["a"]])
def test_a_form_without_a_proper_key_is_taken_as_new(key):
    user = make.user()
    assert post(user, key) != post(user, key)
    assert not FormKey.objects.exists()


def test_a_refused_form_leaves_its_key_free():
    user, key = make.user(), new_key()
    with pytest.raises(ValidationError):
        post(user, key, name="")
    assert post(user, key).startswith("/accounts/")
    assert Account.objects.count() == 1


def test_a_very_long_address_is_cut():
    user, key = make.user(), str(uuid.uuid4())
    remember(use_key(key, user), "/" + "x" * 500)
    with pytest.raises(AlreadyUsed) as again:
        use_key(key, user)
    assert len(again.value.url) == 300
