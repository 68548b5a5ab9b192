"""Undo of a replacement: the value is back, and so is every record that nobody has changed since."""

import uuid

import pytest
from django.urls import reverse

from contacts.models import CrossReference
from core.records.door import save_record
from core.records.means import Means
from core.records.models import Change
from core.records.trash import delete_record
from core.records.undo import AlreadyUndone
from core.records.undo_log import Undo
from opportunities.closing import win_opportunity
from setup_values import values
from setup_values.models import ContactRole, Source, WonReason
from setup_values.replacing import ReplacementRefused, replace_and_delete, undo_replacement
from tests import make
from tests.business_rows import business_rows
from tests.imports.browsing import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator():
    make.firm()
    return make.user("administrator")


def test_the_value_and_its_records_are_as_before_the_trash_too(administrator):
    fair, web = make.value(Source, "Fair"), make.value(Source, "Web form")
    values.set_default(fair, actor=administrator)
    lead, contact = make.lead(administrator, source=fair), make.contact(administrator, source=fair)
    trashed = make.contact(administrator, source=fair)
    delete_record(trashed, actor=administrator, means=Means("form"))
    before = business_rows()
    fair.refresh_from_db()
    replaced = replace_and_delete(fair, replacement=web, actor=administrator)
    undo = undo_replacement(replaced.operation, actor=administrator)
    assert business_rows() == before
    trashed.refresh_from_db()
    assert trashed.source == fair
    assert undo.counts["restored"] == {"source": 1}
    assert undo.counts["reverted"]["contact"] == 2
    assert set(Change.objects.filter(operation=undo.own_operation).values_list("means", flat=True)) == {"undo"}
    assert lead.pk
    assert contact.pk


def test_a_double_that_went_into_the_trash_comes_back(administrator):
    account = make.account(administrator)
    contact = make.contact(administrator, account=account)
    old, new = make.value(ContactRole, "Buyer"), make.value(ContactRole, "Decider")
    for role in (old, new):
        save_record(
            CrossReference(contact=contact, account=account, role=role), actor=administrator, means=Means("form")
        )
    before = business_rows()
    replaced = replace_and_delete(old, replacement=new, actor=administrator)
    assert replaced.doubles == 1
    undo_replacement(replaced.operation, actor=administrator)
    assert business_rows() == before


def test_what_was_changed_since_stays(administrator):
    fair, web, other = (make.value(Source, name) for name in ("Fair", "Web form", "Partner"))
    first, second = make.contact(administrator, source=fair), make.contact(administrator, source=fair)
    replaced = replace_and_delete(fair, replacement=web, actor=administrator)
    first.refresh_from_db()
    first.source = other
    save_record(first, actor=administrator, means=Means("form"))
    undo = undo_replacement(replaced.operation, actor=administrator)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.source, second.source) == (other, fair)
    assert undo.counts["kept"] == {"contact": 1}


def test_a_name_that_is_taken_meanwhile_refuses_all_of_it(administrator):
    fair, web = make.value(Source, "Fair"), make.value(Source, "Web form")
    make.contact(administrator, source=fair)
    replaced = replace_and_delete(fair, replacement=web, actor=administrator)
    make.value(Source, "fair")
    before = business_rows()
    with pytest.raises(ReplacementRefused):
        undo_replacement(replaced.operation, actor=administrator)
    assert business_rows() == before
    assert not Undo.objects.exists()


def test_it_is_undone_once_and_an_unknown_one_not_at_all(administrator):
    fair, web = make.value(Source, "Fair"), make.value(Source, "Web form")
    make.contact(administrator, source=fair)
    replaced = replace_and_delete(fair, replacement=web, actor=administrator)
    undo_replacement(replaced.operation, actor=administrator)
    with pytest.raises(AlreadyUndone):
        undo_replacement(replaced.operation, actor=administrator)
    with pytest.raises(ReplacementRefused):
        undo_replacement(uuid.uuid4(), actor=administrator)


def test_the_message_after_a_replacement_undoes_it(administrator):
    fair, web = make.value(Source, "Fair"), make.value(Source, "Web form")
    make.contact(administrator, source=fair)
    before = business_rows()
    browser = signed_in(administrator)
    answer = browser.post(
        reverse("catalog_value_delete", args=["sources", fair.pk]),
        {"how": "replace", "replacement": web.pk},
        follow=True,
    )
    operation = Change.objects.filter(kind="delete").latest("pk").operation
    address = reverse("catalog_replacement_undo", args=["sources", operation])
    assert address in answer.content.decode()
    answer = browser.post(address, follow=True)
    assert "The value is back; 1 record has it again." in answer.content.decode()
    assert business_rows() == before
    assert "undone already" in browser.post(address, follow=True).content.decode()


def test_a_closed_deal_gets_its_reason_back(administrator):
    price, other = make.value(WonReason, "Price"), make.value(WonReason, "Delivery")
    deal = make.opportunity(administrator)
    win_opportunity(opportunity=deal, actor=administrator, reason=price)
    before = business_rows()
    replaced = replace_and_delete(price, replacement=other, actor=administrator)
    undo = undo_replacement(replaced.operation, actor=administrator)

    assert business_rows() == before
    assert not undo.kept.exists()
