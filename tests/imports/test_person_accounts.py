"""Person accounts from files: the contact behind each takes what the row says, and an undo leaves both or none."""

import pytest
from django.core.exceptions import ValidationError

from accounts.models import Account
from contacts.models import Contact
from tests import make
from tests.business_rows import business_rows
from tests.imports.running import actions, bring, check, go, reasons, run, table
from tests.imports.test_undo import undo

pytestmark = pytest.mark.django_db

LUIS = {"Name": "Luis Gil", "Kind": "person", "Email": "luis@tiermas.example", "Street": "Calle Alta 3", "City": "Jaca"}
EVA = {"Name": "Eva Sanz", "Kind": "person", "Email": "eva@tiermas.example", "Street": "", "City": ""}


def test_the_address_of_a_person_comes_in_with_its_contact_and_goes_with_it(rep):
    before = business_rows()
    work = go(rep, table(LUIS, EVA), entity="account")

    luis, eva = Account.objects.get(name="Luis Gil"), Account.objects.get(name="Eva Sanz")
    assert (luis.billing_street, luis.billing_city, luis.email) == ("Calle Alta 3", "Jaca", "luis@tiermas.example")
    assert [str(address) for address in luis.person.addresses.all()] == ["Calle Alta 3, Jaca"]
    assert not eva.person.addresses.exists()
    assert actions(go(rep, table(LUIS, EVA), entity="account")) == ["unchanged", "unchanged"]
    undo(work)
    assert business_rows() == before


def test_a_person_whose_contact_is_refused_takes_no_other_along(rep, monkeypatch):
    clean = Contact.clean

    def refusing(contact: Contact) -> None:
        clean(contact)
        if contact.first_name == "Eva":
            raise ValidationError("Not Eva.")

    monkeypatch.setattr(Contact, "clean", refusing)
    mar = LUIS | {"Name": "Mar Pons", "Email": "mar@tiermas.example"}
    work = run(check(bring(rep, table(LUIS, EVA, mar), entity="account")))

    assert actions(work) == ["create", "error", "create"]
    assert Contact.objects.filter(person_account__isnull=False).count() == 2


def test_a_name_that_no_contact_can_hold_is_refused_in_the_dry_run(rep):
    work = go(rep, table(LUIS | {"Name": "x" * 150}, EVA), entity="account")

    assert actions(work) == ["error", "create"]
    assert "up to 100 characters" in reasons(work)[0]


def test_what_the_contact_says_of_a_person_is_not_left_out_in_silence(rep):
    go(rep, table(LUIS), entity="account")
    work = go(rep, table(LUIS | {"Email": "other@tiermas.example", "City": "Huesca"}), entity="account")

    assert actions(work) == ["unchanged"]
    assert "are those of its contact" in reasons(work)[0]
    assert Account.objects.get().billing_city == "Jaca"


def test_an_account_that_became_a_person_keeps_its_address_and_its_contact_when_that_is_undone(rep):
    make.account(rep, "Luis Gil", emails=["luis@tiermas.example"], billing_city="Zaragoza")
    work = go(rep, table({"Name": "Luis Gil", "Kind": "person", "Email": "luis@tiermas.example"}), entity="account")
    assert Account.objects.get().billing_city == "Zaragoza"
    undo(work)

    assert Account.objects.get().person.deleted_at is None
