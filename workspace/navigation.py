"""The frame of every page: menu, what may be created; at most two queries."""

from typing import Any

from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from activities.models import Task
from contacts.proposal_page import may_link
from core.jobs.models import Job
from core.records.rights import Right
from setup_values.models import Firm

from .entities import ENTITIES
from .setup_guide import menu_fraction

_BY_NAME = {entity.name: entity for entity in ENTITIES}


def frame(request) -> dict[str, Any]:
    """Context processor: the frame as templates/app.html describes it, and the theme; small for signed-out pages."""
    user = getattr(request, "user", None)
    firm = Firm.current()
    if user is None or not user.is_authenticated:
        return {"frame": {"firm": firm.name, "languages": _languages("")}, "theme": "auto"}
    overdue = overdue_count(user)
    groups = _groups(request, user, overdue)
    return {
        "theme": user.theme,
        "frame": {
            "firm": firm.name,
            "groups": groups,
            "bottom": _bottom(groups),
            "create": _creatable(user),
            "user": user,
            "languages": _languages(user.language),
            "keys": user.keys_enabled,
            "go": _go(user),
        },
    }


def overdue_count(user) -> int:
    """The user's open tasks that are overdue, 100 at most (shown as 99+)."""
    today = timezone.localdate()
    return Task.objects.filter(owner=user, state=Task.State.OPEN, due_date__lt=today).order_by()[:100].count()


def _languages(active: str) -> list[dict]:
    return [{"code": code, "label": str(label), "active": code == active} for code, label in settings.LANGUAGES]


def _entry(request, label: str, url: str, icon: str, **more: Any) -> dict:
    path = request.path
    return {
        "label": label,
        "url": url,
        "icon": icon,
        "active": path == url or (url != "/" and path.startswith(url)),
        **more,
    }


def _entity_entry(request, user, name: str, **more: Any) -> list[dict]:
    entity = _BY_NAME.get(name)
    if entity is None or not entity.may(user, Right.VIEW):
        return []
    entry = _entry(request, capfirst(entity.verbose_name_plural()), entity.url("list"), entity.icon, **more)
    if any(child["active"] for child in entry.get("children", ())):
        entry["active"] = False
    return [entry]


def _page_entry(request, label: str, name: str, icon: str, **more: Any) -> list[dict]:
    try:
        return [_entry(request, label, reverse(name), icon, **more)]
    except NoReverseMatch:
        return []


def _groups(request, user, overdue: int) -> list[dict]:
    groups = [
        ("", "", _start_entries(request, overdue)),
        (_("Relationships"), "", _relationship_entries(request, user)),
        (_("Sales"), "", _entity_entries(request, user, "opportunity", "task", "interaction")),
        (_("Administration"), "two-columns", _administration_entries(request, user)),
    ]
    return [{"label": label, "layout": layout, "entries": entries} for label, layout, entries in groups if entries]


def _start_entries(request, overdue: int) -> list[dict]:
    shown = "99+" if overdue > 99 else overdue or None
    work = {"count": shown, "tone": "danger", "count_label": _("overdue")}
    return [
        *_page_entry(request, pgettext("menu", "Home"), "home", "home"),
        *_page_entry(request, _("My work"), "my_work", "checklist", **work),
    ]


def _relationship_entries(request, user) -> list[dict]:
    prospects = _contacts_child(request, "prospect_contacts", _("Prospect contacts"))
    customers = _contacts_child(request, "customer_contacts", _("Customer contacts"))
    return [
        *_entity_entry(request, user, "lead"),
        *_entity_entry(request, user, "prospect", children=prospects),
        *_entity_entry(request, user, "customer", children=customers),
        *_entity_entry(request, user, "account"),
        *_entity_entry(request, user, "contact", children=_without_account(request, user)),
    ]


def _without_account(request, user) -> list[dict]:
    """The contacts that wait for an account, for whoever may give them one; only firms that sell to firms need that."""
    if Firm.current().mode != Firm.Mode.B2B or not may_link(user):
        return []
    return _page_entry(request, _("Without account"), "contact_proposals", "unlink")


def _entity_entries(request, user, *names: str) -> list[dict]:
    return [entry for name in names for entry in _entity_entry(request, user, name)]


def _administration_entries(request, user) -> list[dict]:
    imports = _page_entry(request, _("Import"), "import_list", "file-import")
    return [
        *(imports if _needs_imports(user) else []),
        *_page_entry(request, _("Setup"), "setup", "settings", count=menu_fraction(user) or None),
        *_page_entry(request, _("Trash"), "trash", "trash"),
    ]


def _needs_imports(user) -> bool:
    """Whether user may bring files of anything, or has brought one before: what it made is his to see and to undo."""
    if any(entity.may(user, Right.CREATE) for entity in ENTITIES):
        return True
    return Job.objects.filter(kind="import", created_by=user).exists()


def _contacts_child(request, name: str, label: str) -> list[dict]:
    return _page_entry(request, label, name, "link", short=_("Contacts"))


def _bottom(groups: list[dict]) -> list[dict]:
    wanted = ("home", "my_work", "opportunity_list", "contact_list")
    urls = []
    for name in wanted:
        try:
            urls.append(reverse(name))
        except NoReverseMatch:
            continue
    entries = {entry["url"]: entry for group in groups for entry in group["entries"]}
    return [entries[url] for url in urls if url in entries]


def _creatable(user) -> list[dict]:
    keys = {
        "lead": "l",
        "prospect": "p",
        "contact": "c",
        "opportunity": "o",
        "task": "t",
        "customer": "",
        "interaction": "n",
    }
    return [
        {
            "label": capfirst(entity.verbose_name()),
            "url": entity.url("create"),
            "icon": entity.icon,
            "key": keys[entity.name],
        }
        for entity in ENTITIES
        if entity.name in keys and entity.may(user, Right.CREATE)
    ]


def _go(user) -> dict[str, str]:
    names = {"l": "lead", "p": "prospect", "a": "account", "c": "contact", "o": "opportunity", "k": "task"}
    return {key: _BY_NAME[name].url("list") for key, name in names.items() if name in _BY_NAME}
