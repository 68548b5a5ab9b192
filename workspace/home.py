"""The figures and lists of the home page: my day, pipeline and closed sales per currency."""

import datetime
import math
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, F, Min, Q, QuerySet, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from activities.models import Interaction, Task
from activities.timeline import step_of
from core.pages.pager import bounded_count, shown_count
from core.pages.templatetags.look import money
from core.records.rights import Right, Scope
from opportunities.models import Opportunity
from opportunities.stages import without_next_step
from setup_values.models import Firm, Stage

ROWS = 6
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Reach:
    """Whose figures are shown, with the view of the opportunity list that means the same."""

    key: str
    label: str
    view: str
    team_id: int | None = None

    @property
    def filters(self) -> dict[str, Any]:
        """The filter of the opportunity list that means the same, for views that show everybody's."""
        return {"me": {"owner": "me"}, "team": {"team": self.team_id}}.get(self.key, {})


def reaches(user: Any) -> list[Reach]:
    """What the user may choose; one entry for somebody who sees only the own."""
    found = [Reach("me", _("Mine"), "mine")]
    scope = user.scope("opportunity", Right.VIEW)
    if user.team_id and scope in (Scope.TEAM, Scope.ALL, Scope.TERRITORY):
        found.append(Reach("team", _("My team"), "team", user.team_id))
    if scope == Scope.ALL:
        found.append(Reach("all", _("All"), "open"))
    return found


def opportunities_in(reach: Reach, user: Any) -> QuerySet:
    """The opportunities behind the figures; always within what the user sees."""
    rows = Opportunity.objects.visible_to(user)
    if reach.key == "me":
        return rows.filter(owner=user)
    return rows.filter(team_id=user.team_id) if reach.key == "team" else rows


def fiscal_year_start(today: datetime.date, first_month: int) -> datetime.date:
    """The first day of the fiscal year in which today lies."""
    year = today.year if today.month >= first_month else today.year - 1
    return datetime.date(year, first_month, 1)


def sums_by_currency(rows: QuerySet, column: str) -> list[tuple[str, Decimal, int]]:
    """[(currency, sum, number)], the largest number first; sums never mix currencies."""
    found = rows.order_by().values_list("currency").annotate(total=Sum(column), number=Count("pk"))
    return sorted(
        ((currency, (total or Decimal(0)).quantize(CENT), number) for currency, total, number in found),
        key=lambda item: -item[2],
    )


def figure(rows: QuerySet) -> str:
    """How many rows there are, "1,000+" beyond that."""
    return shown_count(*bounded_count(rows))


def list_url(name: str, **query: Any) -> str:
    """The address of a list with its query."""
    return f"{reverse(name)}?{urlencode(query)}"


def day_figures(user: Any) -> dict:
    """The user's own day: counts, and the most urgent rows of each group."""
    today = timezone.localdate()
    mine = Task.objects.filter(owner=user, state=Task.State.OPEN)
    counts = mine.filter(due_date__lte=today).aggregate(
        overdue=Count("pk", filter=Q(due_date__lt=today)),
        oldest=Min("due_date"),
        today=Count("pk", filter=Q(due_date=today)),
        meetings=Count("pk", filter=Q(due_date=today, kind=Task.Kind.MEETING)),
    )
    rows = mine.select_related("owner", "account", "contact", "lead", "opportunity").order_by(
        "due_date", "start_at", "id"
    )
    return {
        "overdue": counts["overdue"],
        "oldest_days": (today - counts["oldest"]).days if counts["overdue"] else 0,
        "today": counts["today"],
        "meetings": counts["meetings"],
        "overdue_steps": [_step(task) for task in rows.filter(due_date__lt=today)[:ROWS]],
        "today_steps": [_step(task) for task in rows.filter(due_date=today)[:ROWS]],
    }


def _step(task: Task) -> dict:
    about = " · ".join(str(record) for record in task.regarding_records()[:2])
    return step_of(task, about) | {"owner": ""}


def follow_ups(user: Any) -> dict:
    """Interactions to follow up within a week: {"count", "rows", "url"}."""
    until = timezone.localdate() + datetime.timedelta(days=7)
    rows = Interaction.objects.filter(owner=user, follow_up_date__lte=until, followed_up_at__isnull=True)
    shown = rows.select_related("account", "contact", "lead", "opportunity").order_by("follow_up_date", "id")[:ROWS]
    url = list_url("interaction_list", view="follow_ups", follow_up_date_to=until.isoformat())
    return {"count": figure(rows), "rows": list(shown), "url": url}


def deals_without_step(rows: QuerySet, user: Any) -> dict:
    """{"count", "rows"} of open opportunities without a planned task."""
    bare = rows.filter(without_next_step())
    shown = bare.select_related("account").order_by(F("amount").desc(nulls_last=True), "id")
    return {"count": figure(bare), "rows": list(shown[:ROWS])}


def pipeline(rows: QuerySet, reach: Reach, currency: str) -> dict:
    """Open amounts per currency, and per stage in one of them."""
    groups = list(
        rows.filter(state=Opportunity.State.OPEN)
        .order_by()
        .values("currency", "stage_id")
        .annotate(total=Sum("amount"), number=Count("pk"))
    )
    sums = totals_of(groups)
    currencies = [code for code, _total, _number in sums]
    chosen = currency if currency in currencies else (currencies[0] if currencies else "")
    groups = [group for group in groups if group["currency"] == chosen]
    stages = Stage.all_objects.in_bulk({group["stage_id"] for group in groups if group["stage_id"]})
    places = {pk: (stage.position, pk) for pk, stage in stages.items()}
    groups.sort(key=lambda group: places.get(group["stage_id"], (math.inf, 0)))
    largest = max((group["total"] or 0 for group in groups), default=0)
    return {
        "sums": [
            {"text": money(total, code), "url": list_url("opportunity_list", view=reach.view, currency=code)}
            for code, total, _number in sums
        ],
        "currency": chosen,
        "currencies": [{"code": code, "active": code == chosen} for code in currencies],
        "total": next((money(total, code) for code, total, _number in sums if code == chosen), ""),
        "number": next((number for code, _total, number in sums if code == chosen), 0),
        "open": sum(number for _code, _total, number in sums),
        "url": list_url("opportunity_list", view=reach.view, currency=chosen)
        if chosen
        else reverse("opportunity_list"),
        "stages": [_stage_row(group, stages.get(group["stage_id"]), largest, reach) for group in groups],
    }


def totals_of(groups: list[dict]) -> list[tuple[str, Decimal, int]]:
    """[(currency, sum, number)] over all stages, the largest number first."""
    found: dict[str, tuple[Decimal, int]] = {}
    for group in groups:
        total, number = found.get(group["currency"], (Decimal(0), 0))
        found[group["currency"]] = (total + (group["total"] or 0), number + group["number"])
    return sorted(
        ((code, total.quantize(CENT), number) for code, (total, number) in found.items()), key=lambda item: -item[2]
    )


def _stage_row(group: dict, stage: Stage | None, largest: Decimal, reach: Reach) -> dict:
    total = group["total"] or Decimal(0)
    query = {"view": reach.view, "currency": group["currency"]}
    if stage:
        query["stage"] = stage.pk
    return {
        "name": stage.name if stage else _("Without stage"),
        "colour": stage.colour if stage else "gray",
        "count": group["number"],
        "width": int(total * 70 / largest) + 2 if largest else 2,
        "amount": money(total, group["currency"]),
        "url": list_url("opportunity_list", **query),
    }


def closed(rows: QuerySet, reach: Reach) -> dict:
    """Won amounts of this fiscal year per currency, and how many were won and lost."""
    start = fiscal_year_start(timezone.localdate(), Firm.current().fiscal_year_start)
    since = rows.filter(closed_date__gte=start)
    won = sums_by_currency(since.filter(state=Opportunity.State.WON), "actual_amount")
    lost = since.filter(state=Opportunity.State.LOST).count()
    return {
        "since": start,
        "won": [
            {
                "text": money(total, code),
                "number": number,
                "url": list_url(
                    "opportunity_list", view="won", currency=code, closed_date_from=start.isoformat(), **reach.filters
                ),
            }
            for code, total, number in won
        ],
        "lost": lost,
        "lost_url": list_url("opportunity_list", view="lost", closed_date_from=start.isoformat(), **reach.filters),
    }


def home_context(user: Any, data: Any) -> dict:
    """Everything that templates/workspace/home.html shows. data: the GET (`who`, `currency`)."""
    choices = reaches(user)
    reach = next((one for one in choices if one.key == data.get("who")), choices[0])
    rows = opportunities_in(reach, user)
    day = day_figures(user)
    return {
        "reach": reach,
        "reaches": [{"label": one.label, "url": f"?who={one.key}", "active": one is reach} for one in choices],
        "day": day,
        "day_line": _day_line(day),
        "follow": follow_ups(user),
        "bare_url": list_url("opportunity_list", view="no_step", **reach.filters),
        "bare": deals_without_step(rows, user),
        "pipeline": pipeline(rows, reach, data.get("currency", "")),
        "closed": closed(rows, reach),
    }


def _day_line(day: dict) -> str:
    meetings = ngettext("%(n)d meeting", "%(n)d meetings", day["meetings"]) % {"n": day["meetings"]}
    others = day["today"] - day["meetings"]
    tasks = ngettext("%(n)d task", "%(n)d tasks", others) % {"n": others}
    return _("%(meetings)s and %(tasks)s today") % {"meetings": meetings, "tasks": tasks}


def greeting(now: datetime.datetime, name: str) -> str:
    """A greeting by the user's own clock and first name."""
    first = name.split()[0] if name.split() else name
    if 5 <= now.hour < 12:
        return _("Good morning, %(name)s") % {"name": first}
    if 12 <= now.hour < 20:
        return _("Good afternoon, %(name)s") % {"name": first}
    return _("Good evening, %(name)s") % {"name": first}
