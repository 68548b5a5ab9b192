"""Names in a file that are in no catalog: counted by the dry run, answered once for every row that has them."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import ngettext

from core.pages.pager import shown_count
from setup_values.catalogs import catalog_of
from setup_values.choices import active_values
from setup_values.models import CatalogValue

from .models import Import, ImportRow
from .target_list import target_of
from .value_names import ANSWERS, folded_name, may_create

# Beyond so many different names in one column it is no catalog's column.
MOST_NAMES = 200
# So many are asked for at once; the others come up when those are answered.
MOST_ASKED = 20
Names = dict[str, dict[str, list[Any]]]


class UnknownNames:
    """The names of one dry run; names: {field: {folded name: [name, number of rows]}}, see Import.planned."""

    def __init__(self, names: Names | None = None) -> None:
        self.names: Names = names or {}

    def add(self, rows: Iterable[ImportRow], step: int = 1) -> None:
        """Count the names of rows; step -1 takes them back."""
        for row in rows:
            for field, text in row.details.get("unknown", ()):
                self._count(field, text, step)

    def _count(self, field: str, text: str, step: int) -> None:
        known = self.names.setdefault(field, {})
        key = folded_name(text)
        if key in known:
            known[key][1] += step
        elif step > 0 and len(known) < MOST_NAMES:
            known[key] = [text, step]
        if key in known and known[key][1] < 1:
            del known[key]
        if not known:
            del self.names[field]


def is_answer(model: type[CatalogValue], answer: str) -> bool:
    """Whether an answer is one of the usual ones, or the id of an active value of the catalog."""
    if answer in ANSWERS:
        return True
    return (
        answer.isascii() and answer.isdigit() and len(answer) < 19 and active_values(model).filter(pk=answer).exists()
    )


def questions(work: Import, user: Any) -> list[dict[str, Any]]:
    """The names that the dry run found in no catalog, by field, each with its possible answers; most rows first."""
    target = target_of(work)
    found = []
    for field, names in work.planned.get("unknown", {}).items():
        model = target.catalog(field)
        if model is None:
            continue
        shown = sorted(names.values(), key=lambda name: (-name[1], name[0]))[:MOST_ASKED]
        found.append(
            {
                "field": field,
                "label": target.field_label(field),
                "catalog": catalog_of(model).name,
                "names": [{"text": text, "rows": _rows_text(number)} for text, number in shown],
                "more": len(names) - len(shown),
                "values": [(value.pk, str(value)) for value in active_values(model).order_by(*model._meta.ordering)],
                "may_create": may_create(user, model),
            }
        )
    return found


def _rows_text(number: int) -> str:
    return ngettext("%(n)s row", "%(n)s rows", number) % {"n": shown_count(number)}
