"""The list page of every entity: tabs, search, filters, sorting, keyset pages; as many queries at any size."""

from typing import Any

from django.utils.translation import gettext as _
from django.views.generic import TemplateView

from core.records.rights import Right

from .entity import Entity, Tab, declared_columns
from .filters import ListFilters
from .mixins import EntityMixin
from .pager import PAGE_SIZES, bounded_count, get_page, shown_count


class ListQuery:
    """What a list address asks for; bulk actions and exports read the same address and mean the same rows."""

    def __init__(self, entity: type[Entity], request):
        self.entity = entity
        self.request = request
        self.tab = self._tab(request.GET.get("view", ""))
        self.text = request.GET.get("q", "").strip()[:200]
        self.filters = ListFilters(entity, request)
        self.sort, self.descending = self._sort(request.GET.get("sort", ""))
        size = request.GET.get("size", "")
        self.size = int(size) if size in {str(number) for number in PAGE_SIZES} else PAGE_SIZES[0]

    def _tab(self, key: str) -> Tab:
        return next((tab for tab in self.entity.tabs if tab.key == key), self.entity.tabs[0])

    def _sort(self, asked: str) -> tuple[str, bool]:
        """(column, descending) from a declared name, else the tab's or the entity's own order."""
        column = declared_columns(self.entity).get(asked.removeprefix("-"))
        if column is not None and column.sort:
            return column.sort, asked.startswith("-")
        order = self.tab.sort or self.entity.ordering or "pk"
        return order.removeprefix("-"), order.startswith("-")

    def rows(self):
        """All rows that match, unsorted and unpaged."""
        rows = self.entity.queryset(self.request.user)
        if self.tab.condition is not None:
            rows = rows.filter(self.tab.condition(self.request.user))
        rows = self.filters.apply(rows)
        return self.entity.search(rows, self.text) if self.text else rows

    @property
    def is_narrowed(self) -> bool:
        """Whether search, filter or tab leave rows out."""
        return bool(self.text or self.filters.is_active or self.tab.condition)

    def address(self, **changes: Any) -> str:
        """The query string with changes; None takes a part away; paging starts anew unless it is part of them."""
        data = self.request.GET.copy()
        for name in ("after", "before", "filters"):
            data.pop(name, None)
        for name, value in changes.items():
            if value is None:
                data.pop(name, None)
            else:
                data[name] = value
        return f"?{data.urlencode()}"


class RecordListView(EntityMixin, TemplateView):
    """GET of a list."""

    template_name = "pages/list.html"
    needs_right = Right.VIEW

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        request, entity = self.request, self.entity
        query = ListQuery(entity, request)
        rows = query.rows()
        page = get_page(
            rows.select_related(*entity.list_select_related),
            sort=query.sort,
            descending=query.descending,
            after=request.GET.get("after", ""),
            before=request.GET.get("before", ""),
            size=query.size,
        )
        entity.decorate(page.rows, request.user)
        total, exact = bounded_count(rows)
        gate = entity.gate(request.user)
        return context | {
            "page_title": entity.verbose_name_plural(),
            "query": query,
            "tabs": self._tabs(query, total, exact),
            "columns": [self._head(column, query) for column in entity.list_display],
            "rows": [self._row(record) for record in page.rows],
            "page": page,
            "before_url": query.address(before=page.before) if page.before else "",
            "after_url": query.address(after=page.after) if page.after else "",
            "total": total,
            "total_exact": exact,
            "total_shown": shown_count(total, exact),
            "select_all_label": self._select_all(len(page.rows), total, exact),
            "chips": query.filters.chips(),
            "filters_open": "filters" in request.GET or query.filters.is_refused,
            "filters_url": query.address(filters="1"),
            "clear_url": query.address(**dict.fromkeys([*query.filters.data, "q"])),
            "kept": [(name, value) for name, value in request.GET.items() if name in {"view", "sort", "size"}],
            "sizes": [(number, query.address(size=number), number == query.size) for number in PAGE_SIZES],
            "gate": gate,
            "empty": None if page.rows else entity.empty_state(request.user),
            "all_url": entity.url("list"),
            **self._buttons(query, gate),
        }

    def _buttons(self, query: ListQuery, gate: Any) -> dict[str, Any]:
        """What the user may start from here."""
        entity, user = self.entity, self.request.user
        actions = entity.bulk_actions(user)
        may_export = entity.may(user, Right.EXPORT)
        if entity.bulk_fields and entity.may(user, Right.EDIT):
            actions.insert(0, {"name": "edit", "label": _("Edit"), "icon": "pencil"})
        if may_export:
            actions.append({"name": "export", "label": _("Export"), "icon": "download"})
        if entity.may(user, Right.DELETE):
            actions.append({"name": "delete", "label": _("Delete"), "icon": "trash", "danger": True})
        address = query.address()
        return {
            "may_create": entity.may(user, Right.CREATE) and gate is None,
            "create_url": entity.url("create"),
            "create_label": _("New %(kind)s") % {"kind": entity.verbose_name()},
            "may_export": may_export,
            "export_url": entity.url("export") + address,
            "import_url": entity.import_url(user),
            "import_label": _("Import") if entity.import_url(user) else "",
            "bulk_url": entity.url("bulk") + address,
            "bulk_actions": actions,
            "may_bulk": bool(actions),
        }

    def _select_all(self, shown: int, total: int, exact: bool) -> str:
        """What the box says that chooses more than this page shows; "" when there is no more."""
        if total <= shown:
            return ""
        return _("Select all %(n)s that match") % {"n": shown_count(total, exact)}

    def _tabs(self, query: ListQuery, total: int, exact: bool) -> list[dict]:
        count = shown_count(total, exact)
        return [
            {
                "label": tab.label,
                "url": query.address(view=tab.key),
                "active": tab is query.tab,
                "count": count if tab is query.tab else "",
                "warn": tab.warn and tab is query.tab and total > 0,
            }
            for tab in self.entity.tabs
        ]

    def _head(self, column, query: ListQuery) -> dict:
        sorted_here = bool(column.sort) and column.sort == query.sort
        turned = sorted_here and not query.descending
        return {
            "label": column.label,
            "css": column.head_css,
            "url": query.address(sort=f"-{column.name}" if turned else column.name) if column.sort else "",
            "direction": ("descending" if query.descending else "ascending") if sorted_here else "",
        }

    def _row(self, record) -> dict:
        cells = [(column.css, column.cell(record), column.label) for column in self.entity.list_display]
        return {"pk": record.pk, "title": str(record), "title_cell": cells[0], "cells": cells[1:]}
