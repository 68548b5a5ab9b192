"""Recent records: what the user opened last, latest first, only what is still seen."""

import pytest

from core.records.door import save_record
from core.records.means import Means
from core.records.trash import delete_record
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def rep(client):
    make.firm()
    user = make.user("rep")
    client.force_login(user)
    return user


def opened(client, *records):
    for record in records:
        assert client.get(record.get_absolute_url()).status_code == 200


def listed(client, **headers) -> list:
    return [entry["record"] for entry in client.get("/recent/", headers=headers).context["entries"]]


def test_shows_what_was_opened_latest_first_and_once(rep, client):
    lead, account, contact = make.lead(rep), make.account(rep), make.contact(rep)
    opened(client, lead, account, contact, lead)

    assert listed(client) == [lead, contact, account]
    assert listed(client, hx_request="true") == [lead, contact, account]


def test_keeps_the_last_twelve(rep, client):
    leads = [make.lead(rep) for _number in range(14)]
    opened(client, *leads)

    assert listed(client) == leads[:1:-1]


def test_the_palette_begins_with_them_and_a_search_does_not(rep, client):
    lead = make.lead(rep)
    opened(client, lead)

    assert lead.get_absolute_url() in client.get("/palette/").content.decode()
    assert lead.get_absolute_url() not in client.get("/palette/", {"q": "zzz"}).content.decode()


def test_what_is_no_longer_seen_is_left_out(rep, client):
    lead, account = make.lead(rep), make.account(rep)
    opened(client, lead, account)
    delete_record(account, actor=rep, means=Means("form"))

    assert listed(client) == [lead]


def test_what_went_to_another_team_is_left_out(rep, client):
    lead = make.lead(rep)
    opened(client, lead)
    lead.owner = make.user("rep", team=make.team("South"))
    save_record(lead, actor=make.user("administrator"), means=Means("form"))

    assert listed(client) == []


def test_another_user_of_the_browser_begins_anew(rep, client):
    opened(client, make.lead(rep))
    client.force_login(make.user("administrator"))

    assert listed(client) == []


@pytest.mark.parametrize(
    "cookie", ["", "x", "1:lead", "9:lead.1:", "1:lead.1;", "1:nothing.5", "1:lead.999", "9" * 5000]
)
def test_a_cookie_that_is_not_ours_is_passed_over(rep, client, cookie):
    client.cookies["recent"] = cookie.replace("1:", f"{rep.pk}:", 1)

    assert listed(client) == []
