"""Django's administration for records: every write goes through the door, refusals become messages."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import model_ngettext
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import NON_FIELD_ERRORS, BadRequest, ValidationError
from django.db import transaction
from django.db.models import BigIntegerField, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from core.records.door import check_records, save_record
from core.records.means import Means
from core.records.models import Record
from core.records.refusals import RecordChanged
from core.records.trash import NotAllToDelete, delete_record

REFUSALS = (ValidationError, RecordChanged, NotAllToDelete)


class RecordAdminForm(forms.ModelForm):
    """Shows what the write door would refuse at the fields, before anything is written."""

    actor: Any = None

    def _post_clean(self) -> None:
        """The door validates; Django's own checks know neither folded names nor the trash."""
        self.instance = forms.models.construct_instance(self, self.instance, self._meta.fields, self._meta.exclude)
        if self.errors:
            return
        (saving,) = check_records([self.instance], actor=self.actor, means=Means("admin"))
        for name, refused in saving.errors.items():
            known = name if name in self.fields else None
            label = "" if known or name == NON_FIELD_ERRORS else f"{name}: "
            self.add_error(known, [f"{label}{text}" for error in refused for text in error.messages])


class CarefulList(ChangeList):
    """Numbers in the address that no row can have are refused as Django refuses other nonsense there."""

    def get_results(self, request: HttpRequest) -> None:
        try:
            super().get_results(request)
        except OverflowError as error:
            raise IncorrectLookupParameters(error) from error


def refuse_impossible_ids(request: HttpRequest) -> None:
    """Raise BadRequest when the id of a chosen row or of a child row is none; Django would fail on it."""
    for name, values in request.POST.lists():
        if name == "_selected_action" or name.endswith(("-id", "-parent")):
            for text in filter(None, values):
                if not text.isdecimal() or len(text) > 19 or int(text) > BigIntegerField.MAX_BIGINT:
                    raise BadRequest


class CarefulAdmin(admin.ModelAdmin):
    """Base of all admin pages."""

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        refuse_impossible_ids(request)
        return super().changelist_view(request, extra_context)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        refuse_impossible_ids(request)
        return super().changeform_view(request, *args, **kwargs)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return CarefulList


class RecordAdmin(CarefulAdmin):
    """Base of the admin pages of records. There is no list_editable: it would write around the door."""

    form = RecordAdminForm
    list_editable = ()
    show_full_result_count = False

    # -- what is written ------------------------------------------------------------------------
    def get_form(self, request: HttpRequest, obj: Record | None = None, change: bool = False, **kwargs: Any):
        form = super().get_form(request, obj, change=change, **kwargs)
        form.actor = request.user
        return form

    def save_model(self, request: HttpRequest, obj: Record, form: forms.ModelForm, change: bool) -> None:
        """Through the door, as its own operation of the history."""
        save_record(obj, actor=request.user, means=Means("admin"))

    def save_formset(self, request: HttpRequest, form: forms.ModelForm, formset: Any, change: bool) -> None:
        """Child rows are saved with their record: the wanted rows of this inline, in order."""
        formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []
        kept = []
        for row in formset.forms:
            if formset.can_delete and formset._should_delete_form(row):
                if row.instance.pk:
                    formset.deleted_objects.append(row.instance)
            elif row.instance.pk or row.has_changed():
                kept.append(row.instance)
                if row.has_changed() and row.instance.pk:
                    formset.changed_objects.append((row.instance, row.changed_data))
                elif row.has_changed():
                    formset.new_objects.append(row.instance)
        name = formset.fk.remote_field.related_name
        save_record(form.instance, actor=request.user, means=Means("admin"), children={name: kept})

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Into the trash, with all that goes with it."""
        delete_record(obj, actor=request.user, means=Means("admin"))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        """One unit of the trash per record."""
        for record in queryset:
            self.delete_model(request, record)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[list[str], dict, set, list]:
        """What the question before a deletion lists: the records alone, for nothing is removed for good."""
        counts = {model_ngettext(self.opts, len(objs)): len(objs)}
        return [str(record) for record in objs], counts, set(), []

    # -- refusals -------------------------------------------------------------------------------
    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._explained(request, super().changeform_view, *args, **kwargs)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._explained(request, super().delete_view, *args, **kwargs)

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        return self._explained(request, super().changelist_view, extra_context)

    def _explained(self, request: HttpRequest, view: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Run a view; when the door refuses what it posts, say so and write nothing of the request."""
        if request.method != "POST":
            return view(request, *args, **kwargs)
        try:
            with transaction.atomic():
                return view(request, *args, **kwargs)
        except REFUSALS as refusal:
            self.message_user(request, refusal_text(refusal), messages.ERROR)
        return HttpResponseRedirect(request.get_full_path())


def refusal_text(refusal: Exception) -> str:
    """A refusal of the write door in one line."""
    if isinstance(refusal, ValidationError):
        return " ".join(refusal.messages)
    if isinstance(refusal, NotAllToDelete):
        return _("Not deleted: parts of it belong to others.")
    return _("Somebody else has changed it meanwhile: look at it again.")


class ChildRowInline(admin.TabularInline):
    """Child rows of a record on its admin page."""

    fk_name = "parent"
    extra = 1
