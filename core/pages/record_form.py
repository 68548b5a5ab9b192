"""Create and edit pages: one hidden key per form, the version that was seen, child rows, and what the door refuses."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.generic import TemplateView

from core.records.child_rows import child_model
from core.records.door import save_record
from core.records.form_keys import AlreadyUsed, new_key, remember, use_key
from core.records.means import Means
from core.records.models import Record
from core.records.refusals import RecordChanged
from core.records.rights import Right

from .conflicts import Conflict, find_conflict, is_decided, merge_theirs, send_again
from .errors import error_page, kept_fields
from .forms import ChildFormSet, Offered, RecordForm, child_formset, entity_form, record_keys
from .mixins import EntityMixin


class RecordFormView(EntityMixin, TemplateView):
    """What creating and editing share."""

    is_new = False

    def get_template_names(self) -> list[str]:
        return [self.entity.form_template]

    def build(self, record: Record, data=None, files=None, initial=None) -> tuple[RecordForm, dict[str, ChildFormSet]]:
        """The form of the record and one form set per inline."""
        form = entity_form(self.entity)(data, files, instance=record, initial=initial, user=self.request.user)
        if self.is_new:
            form.fields["form_key"].initial = new_key()
        sets, offered = {}, Offered()
        for inline in self.entity.inlines:
            rows = child_model(self.entity.model, inline.name).objects
            empty = self.is_new or not self.entity.has_children(record, inline.name)
            rows = rows.none() if empty else rows.filter(parent=record.pk).select_related(*record_keys(rows.model))
            formset = child_formset(self.entity, inline)
            sets[inline.name] = formset(
                data,
                files,
                instance=record,
                prefix=inline.name,
                queryset=rows,
                form_kwargs={"user": self.request.user},
                offered=offered,
            )
        form.share(offered, {model for formset in sets.values() for model in formset.chosen_models()})
        return form, sets

    def render(self, form: RecordForm, sets: dict[str, ChildFormSet], **more: Any):
        """The page with the form; a refused one answers 422, so that scripts see the refusal."""
        gate = self.entity.gate(self.request.user) if self.is_new else None
        context = self.get_context_data(form=form, sets=list(sets.values()), gate=gate, **more)
        refused = form.is_bound and bool(form.errors or any(rows.total_error_count() for rows in sets.values()))
        return self.render_to_response(context, status=422 if refused else 200)

    def is_valid(self, form: RecordForm, sets: dict[str, ChildFormSet]) -> bool:
        """Whether all parts could be read; every part is looked at, so that all errors show at once."""
        return all([form.is_valid(), *(formset.is_valid() for formset in sets.values())])

    def save(self, form: RecordForm, sets: dict[str, ChildFormSet], skip: frozenset[str] = frozenset()) -> Record:
        """Write through the door. skip: inlines that stay as they are."""
        children = {name: formset.wanted() for name, formset in sets.items() if name not in skip}
        return save_record(form.instance, actor=self.request.user, means=Means("form"), children=children)

    def refuse(self, form: RecordForm, sets: dict[str, ChildFormSet], error: ValidationError) -> None:
        """Put the door's refusal where it belongs: at a field, or above an inline."""
        if hasattr(error, "error_dict"):
            for name in set(error.error_dict) & set(sets):
                sets[name]._non_form_errors.extend(error.error_dict.pop(name))
            if not error.error_dict:
                form.add_error(None, ValidationError(_("Check the rows that are marked below.")))
                return
        form.add_refusal(error)


class RecordCreateView(RecordFormView):
    """GET and POST of a new record."""

    is_new = True
    needs_right = Right.CREATE

    def new_record(self) -> Record:
        """An empty record that belongs to the user until the form says otherwise."""
        record = self.entity.model()
        if hasattr(record, "owner_id"):
            record.owner, record.team = self.request.user, self.request.user.team
        return record

    def get(self, request, *args, **kwargs):
        names = set(self.entity.field_names())
        given = {name: value for name, value in request.GET.items() if name in names and value}
        form, sets = self.build(self.new_record(), initial={**given, **self.entity.initial(request)})
        return self.render(form, sets)

    def post(self, request, *args, **kwargs):
        form, sets = self.build(self.new_record(), request.POST, request.FILES)
        if not self.is_valid(form, sets):
            return self.render(form, sets)
        try:
            with transaction.atomic():
                key = use_key(request.POST.get("form_key", ""), request.user)
                record = self.save(form, sets)
                url = self.entity.after_save(request, record, form, is_new=True)
                remember(key, record.get_absolute_url())
        except AlreadyUsed as used:
            return HttpResponseRedirect(used.url or self.entity.url("list"))
        except ValidationError as error:
            self.refuse(form, sets, error)
            return self.render(form, sets)
        messages.success(request, _("%(what)s was created.") % {"what": str(record)})
        if "and_new" in request.POST:
            url = self.entity.url("create")
        return HttpResponseRedirect(url)

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        title = _("New %(kind)s") % {"kind": self.entity.verbose_name()}
        return super().get_context_data(
            page_title=title,
            is_new=True,
            cancel_url=self.entity.url("list"),
            crumbs=[(capfirst(self.entity.verbose_name_plural()), self.entity.url("list"))],
            **kwargs,
        )


class RecordUpdateView(RecordFormView):
    """GET and POST of an existing record."""

    needs_right = Right.EDIT

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.record = self.get_record(Right.EDIT) if request.user.is_authenticated else None

    def dispatch(self, request, *args, **kwargs):
        if self.record is not None and self.entity.is_read_only(self.record):
            text = _("This record is closed: its fields cannot be changed.")
            if kept_fields(request):
                return error_page(request, 409, _("Closed meanwhile"), text, self.record.get_absolute_url())
            messages.error(request, text)
            return HttpResponseRedirect(self.record.get_absolute_url())
        return super().dispatch(request, *args, **kwargs)

    def get(self, request, *args, **kwargs):
        return self.render(*self.build(self.record))

    def post(self, request, *args, **kwargs):
        for _attempt in range(3):
            try:
                return self.try_saving()
            except RecordChanged:
                # Somebody wrote between our reading and our writing: read again, the form's version tells the rest.
                self.record = self.get_record(Right.EDIT)
        return self.render(*self.build(self.record, request.POST, request.FILES))

    def try_saving(self):
        request = self.request
        form, sets = self.build(self.record, request.POST, request.FILES)
        if not self.is_valid(form, sets):
            return self.render(form, sets)
        conflict = self.conflict(form, sets)
        if conflict.rows and not is_decided(request.POST, conflict):
            return self.show_conflict(conflict)
        skip = merge_theirs(form, sets, conflict, request.POST)
        try:
            with transaction.atomic():
                record = self.save(form, sets, skip)
                url = self.entity.after_save(request, record, form, is_new=False)
        except ValidationError as error:
            self.refuse(form, sets, error)
            return self.render(form, sets)
        if conflict.kept:
            messages.info(request, _("%(who)s changed it meanwhile; both changes are kept.") % {"who": conflict.who})
        messages.success(request, _("Saved."))
        return HttpResponseRedirect(url)

    def conflict(self, form: RecordForm, sets: dict[str, ChildFormSet]) -> Conflict:
        """What others wrote since the form was shown."""
        seen = form.cleaned_data.get("version")
        return find_conflict(self.entity, self.record, form, sets, seen)

    def show_conflict(self, conflict: Conflict):
        hidden = send_again(self.request.POST, conflict)
        context = self.get_context_data(conflict=conflict, hidden=hidden, page_title=_("Two changes meet"))
        return TemplateResponse(self.request, "pages/conflict.html", context, status=409)

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        kwargs.setdefault("page_title", _("Edit %(what)s") % {"what": str(self.record)})
        return super().get_context_data(
            record=self.record,
            is_new=False,
            cancel_url=self.record.get_absolute_url(),
            crumbs=[
                (capfirst(self.entity.verbose_name_plural()), self.entity.url("list")),
                (str(self.record), self.record.get_absolute_url()),
            ],
            **kwargs,
        )
