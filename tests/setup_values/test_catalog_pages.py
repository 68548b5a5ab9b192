"""[S3] [S4] [S5] The pages of the catalogs, as an administrator's browser uses them."""

import pytest
from django.urls import reverse
from django.utils.html import escape

from core.records.models import Change
from leads.models import Lead
from setup_values.catalogs import CATALOGS, catalog_of
from setup_values.models import (
    Colour,
    InteractionTopic,
    LeadStatus,
    OpportunityStatus,
    Process,
    Source,
    Stage,
    Territory,
)
from setup_values.starter import load_starter
from setup_values.values import add_value, retire
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(client):
    user = make.user("administrator")
    client.force_login(user)
    return user


def url(name: str, *args) -> str:
    return reverse(name, args=args)


def value_url(name: str, value) -> str:
    return reverse(f"catalog_value_{name}", args=[catalog_of(value).slug, value.pk])


def source(name: str, **fields) -> Source:
    return add_value(catalog_of(Source), actor=None, fields={"name": name, **fields})


@pytest.mark.parametrize("catalog", CATALOGS, ids=lambda catalog: catalog.slug)
def test_s3_every_catalog_has_a_page_empty_and_filled(catalog, client, administrator):
    assert client.get(catalog.get_absolute_url()).status_code == 200
    load_starter("en", administrator)

    page = client.get(catalog.get_absolute_url())

    assert page.status_code == 200
    shown = catalog.model.objects.all()
    if catalog.model is Stage:
        shown = shown.filter(process__is_default=True)
    for value in shown:
        assert escape(value.name) in page.content.decode()


def test_s3_the_address_of_all_catalogs_leads_to_the_first(client, administrator):
    assert client.get(url("catalogs")).url == "/setup/values/lead-statuses/"
    assert client.get("/setup/values/nothing/").status_code == 404


@pytest.mark.parametrize("role", ["manager", "rep", "read-only"])
def test_who_is_no_administrator_finds_no_page_and_changes_nothing(role, client):
    value = source("Trade fair")
    client.force_login(make.user(role))
    count = Change.objects.count()

    for name in ("catalog", "catalog_value_add", "catalog_reorder"):
        assert client.get(url(name, "sources")).status_code in {404, 405}
        assert client.post(url(name, "sources"), {"name": "Web form"}).status_code in {404, 405}
    for name in ("edit", "retire", "reactivate", "default", "delete"):
        assert client.post(value_url(name, value), {"name": "Web form"}).status_code == 404
    for name in ("firm_settings", "catalogs"):
        assert client.get(url(name)).status_code == 404
    assert client.post(url("starter_load")).status_code == 404
    assert list(Source.objects.values_list("name", "is_active")) == [("Trade fair", True)]
    assert Change.objects.count() == count


def test_state_changes_are_posts(client, administrator):
    value = source("Trade fair")

    for name in ("retire", "reactivate", "default"):
        assert client.get(value_url(name, value)).status_code == 405
    assert client.get(url("catalog_reorder", "sources")).status_code == 405
    assert client.get(url("starter_load")).status_code == 405


def test_s3_typing_a_name_adds_it_and_leads_back_to_the_field(client, administrator):
    answer = client.post(url("catalog_value_add", "sources"), {"name": "Trade fair", "colour": "violet", "quick": "1"})

    assert answer.url == "/setup/values/sources/?added=1#new-value"
    assert list(Source.objects.values_list("name", "colour")) == [("Trade fair", "violet")]
    assert "autofocus" in client.get(answer.url).content.decode()
    assert Change.objects.get().actor == administrator


def test_s5_a_refused_name_stays_in_the_row_with_the_reason(client, administrator):
    source("Trade fair")

    answer = client.post(url("catalog_value_add", "sources"), {"name": "TRADE  FAIR", "colour": "red", "quick": "1"})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "“Trade fair” exists already" in page
    assert 'value="TRADE  FAIR"' in page
    assert Source.objects.count() == 1


def test_s3_each_new_value_gets_a_colour_of_its_own(client, administrator):
    for _number in range(3):
        page = client.get(url("catalog", "sources"))
        client.post(
            url("catalog_value_add", "sources"),
            {"name": f"Source {make.number()}", "colour": page.context["new_colour"], "quick": "1"},
        )

    assert len(set(Source.objects.values_list("colour", flat=True))) == 3
    assert Colour.GRAY not in Source.objects.values_list("colour", flat=True)


def test_s3_a_status_is_added_with_its_meaning_and_a_topic_with_its_kind(client, administrator):
    client.post(url("catalog_value_add", "lead-statuses"), {"name": "New", "colour": "blue", "meaning": "open"})
    client.post(url("catalog_value_add", "interaction-topics"), {"name": "Visit", "colour": "blue", "kind": "meeting"})
    refused = client.post(url("catalog_value_add", "lead-statuses"), {"name": "Odd", "colour": "blue"})

    assert LeadStatus.objects.get().meaning == "open"
    assert InteractionTopic.objects.get().kind == "meeting"
    assert refused.status_code == 422


def test_s3_a_stage_is_added_to_the_process_that_is_shown(client, administrator):
    first, second = make.value(Process, "Project sales"), make.value(Process, "Service")

    answer = client.post(
        url("catalog_value_add", "stages"),
        {"name": "Request", "colour": "blue", "probability": "40", "process": second.pk, "quick": "1"},
    )

    assert answer.url == f"/setup/values/stages/?process={second.pk}&added=1#new-value"
    stage = Stage.objects.get()
    assert (stage.process, stage.probability) == (second, 40)
    shown = {pk: client.get(f"/setup/values/stages/?process={pk}").context["rows"] for pk in (first.pk, second.pk)}
    assert [row.value for row in shown[second.pk]] == [stage]
    assert shown[first.pk] == []


def test_s3_stages_wait_for_a_process(client, administrator):
    page = client.get(url("catalog", "stages"))

    assert "No process yet" in page.content.decode()
    assert client.post(url("catalog_value_add", "stages"), {"name": "Request"}).status_code == 404


def test_s4_renaming_shows_at_once_on_every_record(client, administrator):
    fair = source("Trade fair")
    lead = make.lead(make.user(), source=fair)
    version = fair.version

    answer = client.post(
        value_url("edit", fair), {"name": "Fairs", "colour": "teal", "is_default": "on", "version": version}
    )

    assert answer.url == "/setup/values/sources/"
    assert str(Lead.objects.get(pk=lead.pk).source) == "Fairs"
    assert Source.objects.get().is_default


def test_s3_an_edit_that_has_not_seen_the_last_one_is_shown_the_present_value(client, administrator):
    fair = source("Trade fair")
    client.post(value_url("edit", fair), {"name": "Fairs", "colour": "teal", "version": fair.version})

    answer = client.post(value_url("edit", fair), {"name": "Shows", "colour": "red", "version": fair.version})

    assert answer.url == value_url("edit", fair)
    assert "quicker" in client.get(answer.url).content.decode()
    assert Source.objects.get().name == "Fairs"


def test_s1_the_edit_page_refuses_the_meaning_of_a_used_status_at_its_field(client, administrator):
    make.statuses()
    make.lead(make.user())
    status = LeadStatus.objects.get(meaning="open")

    answer = client.post(value_url("edit", status), {"name": "Open", "colour": "blue", "meaning": "qualified"})

    assert answer.status_code == 422
    assert "its meaning stays" in str(answer.context["form"].errors["meaning"])
    assert LeadStatus.objects.get(pk=status.pk).meaning == "open"


def test_s3_dragging_and_the_buttons_put_values_in_order(client, administrator):
    values = [source(name) for name in ("Fair", "Form", "Call")]
    order = [values[2].pk, values[0].pk, values[1].pk]

    dragged = client.post(url("catalog_reorder", "sources"), {"order": order})
    moved = client.post(url("catalog_reorder", "sources"), {"value": values[1].pk, "move": "up"})

    assert dragged.status_code == 204
    assert moved.url == f"/setup/values/sources/#value-{values[1].pk}"
    assert list(Source.objects.values_list("name", flat=True)) == ["Call", "Form", "Fair"]


@pytest.mark.parametrize("order", [["x"], ["1; drop"]])
def test_s3_an_order_that_makes_no_sense_is_refused(order, client, administrator):
    source("Fair")
    assert client.post(url("catalog_reorder", "sources"), {"order": order}).status_code == 422
    assert client.post(url("catalog_reorder", "sources"), {"order": [2**70]}).status_code == 204
    assert client.post(url("catalog_reorder", "sources"), {"value": "999", "move": "up"}).status_code == 404


def test_s4_retiring_can_be_undone_from_its_message(client, administrator):
    fair = source("Fair")

    answer = client.post(value_url("retire", fair), follow=True)

    assert not Source.objects.get().is_active
    assert value_url("reactivate", fair) in answer.content.decode()
    client.post(value_url("reactivate", fair))
    assert Source.objects.get().is_active


def test_s3_the_default_is_set_and_taken_back(client, administrator):
    fair = source("Fair")

    client.post(value_url("default", fair))
    assert Source.objects.get().is_default
    client.post(value_url("default", fair), {"off": "1"})
    assert not Source.objects.get().is_default


def test_s1_a_refused_retirement_says_why(client, administrator):
    make.statuses()
    won = OpportunityStatus.objects.get(meaning="won")

    answer = client.post(value_url("retire", won), follow=True)

    assert "last active value that means “won”" in answer.content.decode()
    assert OpportunityStatus.objects.get(pk=won.pk).is_active


def test_s4_an_unused_value_is_deleted_and_restored_from_its_message(client, administrator):
    fair = source("Fair")

    assert "No record uses this value" in client.get(value_url("delete", fair)).content.decode()
    answer = client.post(value_url("delete", fair), follow=True)

    assert not Source.objects.exists()
    unit = Source.all_objects.get().trash_unit_id
    assert reverse("trash_restore", args=[unit]) in answer.content.decode()


def test_s4_deleting_a_used_value_shows_what_uses_it_and_moves_it(client, administrator):
    owner = make.user()
    fair, web = source("Fair"), source("Web form")
    make.lead(owner, source=fair)
    make.contact(owner, source=fair)

    page = client.get(value_url("delete", fair))
    nothing_chosen = client.post(value_url("delete", fair), {})
    answer = client.post(value_url("delete", fair), {"how": "replace", "replacement": web.pk}, follow=True)

    assert "2 records use this value" in page.content.decode()
    assert {(one.label, one.count) for one in page.context["types"]} == {("Leads", 1), ("Contacts", 1)}
    assert page.context["types"][0].url.endswith(f"/?view=all&source={fair.pk}")
    assert nothing_chosen.status_code == 422
    assert "2 records have “Web form” now" in answer.content.decode()
    assert Lead.objects.get().source == web
    assert list(Source.objects.all()) == [web]


def test_s4_leaving_empty_and_retiring_instead_are_offered(client, administrator):
    owner = make.user()
    fair, fax = source("Fair"), source("Fax")
    make.lead(owner, source=fair)
    make.lead(owner, source=fax)

    client.post(value_url("delete", fair), {"how": "empty"})
    client.post(value_url("delete", fax), {"how": "retire"})

    assert set(Lead.objects.values_list("source__name", "source__is_active")) == {
        (None, None),
        ("Fax", False),
    }


@pytest.mark.parametrize(
    "posted", [{"how": "empty"}, {"how": "replace", "replacement": "other meaning"}, {"how": "nonsense"}]
)
def test_s4_a_status_cannot_be_left_empty_or_change_its_meaning(posted, client, administrator):
    make.statuses()
    warm = add_value(catalog_of(LeadStatus), actor=None, fields={"name": "Warm", "meaning": "open"})
    make.lead(make.user(), status=warm)
    if "replacement" in posted:
        posted = posted | {"replacement": LeadStatus.objects.get(meaning="qualified").pk}
    count = Change.objects.count()

    assert client.post(value_url("delete", warm), posted).status_code == 422
    assert Lead.objects.get().status == warm
    assert Change.objects.count() == count


def test_s4_what_is_gone_answers_404(client, administrator):
    fair = source("Fair")
    client.post(value_url("delete", fair))

    for name in ("edit", "delete"):
        assert client.get(value_url(name, fair)).status_code == 404
    assert client.post(value_url("retire", fair)).status_code == 404
    assert client.get(reverse("catalog_value_edit", args=["sources", 2**63])).status_code == 404


def test_s3_a_territory_is_edited_with_members_and_postcodes(client, administrator):
    rep = make.user()
    rows = {
        "rules-TOTAL_FORMS": "2",
        "rules-INITIAL_FORMS": "0",
        "rules-0-country": "ES",
        "rules-0-postcode_from": "50",
    }
    client.post(
        url("catalog_value_add", "territories"),
        {"name": "Aragón", "colour": "blue", "members": [rep.pk], **rows, "rules-0-postcode_to": "50"},
    )
    territory = Territory.objects.get()
    rule = territory.rules.get()

    assert list(territory.members.all()) == [rep]
    assert (rule.country, rule.postcode_from, rule.postcode_to) == ("ES", "50", "50")
    rows = {
        "rules-TOTAL_FORMS": "1",
        "rules-INITIAL_FORMS": "1",
        "rules-0-id": rule.pk,
        "rules-0-country": "ES",
    }
    client.post(
        value_url("edit", territory),
        {"name": "Aragón", "colour": "red", "members": [], **rows, "rules-0-DELETE": "on"},
    )
    assert (territory.members.count(), territory.rules.count()) == (0, 0)
    assert Territory.objects.get().colour == "red"


def test_the_pages_ask_as_a_dialog_where_the_catalog_page_asks_for_one(client, administrator):
    fair = source("Fair")

    for name in ("edit", "delete"):
        page = client.get(value_url(name, fair), headers={"HX-Request": "true"}).content.decode()
        assert "<dialog" in page
        assert "<html" not in page


def test_s3_a_retired_value_is_shown_as_such_and_the_gate_names_what_is_missing(client, administrator):
    add_value(catalog_of(LeadStatus), actor=None, fields={"name": "New", "meaning": "open"})
    fax = source("Fax")
    retire(fax, actor=None)

    page = client.get(url("catalog", "lead-statuses")).content.decode()

    assert "No active value means “qualified”, “disqualified”" in page
    assert "Retired" in client.get(url("catalog", "sources")).content.decode()


def test_s3_the_page_costs_the_same_whatever_the_number_of_values_and_records(
    client, administrator, django_assert_max_num_queries
):
    owner = make.user()
    for _number in range(2):
        make.lead(owner, source=source(f"Source {make.number()}"))
    with django_assert_max_num_queries(30) as few:
        client.get(url("catalog", "sources"))
    for _number in range(12):
        made = source(f"Source {make.number()}")
        make.lead(owner, source=made)
        make.contact(owner, source=made)

    with django_assert_max_num_queries(30) as many:
        client.get(url("catalog", "sources"))

    assert len(many) == len(few) <= 11


def test_s2_the_starter_button_loads_the_language_that_was_chosen(client, administrator):
    answer = client.post(url("starter_load"), {"language": "es"})

    assert answer.url == "/setup/"
    assert LeadStatus.objects.filter(name="Nuevo").exists()
