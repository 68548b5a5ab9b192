"""The generic pages of every entity: they answer, cost the same at any size, sort, page, search, export, and hide."""

import csv
import datetime
import io
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.pages.entity import Entity
from setup_values.models import Firm
from tests import make
from tests import scene as scenes
from tests.scene import Scene, client_of
from workspace.entities import ENTITIES

SMALL, LARGE = 3, 60
LIST_QUERIES, FORM_QUERIES, RECORD_QUERIES, HOME_QUERIES = 12, 12, 22, 25
# A search with the panel of filters open reads one drop-down per catalog, ten of them for opportunities.
PANEL_QUERIES = 17
RECORDS = {
    "lead": "lead",
    "prospect": "prospect",
    "customer": "customer",
    "account": "prospect",
    "contact": "contact",
    "cross_reference": "reference",
    "opportunity": "opportunity",
    "task": "task",
    "interaction": "interaction",
}
HUGE = "9" * 40
JUNK = ("%27%22%3E%3Cscript%3E", "1e400", "-1", HUGE, "%D9%A3", "NaN", "%F0%9F%98%80", "null", "[]", "0", "None", "+")
entities = pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.name)


@pytest.fixture
def scene(db: None, settings, tmp_path) -> Scene:
    """A record of each kind and a signed-in client per persona."""
    settings.MEDIA_ROOT = str(tmp_path)
    return scenes.build()


def fill(scene: Scene, number: int) -> None:
    """That many more records of every kind, all around one account; a third of the sorted columns stays empty."""
    rep, account, opportunity = scene.users["rep"], scene.prospect, scene.opportunity
    today = datetime.date(2026, 3, 2)
    for position in range(number):
        day = None if position % 3 == 0 else today + datetime.timedelta(days=position % 5)
        make.lead(rep)
        make.account(rep)
        make.customer(rep, customer_since=day)
        contact = make.contact(rep, emails=[f"buyer{position}@arnedo.example"])
        make.cross_reference(rep, contact, account, from_date=day, to_date=day)
        amount = None if position % 3 == 0 else Decimal(1000 + position % 4)
        make.opportunity(rep, account, f"Valves lot {position % 7}", amount=amount, expected_close_date=day)
        task = make.task(rep, f"Ring back {position % 7}", account=account, opportunity=opportunity)
        if day is None:
            type(task).objects.filter(pk=task.pk).update(due_date=None)
        make.interaction(rep, account=account, opportunity=opportunity, days=position % 4, follow_up_date=day)


def record_of(entity: type[Entity], scene: Scene):
    return scene.records[RECORDS[entity.name]]


def all_of(entity: type[Entity]) -> str:
    """The key of a view that leaves nothing out."""
    return next(tab.key for tab in entity.tabs if tab.condition is None)


def queries(client, url: str) -> int:
    """Statements of one warm request; opening and closing savepoints is not counted.

    The firm's row, read again every few seconds, is read by the request before the counted one.
    """
    Firm.forget()
    assert client.get(url).status_code == 200
    with CaptureQueriesContext(connection) as captured:
        client.get(url)
    return len([one for one in captured if "SAVEPOINT" not in one["sql"]])


def page_costs(scene: Scene) -> dict[str, int]:
    """{page: queries} of what a representative opens most."""
    client, costs = scene.clients["rep"], {}
    for entity in ENTITIES:
        record = record_of(entity, scene)
        view = f"?view={all_of(entity)}"
        costs[f"{entity.name} list"] = queries(client, entity.url("list") + view)
        costs[f"{entity.name} search"] = queries(client, f"{entity.url('list')}{view}&q=valves&filters=1")
        costs[f"{entity.name} form"] = queries(client, entity.url("create"))
        address = {"account": "prospect"}.get(entity.name, entity.name)
        costs[f"{entity.name} edit"] = queries(client, reverse(f"{address}_edit", args=[record.pk]))
        if entity.name != "cross_reference":
            costs[f"{entity.name} record"] = queries(client, record.get_absolute_url())
    costs["home"] = queries(client, reverse("home"))
    return costs


def limit_of(page: str) -> int:
    if page == "home":
        return HOME_QUERIES
    return {"list": LIST_QUERIES, "search": PANEL_QUERIES, "record": RECORD_QUERIES}.get(page.split()[1], FORM_QUERIES)


def test_pages_cost_few_queries_and_as_many_with_sixty_records_as_with_three(scene):
    fill(scene, SMALL)
    few = page_costs(scene)
    fill(scene, LARGE - SMALL)
    many = page_costs(scene)

    assert {page: cost for page, cost in many.items() if cost > limit_of(page)} == {}
    assert {page: (few[page], many[page]) for page in few if few[page] != many[page]} == {}


def walk(client, url: str, way: str) -> list[list[int]]:
    """Ids of each page from url on, following "after_url" or "before_url" to the end."""
    base, pages = url.partition("?")[0], []
    while url:
        context = client.get(url).context
        pages.append([row["pk"] for row in context["rows"]])
        assert len(pages) < 50
        following = context[way]
        last, url = url, base + following if following else ""
    walk.last = last
    return pages


def orders() -> list:
    return [
        pytest.param(entity, mark + column.name, id=f"{entity.name} by {mark}{column.name}")
        for entity in ENTITIES
        for column in entity.list_display
        if column.sort
        for mark in ("", "-")
    ]


def test_every_sort_shows_every_row_exactly_once_forwards_and_backwards(scene):
    fill(scene, LARGE)
    client = scene.clients["rep"]
    for case in orders():
        entity, sort = case.values
        wanted = set(entity.queryset(scene.users["rep"]).values_list("pk", flat=True))
        forwards = walk(client, f"{entity.url('list')}?view={all_of(entity)}&sort={sort}", "after_url")
        backwards = walk(client, walk.last, "before_url")
        ids = [pk for page in forwards for pk in page]

        assert len(forwards) > 2, case.id
        assert len(ids) == len(set(ids)), case.id
        assert set(ids) == wanted, case.id
        assert [pk for page in reversed(backwards) for pk in page] == ids, case.id
        assert in_order(entity, sort, ids), case.id


def in_order(entity: type[Entity], sort: str, ids: list[int]) -> bool:
    """Whether the stored values rise (fall for "-"), empty ones last whatever the direction."""
    column = next(column for column in entity.list_display if column.name == sort.removeprefix("-"))
    values = dict(entity.model.all_objects.values_list("pk", column.sort))
    found = [values[pk] for pk in ids]
    filled = [value for value in found if value is not None]
    return found[len(filled) :] == [None] * (len(found) - len(filled)) and filled == sorted(
        filled, reverse=sort.startswith("-")
    )


@entities
def test_hostile_addresses_of_a_list_never_fail(scene, entity):
    client = scene.clients["rep"]
    names = ["sort", "after", "before", "size", "view", "q", "filters", *filter_names(scene, entity)]
    addresses = [f"?{name}={junk}" for name in names for junk in JUNK]
    tokens = ("W10", "bnVsbA", "WzFlNDAwLDFd")
    addresses += [f"?sort={column.name}&after={token}" for column in entity.list_display for token in tokens]
    addresses += ["?" + "&".join(f"{name}={junk}" for name in names) for junk in JUNK[:4]]
    for query in addresses:
        assert client.get(entity.url("list") + query).status_code == 200, query

    assert client.get(entity.url("list") + "?q=%00").status_code == 400
    for junk in JUNK:
        both = "&".join(f"{name}={junk}" for name in names)
        assert b"".join(client.get(f"{entity.url('export')}?{both}&format=csv&columns=view").streaming_content)
        assert client.get(f"{entity.url('export')}?{both}").status_code == 200


def filter_names(scene: Scene, entity: type[Entity]) -> list[str]:
    return list(scene.clients["rep"].get(entity.url("list") + "?filters=1").context["query"].filters.set.filters)


@entities
def test_hostile_ids_of_a_bulk_action_never_fail(scene, entity):
    client = scene.clients["rep"]
    for action in ("edit", "delete", "end", "nonsense", ""):
        data = {"action": action, "ids": [HUGE, "-1", "1e3", "\u0663", "", "99999999"]}
        assert client.post(entity.url("bulk"), data).status_code in {302, 403}


@entities
def test_a_picker_answers_hostile_questions(scene, entity):
    client = scene.clients["rep"]
    url = reverse("record_options", args=[entity.model.record_type()])
    if not hasattr(entity.model, "owner_id"):
        assert client.get(url).status_code == 404
        return
    for name in ("q", "account"):
        for junk in JUNK:
            assert client.get(f"{url}?{name}={junk}").status_code == 200


@entities
def test_what_a_stranger_may_not_see_is_in_no_list_search_count_picker_or_export(scene, entity):
    record = record_of(entity, scene)
    client, title = scene.clients["stranger"], str(record)
    view = f"?view={all_of(entity)}"

    page = client.get(entity.url("list") + view)
    assert title not in page.content.decode()
    assert (page.context["rows"], page.context["total"]) == ([], 0)
    assert len(exported(client, entity, view)) == 0
    for tab in entity.tabs:
        assert client.get(f"{entity.url('list')}?view={tab.key}").context["total"] == 0
    for url in (reverse("search"), reverse("palette"), entity.url("list")):
        word = title.split()[-1]
        found = client.get(url, {"q": word}).content.decode()
        assert record.get_absolute_url() not in found
        assert title not in found
    assert title not in client.get(reverse("home")).content.decode()
    if hasattr(entity.model, "owner_id"):
        url = reverse("record_options", args=[entity.model.record_type()])
        assert client.get(url).json() == client.get(url, {"q": title}).json() == []


def test_the_same_searches_find_it_for_its_owner(scene):
    client = scene.clients["rep"]
    assert scene.prospect.name in client.get(reverse("search"), {"q": "Arnedo"}).content.decode()
    assert scene.prospect.name in [one["text"] for one in client.get("/options/account/", {"q": "arne"}).json()]
    assert client.get("/leads/?q=landa").context["total"] == 1


def test_filtering_by_a_record_that_one_may_not_see_tells_nothing_about_it(scene):
    stranger = scene.users["stranger"]
    own = make.opportunity(stranger, make.account(stranger, "Maderas Tolosa"))
    client = scene.clients["stranger"]
    for url in ("/opportunities/", "/tasks/", "/interactions/"):
        page = client.get(url, {"account": scene.prospect.pk, "view": "all"})
        missing = client.get(url, {"account": 987654, "view": "all"})

        assert scene.prospect.name not in page.content.decode()
        assert page.context["total"] == missing.context["total"]
        assert not page.context["chips"]
    assert client.get("/opportunities/", {"account": own.account_id}).context["total"] == 1


def test_the_panel_of_filters_does_not_list_thousands_of_records_and_works_without_script(scene):
    rep, client = scene.users["rep"], scene.clients["rep"]
    make.account(rep, "Bodegas Arnedo Norte")
    panel = client.get("/opportunities/?filters=1")
    assert "Bodegas Arnedo Norte" not in panel.content.decode().split('id="filters"')[1].split("</form>")[0]

    one = client.get("/opportunities/", {"view": "all", "account-search": "aceites"})
    assert (one.context["total"], [chip.value for chip in one.context["chips"]]) == (0, ["Aceites Jaén"])
    several = client.get("/opportunities/", {"view": "all", "account-search": "arnedo"})
    assert several.context["filters_open"]
    assert "Bodegas Arnedo Norte" in several.content.decode()
    chosen = client.get("/opportunities/", {"view": "all", "account": scene.prospect.pk})
    assert chosen.context["total"] == 1


@pytest.mark.parametrize(
    ("language", "low", "high", "total"),
    [
        ("en", "48,200", "", 1),
        ("en", "48200.01", "", 0),
        ("es", "48.200,00", "48.200,00", 1),
        ("es", "48.200,01", "", 0),
        ("es", "48200.00", "48200.00", 1),
    ],
)
def test_amounts_are_filtered_as_the_language_writes_them(scene, language, low, high, total):
    rep = scene.users["rep"]
    type(rep).objects.filter(pk=rep.pk).update(language=language)
    page = client_of(rep).get("/opportunities/", {"amount_min": low, "amount_max": high})

    assert page.context["total"] == total


def test_an_amount_that_no_column_can_hold_is_refused_at_its_field_and_narrows_nothing(scene):
    page = scene.clients["rep"].get("/opportunities/", {"amount_min": "1e300", "view": "all"})

    assert page.context["total"] == 2
    assert page.context["filters_open"]
    assert "amount_min" in page.context["query"].filters.form.errors


def test_days_of_a_moment_are_those_of_the_users_zone(scene):
    rep, lead = scene.users["rep"], scene.lead
    type(rep).objects.filter(pk=rep.pk).update(time_zone="Pacific/Auckland")
    # 20:00 in London is the next morning in Auckland.
    moment = datetime.datetime(2026, 3, 10, 20, 0, tzinfo=datetime.UTC)
    type(lead).objects.filter(pk=lead.pk).update(created_at=moment)

    def total(**bounds):
        return client_of(rep).get("/leads/", {"view": "open", **bounds}).context["total"]

    assert total(created_at_from="2026-03-11", created_at_to="2026-03-11") == 1
    assert total(created_at_to="2026-03-10") == 0
    assert total(created_at_from="0001-01-01", created_at_to="9999-12-31") == 1


def exported(client, entity: type[Entity], query: str) -> list[dict[str, str]]:
    """The rows of the export behind the list's address."""
    wanted = "format=csv&columns=all&delimiter=comma"
    response = client.get(f"{entity.url('export')}{query}{'&' if query else '?'}{wanted}")
    text = b"".join(response.streaming_content).decode()
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text[1:])))


@entities
def test_an_export_has_the_rows_of_the_list_with_the_same_filters(scene, entity):
    client = scene.clients["rep"]
    queries = ("", f"?view={all_of(entity)}", "?q=arnedo", f"?view={entity.tabs[-1].key}", "?owner=me", "?owner=none")
    for query in queries:
        shown = client.get(entity.url("list") + query + ("&" if query else "?") + "size=100").context["rows"]
        assert {int(row["id"]) for row in exported(client, entity, query)} == {row["pk"] for row in shown}


def test_an_export_makes_formulas_harmless_and_keeps_phone_numbers(scene):
    rep = scene.users["rep"]
    name, notes = '=HYPERLINK("http://evil.example","Look")', "-2+3+cmd|' /C calc'!A0"
    make.account(rep, name, phones=["+34 976 555 101"], notes=notes)
    rows = exported(scene.clients["rep"], next(one for one in ENTITIES if one.name == "account"), "?q=hyperlink")

    assert rows[0]["name"].startswith("'=HYPERLINK")
    assert rows[0]["notes"].startswith("'-2+3")
    assert rows[0]["phone1"] == "+34 976 555 101"


@entities
def test_history_and_deletion_pages_answer(scene, entity):
    record, client = record_of(entity, scene), scene.clients["rep"]
    assert client.get(reverse(f"{entity.name}_history", args=[record.pk]), follow=True).status_code == 200
    wanted = 403 if entity.name == "cross_reference" else 200
    assert client.get(reverse(f"{entity.name}_delete", args=[record.pk]), follow=True).status_code == wanted


@pytest.mark.parametrize("query", ["field=name", "field=nonsense", "field=version", "after=junk", "before=" + HUGE])
def test_history_answers_any_question(scene, query):
    assert scene.clients["rep"].get(f"/prospects/{scene.prospect.pk}/history/?{query}").status_code == 200


def test_bulk_edit_changes_what_is_ticked_on_all_that_match_and_says_when_more_match(scene, monkeypatch):
    rep, client = scene.users["rep"], scene.clients["rep"]
    first, *_others = (make.lead(rep, campaign="Fair 2025") for _position in range(3))
    monkeypatch.setattr("core.pages.bulk.MOST_ROWS", 2)
    data = {"action": "edit", "all_matching": "1"}
    url = "/leads/bulk/?view=open&q=valdecuriel"

    question = client.post(url, data)
    assert "More records match" in question.content.decode()
    chosen = {"action": "edit", "confirmed": "1", "ids": question.context["ids"], "was_cut": "1"}
    done = client.post(url, chosen | {"change_campaign": "on", "campaign": "Fair 2026", "rating": "hot"})

    assert len(question.context["ids"]) == done.context["done"] == 2
    assert "Repeat it for the rest" in done.content.decode()
    changed = type(first).objects.filter(campaign="Fair 2026")
    assert changed.count() == 2
    assert not changed.filter(rating="hot").exists()


def test_the_list_offers_to_select_all_that_match_when_the_page_shows_fewer(scene):
    client = scene.clients["rep"]
    assert 'name="all_matching"' not in client.get("/leads/").content.decode()
    for _position in range(26):
        make.lead(scene.users["rep"])

    assert "Select all 27 that match" in client.get("/leads/").content.decode()


def test_bulk_takes_nothing_that_the_user_may_not_change(scene):
    client, lead = scene.clients["stranger"], scene.lead
    own = make.lead(scene.users["stranger"], campaign="Own")
    data = {"action": "edit", "confirmed": "1", "ids": [lead.pk, own.pk], "change_campaign": "on", "campaign": "Taken"}

    done = client.post("/leads/bulk/", data)

    assert done.context["done"] == 1
    assert scene.lead.full_name not in done.content.decode()
    lead.refresh_from_db()
    own.refresh_from_db()
    assert (lead.campaign, own.campaign) == ("", "Taken")
