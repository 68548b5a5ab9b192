"""Deleting with a preview of what goes along, and the trash from which the whole unit comes back."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.generic import TemplateView, View

from core.jobs.restoring import is_large, start_restoring
from core.records.means import Means
from core.records.models import Record, TrashUnit
from core.records.refusals import RecordChanged
from core.records.registry import record_model
from core.records.rights import Right
from core.records.trash import (
    AlreadyRestored,
    NotAllToDelete,
    UnitPlan,
    delete_record,
    plan_deletion,
    refuse_foreign_parts,
    restore,
)
from core.records.undo_log import Undo

from .mixins import EntityMixin
from .pager import get_page

# SQLite takes 32,766 values in one statement; nobody reads an exact number beyond this.
MOST_COUNTED = 10_000


def count_lines(counts: dict[str, int]) -> list[tuple[int, str]]:
    """[(number, "contacts")] in words, the record itself included."""
    lines = []
    for record_type, number in counts.items():
        meta = record_model(record_type)._meta
        lines.append((number, meta.verbose_name if number == 1 else meta.verbose_name_plural))
    return lines


class RecordDeleteView(EntityMixin, TemplateView):
    """GET shows exactly what goes and what stays; POST puts it into the trash as one unit."""

    template_name = "pages/delete.html"
    needs_right = Right.DELETE

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        record = self.get_record(Right.DELETE)
        plan = plan_deletion(record)
        try:
            refuse_foreign_parts(plan, self.request.user)
        except NotAllToDelete:
            # Neither which parts nor how many: not even of those that the user may see.
            is_refused, goes, stays = True, {}, {}
        else:
            is_refused, goes, stays = False, plan.counts(), self._staying(plan)
            goes[record.record_type()] -= 1
        return super().get_context_data(
            record=record,
            is_refused=is_refused,
            goes=count_lines({name: number for name, number in goes.items() if number}),
            stays=count_lines(stays),
            page_title=_("Delete %(what)s") % {"what": str(record)},
            cancel_url=record.get_absolute_url(),
            crumbs=[
                (capfirst(self.entity.verbose_name_plural()), self.entity.url("list")),
                (str(record), record.get_absolute_url()),
            ],
            **kwargs,
        )

    def _staying(self, plan: UnitPlan) -> dict[str, int]:
        """{record type: number} of what stays, as far as the user sees it."""
        counts = {}
        for model, ids in plan.stays.items():
            if number := model.objects.visible_to(self.request.user).filter(pk__in=list(ids)[:MOST_COUNTED]).count():
                counts[model.record_type()] = number
        return counts

    def post(self, request, *args, **kwargs):
        record = self.get_record(Right.DELETE)
        try:
            unit = delete_record(record, actor=request.user, means=Means("form"))
        except NotAllToDelete:
            messages.error(request, _("Not deleted: parts of it belong to others."))
            return HttpResponseRedirect(record.get_absolute_url())
        except ValidationError as error:
            messages.error(request, _("Not deleted: %(reason)s") % {"reason": " ".join(error.messages)})
            return HttpResponseRedirect(record.get_absolute_url())
        except RecordChanged:
            messages.info(request, _("It is in the trash already."))
            return HttpResponseRedirect(self.entity.url("list"))
        messages.success(
            request,
            _("%(what)s is in the trash.") % {"what": str(record)},
            extra_tags=f"undo:{reverse('trash_restore', args=[unit.pk])}",
        )
        return HttpResponseRedirect(self.entity.url("list"))


def may_restore(user, unit: TrashUnit) -> bool:
    """Who put it there may bring it back, and administrators."""
    return user.is_administrator or unit.deleted_by_id == user.pk


class TrashView(TemplateView):
    """What is in the trash: a user's own deletions, all of them for administrators."""

    template_name = "pages/trash.html"

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        request = self.request
        units = TrashUnit.objects.filter(restored_at__isnull=True).select_related("deleted_by", "restore_job")
        if not request.user.is_administrator:
            units = units.filter(deleted_by=request.user)
        page = get_page(
            units,
            sort="deleted_at",
            descending=True,
            after=request.GET.get("after", ""),
            before=request.GET.get("before", ""),
        )
        undone = set(Undo.objects.filter(unit__in=[unit.pk for unit in page.rows]).values_list("unit_id", flat=True))
        rows = [
            {
                "unit": unit,
                "kind": _("Undone operation")
                if unit.pk in undone
                else capfirst(record_model(unit.record_type)._meta.verbose_name),
                "job": unit.restore_job,
                "parts": count_lines(unit.counts),
            }
            for unit in page.rows
        ]
        return super().get_context_data(page_title=_("Trash"), rows=rows, page=page, active="trash", **kwargs)


class RestoreView(View):
    """POST brings exactly one unit back."""

    http_method_names = ["post"]

    def post(self, request, pk: int):
        unit = get_object_or_404(TrashUnit.objects.select_related("restore_job"), pk=pk)
        if not may_restore(request.user, unit):
            raise Http404
        try:
            if is_large(unit):
                start_restoring(unit, actor=request.user)
                messages.info(request, _("%(what)s is being restored; that takes some minutes.") % {"what": unit.title})
                return HttpResponseRedirect(reverse("trash"))
            restore(unit, actor=request.user, means=Means("trash"))
        except AlreadyRestored:
            messages.info(request, _("It has been restored already."))
        except ValidationError as error:
            messages.error(request, _("Not restored: %(reason)s") % {"reason": " ".join(error.messages)})
            return HttpResponseRedirect(reverse("trash"))
        else:
            messages.success(request, _("%(what)s is back.") % {"what": unit.title})
        return HttpResponseRedirect(self.target(unit))

    def target(self, unit: TrashUnit) -> str:
        """The page of the restored record, where it has one that the user may see."""
        model: type[Record] = record_model(unit.record_type)
        record = model.objects.visible_to(self.request.user).filter(pk=unit.record_id).first()
        has_page = record is not None and hasattr(record, "get_absolute_url")
        return record.get_absolute_url() if has_page else reverse("trash")
