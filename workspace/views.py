"""Home, my work, search and the palette."""

import datetime
from urllib.parse import urlencode

from django.db.models import Q
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from activities.models import Task
from activities.timeline import step_of
from core.pages.recent import recent_records
from setup_values.models import Firm

from .entities import ENTITY_OF
from .finding import find, hint_of
from .home import follow_ups, greeting, home_context
from .navigation import frame
from .setup_guide import setup_progress

GROUP_ROWS = 25
PALETTE_ROWS = 6


@require_GET
def home(request):
    """The first page of every day."""
    now = timezone.localtime()
    context = home_context(request.user, request.GET)
    progress = None if Firm.current().setup_dismissed else setup_progress()
    context |= {
        "page_title": greeting(now, request.user.name),
        "today_text": date_format(now, "DATE_FORMAT"),
        "progress": None if progress is None or progress.is_complete else progress,
    }
    return render(request, "workspace/home.html", context)


@require_GET
def my_work(request):
    """Open tasks of the user by urgency, and what is to be followed up."""
    today = timezone.localdate()
    week = today + datetime.timedelta(days=7)
    tasks = Task.objects.filter(owner=request.user, state=Task.State.OPEN)
    tasks = tasks.select_related("owner", "account", "contact", "lead", "opportunity").order_by(
        "due_date", "start_at", "id"
    )
    groups = [
        ("danger", _("Overdue"), Q(due_date__lt=today)),
        ("success", _("Today"), Q(due_date=today)),
        ("", _("Next seven days"), Q(due_date__gt=today, due_date__lte=week)),
        ("", _("Later"), Q(due_date__gt=week)),
        ("", _("Without a date"), Q(due_date__isnull=True)),
    ]
    shown = []
    for tone, label, condition in groups:
        rows = list(tasks.filter(condition)[: GROUP_ROWS + 1])
        if rows:
            steps = [
                step_of(task, " · ".join(str(one) for one in task.regarding_records()[:2]))
                for task in rows[:GROUP_ROWS]
            ]
            shown.append({"tone": tone, "label": label, "steps": steps, "more": len(rows) > GROUP_ROWS})
    return render(
        request,
        "workspace/my_work.html",
        {"page_title": _("My work"), "groups": shown, "follow": follow_ups(request.user)},
    )


@require_GET
def recent(request):
    """The records opened last: a page, or for the menu of the top bar its entries."""
    template = "workspace/_recent_menu.html" if request.headers.get("HX-Request") else "workspace/recent.html"
    return render(request, template, {"page_title": _("Recent records"), "entries": _recent_entries(request)})


def _recent_entries(request) -> list[dict]:
    found = []
    for record in recent_records(request):
        entity = ENTITY_OF[record.record_type()]
        kind = capfirst(entity.verbose_name())
        found.append({"record": record, "icon": entity.icon, "kind": kind, "hint": hint_of(record)})
    return found


@require_GET
def search(request):
    """All hits for ?q=, per kind."""
    query = request.GET.get("q", "").strip()[:200]
    groups = find(query, request.user)
    for group in groups:
        group.hits = [{"record": record, "hint": hint_of(record)} for record in group.rows]
        group.url += "&" + urlencode({"q": query})
    return render(
        request,
        "workspace/search.html",
        {"page_title": _("Search"), "search_text": query, "groups": groups, "query": query},
    )


@require_GET
def palette(request):
    """What the palette shows while somebody types: records, then actions and pages by their words."""
    query = request.GET.get("q", "").strip()[:200]
    context = frame(request)["frame"]
    pages = [entry for group in context["groups"] for entry in group["entries"]]
    actions = [{**entry, "text": _("New: %(kind)s") % {"kind": entry["label"]}} for entry in context["create"]]
    groups = []
    for label, entries in ((_("Create"), actions), (_("Go to"), [{**page, "text": page["label"]} for page in pages])):
        wanted = [entry for entry in entries if query.casefold() in entry["text"].casefold()][:PALETTE_ROWS]
        if wanted:
            groups.append(
                {
                    "label": label,
                    "items": [{"url": one["url"], "icon": one["icon"], "text": one["text"]} for one in wanted],
                }
            )
    records = [
        {
            "label": group.label,
            "items": [
                {"url": record.get_absolute_url(), "icon": group.icon, "text": str(record), "hint": hint_of(record)}
                for record in group.rows
            ],
        }
        for group in find(query, request.user, rows=4)
    ]
    if not query and (opened := _recent_entries(request)):
        items = [
            {
                "url": one["record"].get_absolute_url(),
                "icon": one["icon"],
                "text": str(one["record"]),
                "hint": one["hint"],
            }
            for one in opened[:PALETTE_ROWS]
        ]
        records = [{"label": _("Recent records"), "items": items}]
    url = f"{reverse('search')}?{urlencode({'q': query})}" if query else ""
    return render(
        request,
        "look/_palette_results.html",
        {"groups": [*records, *groups], "all_url": url, "all_label": _("All hits for “%(query)s”") % {"query": query}},
    )
