"""The firm's settings: one function writes them, with an entry in the audit log."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from setup_values.firm_settings import save_firm
from setup_values.models import Firm
from tests import make
from users.models import AuditEntry

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def firm():
    yield make.firm()
    Firm.forget()


@pytest.fixture
def administrator(client):
    user = make.user("administrator")
    client.force_login(user)
    return user


def posted(**changed) -> dict:
    values = {
        "name": "Norteko Valves", "country": "ES", "currency": "EUR", "language": "en", "time_zone": "Europe/Madrid",
        "mode": "b2b", "fiscal_year_start": "1",
    }  # fmt: skip
    return values | changed


def entries() -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(kind="firm_changed"))


def test_saving_shows_at_once_and_is_noted_with_old_and_new(client, administrator):
    assert Firm.current().name == "Norteko Valves"

    answer = client.post(reverse("firm_settings"), posted(name="Norteko", country="GB", mode="b2c"))

    assert answer.url == reverse("firm_settings")
    assert (Firm.current().name, Firm.current().country, Firm.current().mode) == ("Norteko", "GB", "b2c")
    (entry,) = entries()
    assert entry.actor == administrator
    assert entry.detail == {
        "name": ["Norteko Valves", "Norteko"],
        "country": ["ES", "GB"],
        "mode": ["b2b", "b2c"],
    }


def test_saving_without_a_change_notes_nothing(client, administrator):
    client.post(reverse("firm_settings"), posted())

    assert entries() == []


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("name", ""),
        ("country", "XX"),
        ("currency", "EURO"),
        ("time_zone", "Mars/Olympus"),
        ("mode", "b2g"),
        ("fiscal_year_start", "13"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field_and_nothing_is_written(name, wrong, client, administrator):
    answer = client.post(reverse("firm_settings"), posted(**{"name": "Other", name: wrong}))

    assert answer.status_code == 422
    assert name in answer.context["form"].errors
    assert Firm.objects.get().name == "Norteko Valves"
    assert entries() == []


def test_the_function_refuses_what_no_form_has_checked():
    with pytest.raises(ValidationError):
        save_firm(actor=None, country="XX")
    assert Firm.objects.get().country == "ES"


def test_the_function_makes_the_first_row():
    Firm.objects.all().delete()

    save_firm(actor=None, name="Norteko")

    assert Firm.objects.get().name == "Norteko"


@pytest.mark.parametrize("role", ["manager", "rep", "read-only"])
def test_others_find_no_page(role, client):
    client.force_login(make.user(role))

    assert client.get(reverse("firm_settings")).status_code == 404
    assert client.post(reverse("firm_settings"), posted(name="Taken")).status_code == 404
    assert Firm.objects.get().name == "Norteko Valves"
