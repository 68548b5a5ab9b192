"""The order of events from an empty installation to daily work, with its live progress."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from accounts.models import Account
from activities.models import Interaction, Task
from contacts.cross_referencing import not_cross_referenced
from contacts.models import Contact, CrossReference
from core.pages.pager import shown_count
from leads.models import Lead
from opportunities.models import Opportunity
from setup_values.catalogs import OPTIONAL, REQUIRED
from setup_values.models import Firm
from setup_values.readiness import Missing
from users.models import User

MAX_COUNT = 10_000
NEWEST = 1000
NEEDED = sum(len(catalog.needed_meanings) for catalog in REQUIRED)


@dataclass
class Step:
    """One step: state is done, current (the next thing to do), open, or blocked."""

    key: str
    title: str
    is_done: bool
    text: str = ""
    state: str = "open"
    percent: int | None = None
    url: str = ""
    label: str = ""


@dataclass
class SetupProgress:
    """All steps in order, and what the required catalogs lack."""

    steps: list[Step]
    missing: list[Missing] = field(default_factory=list)

    @property
    def done(self) -> int:
        return sum(step.is_done for step in self.steps)

    @property
    def total(self) -> int:
        return len(self.steps)

    @property
    def percent(self) -> int:
        return round(100 * self.done / self.total)

    @property
    def is_complete(self) -> bool:
        return self.done == self.total

    @property
    def fraction(self) -> str:
        """As the menu shows it: "2/6"."""
        return f"{self.done}/{self.total}"


def uncrossed_contacts() -> QuerySet:
    """The live contacts that stand alone: neither cross-referenced to an account nor the person of one."""
    return Contact.objects.filter(not_cross_referenced())


def newest_contacts() -> QuerySet:
    """The contacts that facts() looks at for one that stands alone: a hundred thousand would be asked at every page."""
    return Contact.objects.order_by("-pk").values("pk")[:NEWEST]


def linked_accounts(lifecycle: str) -> QuerySet:
    """The cross-references of live prospects (or customers)."""
    return CrossReference.objects.filter(account__lifecycle=lifecycle, account__deleted_at__isnull=True)


def facts() -> dict[str, bool]:
    """What is there already, whoever may see it; one query of look-ups by index. All False without a user."""
    present = {
        "contacts": Contact.objects.all(),
        "uncrossed": uncrossed_contacts().filter(pk__in=newest_contacts()),
        "prospects": Account.objects.filter(lifecycle=Account.Lifecycle.PROSPECT),
        "prospect_links": linked_accounts(Account.Lifecycle.PROSPECT),
        "customers": Account.objects.filter(lifecycle=Account.Lifecycle.CUSTOMER),
        "customer_links": linked_accounts(Account.Lifecycle.CUSTOMER),
        "leads": Lead.objects.all(),
        "opportunities": Opportunity.objects.all(),
        "colleagues": User.objects.filter(is_active=True).exclude(pk=OuterRef("pk")),
    }
    for catalog in REQUIRED:
        for meaning in catalog.needed_meanings:
            active = catalog.model.objects.filter(is_active=True, meaning=meaning)
            present[f"{catalog.slug}:{meaning}"] = active
    found = (
        User.objects.filter(is_active=True)
        .order_by("pk")
        .annotate(**{_column(name): Exists(rows) for name, rows in present.items()})
        .values(*map(_column, present))
        .first()
    )
    return {name: bool(found and found[_column(name)]) for name in present}


def _column(name: str) -> str:
    return "has_" + name.replace("-", "_").replace(":", "_")


def setup_progress() -> SetupProgress:
    """The steps with their state, without figures: for the menu and the card on the home page. One query."""
    there = facts()
    missing = [
        Missing(catalog, meanings)
        for catalog in REQUIRED
        if (meanings := tuple(one for one in catalog.needed_meanings if not there[f"{catalog.slug}:{one}"]))
    ]
    is_b2b = Firm.current().mode == Firm.Mode.B2B
    customers_done = there["customers"] and there["customer_links"] and not (is_b2b and there["uncrossed"])
    steps = [
        Step("values", _("Setup values"), not missing),
        Step("contacts", _("Contacts"), there["contacts"]),
        Step("prospects", _("Prospects and their contacts"), there["prospects"] and there["prospect_links"]),
        Step("customers", _("Customers and their contacts"), customers_done),
        Step(
            "work",
            _("Leads, opportunities, tasks, interactions"),
            not missing and (there["leads"] or there["opportunities"]),
        ),
        Step("start", _("Start working"), there["colleagues"]),
    ]
    _link(steps, there)
    _set_states(steps, bool(missing))
    return SetupProgress(steps, missing)


def menu_fraction(user: User) -> str:
    """What stands beside Setup in the menu: "2/6" for administrators until all is done or hidden; one query."""
    if not user.is_administrator or Firm.current().setup_dismissed:
        return ""
    progress = setup_progress()
    return "" if progress.is_complete else progress.fraction


def _set_states(steps: list[Step], is_blocked: bool) -> None:
    current_is_set = False
    for step in steps:
        if step.is_done:
            step.state = "done"
        elif step.key == "work" and is_blocked:
            step.state = "blocked"
        elif not current_is_set:
            step.state, current_is_set = "current", True


def _link(steps: list[Step], there: dict[str, bool]) -> None:
    """Where each step is worked at, and the word on its button."""
    more = {
        "values": (_address("catalogs"), pgettext("link", "Open") if steps[0].is_done else _("Continue")),
        "contacts": (
            _address("import_list") or _address("contact_list"),
            _("Import more") if there["contacts"] else _("Import contacts"),
        ),
        "prospects": (_address("prospect_contacts") or _address("prospect_list"), pgettext("link", "Open")),
        "customers": (_address("customer_contacts") or _address("customer_list"), pgettext("link", "Open")),
        "work": (_address("lead_list"), pgettext("link", "Open")),
        "start": (_address("user_list"), _("Invite the team")),
    }
    for step in steps:
        step.url, step.label = more[step.key]


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def detailed_progress(user: User) -> SetupProgress:
    """`setup_progress` with a line of figures per step, counted among what user may see; about 14 queries."""
    progress = setup_progress()
    steps = {step.key: step for step in progress.steps}
    lacking = sum(len(one.meanings) for one in progress.missing)
    _describe_values(steps["values"], lacking)
    _describe_contacts(steps, user)
    _describe_work(steps["work"], user)
    people = _count(User.objects.filter(is_active=True))
    steps["start"].text = (
        ngettext("%(n)s person works here", "%(n)s people work here", people.number) % {"n": people}
        if steps["start"].is_done
        else _("Invite the team, choose teams and roles")
    )
    return progress


@dataclass(frozen=True)
class Count:
    """A number of rows, counted up to MAX_COUNT."""

    number: int

    def __str__(self) -> str:
        return shown_count(min(self.number, MAX_COUNT), self.number <= MAX_COUNT)


def _count(rows: QuerySet) -> Count:
    return Count(rows.order_by()[: MAX_COUNT + 1].count())


def _describe_values(step: Step, lacking: int) -> None:
    text = _("%(required)d required catalogs, %(optional)d optional ones") % {
        "required": len(REQUIRED),
        "optional": len(OPTIONAL),
    }
    if lacking:
        text += " · " + ngettext("%(n)d value is missing", "%(n)d values are missing", lacking) % {"n": lacking}
        step.percent = round(100 * (NEEDED - lacking) / NEEDED)
    step.text = text


def _describe_contacts(steps: dict[str, Step], user: User) -> None:
    contacts = _count(Contact.objects.visible_to(user))
    steps["contacts"].text = (
        ngettext("%(n)s contact imported or entered", "%(n)s contacts imported or entered", contacts.number)
        % {"n": contacts}
        if contacts.number
        else _("From Outlook, a phone or another CRM, or typed in")
    )
    for key, lifecycle in (
        ("prospects", Account.Lifecycle.PROSPECT),
        ("customers", Account.Lifecycle.CUSTOMER),
    ):
        accounts = _count(Account.objects.visible_to(user).filter(lifecycle=lifecycle))
        links = _count(CrossReference.objects.visible_to(user).filter(pk__in=linked_accounts(lifecycle)))
        steps[key].text = _accounts_text(key, accounts, links)
    alone = _count(uncrossed_contacts().visible_to(user))
    if alone.number and Firm.current().mode == Firm.Mode.B2B:
        steps["customers"].text += " · " + ngettext(
            "%(n)s contact without cross-reference", "%(n)s contacts without cross-reference", alone.number
        ) % {"n": alone}
        steps["customers"].percent = round(100 * (1 - alone.number / max(contacts.number, alone.number)))
        steps["customers"].label = _("Cross-reference %(n)s") % {"n": alone}
        steps["customers"].url = reverse("contact_proposals")


def _accounts_text(key: str, accounts: Count, links: Count) -> str:
    numbers = {"n": accounts, "links": links}
    if key == "prospects":
        text = ngettext("%(n)s prospect", "%(n)s prospects", accounts.number)
    else:
        text = ngettext("%(n)s customer", "%(n)s customers", accounts.number)
    more = ngettext("%(links)s cross-reference", "%(links)s cross-references", links.number)
    return f"{text}, {more}" % numbers


def _describe_work(step: Step, user: User) -> None:
    if step.state == "blocked":
        step.text = _("Unlocked when step 1 is complete")
        return
    counts: list[tuple[Any, str, str]] = [
        (Lead, _("lead"), _("leads")),
        (Opportunity, _("opportunity"), _("opportunities")),
        (Task, _("task"), _("tasks")),
        (Interaction, _("interaction"), _("interactions")),
    ]
    parts = []
    for model, one, many in counts:
        count = _count(model.objects.visible_to(user))
        parts.append(f"{count} {one if count.number == 1 else many}")
    step.text = ", ".join(parts)
