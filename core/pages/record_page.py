"""The page of one record: head, details by section, timeline of the entity, related cards."""

from typing import Any

from django.db.models import ForeignKey
from django.utils.text import capfirst
from django.views.generic import TemplateView

from core.records.child_rows import child_model
from core.records.rights import Right

from .details import detail_sections
from .mixins import EntityMixin
from .recent import remember_opened


class RecordDetailView(EntityMixin, TemplateView):
    """GET of one record."""

    needs_right = Right.VIEW

    def get_template_names(self) -> list[str]:
        return [self.entity.detail_template]

    def render_to_response(self, context, **kwargs):
        response = super().render_to_response(context, **kwargs)
        remember_opened(self.request, response, context["record"])
        return response

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        entity, user = self.entity, self.request.user
        record = self.get_record(also=(Right.EDIT, Right.DELETE))
        may_edit = record.allows(user, Right.EDIT)
        closed = entity.is_read_only(record)
        children = {
            inline.name: self._children(inline.name, record) if entity.has_children(record, inline.name) else []
            for inline in entity.inlines
        }
        context |= {
            "page_title": entity.title(record),
            "record": record,
            "badges": entity.badges(record),
            "facts": entity.facts(record),
            "sections": detail_sections(entity, record, children),
            "actions": entity.actions(record, user) if may_edit else [],
            "cards": entity.cards(record, user),
            "may_edit": may_edit,
            "may_change_fields": may_edit and not closed,
            "may_delete": may_edit and record.allows(user, Right.DELETE),
            "is_read_only": closed,
            "crumbs": [(capfirst(entity.verbose_name_plural()), entity.url("list"))],
            "edit_url": entity.url("edit", record.pk),
            "delete_url": entity.url("delete", record.pk),
            "history_url": entity.url("history", record.pk),
            "export_url": f"{entity.url('export')}?ids={record.pk}" if entity.may(user, Right.EXPORT) else "",
        }
        return context | entity.extra_context(self.request, record)

    def _children(self, name: str, record) -> list:
        """The rows of one inline with what they point at; one query."""
        model = child_model(self.entity.model, name)
        keys = [
            column.name
            for column in model._meta.concrete_fields
            if isinstance(column, ForeignKey) and column.name != "parent"
        ]
        return list(model.objects.filter(parent=record.pk).select_related(*keys))
