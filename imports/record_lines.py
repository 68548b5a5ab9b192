"""Records of any kind as lines of a list: kind, title and address, as far as the reader may see them."""

from collections.abc import Iterable
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from core.records.models import Record
from core.records.registry import record_model

# What the title of a record is made of, fetched in the same query.
TITLE_FROM = {"crossreference": ("contact", "account", "lead"), "stage": ("process",)}


class Lines:
    """The records of one page, read in one query per kind; what is in the trash has a title but no address."""

    def __init__(self, keys: Iterable[tuple[str, int]], user: Any) -> None:
        wanted: dict[str, set[int]] = {}
        for record_type, pk in keys:
            wanted.setdefault(record_type, set()).add(pk)
        self.found: dict[tuple[str, int], Record] = {}
        for record_type, ids in wanted.items():
            rows = record_model(record_type).all_objects.visible_to(user)
            if related := TITLE_FROM.get(record_type):
                rows = rows.select_related(*related)
            self.found |= {(record_type, pk): record for pk, record in rows.in_bulk(ids).items()}

    def line(self, record_type: str, pk: int) -> dict[str, Any]:
        """{"kind", "title", "url", "is_trashed"} of a record."""
        record = self.found.get((record_type, pk))
        has_page = record is not None and not record.is_trashed and hasattr(record, "get_absolute_url")
        return {
            "kind": capfirst(str(record_model(record_type)._meta.verbose_name)),
            "title": str(record) if record is not None else _("a record that you may not see"),
            "url": record.get_absolute_url() if has_page else "",
            "is_trashed": record is not None and record.is_trashed,
        }

    def text(self, record_type: str, pk: int) -> str:
        """Kind and title in one: opportunity “Valves 2026”."""
        line = self.line(record_type, pk)
        return _("%(kind)s “%(title)s”") % {"kind": line["kind"].lower(), "title": line["title"]}
