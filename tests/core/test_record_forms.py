"""Create and edit pages: child rows, refusals that keep what was typed, double submits, two editors, pickers."""

import datetime
from decimal import Decimal
from typing import Any

import pytest
from django import forms
from django.urls import reverse

from accounts.models import Account
from contacts.models import Contact
from core.records.means import Means
from core.records.models import Change
from core.records.trash import delete_record
from leads.models import Lead
from opportunities.closing import win_opportunity
from opportunities.models import Opportunity
from tests import make
from tests.scene import client_of


def typed(page) -> dict[str, Any]:
    """What a browser would send from the form of a page that was fetched or refused."""
    data: dict[str, Any] = {}
    parts = [part for rows in page.context["sets"] for part in (rows.management_form, *rows)]
    for form in (page.context["form"], *parts):
        for bound in form:
            value = bound.value()
            if isinstance(bound.field.widget, forms.CheckboxInput):
                if value:
                    data[bound.html_name] = "on"
            else:
                text = bound.field.widget.format_value(value)
                text = text[0] if isinstance(text, list) and text else text
                data[bound.html_name] = text if text not in (None, []) else ""
    return data


def children(page, name: str) -> list[dict[str, str]]:
    return [row.initial for rows in page.context["sets"] if rows.prefix == name for row in rows.initial_forms]


def texts(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def edit_url(record) -> str:
    return f"{record.get_absolute_url()}edit/"


@pytest.fixture
def client(rep):
    make.firm()
    return client_of(rep)


@pytest.fixture
def account(rep) -> Account:
    return make.account(rep, "Bodegas Arnedo", emails=["compras@arnedo.example", "ventas@arnedo.example"], notes="Old")


NEW_ROWS = {"emails-TOTAL_FORMS": "2", "phones-TOTAL_FORMS": "1"}


def new_account(client, **fields) -> dict[str, Any]:
    return typed(client.get(reverse("prospect_create"))) | NEW_ROWS | fields


# --- creating ------------------------------------------------------------------------------------


def test_creates_a_record_with_its_rows_for_the_user_and_notes_it_in_history(client, rep):
    data = new_account(client, name="Maderas Tolosa")
    data |= {"emails-0-value": "info@tolosa.example", "phones-0-value": "+34 943 555 120"}
    data |= {"emails-1-value": "ana@tolosa.example", "emails-1-is_primary": "on"}
    data |= {"emails-1-kind": data["emails-0-kind"]}
    page = client.post(reverse("prospect_create"), data, follow=True)

    made = Account.objects.get(name="Maderas Tolosa")
    assert page.request["PATH_INFO"] == made.get_absolute_url()
    assert "Maderas Tolosa was created." in texts(page)
    assert (made.owner, made.team, made.version) == (rep, rep.team, 1)
    assert sorted(made.emails.values_list("value", "is_primary")) == [
        ("ana@tolosa.example", True),
        ("info@tolosa.example", False),
    ]
    assert made.phones.get().value == "+34 943 555 120"
    change = Change.objects.get(record_type="account", record_id=made.pk)
    assert (change.kind, change.means, change.actor) == (Change.Kind.CREATE, "form", rep)


def test_a_refused_form_answers_422_and_keeps_every_typed_word(client):
    data = new_account(client, name="", notes="Met at the fair", **{"emails-0-value": "info@tolosa.example"})
    page = client.post(reverse("prospect_create"), data)

    assert page.status_code == 422
    assert page.context["form"].errors["name"]
    again = typed(page)
    assert (again["notes"], again["emails-0-value"]) == ("Met at the fair", "info@tolosa.example")
    assert again["form_key"] == data["form_key"]
    assert not Account.objects.exists()

    assert client.post(reverse("prospect_create"), again | {"name": "Maderas Tolosa"}).status_code == 302
    assert Account.objects.get().emails.get().value == "info@tolosa.example"


@pytest.mark.parametrize("name", [f"{kind}_create" for kind in ("prospect", "contact", "lead", "opportunity", "task")])
def test_an_empty_post_is_refused_and_writes_nothing(client, rep, name):
    make.statuses()
    before = Change.objects.count()
    page = client.post(reverse(name), {})

    assert page.status_code == 422
    assert Change.objects.count() == before


def test_a_double_submit_makes_one_record_and_leads_to_it(client):
    data = new_account(client, name="Maderas Tolosa")
    first = client.post(reverse("prospect_create"), data)
    second = client.post(reverse("prospect_create"), data)

    assert Account.objects.count() == 1
    assert first.url == second.url == Account.objects.get().get_absolute_url()


def test_the_form_key_of_somebody_else_blocks_nothing(client, colleague):
    data = new_account(client, name="Maderas Tolosa")
    client.post(reverse("prospect_create"), data)
    client_of(colleague).post(reverse("prospect_create"), data)

    assert sorted(Account.objects.values_list("created_by__name", flat=True)) == ["Carla Colleague", "Rosa Rep"]


# --- child rows ----------------------------------------------------------------------------------


def test_child_rows_are_added_changed_and_removed_in_one_save(client, account):
    data = typed(client.get(edit_url(account)))
    data |= {"emails-0-value": "pedidos@arnedo.example", "emails-2-value": "web@arnedo.example"}
    data |= {"emails-1-DELETE": "on"}
    client.post(edit_url(account), data)

    assert list(account.emails.order_by("id").values_list("value", flat=True)) == [
        "pedidos@arnedo.example",
        "web@arnedo.example",
    ]
    change = Change.objects.filter(record_type="account").order_by("id").last()
    assert set(change.after) == {"email", "emails"}


def test_emptying_a_row_removes_it(client, account):
    data = typed(client.get(edit_url(account))) | {"emails-1-value": ""}
    client.post(edit_url(account), data)

    assert list(account.emails.values_list("value", flat=True)) == ["compras@arnedo.example"]


def test_the_row_of_another_record_is_never_touched(client, rep, account):
    other = make.account(rep, "Aceites Jaén", emails=["info@jaen.example"])
    data = typed(client.get(edit_url(account)))
    data |= {"emails-0-id": str(other.emails.get().pk), "emails-0-value": "taken@arnedo.example"}
    client.post(edit_url(account), data)

    assert other.emails.get().value == "info@jaen.example"
    assert account.emails.filter(value="taken@arnedo.example").count() == 1


@pytest.mark.parametrize("junk", ["", "x", "-1", "9" * 30, "1e400"])
@pytest.mark.parametrize("name", ["emails-TOTAL_FORMS", "emails-INITIAL_FORMS", "emails-0-id"])
def test_broken_numbers_of_rows_never_fail(client, account, name, junk):
    data = typed(client.get(edit_url(account))) | {name: junk}

    assert client.post(edit_url(account), data).status_code in {302, 422}
    assert account.emails.filter(value="ventas@arnedo.example").exists()


# --- two editors ---------------------------------------------------------------------------------


def two_editors(client, colleague, account, mine: dict, theirs: dict):
    """Both open the form, the colleague saves first; the answer to what the user sends then."""
    shown = typed(client.get(edit_url(account)))
    others = client_of(colleague)
    assert others.post(edit_url(account), typed(others.get(edit_url(account))) | theirs).status_code == 302
    return client.post(edit_url(account), shown | mine)


def choice(page, **choices) -> list[tuple[str, str]]:
    """The conflict form with a choice per field."""
    data: dict[str, list[str]] = {}
    for name, value in page.context["hidden"]:
        data.setdefault(name, []).append(str(value))
    return data | {f"choice_{name}": value for name, value in choices.items()} | {"take": "choice"}


def test_a_colliding_field_shows_both_versions_and_saves_nothing(client, colleague, account):
    page = two_editors(client, colleague, account, {"notes": "Mine"}, {"notes": "Theirs"})

    assert page.status_code == 409
    rows = page.context["conflict"].rows
    assert [row["name"] for row in rows] == ["notes"]
    assert "Mine" in rows[0]["mine"]
    assert "Theirs" in rows[0]["theirs"]
    assert "Carla Colleague" in page.content.decode()
    account.refresh_from_db()
    assert (account.notes, account.version) == ("Theirs", 2)


@pytest.mark.parametrize(("chosen", "notes", "city"), [("mine", "Mine", "Logroño"), ("theirs", "Theirs", "Logroño")])
def test_each_colliding_field_is_chosen_by_itself(client, colleague, account, chosen, notes, city):
    mine = {"notes": "Mine", "billing_city": "Logroño"}
    page = two_editors(client, colleague, account, mine, {"notes": "Theirs", "billing_city": "Haro"})
    assert {row["name"] for row in page.context["conflict"].rows} == {"notes", "billing_city"}

    client.post(edit_url(account), choice(page, notes=chosen, billing_city="mine"))

    account.refresh_from_db()
    assert (account.notes, account.billing_city) == (notes, city)
    assert account.emails.count() == 2


def test_taking_all_of_theirs_leaves_the_record_as_they_saved_it(client, colleague, account):
    page = two_editors(client, colleague, account, {"notes": "Mine"}, {"notes": "Theirs"})
    client.post(edit_url(account), choice(page, notes="mine") | {"take": "theirs"})

    account.refresh_from_db()
    assert (account.notes, account.version) == ("Theirs", 2)


def test_changes_of_different_fields_are_both_kept_and_said(client, colleague, account):
    answer = two_editors(client, colleague, account, {"notes": "Mine"}, {"website": "arnedo.example"})

    assert answer.status_code == 302
    account.refresh_from_db()
    assert (account.notes, account.website) == ("Mine", "arnedo.example")
    assert any("both changes are kept" in text for text in texts(client.get(answer.url)))


def test_rows_collide_like_fields_and_fields_beside_them_are_kept(client, colleague, account):
    mine = {"emails-2-value": "mine@arnedo.example"}
    page = two_editors(client, colleague, account, mine, {"emails-2-value": "theirs@arnedo.example", "notes": "Theirs"})
    assert [row["name"] for row in page.context["conflict"].rows] == ["emails"]

    client.post(edit_url(account), choice(page, emails="theirs"))

    account.refresh_from_db()
    assert account.notes == "Theirs"
    assert set(account.emails.values_list("value", flat=True)) == {
        "compras@arnedo.example",
        "ventas@arnedo.example",
        "theirs@arnedo.example",
    }


def test_my_rows_win_when_they_are_chosen(client, colleague, account):
    mine = {"emails-2-value": "mine@arnedo.example"}
    page = two_editors(client, colleague, account, mine, {"emails-0-DELETE": "on"})
    saved = client.post(edit_url(account), choice(page, emails="mine"))

    assert saved.status_code == 302
    assert set(account.emails.values_list("value", flat=True)) == {
        "compras@arnedo.example",
        "ventas@arnedo.example",
        "mine@arnedo.example",
    }


def test_rows_that_only_the_other_removed_stay_removed(client, colleague, account):
    answer = two_editors(client, colleague, account, {"notes": "Mine"}, {"emails-1-DELETE": "on"})

    assert answer.status_code == 302
    account.refresh_from_db()
    assert account.notes == "Mine"
    assert list(account.emails.values_list("value", flat=True)) == ["compras@arnedo.example"]


def test_a_third_change_while_choosing_is_asked_again(client, colleague, account):
    page = two_editors(client, colleague, account, {"notes": "Mine"}, {"notes": "Theirs"})
    others = client_of(colleague)
    others.post(edit_url(account), typed(others.get(edit_url(account))) | {"notes": "Third"})

    again = client.post(edit_url(account), choice(page, notes="mine"))

    assert again.status_code == 409
    account.refresh_from_db()
    assert account.notes == "Third"


@pytest.mark.parametrize("version", ["", "junk", "-1", "0", "9" * 30, None])
def test_a_form_without_a_usable_version_never_overwrites_silently(client, colleague, account, version):
    shown = typed(client.get(edit_url(account)))
    others = client_of(colleague)
    others.post(edit_url(account), typed(others.get(edit_url(account))) | {"notes": "Theirs"})
    data = shown | {"notes": "Mine", "version": version}
    if version is None:
        del data["version"]

    answer = client.post(edit_url(account), data)

    account.refresh_from_db()
    assert answer.status_code in {409, 422}
    assert account.notes == "Theirs"


# --- what is closed, hidden, or not found ----------------------------------------------------------


def test_a_closed_record_leads_back_to_its_page_with_the_reason(client, rep):
    opportunity = make.opportunity(rep)
    win_opportunity(opportunity=opportunity, actor=rep)

    for answer in (client.get(edit_url(opportunity), follow=True), client.post(edit_url(opportunity), {}, follow=True)):
        assert answer.request["PATH_INFO"] == opportunity.get_absolute_url()
        assert "This record is closed: its fields cannot be changed." in texts(answer)


def picker(client, rep, text: str, **more):
    make.statuses()
    make.process()
    data = typed(client.get(reverse("opportunity_create")))
    data |= {"topic": "Gate valves", "account-search": text} | more
    return client.post(reverse("opportunity_create"), data)


def test_without_script_a_few_letters_choose_the_only_match(client, rep, account):
    assert picker(client, rep, "arnedo").status_code == 302
    assert Opportunity.objects.get().account == account


def test_without_script_several_matches_are_offered_for_a_choice(client, rep, account):
    other = make.account(rep, "Bodegas Arnedo Norte")
    page = picker(client, rep, "arnedo")

    assert page.status_code == 422
    assert "choose one" in str(page.context["form"].errors["account"])
    offered = {value for value, _label in page.context["form"]["account"].field.widget.choices}
    assert offered == {"", account.pk, other.pk}
    assert f'<option value="{other.pk}">' in page.content.decode()
    assert client.post(reverse("opportunity_create"), typed(page) | {"account": other.pk}).status_code == 302
    assert Opportunity.objects.get().account == other


def test_without_script_nothing_found_is_said_with_the_typed_text(client, rep, stranger):
    make.account(stranger, "Maderas Tolosa")
    page = picker(client, rep, "Tolosa")

    assert page.status_code == 422
    assert "Nothing is found for “Tolosa”." in str(page.context["form"].errors["account"])
    assert not Opportunity.objects.exists()


def test_the_id_of_a_record_that_one_may_not_see_is_refused_like_one_that_does_not_exist(client, rep, stranger):
    hidden = make.account(stranger, "Maderas Tolosa")
    refused = picker(client, rep, "", account=hidden.pk)
    missing = picker(client, rep, "", account="987654")

    assert refused.status_code == missing.status_code == 422
    assert refused.context["form"].errors["account"] == missing.context["form"].errors["account"]
    assert "Maderas Tolosa" not in refused.content.decode()
    page = client.get(reverse("opportunity_create"), {"account": hidden.pk})
    assert "Maderas Tolosa" not in page.content.decode()
    assert not Opportunity.objects.exists()


@pytest.mark.parametrize("junk", ["x", "-1", "9" * 30, "1e400", "\u0663", "None"])
def test_hostile_first_values_of_a_new_form_never_fail(client, rep, junk):
    make.statuses()
    names = ("account", "contact", "opportunity", "lead", "owner", "stage", "amount", "due_date", "happened_at", "kind")
    for name in ("opportunity_create", "task_create", "interaction_create", "lead_create", "contact_create"):
        assert client.get(reverse(name), dict.fromkeys(names, junk)).status_code == 200


def test_a_row_with_a_record_is_added_and_kept_when_the_form_is_saved_again(client, rep):
    opportunity = make.opportunity(rep)
    pilar = make.contact(rep, "Pilar", "Arnedo")
    client.post(edit_url(opportunity), typed(client.get(edit_url(opportunity))) | {"stakeholders-0-contact": pilar.pk})
    assert opportunity.stakeholders.get().contact == pilar

    page = client.get(edit_url(opportunity))
    assert "Pilar Arnedo" in page.content.decode()
    assert client.post(edit_url(opportunity), typed(page) | {"campaign": "Fair"}).status_code == 302
    assert opportunity.stakeholders.get().contact == pilar


def test_a_link_to_a_record_that_one_may_not_see_stays_when_other_fields_are_changed(client, rep, stranger):
    hidden = make.account(stranger, "Maderas Tolosa")
    opportunity = make.opportunity(rep, hidden)
    data = typed(client.get(edit_url(opportunity))) | {"campaign": "Fair"}

    assert client.post(edit_url(opportunity), data).status_code == 302
    opportunity.refresh_from_db()
    assert (opportunity.account, opportunity.campaign) == (hidden, "Fair")


def test_hidden_ids_in_child_rows_and_owners_are_refused(client, rep, stranger):
    opportunity = make.opportunity(rep)
    hidden: Contact = make.contact(stranger, "Simona", "Tolosa")
    data = typed(client.get(edit_url(opportunity))) | {"stakeholders-0-contact": hidden.pk}
    page = client.post(edit_url(opportunity), data)

    assert page.status_code == 422
    assert not opportunity.stakeholders.exists()
    assert "Simona" not in page.content.decode()


# --- money and days as they are typed ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "text", "amount"),
    [
        ("es", "1.234,56", "1234.56"),
        ("es", "48200,5", "48200.50"),
        ("es", "1234.56", "1234.56"),
        ("en", "1,234.56", "1234.56"),
        ("en", "48200", "48200.00"),
    ],
)
def test_money_is_read_as_the_language_writes_it_and_shown_so_again(rep, language, text, amount):
    make.firm()
    rep.language = language
    rep.save()
    client = client_of(rep)
    lead: Lead = make.lead(rep)
    data = typed(client.get(edit_url(lead))) | {"amount": text, "currency": "EUR"}
    assert client.post(edit_url(lead), data).status_code == 302

    lead.refresh_from_db()
    assert lead.amount == Decimal(amount)
    shown = typed(client.get(edit_url(lead)))["amount"]
    assert client.post(edit_url(lead), typed(client.get(edit_url(lead))) | {"amount": shown}).status_code == 302
    lead.refresh_from_db()
    assert lead.amount == Decimal(amount)


@pytest.mark.parametrize("text", ["12,3,4", "abc", "1e400", "-5", "NaN", "Infinity", "9" * 40, "0,001"])
def test_impossible_amounts_are_refused_at_the_field_and_kept_as_typed(rep, text):
    make.firm()
    rep.language = "es"
    rep.save()
    client = client_of(rep)
    lead = make.lead(rep)
    page = client.post(edit_url(lead), typed(client.get(edit_url(lead))) | {"amount": text})

    assert page.status_code == 422
    assert page.context["form"].errors["amount"]
    assert page.context["form"]["amount"].value() == text


@pytest.mark.parametrize(("text", "day"), [("2026-03-27", (2026, 3, 27)), ("27/03/2026", (2026, 3, 27))])
def test_days_are_read_as_the_browser_sends_them_and_as_spaniards_type_them(rep, text, day):
    make.firm()
    rep.language = "es"
    rep.save()
    client = client_of(rep)
    opportunity = make.opportunity(rep)
    data = typed(client.get(edit_url(opportunity))) | {"expected_close_date": text}
    client.post(edit_url(opportunity), data)

    opportunity.refresh_from_db()
    assert opportunity.expected_close_date == datetime.date(*day)


@pytest.mark.parametrize("text", ["0001-01-01", "0026-12-01", "9999-12-31"])
def test_a_year_that_nobody_means_is_refused_at_the_field(rep, text):
    make.firm()
    client = client_of(rep)
    opportunity = make.opportunity(rep)
    before = opportunity.expected_close_date
    page = client.post(edit_url(opportunity), typed(client.get(edit_url(opportunity))) | {"expected_close_date": text})

    assert page.status_code == 422
    assert page.context["form"].errors["expected_close_date"] == ["Enter a year between 1800 and 2199."]
    opportunity.refresh_from_db()
    assert opportunity.expected_close_date == before


@pytest.mark.parametrize("text", ["\u200b\u200e", " \u202e ", "\ufeff"])
def test_a_name_of_invisible_characters_is_none(rep, text):
    make.firm()
    client = client_of(rep)
    lead = make.lead(rep)
    page = client.post(edit_url(lead), typed(client.get(edit_url(lead))) | {"last_name": text, "company": text})

    assert page.status_code == 422
    assert page.context["form"].errors["last_name"]
    opportunity = make.opportunity(rep)
    page = client.post(edit_url(opportunity), typed(client.get(edit_url(opportunity))) | {"topic": text})
    assert page.context["form"].errors["topic"]


# --- what was typed into a form whose record is gone or closed ---------------------------------------


def test_what_was_typed_is_shown_back_when_the_record_was_deleted_meanwhile(rep):
    make.firm()
    client = client_of(rep)
    lead = make.lead(rep)
    data = typed(client.get(edit_url(lead))) | {"notes": "Three pages\nabout <b>valves</b>"}
    delete_record(lead, actor=rep, means=Means("form"))
    page = client.post(edit_url(lead), data)

    assert page.status_code == 404
    assert "Three pages<br>about &lt;b&gt;valves&lt;/b&gt;" in page.content.decode()
    assert "TOTAL_FORMS" not in page.content.decode().upper().replace(" ", "_")


def test_what_was_typed_is_shown_back_when_the_record_was_closed_meanwhile(rep):
    make.firm()
    client = client_of(rep)
    opportunity = make.opportunity(rep)
    data = typed(client.get(edit_url(opportunity))) | {"description": "What they said on the phone"}
    win_opportunity(opportunity=opportunity, actor=rep)
    page = client.post(edit_url(opportunity), data)

    assert page.status_code == 409
    assert "What they said on the phone" in page.content.decode()
    assert f'href="{opportunity.get_absolute_url()}"' in page.content.decode()
    opportunity.refresh_from_db()
    assert opportunity.description == ""
