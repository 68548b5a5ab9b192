"""[M7] Exports of every entity: the page that asks how, CSV, workbooks, vCards; the list's rows, order and rights."""

import csv
import datetime
import io
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from python_calamine import CalamineWorkbook

from contacts.entity import ContactEntity
from contacts.models import ContactEmail, ContactPhone
from contacts.vcard import read_cards
from core.pages.entity import Entity
from core.pages.export_columns import record_header
from core.pages.export_formats import write_csv
from core.records.door import save_record
from core.records.means import Means
from core.text.cells import unguard_formula
from tests import make
from tests import scene as scenes
from tests.scene import Scene, client_of
from users.models import User
from workspace.entities import ENTITIES

entities = pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.name)


@pytest.fixture
def scene(db: None, settings, tmp_path) -> Scene:
    settings.MEDIA_ROOT = str(tmp_path)
    return scenes.build()


def file_of(client, entity: type[Entity], query: str) -> bytes:
    response = client.get(f"{entity.url('export')}?{query}")
    assert response.status_code == 200
    assert response["Content-Disposition"].startswith("attachment; filename=")
    return b"".join(response.streaming_content)


def table(client, entity: type[Entity], query: str, delimiter: str = ",") -> list[list[str]]:
    text = file_of(client, entity, f"format=csv&delimiter=comma&{query}").decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text), delimiter=delimiter))


def book(client, entity: type[Entity], query: str) -> list[list]:
    data = file_of(client, entity, f"format=xlsx&{query}")
    return CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()


def whole(entity: type[Entity]) -> str:
    """The view that leaves nothing out."""
    return next(f"view={tab.key}" for tab in entity.tabs if tab.condition is None)


class TestThePage:
    @entities
    def test_says_how_many_rows_and_offers_formats_columns_and_separator(self, scene, entity):
        response = scene.clients["rep"].get(f"{entity.url('export')}?{whole(entity)}")
        page = response.content.decode()
        number = len(scene.clients["rep"].get(f"{entity.url('list')}?{whole(entity)}&size=100").context["rows"])
        assert response.context["counted"] == (f"{number} rows" if number > 1 else "1 row")
        for text in ('value="csv" checked', 'value="xlsx"', 'value="view"', 'value="all"', "Semicolon"):
            assert text in page
        assert ('value="vcard4"' in page) == (entity.name == "contact")

    def test_keeps_view_search_filters_and_order_of_the_list(self, scene):
        client = scene.clients["rep"]
        shown = client.get("/contacts/?view=mine&q=arnedo&sort=-full_name&owner=me&after=x&size=50")
        assert "/contacts/export/?" in shown.context["export_url"]
        page = client.get(shown.context["export_url"])
        assert page.context["kept"] == [("view", "mine"), ("q", "arnedo"), ("sort", "-full_name"), ("owner", "me")]
        assert page.context["counted"] == "1 row"
        assert page.context["is_narrowed"]

    def test_proposes_the_separator_of_the_users_language(self, scene):
        client = scene.clients["rep"]
        assert ("comma", "Comma ( , )", True) in client.get("/contacts/export/").context["delimiters"]
        User.objects.filter(pk=scene.users["rep"].pk).update(language="es")
        page = client.get("/contacts/export/")
        assert [key for key, _label, is_chosen in page.context["delimiters"] if is_chosen] == ["semicolon"]

    def test_without_rows_there_is_nothing_to_choose(self, scene):
        page = scene.clients["rep"].get("/contacts/export/?q=nobodyatall").content.decode()
        assert "There is nothing to export" in page
        assert 'name="format"' not in page

    @pytest.mark.parametrize(
        "query",
        ["format=pdf", "format=csv%00", "columns=x&delimiter=y", "ids=", "ids=9999999999999999999,-1,x,٣", "ids=0"],
    )
    def test_answers_any_address(self, scene, query):
        response = scene.clients["rep"].get(f"/contacts/export/?{query}")
        assert response.status_code in (200, 400)


class TestRows:
    @entities
    def test_chosen_rows_are_exported_whatever_the_view_of_the_list(self, scene, entity):
        client = scene.clients["rep"]
        ids = [row["pk"] for row in client.get(f"{entity.url('list')}?{whole(entity)}").context["rows"]]
        for query in (f"ids={ids[0]}", f"ids={ids[0]}&view={entity.tabs[-1].key}&q=nothing"):
            rows = table(client, entity, f"columns=all&{query}")
            assert [row[0] for row in rows[1:]] == [str(ids[0])]

    @entities
    def test_what_one_may_not_see_is_in_no_file(self, scene, entity):
        ids = [row["pk"] for row in scene.clients["rep"].get(f"{entity.url('list')}?{whole(entity)}").context["rows"]]
        stranger = scene.clients["stranger"]
        for query in (whole(entity), "ids=" + ",".join(map(str, ids))):
            assert len(table(stranger, entity, query)) == 1
            assert len(table(stranger, entity, f"{query}&columns=view")) == 1
            assert len(book(stranger, entity, query)) == 1
        if entity is ContactEntity:
            assert file_of(stranger, entity, f"ids={ids[0]}&format=vcard3") == b""

    def test_the_bulk_bar_leads_to_the_export_of_the_chosen_rows_or_of_all_that_match(self, scene):
        client, contact = scene.clients["rep"], scene.contact
        other = make.contact(scene.users["rep"])
        chosen = client.post(
            "/contacts/bulk/?view=all", {"action": "export", "ids": [contact.pk, other.pk]}, follow=True
        )
        assert chosen.context["counted"] == "2 rows"
        chosen = client.post("/contacts/bulk/?q=arnedo", {"action": "export", "all_matching": "1"}, follow=True)
        assert chosen.context["counted"] == "1 row"
        assert chosen.context["kept"] == [("q", "arnedo")]

    def test_without_the_right_there_is_no_button_and_no_file(self, scene):
        client = scene.clients["read_only"]
        for url in ("/contacts/export/", "/contacts/export/?format=csv"):
            assert client.get(url).status_code == 403
        assert "/contacts/export/" not in client.get("/contacts/").content.decode()
        assert "export" not in client.get(scene.contact.get_absolute_url()).content.decode()
        answer = client.post("/contacts/bulk/", {"action": "export", "ids": [scene.contact.pk]}, follow=True)
        assert answer.status_code == 403

    def test_a_record_offers_its_own_file_and_a_contact_its_card(self, scene):
        client, contact = scene.clients["rep"], scene.contact
        page = client.get(contact.get_absolute_url()).content.decode()
        assert f"/contacts/export/?ids={contact.pk}" in page
        assert f"/contacts/export/?ids={contact.pk}&amp;format=vcard3" in page
        response = client.get(f"/contacts/export/?ids={contact.pk}&format=vcard3")
        assert response["Content-Disposition"].startswith('attachment; filename="pilar-arnedo-')
        assert response["Content-Type"] == "text/vcard; charset=utf-8"
        [card] = read_cards(b"".join(response.streaming_content))
        assert (card.display_name, card.organization) == ("Pilar Arnedo", "Bodegas Arnedo")
        person = client.get(scene.person.get_absolute_url()).content.decode()
        assert "format=vcard3" in person

    def test_a_card_names_no_account_that_one_may_not_see(self, scene):
        rep, stranger = scene.users["rep"], scene.users["stranger"]
        contact = make.contact(stranger, "Jon", "Lasa", account=make.account(rep, "Secret Works"))
        card = file_of(scene.clients["stranger"], ContactEntity, f"ids={contact.pk}&format=vcard4").decode()
        assert "Jon Lasa" in card
        assert "Secret" not in card
        assert "Secret" not in str(table(scene.clients["stranger"], ContactEntity, f"ids={contact.pk}&columns=all"))


class TestColumns:
    @entities
    def test_of_all_fields_begin_with_id_and_version_and_name_records_by_name_and_id(self, scene, entity):
        header = table(scene.clients["rep"], entity, f"columns=all&{whole(entity)}")[0]
        assert header == record_header(entity)
        assert header[:2] == ["id", "version"]
        assert len(header) == len(set(header))
        for name in ("account", "contact", "lead", "opportunity"):
            assert (name in header) == (f"{name}_id" in header)

    @entities
    def test_of_the_view_are_those_of_the_list_in_its_order(self, scene, entity):
        client = scene.clients["rep"]
        page = client.get(f"{entity.url('list')}?{whole(entity)}&size=100")
        rows = table(client, entity, f"columns=view&{whole(entity)}")
        heads = [str(head["label"]) for head in page.context["columns"]]
        assert [name.lower() for name in rows[0] if name != "Currency"] == [name.lower() for name in heads]
        titles = [row["title"] for row in page.context["rows"]]
        if entity.name not in ("cross_reference", "interaction"):
            assert [row[0] for row in rows[1:]] == titles

    def test_of_the_view_are_text_without_markup(self, scene):
        client = scene.clients["rep"]
        [head, row] = table(client, next(one for one in ENTITIES if one.name == "task"), "columns=view&view=open")
        cells = dict(zip(head, row, strict=True))
        assert cells["Regarding"] == "Bodegas Arnedo"
        assert cells["Assigned to"] == "Rosa Rep"
        assert "<" not in str(row)

    def test_of_the_view_show_moments_as_the_users_clock_does(self, scene):
        rep = scene.users["rep"]
        User.objects.filter(pk=rep.pk).update(time_zone="Pacific/Auckland")
        moment = datetime.datetime(2026, 3, 10, 20, 0, tzinfo=datetime.UTC)
        type(scene.interaction).objects.filter(pk=scene.interaction.pk).update(happened_at=moment)
        entity = next(one for one in ENTITIES if one.name == "interaction")
        client = client_of(rep)
        [head, row] = table(client, entity, f"columns=view&ids={scene.interaction.pk}")
        assert row[head.index("When")] == "2026-03-11 09:00"
        [head, row] = table(client, entity, f"columns=all&ids={scene.interaction.pk}")
        assert row[head.index("happened_at")] == "2026-03-10T20:00:00+00:00"

    def test_the_primary_row_comes_first_and_none_beyond_the_columns_is_lost(self, scene):
        rep = scene.users["rep"]
        contact = make.contact(rep, "Íñigo", "Gil")
        emails = [ContactEmail(value=f"{n}@x.example", kind="home", is_primary=n == 4) for n in range(6)]
        phones = [ContactPhone(value=f"0034 600 11{n}", extension=str(n)) for n in range(6)]
        save_record(contact, actor=rep, means=Means("form"), children={"emails": emails, "phones": phones})
        [head, row] = table(scene.clients["rep"], ContactEntity, f"ids={contact.pk}&columns=all")
        cells = dict(zip(head, row, strict=True))
        assert [cells[f"email{n}"] for n in range(1, 5)] == [f"{n}@x.example" for n in (4, 0, 1, 2)]
        assert cells["email1_kind"] == "home"
        assert cells["other_emails"] == "3@x.example ::: 5@x.example"
        assert (cells["phone2"], cells["phone2_extension"]) == ("0034 600 111", "1")
        assert cells["other_phones"] == "0034 600 114 ext. 4 ::: 0034 600 115 ext. 5"


class TestFormats:
    def test_a_workbook_has_numbers_days_and_text_that_keeps_its_zeros(self, scene):
        rep = scene.users["rep"]
        make.account(rep, "=Zeros", billing_postcode="01001", revenue=Decimal("1200.50"), phones=["0034 976"])
        entity = next(one for one in ENTITIES if one.name == "account")
        [head, row] = book(scene.clients["rep"], entity, "columns=all&q=zeros")
        cells = dict(zip(head, row, strict=True))
        assert (cells["name"], cells["billing_postcode"], cells["phone1"]) == ("=Zeros", "01001", "0034 976")
        assert cells["revenue"] == 1200.5
        assert isinstance(cells["id"], float)
        assert cells["created_at"].year >= 2026

    def test_a_semicolon_comes_with_decimal_commas_for_the_same_spreadsheets(self, scene):
        rep = scene.users["rep"]
        make.account(rep, "Zeros", revenue=Decimal("1200.50"))
        entity = next(one for one in ENTITIES if one.name == "account")
        data = file_of(scene.clients["rep"], entity, "format=csv&columns=all&delimiter=semicolon&q=zeros")
        assert data.startswith(b"\xef\xbb\xbfid;version;name")
        assert b";1200,50;" in data
        assert b"\t1200.50\t" in file_of(scene.clients["rep"], entity, "format=csv&delimiter=tab&q=zeros")

    def test_the_words_of_a_view_are_in_the_users_language_while_it_is_sent(self, scene):
        rep = scene.users["rep"]
        User.objects.filter(pk=rep.pk).update(language="es")
        entity = next(one for one in ENTITIES if one.name == "account")
        text = file_of(client_of(rep), entity, "format=csv&columns=view").decode("utf-8-sig")
        assert text.startswith("Nombre;")
        assert ";Prospecto;" in text


@pytest.mark.parametrize("query", ["format=csv&columns=all", "format=csv&columns=view", "format=vcard3"])
def test_a_file_costs_as_many_queries_with_many_records_as_with_few(scene, query):
    client, rep = scene.clients["rep"], scene.users["rep"]

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            file_of(client, ContactEntity, query)
        return len(captured)

    make.contact(rep, account=scene.prospect)
    cost()
    few = cost()
    for number in range(30):
        make.contact(rep, f"Person {number}", account=make.account(rep), phones=["600 111 222"])
    assert cost() == few <= 20


@pytest.mark.parametrize("text", ["=1+1", "\n=1+1", "＝1+1", "＠SUM(A1)", "－2+3+cmd"])
def test_no_text_becomes_a_formula_in_a_csv_file(text):
    """Source: OWASP, CSV injection: also after a line feed, and with the full-width signs."""
    content = b"".join(write_csv(["notes"], [[text]], delimiter=","))

    assert list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))[1] == [f"'{text}"]
    assert unguard_formula(f"'{text}") == text
