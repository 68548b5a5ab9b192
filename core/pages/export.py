"""Export of what is on the screen: same filters, same rights, streamed as CSV with formulas made harmless."""

import csv
from collections.abc import Iterator
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import StreamingHttpResponse
from django.utils import timezone
from django.views.generic import View

from core.records import child_rows
from core.records.door import records_in
from core.records.rights import Right

from .listing import ListQuery
from .mixins import EntityMixin
from .resources import resource_class


class _Echo:
    """A file that hands back what is written to it: the csv module writes rows, the response streams them."""

    def write(self, text: str) -> str:
        return text


class ExportView(EntityMixin, View):
    """GET with the list's address: its rows as CSV (UTF-8 with BOM), in order of id."""

    needs_right = Right.EXPORT

    def get(self, request, *args, **kwargs):
        if not self.entity.may(request.user, Right.EXPORT):
            raise PermissionDenied
        rows = ListQuery(self.entity, request).rows()
        response = StreamingHttpResponse(self.lines(rows), content_type="text/csv; charset=utf-8")
        name = f"{self.entity.path}-{timezone.localdate():%Y-%m-%d}.csv"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    def lines(self, rows) -> Iterator[Any]:
        resource = resource_class(self.entity)()
        writer = csv.writer(_Echo())
        columns = resource.get_export_fields()
        yield "\ufeff" + writer.writerow([column.column_name for column in columns])
        model = self.entity.model
        for batch in records_in(rows.select_related(*self.entity.foreign_keys())):
            ids = [record.pk for record in batch]
            children = {inline.name: child_rows.load(model, inline.name, ids) for inline in self.entity.inlines}
            for record in batch:
                record._children = {name: by_id.get(record.pk, []) for name, by_id in children.items()}
                yield writer.writerow([resource.export_field(column, record) for column in columns])
