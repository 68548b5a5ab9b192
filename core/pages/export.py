"""Export of what a list shows, of chosen rows or of one record: the page that asks how, and the file itself."""

from collections.abc import Iterator
from datetime import tzinfo
from functools import cached_property
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone, translation
from django.utils.text import capfirst, slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.generic import TemplateView

from core.records.rights import Right

from .entity import Entity
from .export_columns import record_header, record_rows, view_header, view_rows
from .export_formats import DELIMITER_LABELS, DELIMITERS, TABLES, ExportFormat, usual_delimiter, write_table
from .listing import ListQuery
from .mixins import MAX_ID, EntityMixin
from .pager import bounded_count, shown_count

MOST_IDS = 200
VIEW, ALL_FIELDS = "view", "all"
# What the address of the page or the file says beside the list's own search, filters and order.
PARAMETERS = ("format", "columns", "delimiter", "after", "before", "size", "filters")


class ExportChoice:
    """What an address asks to be exported, and how. `chosen` is None where it names no format: the page asks.

    format: a key of the entity's formats; columns: "view" or "all"; delimiter: a key of DELIMITERS; ids: records one by
    one, in place of the list's search, filters and view.
    """

    def __init__(self, entity: type[Entity], request: HttpRequest):
        data = request.GET
        self.entity = entity
        self.user = request.user
        self.query = ListQuery(entity, request)
        self.formats = (*TABLES, *entity.export_formats())
        self.chosen = next((one for one in self.formats if one.key == data.get("format")), None)
        self.columns = VIEW if data.get("columns") == VIEW else ALL_FIELDS
        self.delimiter = data.get("delimiter") if data.get("delimiter") in DELIMITERS else usual_delimiter()
        texts = [text for part in data.getlist("ids") for text in part.split(",")]
        numbers = {int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 20}
        self.ids = sorted(number for number in numbers if number <= MAX_ID)[:MOST_IDS]
        self.is_of_ids = "ids" in data

    def rows(self) -> models.QuerySet:
        """The rows that user sees of what was asked for, and may take along."""
        rows = self.entity.queryset(self.user).filter(pk__in=self.ids) if self.is_of_ids else self.query.rows()
        return self.entity.exportable(rows, self.user)

    @cached_property
    def only(self) -> Any:
        """The record where one alone is exported, else None."""
        return self.rows().first() if len(self.ids) == 1 else None

    def content(self, chosen: ExportFormat) -> Iterator[bytes]:
        """The bytes of the file."""
        if chosen.write_records is not None:
            return chosen.write_records(self.rows(), self.user)
        if self.columns == VIEW:
            header = view_header(self.entity)
            order = {"sort": self.query.sort, "descending": self.query.descending}
            rows = view_rows(self.entity, self.rows(), self.user, **order)
        else:
            header, rows = record_header(self.entity), record_rows(self.entity, self.rows(), self.user)
        title = capfirst(str(self.entity.verbose_name_plural()))
        return write_table(chosen, title, header, rows, delimiter=self.delimiter)

    def file_name(self, chosen: ExportFormat) -> str:
        """Its name: that of the one record, else of the list, with the day."""
        name = slugify(str(self.only))[:60] if self.only is not None else ""
        return f"{name or self.entity.path}-{timezone.localdate():%Y-%m-%d}.{chosen.ending}"


class ExportView(EntityMixin, TemplateView):
    """GET with a list's address. With a `format` the file, streamed; else the page on which to choose one."""

    template_name = "pages/export.html"
    needs_right = Right.EXPORT

    def get(self, request, *args, **kwargs):
        if not self.entity.may(request.user, Right.EXPORT):
            raise PermissionDenied
        choice = ExportChoice(self.entity, request)
        if choice.chosen is None:
            return self.render_to_response(self.page_context(choice))
        language, zone = translation.get_language() or "en", timezone.get_current_timezone()
        content = _as_asked(choice.content(choice.chosen), language, zone)
        response = StreamingHttpResponse(content, content_type=choice.chosen.content_type)
        response["Content-Disposition"] = f'attachment; filename="{choice.file_name(choice.chosen)}"'
        response["X-Content-Type-Options"] = "nosniff"
        return response

    def page_context(self, choice: ExportChoice) -> dict[str, Any]:
        """How many rows there are, what is to be chosen, and the way back."""
        entity, data = self.entity, self.request.GET
        total, exact = bounded_count(choice.rows())
        kept = [(name, value) for name in data for value in data.getlist(name) if name not in PARAMETERS]
        back = data.copy()
        for name in (*PARAMETERS, "ids"):
            back.pop(name, None)
        back_url = entity.url("list") + (f"?{back.urlencode()}" if back else "")
        return_url = choice.only.get_absolute_url() if choice.only is not None else back_url
        return self.get_context_data(
            page_title=_("Export %(what)s") % {"what": choice.only or entity.verbose_name_plural()},
            crumbs=[(capfirst(str(choice.only or entity.verbose_name_plural())), return_url)],
            counted=self._counted(total, exact),
            is_narrowed=not choice.is_of_ids and choice.query.is_narrowed,
            is_empty=total == 0,
            formats=choice.formats,
            first_format=choice.formats[0].key,
            has_records=any(not one.is_table for one in choice.formats),
            view_columns=view_header(entity),
            delimiters=[(key, label, key == choice.delimiter) for key, label in DELIMITER_LABELS.items()],
            kept=kept,
            back_url=return_url,
        )

    def _counted(self, total: int, exact: bool) -> str:
        number = shown_count(total, exact)
        return ngettext("%(number)s row", "%(number)s rows", total) % {"number": number}


def _as_asked(content: Iterator[bytes], language: str, zone: tzinfo) -> Iterator[bytes]:
    """The pieces, made in language and zone of who asked: that is done after the request has ended."""
    while True:
        with translation.override(language), timezone.override(zone):
            piece = next(content, None)
        if piece is None:
            return
        yield piece
