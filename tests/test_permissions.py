"""Who may do what: every URL name x persona -> status; a URL name that is missing here fails the test."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from core.records.form_keys import FormKey
from core.records.models import Change, TrashUnit
from setup_values.models import LostReason
from tests import scene as scenes
from tests.scene import PERSONAS, Scene
from users.models import Role, Team, User


@dataclass(frozen=True)
class Row:
    """One URL name. args: names of records, or texts; get, post: statuses in the order of PERSONAS.

    post is "" where the page only reads. data: what is posted, and what the query of a GET says.
    """

    get: str
    post: str = ""
    args: tuple[Any, ...] = ()
    data: Any = None


# In the order of PERSONAS: nobody, administrator, manager, rep, colleague, stranger, read_only.
OPEN = "200 200 200 200 200 200 200"
SIGNED_IN = "302 200 200 200 200 200 200"
DONE = "302 302 302 302 302 302 302"
SEEN = "302 200 200 200 200 404 200"
SEEN_ELSEWHERE = "302 302 302 302 302 404 302"
POST_ONLY = "302 405 405 405 405 405 405"
CREATE, CREATE_REFUSED = "302 200 200 200 200 200 403", "302 422 422 422 422 422 403"
EDIT, EDIT_REFUSED = "302 200 200 200 200 404 403", "302 422 422 422 422 404 403"
EDIT_DONE = "302 302 302 302 302 404 403"
DELETE, DELETED = "302 200 200 200 403 404 403", "302 302 302 302 403 404 403"
# Bulk deletion of one record of the representative: a question, or back to the list when no row may be deleted.
# Whoever is signed out gets what he sent back on the page that leads to sign-in: 403, so that nothing typed is lost.
BULK = "403 200 200 200 302 302 403"
BULK_EDIT, BULK_NONE = "403 200 200 200 200 302 403", "403 302 302 302 302 302 403"
EXPORT = "302 200 200 200 200 200 403"
ADMIN, ADMIN_POST_ONLY = "302 200 404 404 404 404 404", "302 405 404 404 404 404 404"
ADMIN_REFUSED, ADMIN_DONE = "302 422 404 404 404 404 404", "302 302 404 404 404 404 404"
IMPORT, IMPORT_LEADS_ON = "302 200 404 200 404 404 404", "302 302 404 302 404 404 404"
IMPORT_REFUSED = "302 422 404 422 404 404 404"
IMPORT_POST_ONLY = "302 405 404 405 404 404 404"
# Nobody has the right: the row is removed by a use case of its own.
NEVER = "302 403 403 403 403 403 403"


def record_rows(name: str, record: str, **other: Row) -> dict[str, Row]:
    """The generic pages of an entity; other: rows of those that differ."""
    rows = {
        "list": Row(SIGNED_IN),
        "create": Row(CREATE, CREATE_REFUSED),
        "bulk": Row(POST_ONLY, BULK, data={"action": "delete", "ids": record}),
        "export": Row(EXPORT),
        "detail": Row(SEEN, args=(record,)),
        "edit": Row(EDIT, EDIT_REFUSED, args=(record,)),
        "delete": Row(DELETE, DELETED, args=(record,)),
        "history": Row(SEEN, args=(record,)),
    }
    return {f"{name}_{page}": row for page, row in {**rows, **other}.items()}


def reference_rows(kind: str) -> dict[str, Row]:
    """The pages of the contacts of prospects or customers."""
    bulk = Row(POST_ONLY, BULK_EDIT, data={"action": "end", "ids": "reference"})
    if kind == "customer":
        bulk = Row(POST_ONLY, BULK_NONE, data={"action": "end", "ids": "reference"})
    return {
        f"{kind}_contacts": Row(SIGNED_IN),
        f"{kind}_reference_list": Row(SIGNED_IN),
        f"{kind}_reference_create": Row(CREATE, CREATE_REFUSED),
        f"{kind}_reference_bulk": bulk,
        f"{kind}_reference_export": Row(EXPORT),
    }


ON_ACCOUNT = ("account", "prospect")
OF_CATALOG, OF_VALUE = ("lost-reasons",), ("lost-reasons", "value")
NO_OPERATION = "00000000-0000-4000-8000-000000000000"

ROWS: dict[str, Row] = {
    # --- for everybody ---
    "healthz": Row(OPEN),
    "readyz": Row(OPEN),
    "account_login": Row("200 302 302 302 302 302 302", "200 302 302 302 302 302 302"),
    "account_logout": Row(SIGNED_IN, DONE),
    "account_inactive": Row(OPEN),
    "account_reauthenticate": Row(SIGNED_IN, SIGNED_IN),
    "account_change_password": Row(SIGNED_IN, SIGNED_IN),
    "account_reset_password": Row(OPEN, OPEN),
    "account_reset_password_done": Row(OPEN),
    "account_reset_password_from_key": Row(OPEN, OPEN, args=("1", "abc-def")),
    "account_reset_password_from_key_done": Row(OPEN),
    "first_administrator": Row("410 410 410 410 410 410 410", "410 410 410 410 410 410 410", args=("no-such-token",)),
    "switch_language": Row("405 405 405 405 405 405 405", DONE, data={"language": "es"}),
    # A signed-out post that carries a word is answered with that word, so that nothing typed is lost.
    "switch_theme": Row(POST_ONLY, "403 302 302 302 302 302 302", data={"theme": "dark"}),
    # --- one's own ---
    "home": Row(SIGNED_IN),
    "my_work": Row(SIGNED_IN),
    "recent": Row(SIGNED_IN),
    "search": Row(SIGNED_IN, data={"q": "arnedo"}),
    "palette": Row(SIGNED_IN, data={"q": "arnedo"}),
    "profile": Row(SIGNED_IN, SIGNED_IN),
    "sign_out_others": Row(POST_ONLY, DONE),
    "trash": Row(SIGNED_IN),
    "trash_restore": Row(POST_ONLY, "302 302 404 302 404 404 404", args=("unit",)),
    "record_options": Row(SIGNED_IN, args=("account",)),
    # --- administration ---
    "user_list": Row(ADMIN),
    "user_create": Row(ADMIN, ADMIN),
    "user_edit": Row(ADMIN, ADMIN, args=("user",)),
    "user_deactivate": Row(ADMIN, ADMIN_DONE, args=("user",)),
    "user_reactivate": Row(ADMIN_POST_ONLY, ADMIN_DONE, args=("user",)),
    "user_invite": Row(ADMIN_POST_ONLY, ADMIN_DONE, args=("user",)),
    "user_invitation": Row(ADMIN, args=("user",)),
    "team_list": Row(ADMIN),
    "team_create": Row(ADMIN, ADMIN),
    "team_edit": Row(ADMIN, ADMIN, args=("team",)),
    "team_delete": Row(ADMIN_POST_ONLY, ADMIN_DONE, args=("team",)),
    "role_list": Row(ADMIN),
    "role_create": Row(ADMIN, ADMIN),
    "role_edit": Row(ADMIN, ADMIN, args=("role",)),
    "role_delete": Row(ADMIN_POST_ONLY, ADMIN_DONE, args=("role",)),
    "firm_settings": Row(ADMIN, ADMIN),
    "setup": Row(SIGNED_IN),
    "setup_dismiss": Row(ADMIN_POST_ONLY, ADMIN_DONE),
    "starter_load": Row(ADMIN_POST_ONLY, ADMIN_DONE),
    "demo_load": Row(POST_ONLY, ADMIN_DONE),
    "demo_remove": Row("302 404 404 404 404 404 404", "302 404 404 404 404 404 404"),
    "catalogs": Row(ADMIN_DONE),
    "catalog": Row(ADMIN, args=OF_CATALOG),
    "catalog_value_add": Row(ADMIN, ADMIN_REFUSED, args=OF_CATALOG),
    "catalog_reorder": Row(ADMIN_POST_ONLY, "302 204 404 404 404 404 404", args=OF_CATALOG),
    "catalog_value_edit": Row(ADMIN, ADMIN_REFUSED, args=OF_VALUE),
    "catalog_value_retire": Row(ADMIN_POST_ONLY, ADMIN_DONE, args=OF_VALUE),
    "catalog_value_reactivate": Row(ADMIN_POST_ONLY, ADMIN_DONE, args=OF_VALUE),
    "catalog_value_default": Row(ADMIN_POST_ONLY, ADMIN_DONE, args=OF_VALUE),
    "catalog_value_delete": Row(ADMIN, ADMIN_DONE, args=OF_VALUE),
    "catalog_replacement_undo": Row(ADMIN_POST_ONLY, ADMIN_DONE, args=(*OF_CATALOG, NO_OPERATION)),
    # --- activities ---
    "compose": Row(EDIT, EDIT_REFUSED, args=ON_ACCOUNT),
    "timeline": Row(SEEN, args=ON_ACCOUNT),
    "attachment": Row(SEEN, args=("attachment",)),
    **record_rows("task", "task"),
    "task_complete": Row(EDIT, EDIT_DONE, args=("task",)),
    "task_cancel": Row(POST_ONLY, EDIT_DONE, args=("task",)),
    "task_reopen": Row(POST_ONLY, EDIT_DONE, args=("done",)),
    **record_rows("interaction", "interaction"),
    "interaction_followed_up": Row(POST_ONLY, EDIT_DONE, args=("interaction",)),
    # --- accounts: those of all lead to the page of their lifecycle ---
    **record_rows(
        "account",
        "prospect",
        detail=Row(SEEN_ELSEWHERE, args=("prospect",)),
        edit=Row(EDIT_DONE, EDIT_REFUSED, args=("prospect",)),
        delete=Row(EDIT_DONE, DELETED, args=("prospect",)),
        history=Row(SEEN_ELSEWHERE, args=("prospect",)),
    ),
    **record_rows("prospect", "prospect"),
    **record_rows("customer", "customer"),
    "account_convert": Row(POST_ONLY, EDIT_DONE, args=("prospect",)),
    "account_end": Row(POST_ONLY, EDIT_DONE, args=("customer",)),
    "account_win_back": Row(POST_ONLY, EDIT_DONE, args=("former",)),
    # --- contacts ---
    **record_rows("contact", "contact"),
    "contact_photo": Row("302 404 404 404 404 404 404", args=("contact",)),
    "contact_accounts": Row(SEEN, args=("contact",)),
    "contact_proposals": Row("302 200 200 200 200 200 403"),
    "contact_proposal_accept": Row(
        "302 405 405 405 405 405 403", "403 302 302 302 302 404 403", data={"contact": "alone", "account": "customer"}
    ),
    "contact_proposals_all": Row("302 200 200 200 200 200 403", "302 302 302 302 302 302 403"),
    "contact_proposals_run": Row("302 404 404 200 404 404 403", args=("acceptance",)),
    "contact_proposals_progress": Row("302 404 404 200 404 404 403", args=("acceptance",)),
    "contact_proposals_cancel": Row("302 405 405 405 405 405 403", "302 404 404 302 404 404 403", args=("acceptance",)),
    "contact_proposals_resume": Row("302 405 405 405 405 405 403", "302 404 404 302 404 404 403", args=("acceptance",)),
    "contact_proposals_undo": Row(
        "302 405 405 405 405 405 403",
        "302 404 404 404 404 404 403",
        args=("5f0c1c0e-3a55-4b0f-8a43-0d8f8c0e9b11",),
    ),
    "contact_link": Row(POST_ONLY, "403 302 302 302 302 404 403", data={"contact": "contact", "account": "customer"}),
    "person_create": Row("302 302 302 302 302 302 403", "302 302 302 302 302 302 403", args=("account",)),
    "person_detail": Row(SEEN_ELSEWHERE, args=("person",)),
    "person_edit": Row(EDIT_DONE, EDIT_DONE, args=("person",)),
    "person_history": Row(SEEN_ELSEWHERE, args=("person",)),
    **record_rows(
        "cross_reference",
        "reference",
        bulk=Row(POST_ONLY, BULK_EDIT, data={"action": "end", "ids": "reference"}),
        detail=Row(SEEN_ELSEWHERE, args=("reference",)),
        edit=Row(EDIT, EDIT_DONE, args=("reference",)),
        delete=Row(NEVER, NEVER, args=("reference",)),
    ),
    "cross_reference_change": Row(POST_ONLY, EDIT_DONE, args=("reference",)),
    "record_contacts": Row(SEEN_ELSEWHERE, args=ON_ACCOUNT),
    "references_add": Row(POST_ONLY, EDIT_DONE, args=ON_ACCOUNT),
    **reference_rows("prospect"),
    **reference_rows("customer"),
    # --- imports: of whoever brought the file, and of administrators ---
    "import_list": Row(CREATE, CREATE_REFUSED),
    "import_template_choice": Row("302 302 302 302 302 302 403", data={"kind": "contacts"}),
    "import_template": Row("302 200 200 200 200 200 403", args=("contacts",)),
    "import_detail": Row(IMPORT_LEADS_ON, args=("import",)),
    "import_recognised": Row(IMPORT, IMPORT_LEADS_ON, args=("import",)),
    "import_mapping": Row(IMPORT, IMPORT_LEADS_ON, args=("import",)),
    "import_matching": Row(IMPORT, IMPORT_REFUSED, args=("import",)),
    "import_maps": Row("302 200 200 200 200 200 403", "302 404 404 404 404 404 403"),
    "import_kind": Row(
        IMPORT_POST_ONLY, IMPORT_LEADS_ON.replace("302", "403", 1), args=("import",), data={"entity": "cross_reference"}
    ),
    "import_discard": Row(IMPORT_POST_ONLY, IMPORT_LEADS_ON, args=("import",)),
    "import_check": Row(IMPORT_LEADS_ON, IMPORT_LEADS_ON, args=("import",)),
    "import_row_correct": Row(IMPORT_POST_ONLY, IMPORT_LEADS_ON, args=("import", "1")),
    "import_row_decide": Row(IMPORT_POST_ONLY, IMPORT_LEADS_ON, args=("import", "1")),
    "import_values": Row(IMPORT_POST_ONLY, IMPORT_LEADS_ON, args=("import",)),
    "import_errors": Row(IMPORT_LEADS_ON, args=("import",)),
    "import_run": Row(IMPORT_POST_ONLY, IMPORT_LEADS_ON, args=("import",)),
    "import_report": Row(IMPORT_LEADS_ON, args=("import",)),
    "import_progress": Row(IMPORT, args=("import",)),
    "import_cancel": Row(IMPORT_POST_ONLY, IMPORT_LEADS_ON, args=("import",)),
    "import_resume": Row(IMPORT_POST_ONLY, IMPORT_LEADS_ON, args=("import",)),
    "import_written": Row(IMPORT_LEADS_ON, args=("import",)),
    "import_undo": Row(IMPORT_LEADS_ON, IMPORT_LEADS_ON, args=("import",)),
    "import_undo_start": Row(IMPORT_POST_ONLY, IMPORT_LEADS_ON, args=("import",)),
    "import_undo_progress": Row(IMPORT, args=("import",)),
    "import_undo_resume": Row(IMPORT_POST_ONLY, IMPORT_LEADS_ON, args=("import",)),
    # --- opportunities and leads ---
    **record_rows("opportunity", "opportunity"),
    "opportunity_win": Row(EDIT, EDIT_REFUSED, args=("opportunity",)),
    "opportunity_lose": Row(EDIT, EDIT_REFUSED, args=("opportunity",)),
    "opportunity_reopen": Row(POST_ONLY, EDIT_DONE, args=("won",)),
    "opportunity_move": Row(EDIT, "403 302 302 302 302 404 403", args=("opportunity",), data={"stage": "stage"}),
    **record_rows("lead", "lead"),
    "lead_qualify": Row(EDIT, EDIT_REFUSED, args=("lead",)),
    "lead_disqualify": Row(EDIT, EDIT_REFUSED, args=("lead",)),
    "lead_reactivate": Row(POST_ONLY, EDIT_DONE, args=("closed_lead",)),
}


def url_names() -> list[str]:
    """All names that can be reversed, outside the Django admin."""
    return sorted(set(_walk(get_resolver())))


def _walk(resolver: URLResolver) -> Iterator[str]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            if pattern.name:
                yield pattern.name
        elif pattern.namespace != "admin":
            yield from _walk(pattern)


@pytest.fixture
def scene(db: None, settings, tmp_path) -> Scene:
    """Built once for all rows of a test; every request is rolled back."""
    settings.MEDIA_ROOT = str(tmp_path)
    return scenes.build()


def address(scene: Scene, name: str) -> str:
    """The address of a row: names of records become their ids."""
    return reverse(name, args=[_id(scene, one) for one in ROWS[name].args])


def _id(scene: Scene, word: str) -> Any:
    return scene.records[word].pk if word in scene.records else word


def ask(scene: Scene, persona: str, method: str, name: str) -> int:
    """The status of one request; of a POST nothing stays, neither rows nor cookies."""
    client = scene.clients[persona]
    data = {key: _id(scene, word) for key, word in (ROWS[name].data or {}).items()}
    cookies = {key: morsel.value for key, morsel in client.cookies.items()}
    with transaction.atomic():
        response = getattr(client, method)(address(scene, name), data)
        if response.streaming:
            b"".join(response.streaming_content)
        transaction.set_rollback(method == "post")
    client.cookies = SimpleCookie(cookies)
    return response.status_code


def answers(scene: Scene, method: str, names: Iterable[str]) -> dict[str, str]:
    """{name: statuses of all personas}."""
    return {name: " ".join(str(ask(scene, persona, method, name)) for persona in PERSONAS) for name in names}


def differing(wanted: dict[str, str], found: dict[str, str]) -> str:
    """A line for every row that does not answer as it should."""
    return "\n".join(
        f"{name}: wanted {statuses}, answered {found[name]}"
        for name, statuses in wanted.items()
        if statuses != found[name]
    )


def stored() -> dict[str, int]:
    """What reading must leave as it is."""
    return {model.__name__: model.objects.count() for model in (Change, TrashUnit, User, Team, Role, FormKey)}


def test_every_url_name_stands_in_the_table():
    assert url_names() == sorted(ROWS)


def test_every_page_is_shown_to_those_who_may_see_it_to_nobody_else_and_changes_nothing(scene):
    wanted, before = {name: row.get for name, row in ROWS.items()}, stored()

    assert differing(wanted, answers(scene, "get", wanted)) == ""
    assert stored() == before


def test_every_change_is_made_for_those_who_may_make_it_and_for_nobody_else(scene):
    wanted = {name: row.post for name, row in ROWS.items() if row.post}

    assert differing(wanted, answers(scene, "post", wanted)) == ""


def test_a_page_that_only_reads_refuses_a_post_even_of_an_administrator(scene):
    reading = [name for name, row in ROWS.items() if not row.post]
    found = {name: ask(scene, "administrator", "post", name) for name in reading}

    assert {name: status for name, status in found.items() if status not in {302, 403, 404, 405}} == {}


def test_the_django_admin_is_for_administrators_and_others_are_led_away(scene):
    models = [User, Team, Role, LostReason]
    names = ["admin:index", *(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist" for model in models)]
    found = {
        persona: {client.get(reverse(name)).status_code for name in names} for persona, client in scene.clients.items()
    }

    assert found == {persona: {200} if persona == "administrator" else {302} for persona in PERSONAS}
