"""[S3] Setup values in Django's administration: the same rules, import and export through the write door."""

import csv

import pytest
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from core.admin import RecordAdmin
from core.records.models import Change, TrashUnit
from core.records.registry import record_models
from setup_values.catalogs import CATALOGS, catalog_of
from setup_values.models import LeadStatus, Process, Source, Stage, Territory
from setup_values.starter import load_starter
from setup_values.values import add_value, retire
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(client):
    user = make.user("administrator")
    client.force_login(user)
    return user


def url(model, page: str, *args) -> str:
    return reverse(f"admin:setup_values_{model._meta.model_name}_{page}", args=args)


def source(name: str, **fields) -> Source:
    return add_value(catalog_of(Source), actor=None, fields={"name": name, **fields})


def upload(client, model, text: str | bytes, name: str = "values.csv"):
    content = text.encode() if isinstance(text, str) else text
    file = SimpleUploadedFile(name, content, content_type="text/csv")
    return client.post(url(model, "import"), {"import_file": file, "format": "0", "resource": ""})


def confirm(client, model, preview):
    fields = preview.context["confirm_form"].initial
    return client.post(url(model, "process_import"), fields, follow=True)


def said(answer) -> str:
    return " ".join(str(message) for message in answer.context["messages"])


def test_every_admin_page_of_a_record_goes_through_the_door():
    for model in record_models():
        if admin.site.is_registered(model):
            registered = admin.site._registry[model]
            assert isinstance(registered, RecordAdmin)
            assert not registered.list_editable


@pytest.mark.parametrize("catalog", CATALOGS, ids=lambda catalog: catalog.slug)
def test_s3_every_catalog_has_its_pages(catalog, client, administrator):
    load_starter("en", administrator)
    value = catalog.model.objects.first()

    for page in ("changelist", "add", "import", "export"):
        assert client.get(url(catalog.model, page)).status_code == 200
    assert client.get(url(catalog.model, "change", value.pk)).status_code == 200
    assert client.get(url(catalog.model, "delete", value.pk)).status_code == 200


@pytest.mark.parametrize("role", ["manager", "rep"])
def test_the_administration_is_closed_to_others(role, client):
    client.force_login(make.user(role))
    value = source("Fair")

    for page, args in (("changelist", ()), ("add", ()), ("import", ()), ("change", (value.pk,))):
        assert client.get(url(Source, page, *args)).status_code in {302, 403, 404}
    client.post(url(Source, "add"), {"name": "Web", "colour": "blue"})
    assert Source.objects.count() == 1


def test_s3_adding_and_changing_write_history_by_the_administration_pages(client, administrator):
    client.post(url(Source, "add"), {"name": "  Trade   fair", "colour": "violet"})
    value = Source.objects.get()
    client.post(url(Source, "change", value.pk), {"name": "Fairs", "colour": "violet"})

    changes = Change.objects.filter(record_type="source").order_by("id")
    assert [(one.kind, one.means, one.actor_id) for one in changes] == [
        ("create", "admin", administrator.pk),
        ("update", "admin", administrator.pk),
    ]
    assert changes[1].after == {"name": "Fairs"}
    assert value.name == "Trade fair"


def test_s5_a_taken_name_is_refused_at_the_field(client, administrator):
    source("Trade fair")

    answer = client.post(url(Source, "add"), {"name": "TRADE FAIR", "colour": "blue"})

    assert answer.status_code == 200
    assert "exists already" in str(answer.context["adminform"].form.errors["name"])
    assert Source.objects.count() == 1


def test_s1_the_last_value_of_a_meaning_stays(client, administrator):
    make.statuses()
    status = LeadStatus.objects.get(meaning="open")

    changed = client.post(
        url(LeadStatus, "change", status.pk), {"name": "Open", "colour": "gray", "meaning": "qualified"}
    )
    deleted = client.post(url(LeadStatus, "delete", status.pk), {"post": "yes"}, follow=True)
    retired = client.post(
        url(LeadStatus, "changelist"),
        {"action": "retire_values", "_selected_action": [status.pk]},
        follow=True,
    )

    assert "last active value" in str(changed.context["adminform"].form.errors["meaning"])
    assert "last active value" in said(deleted)
    assert "uccessfully" not in said(deleted)
    assert "last active value" in said(retired)
    stored = LeadStatus.objects.get(pk=status.pk)
    assert (stored.meaning, stored.is_active) == ("open", True)


def test_s4_deleting_puts_into_the_trash_and_refuses_used_values_as_a_whole(client, administrator):
    unused, used = source("Fair"), source("Web form")
    make.lead(make.user(), source=used)
    both = {"action": "delete_selected", "_selected_action": [unused.pk, used.pk], "post": "yes"}

    refused = client.post(url(Source, "changelist"), both, follow=True)

    assert "1 record uses this value" in said(refused)
    assert Source.objects.count() == 2
    client.post(url(Source, "delete", unused.pk), {"post": "yes"})
    assert Source.all_objects.get(pk=unused.pk).is_trashed
    assert TrashUnit.objects.get().deleted_by == administrator


def test_s3_actions_retire_offer_again_and_make_default(client, administrator):
    fair = source("Fair")

    def act(action: str) -> Source:
        client.post(url(Source, "changelist"), {"action": action, "_selected_action": [fair.pk]})
        return Source.objects.get(pk=fair.pk)

    assert act("make_default").is_default
    assert not act("retire_values").is_active
    assert act("reactivate_values").is_active


def test_s3_the_list_counts_what_uses_each_value(client, administrator, django_assert_max_num_queries):
    fair = source("Fair")
    make.lead(make.user(), source=fair)
    make.contact(make.user(), source=fair)

    with django_assert_max_num_queries(12):
        page = client.get(url(Source, "changelist"))

    assert [value.uses for value in page.context["cl"].result_list] == [2]


def test_rows_of_a_territory_are_saved_with_its_history(client, administrator):
    rep = make.user()
    territory = add_value(catalog_of(Territory), actor=None, fields={"name": "North"})
    rows = {
        "memberships-TOTAL_FORMS": "1", "memberships-INITIAL_FORMS": "0", "memberships-0-user": rep.pk,
        "rules-TOTAL_FORMS": "1", "rules-INITIAL_FORMS": "0", "rules-0-country": "ES",
        "rules-0-postcode_from": "48",
    }  # fmt: skip

    client.post(url(Territory, "change", territory.pk), {"name": "North", "colour": "gray", **rows})

    assert rep.territory_ids() == [territory.pk]
    assert territory.rules.get().postcode_from == "48"
    assert Change.objects.filter(record_type="territory", kind="update").count() == 2


# -- import and export --------------------------------------------------------------------------
def test_s3_an_import_shows_what_it_would_do_and_then_does_it(client, administrator):
    fair, old = source("Trade fair"), source("Fax", colour="red")
    text = f"id,name,colour,active\n{fair.pk},Fairs,violet,yes\n,FAX,,no\n,Web form,blue,\n"

    preview = upload(client, Source, text)
    count = Change.objects.count()
    page = preview.content.decode()

    assert "<del>Trade fair</del> → <ins>Fairs</ins>" in page
    assert Source.objects.count() == 2
    answer = confirm(client, Source, preview)

    assert "1 new, 2 updated" in said(answer)
    stored = {one.name: (one.colour, one.is_active) for one in Source.objects.all()}
    assert stored == {"Fairs": ("violet", True), "FAX": ("red", False), "Web form": ("blue", True)}
    assert Source.objects.get(pk=old.pk).name == "FAX"
    changes = Change.objects.order_by("id")[count:]
    assert {(one.means, one.means_detail, one.actor_id) for one in changes} == {
        ("admin", "import of sources", administrator.pk)
    }
    assert len({one.operation for one in changes}) == 1


def test_s3_the_same_file_again_changes_nothing(client, administrator):
    text = "name,colour\nTrade fair,violet\n"
    confirm(client, Source, upload(client, Source, text))
    count = Change.objects.count()

    answer = confirm(client, Source, upload(client, Source, text))

    assert "0 new, 0 updated, 0 deleted and 1 skipped" in said(answer)
    assert Change.objects.count() == count


@pytest.mark.parametrize(
    ("model", "text", "reason"),
    [
        (Source, "name\nTrade fair\nWeb\nweb\n", "exists already"),
        (Source, "name,colour\nFair,purple\n", "not one of the choices"),
        (Source, "id,name\n999,Fair\n", "no value with this id"),
        (Source, "name,colour\n,blue\n", "blank"),
        (LeadStatus, "name,meaning\nNew,undecided\n", "not one of the choices"),
        (Stage, "process,name,probability\nNowhere,Request,10\n", "no process of this name"),
        (Stage, "process,name,probability\nSales,Request,200\n", "100"),
        (Stage, "process,name,probability\nSales,Request,much\n", "integer"),
    ],
)
def test_s3_a_refused_row_is_named_and_nothing_can_be_confirmed(model, text, reason, client, administrator):
    make.value(Process, "Sales")

    preview = upload(client, model, text)

    assert "confirm_form" not in preview.context
    errors = " ".join(str(row.error_dict) for row in preview.context["result"].invalid_rows)
    assert reason in errors
    assert not model.objects.exists()


def test_s1_an_import_cannot_retire_the_last_value_of_a_meaning(client, administrator):
    make.statuses()

    preview = upload(client, LeadStatus, "name,active\nOpen,no\n")

    assert "last active value" in str(preview.context["result"].invalid_rows[0].error_dict)


@pytest.mark.parametrize(
    "content",
    [
        "name;colour\nCampaña por año;violet\n".encode("cp1252"),
        "\ufeffname\tcolour\nCampaña por año\tviolet\n".encode(),
    ],
    ids=["Windows-1252, semicolon", "UTF-8 with mark, tab"],
)
def test_s3_files_of_any_spreadsheet_are_read(content, client, administrator):
    confirm(client, Source, upload(client, Source, content))

    assert list(Source.objects.values_list("name", "colour")) == [("Campaña por año", "violet")]


@pytest.mark.parametrize("content", [b"", b"x" * 1_100_000], ids=["empty", "too large"])
def test_s3_a_file_that_is_no_table_is_refused_in_words(content, client, administrator):
    answer = upload(client, Source, content)

    assert answer.status_code == 200
    assert answer.context["form"].errors


def test_s3_a_confirmation_without_its_file_asks_for_it_again(client, administrator):
    posted = {"import_file_name": "nothing", "original_file_name": "x.csv", "format": "0", "resource": "0"}

    answer = client.post(url(Source, "process_import"), posted, follow=True)

    assert "Choose the file again" in said(answer)


def test_s3_a_value_that_changed_between_preview_and_confirmation_stops_the_import(client, administrator):
    preview = upload(client, Source, "name\nTrade fair\nWeb form\n")
    retire(source("TRADE  FAIR"), actor=None)
    fields = preview.context["confirm_form"].initial
    add_value(catalog_of(Source), actor=None, fields={"name": "Web form"})

    client.post(url(Source, "process_import"), fields)

    assert Source.objects.count() == 2


def test_s3_an_export_can_be_imported_again_and_holds_no_formulas(client, administrator):
    source("=HYPERLINK(1)")
    source("Trade fair")

    exported = client.post(url(Source, "export"), {"format": "0", "resource": "0"})

    assert "'=HYPERLINK(1)" in exported.content.decode("utf-8-sig")
    answer = confirm(client, Source, upload(client, Source, exported.content))
    assert "0 new, 0 updated, 0 deleted and 2 skipped" in said(answer)


def test_s3_stages_travel_with_the_name_of_their_process(client, administrator):
    load_starter("en", None)

    exported = client.post(url(Stage, "export"), {"format": "0", "resource": "0"})
    rows = list(csv.reader(exported.content.decode("utf-8-sig").splitlines()))

    assert rows[0] == ["id", "process", "name", "colour", "probability", "stale_days", "active"]
    assert rows[1][1:5] == ["Project sales", "Enquiry", "gray", "10"]
    confirm(client, Stage, upload(client, Stage, "process,name,probability\nPROJECT SALES,Enquiry,15\n"))
    assert Stage.objects.get(name="Enquiry").probability == 15


@pytest.mark.parametrize("query", ["account=abc", "is_active__exact=abc", f"id__in={'9' * 30}", "process__id=x"])
def test_export_answers_an_address_with_nonsense(client, administrator, query):
    answer = client.get(f"{url(Source, 'export')}?{query}", follow=True)

    assert answer.status_code == 200


def test_refuses_a_file_with_more_rows_than_a_drop_down_has(client, administrator):
    answer = upload(client, Source, "name\n" + "".join(f"Source {number}\n" for number in range(2_001)))

    assert "import_file" in answer.context["form"].errors
    assert "confirm_form" not in answer.context


@pytest.mark.parametrize("chosen", ["9" * 30, "abc", "-1"])
def test_an_action_on_a_row_that_cannot_be_answers_400(client, administrator, chosen):
    answer = client.post(url(Source, "changelist"), {"action": "retire_values", "_selected_action": [chosen]})

    assert answer.status_code == 400


def test_a_child_row_that_cannot_be_answers_400(client, administrator):
    territory = add_value(catalog_of(Territory), actor=None, fields={"name": "Norte"})
    counts = {f"{name}-{what}_FORMS": "0" for name in ("memberships", "rules") for what in ("TOTAL", "INITIAL")}
    row = {"memberships-TOTAL_FORMS": "1", "memberships-INITIAL_FORMS": "1", "memberships-0-id": "9" * 30}

    answer = client.post(url(Territory, "change", territory.pk), {"name": "Norte", "colour": "blue", **counts, **row})

    assert answer.status_code == 400
