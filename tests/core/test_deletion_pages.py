"""Deleting from a page: what goes and stays is shown first, the unit goes to the trash and comes back as it was."""

import re

import pytest
from django.urls import reverse

from accounts.models import Account
from contacts.models import Contact
from core.records.means import Means
from core.records.models import Change, TrashUnit
from core.records.trash import delete_record
from opportunities.models import Opportunity
from setup_values.models import LostReason
from tests import make
from tests.scene import client_of


@pytest.fixture
def account(rep) -> Account:
    """An account with a contact of its own, an opportunity, a task, a call, and a contact shared with a customer."""
    make.firm()
    account = make.account(rep, "Harinas Lodosa")
    make.contact(rep, "Pilar", "Lodosa", account=account)
    shared = make.contact(rep, "Marina", "Olite", account=account)
    make.cross_reference(rep, shared, make.customer(rep, "Aceites Jaén"))
    make.opportunity(rep, account)
    make.task(rep, account=account)
    make.interaction(rep, account=account)
    make.account(rep, "Harinas Lodosa Sur", parent=account)
    return account


def url_of(account: Account) -> str:
    return reverse("prospect_delete", args=[account.pk])


def texts(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def test_the_question_counts_exactly_what_goes_and_what_stays(rep, account):
    page = client_of(rep).get(url_of(account))

    goes, stays = page.context["goes"], page.context["stays"]
    assert {str(word): number for number, word in goes} == {
        "contact": 1,
        "cross-references": 2,
        "opportunity": 1,
        "task": 1,
        "interaction": 1,
    }
    assert {str(word): number for number, word in stays} == {"account": 1, "contact": 1}
    assert Account.objects.filter(pk=account.pk).exists()


def test_deleting_puts_the_unit_into_the_trash_and_undo_brings_exactly_it_back(rep, account):
    client = client_of(rep)
    before = {model: set(model.objects.values_list("pk", flat=True)) for model in (Account, Contact, Opportunity)}
    page = client.post(url_of(account), follow=True)

    unit = TrashUnit.objects.get()
    undo = reverse("trash_restore", args=[unit.pk])
    assert "Harinas Lodosa is in the trash." in texts(page)
    assert re.search(rf'action="{undo}"', page.content.decode())
    assert not Account.objects.filter(pk=account.pk).exists()
    assert not Opportunity.objects.exists()
    assert client.get(account.get_absolute_url()).status_code == 404
    assert "Harinas Lodosa" in client.get(reverse("trash")).content.decode()

    back = client.post(undo, follow=True)
    assert "Harinas Lodosa is back." in texts(back)
    assert back.request["PATH_INFO"] == account.get_absolute_url()
    assert {model: set(model.objects.values_list("pk", flat=True)) for model in before} == before
    changes = Change.objects.filter(record_type="account", record_id=account.pk).order_by("id")
    assert [change.kind for change in changes][-2:] == [Change.Kind.DELETE, Change.Kind.RESTORE]


def test_a_second_undo_says_so_and_changes_nothing(rep, account):
    client = client_of(rep)
    client.post(url_of(account))
    undo = reverse("trash_restore", args=[TrashUnit.objects.get().pk])
    client.post(undo)
    changes = Change.objects.count()

    page = client.post(undo, follow=True)
    assert texts(page)[-1] == "It has been restored already."
    assert Change.objects.count() == changes


def test_a_unit_of_somebody_else_cannot_be_seen_or_restored(rep, colleague, manager, account, admin):
    client_of(rep).post(url_of(account))
    undo = reverse("trash_restore", args=[TrashUnit.objects.get().pk])
    for other in (colleague, manager):
        assert client_of(other).post(undo).status_code == 404
        assert "Harinas Lodosa" not in client_of(other).get(reverse("trash")).content.decode()
    assert not Account.objects.filter(pk=account.pk).exists()

    assert "Harinas Lodosa" in client_of(admin).get(reverse("trash")).content.decode()
    assert client_of(admin).post(undo).status_code == 302
    assert Account.objects.filter(pk=account.pk).exists()


def test_parts_of_others_refuse_the_deletion_without_saying_which_or_how_many(rep, stranger, account):
    make.task(stranger, "Theirs", account=account)
    client = client_of(rep)

    question = client.get(url_of(account))
    assert question.context["is_refused"]
    assert (question.context["goes"], question.context["stays"]) == ([], [])
    assert "opportunit" not in question.content.decode().split("<main")[1].split("</main")[0].lower()

    answer = client.post(url_of(account), follow=True)
    assert "Not deleted: parts of it belong to others." in texts(answer)
    assert Account.objects.filter(pk=account.pk).exists()
    assert not TrashUnit.objects.exists()


def test_what_stays_is_counted_only_as_far_as_it_is_seen(rep, stranger, account):
    make.account(stranger, "Harinas Lodosa Norte", parent=account)

    stays = client_of(rep).get(url_of(account)).context["stays"]

    assert {str(word): number for number, word in stays} == {"account": 1, "contact": 1}


def test_a_second_click_on_delete_answers_that_it_is_gone(rep, account):
    client = client_of(rep)
    client.post(url_of(account))

    assert client.post(url_of(account)).status_code == 404
    assert TrashUnit.objects.count() == 1


def test_a_place_that_was_taken_meanwhile_refuses_the_restoration_with_the_reason(admin):
    price = make.value(LostReason, "Price")
    unit = delete_record(price, actor=admin, means=Means("form"))
    make.value(LostReason, "price")

    page = client_of(admin).post(reverse("trash_restore", args=[unit.pk]), follow=True)

    assert any(text.startswith("Not restored: ") for text in texts(page))
    assert LostReason.objects.get().name == "price"
    assert TrashUnit.objects.get().restored_at is None


def test_the_trash_keeps_the_words_of_a_private_note_to_itself(rep, account, admin):
    note = make.interaction(rep, "Their price is a bluff", account=account, is_private=True)
    delete_record(note, actor=rep, means=Means("form"))

    page = client_of(admin).get(reverse("trash")).content.decode()
    assert "bluff" not in page
    assert "Private note" in page
