"""[Q1] Search finds every word in any order over all that one may see, and nothing else."""

import pytest

from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def rep(client):
    make.firm()
    user = make.user("rep")
    client.force_login(user)
    return user


def found(client, text: str) -> str:
    return client.get("/search/", {"q": text}).content.decode()


def test_finds_all_kinds_at_once(rep, client):
    account = make.account(rep, "Química Montsant")
    person = make.contact(rep, "Pilar", "Montsant", account=account)
    lead = make.lead(rep, company="Montsant Agua")
    deal = make.opportunity(rep, account, "Valves for Montsant")
    page = found(client, "MONTSANT")
    for record in (account, person, lead, deal):
        assert f'href="{record.get_absolute_url()}"' in page


@pytest.mark.parametrize("text", ["600 555 014", "+34600555014", "0034 600-555-014", "555014"])
def test_finds_a_phone_in_any_format(rep, client, text):
    person = make.contact(rep, phones=["+34 600 555 014"])
    assert person.get_absolute_url() in found(client, text)


def test_a_stranger_finds_nothing(rep, client):
    make.account(rep, "Química Montsant")
    client.force_login(make.user("rep", team=make.team("South")))
    assert "Montsant</a>" not in found(client, "montsant")
    assert "Montsant" not in client.get("/palette/", {"q": "quimica"}).content.decode()


@pytest.mark.parametrize("text", ["", " ", "%", "_", '"', "' OR 1=1 --", "x" * 5000, "*", "AND", "a\u0301", "<b>"])
def test_any_text_is_answered(rep, client, text):
    # An address that is too long is refused in words, everything else is answered.
    expected = 400 if len(text) > 1000 else 200
    assert client.get("/search/", {"q": text}).status_code == expected
    assert client.get("/palette/", {"q": text}).status_code == expected


def test_costs_no_more_queries_with_more_hits(rep, client, django_assert_max_num_queries):
    for _number in range(15):
        make.account(rep)
    with django_assert_max_num_queries(12):
        found(client, "montsant")
