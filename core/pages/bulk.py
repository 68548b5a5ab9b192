"""Bulk actions on chosen rows or on all that match: edit fields and delete, with a preview and a result per row."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.generic import TemplateView

from core.records.door import save_record
from core.records.means import Means
from core.records.refusals import RecordChanged
from core.records.rights import Right
from core.records.trash import NotAllToDelete, delete_record

from .forms import dress, form_field
from .listing import ListQuery
from .mixins import MAX_ID, EntityMixin
from .pager import bounded_count

# More rows than this are background work, which comes with the views.
MOST_ROWS = 200
MAX_DIGITS = len(str(MAX_ID))


class BulkView(EntityMixin, TemplateView):
    """POST with `action` (edit, delete, or one of the entity's own) and the chosen ids; asks first, then does it."""

    template_name = "pages/bulk.html"
    http_method_names = ["post"]
    needs_right = Right.VIEW

    def post(self, request, *args, **kwargs):
        action = request.POST.get("action", "")
        if action == "export":
            return HttpResponseRedirect(self.export_address())
        rows, total, is_cut = self.chosen(self.right_of(action))
        if action not in {"edit", "delete", *self.own_actions()} or not rows:
            return HttpResponseRedirect(self.entity.url("list") + f"?{request.GET.urlencode()}")
        form = self.edit_form(request.POST if "confirmed" in request.POST else None) if action == "edit" else None
        if "confirmed" not in request.POST or (form is not None and not form.is_valid()):
            context = self.get_context_data(action=action, rows=rows, total=total, is_cut=is_cut, form=form)
            return self.render_to_response(context)
        results = [self.run(action, row, form) for row in rows]
        return self.render_to_response(
            self.get_context_data(action=action, rows=rows, total=total, is_cut=is_cut, results=results, finished=True)
        )

    def export_address(self) -> str:
        """The page on which an export of the chosen rows begins: it reads ids, or the list's own address for all."""
        data = self.request.GET.copy()
        if "all_matching" not in self.request.POST:
            data["ids"] = ",".join(self.request.POST.getlist("ids")[:MOST_ROWS])
        return f"{self.entity.url('export')}?{data.urlencode()}"

    def own_actions(self) -> dict[str, Any]:
        """{name: label} of what the entity adds."""
        return {action["name"]: action["label"] for action in self.entity.bulk_actions(self.request.user)}

    def right_of(self, action: str) -> str:
        right = Right.DELETE if action == "delete" else Right.EDIT
        if not self.entity.may(self.request.user, right):
            raise PermissionDenied
        return right

    def chosen(self, right: str) -> tuple[list, int, bool]:
        """(rows on which the user has the right, number chosen, whether more match than are taken at once)."""
        allowed = self.entity.model.objects.allowed_to(self.request.user, right)
        if "all_matching" in self.request.POST:
            matching = ListQuery(self.entity, self.request).rows()
            found = list(allowed.filter(pk__in=matching.order_by().values("pk")).order_by("pk")[: MOST_ROWS + 1])
            if len(found) > MOST_ROWS:
                return found[:MOST_ROWS], MOST_ROWS, True
            return found, bounded_count(matching)[0], False
        texts = self.request.POST.getlist("ids")
        ids = {int(text) for text in texts if text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS}
        chosen = sorted(pk for pk in ids if pk <= MAX_ID)
        seen = self.entity.queryset(self.request.user).filter(pk__in=chosen[:MOST_ROWS])
        rows = list(allowed.filter(pk__in=seen.order_by().values("pk")).order_by("pk"))
        return rows, len(chosen[:MOST_ROWS]), len(chosen) > MOST_ROWS

    def edit_form(self, data) -> forms.Form:
        """One field per bulk field; only those that are ticked are changed."""
        fields: dict[str, forms.Field] = {}
        for name in self.entity.bulk_fields:
            field = form_field(self.entity.model._meta.get_field(name))
            field.required = False
            if isinstance(field, forms.ModelChoiceField) and hasattr(field.queryset.model, "is_active"):
                field.queryset = field.queryset.filter(is_active=True)
            tick = forms.BooleanField(required=False, label=_("Change %(field)s") % {"field": field.label})
            dress(tick)
            fields[f"change_{name}"] = tick
            fields[name] = field
        return type("BulkForm", (forms.Form,), fields)(data)

    def run(self, action: str, row, form) -> dict:
        """Do it to one row: {"title", "url", "error"}; one failure does not undo the others."""
        result = {"title": str(row), "url": row.get_absolute_url(), "error": ""}
        try:
            if action == "delete":
                delete_record(row, actor=self.request.user, means=self.means)
            elif action == "edit":
                self.edit(row, form)
            else:
                self.entity.run_bulk(action, row, self.request.user, self.means)
        except NotAllToDelete:
            result["error"] = _("Parts of it belong to others.")
        except RecordChanged:
            result["error"] = _("It was changed meanwhile.")
        except ValidationError as error:
            result["error"] = " ".join(error.messages)
        return result

    def edit(self, row, form) -> None:
        if self.entity.is_read_only(row) and self._touches_closed_fields(form):
            raise ValidationError(_("It is closed: only owner and team can be changed."))
        for name in self.entity.bulk_fields:
            if form.cleaned_data.get(f"change_{name}"):
                setattr(row, name, form.cleaned_data[name])
        save_record(row, actor=self.request.user, means=self.means)

    def _touches_closed_fields(self, form) -> bool:
        open_fields = {"owner", "team"}
        closed = [name for name in self.entity.bulk_fields if name not in open_fields]
        return any(form.cleaned_data.get(f"change_{name}") for name in closed)

    @property
    def means(self) -> Means:
        if not hasattr(self, "_means"):
            self._means = Means("bulk")
        return self._means

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        rows = kwargs["rows"]
        results = kwargs.get("results", [])
        failed = [result for result in results if result["error"]]
        action = kwargs["action"]
        titles = {"delete": _("Delete"), "edit": _("Edit"), **self.own_actions()}
        title = _("%(action)s: %(n)s records")
        return super().get_context_data(
            page_title=title % {"action": titles[action], "n": len(rows)},
            action_label=titles[action],
            fields=_pairs(kwargs.get("form"), self.entity),
            failed=failed,
            done=len(results) - len(failed),
            most=MOST_ROWS,
            was_cut="was_cut" in self.request.POST,
            ids=[row.pk for row in rows],
            list_url=self.entity.url("list") + (f"?{self.request.GET.urlencode()}" if self.request.GET else ""),
            **kwargs,
        )


def _pairs(form, entity) -> list[tuple]:
    """[(tick, field)] of the bulk form."""
    return [(form[f"change_{name}"], form[name]) for name in entity.bulk_fields] if form is not None else []
