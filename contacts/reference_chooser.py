"""The left half of the cross-reference pages: who can be chosen, by search and filters."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.models import Account
from core.pages.pager import Page, get_page
from core.records.search_text import matching

from .cross_referencing import not_cross_referenced
from .models import Contact, CrossReference

PAGE_SIZE = 25


@dataclass(frozen=True)
class Choice:
    """One filter with its values: name in the address, label, [(value, text, address)], the present text."""

    name: str
    label: str
    options: list[tuple[str, str, str]]
    present: str
    present_value: str
    clear_url: str


class Chooser:
    """What the left half asks for and shows; subclasses say which records. `param` names the chosen one's id."""

    param = ""
    sort = ""
    filters: tuple[str, ...] = ()

    def __init__(self, request: HttpRequest):
        self.request = request
        self.user = request.user
        self.text = request.GET.get("q", "").strip()[:200]
        self.set = {name: request.GET.get(name, "") for name in self.filters}

    # -- rows -----------------------------------------------------------------------------------
    def all_rows(self) -> QuerySet:
        """Everything that may be chosen, unfiltered."""
        raise NotImplementedError

    def rows(self) -> QuerySet:
        """What search and filters leave."""
        rows = self.all_rows()
        for name, value in self.set.items():
            rows = getattr(self, f"filter_{name}")(rows, value)
        return matching(rows, self.text) if self.text else rows

    def filter_owner(self, rows: QuerySet, value: str) -> QuerySet:
        """Rows of the user, of the user's team, or of nobody; everything for any other value."""
        if value == "me":
            return rows.filter(owner_id=self.user.pk)
        if value == "team" and self.user.team_id:
            return rows.filter(team_id=self.user.team_id)
        return rows.filter(owner__isnull=True) if value == "none" else rows

    def page(self) -> Page:
        """The rows of this page of the list."""
        get = self.request.GET
        return get_page(
            self.rows(), sort=self.sort, after=get.get("after", ""), before=get.get("before", ""), size=PAGE_SIZE
        )

    def shown(self, page: Page, chosen: Any) -> list[dict]:
        """The rows as the template shows them: {"label", "sub", "url", "count", "is_current"}.

        A chosen one that stands on another page comes first.
        """
        rows = page.rows
        if chosen is not None and chosen.pk not in {row.pk for row in rows}:
            rows = [chosen, *rows]
        counts = self.counts([row.pk for row in rows])
        return [
            {
                "label": str(row),
                "sub": self.sub(row),
                "url": self.address(**{self.param: row.pk}),
                "count": counts.get(row.pk, 0),
                "is_current": chosen is not None and row.pk == chosen.pk,
            }
            for row in rows
        ]

    def counts(self, ids: list[int]) -> dict[int, int]:
        """{id: number at the other end} as far as the user sees it; one query."""
        column = f"{self.param}_id"
        rows = CrossReference.objects.visible_to(self.user).filter(**{f"{self.param}__in": ids}).order_by()
        other = "contact_id" if self.param == "account" else "account_id"
        return dict(rows.values_list(column).annotate(number=Count(other, distinct=True)))

    def sub(self, row: Any) -> str:
        """The second line of a row."""
        raise NotImplementedError

    # -- addresses ------------------------------------------------------------------------------
    def address(self, **changes: Any) -> str:
        """The query of the page with changes; None takes a part away, another filter begins at the first page."""
        data = self.request.GET.copy()
        if self.param not in changes:
            data.pop(self.param, None)
        if not {"after", "before", self.param} & set(changes):
            changes = {"after": None, "before": None, **changes}
        data.pop("find", None)
        for name, value in changes.items():
            if value is None:
                data.pop(name, None)
            else:
                data[name] = value
        return f"?{data.urlencode()}"

    def choices(self) -> list[Choice]:
        """The filters with their values."""
        labels = {"owner": _("Owner"), "contacts": _("Contacts"), "linked": _("Accounts")}
        found = []
        for name in self.filters:
            values = getattr(self, f"values_{name}")()
            present = self.set[name] if self.set[name] in dict(values) else ""
            options = [(value, text, self.address(**{name: value or None})) for value, text in values]
            clear = self.address(**{name: None})
            found.append(Choice(name, labels[name], options, dict(values)[present], present, clear))
        return found

    def values_owner(self) -> list[tuple[str, str]]:
        return [("", _("any")), ("me", _("me")), ("team", _("my team")), ("none", _("nobody"))]

    @property
    def is_narrowed(self) -> bool:
        return bool(self.text or any(self.set.values()))


class AccountChooser(Chooser):
    """Prospects or customers that are organizations."""

    param = "account"
    sort = "folded_name"
    filters = ("owner", "contacts")
    lifecycles: tuple[str, ...] = ()

    def __init__(self, request: HttpRequest, lifecycles: tuple[str, ...]):
        self.lifecycles = lifecycles
        super().__init__(request)

    def all_rows(self) -> QuerySet:
        rows = Account.objects.visible_to(self.user).select_related("territory")
        return rows.filter(lifecycle__in=self.lifecycles, kind=Account.Kind.ORGANIZATION)

    def filter_contacts(self, rows: QuerySet, value: str) -> QuerySet:
        """Accounts with contacts, or without any, as far as the user sees them."""
        links = Exists(CrossReference.objects.visible_to(self.user).filter(account=OuterRef("pk")))
        return rows.filter(Q(links)) if value == "some" else rows.filter(~links) if value == "none" else rows

    def values_contacts(self) -> list[tuple[str, str]]:
        return [("", _("any")), ("some", _("at least one")), ("none", _("none"))]

    def sub(self, row: Account) -> str:
        return " · ".join(part for part in (row.billing_city, row.territory.name if row.territory_id else "") if part)


class ContactChooser(Chooser):
    """Contacts, all or only those that are not cross-referenced yet."""

    param = "contact"
    sort = "sort_name"
    filters = ("owner", "linked")

    def all_rows(self) -> QuerySet:
        return Contact.objects.visible_to(self.user)

    def filter_linked(self, rows: QuerySet, value: str) -> QuerySet:
        """Contacts with an account, or without."""
        return (
            rows.filter(not_cross_referenced())
            if value == "none"
            else rows.exclude(not_cross_referenced())
            if value == "some"
            else rows
        )

    def values_linked(self) -> list[tuple[str, str]]:
        return [("", _("any")), ("some", _("at least one")), ("none", _("none"))]

    def sub(self, row: Contact) -> str:
        return " · ".join(part for part in (row.job_title, row.company_name or row.email) if part)
