"""Every catalog in Django's administration, with import and export; writes go through the same use cases."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from import_export.admin import ExportMixin, ImportMixin
from import_export.forms import ExportForm
from import_export.tmp_storages import CacheStorage

from core.admin import ChildRowInline, RecordAdmin
from core.records.means import Means

from . import values
from .catalogs import CATALOGS, Catalog, kind_choices
from .models import CatalogValue, Territory, TerritoryMember, TerritoryRule
from .resources import SetupCSV, resource_class
from .usage import with_uses


class CatalogAdmin(ImportMixin, ExportMixin, RecordAdmin):
    """One catalog: its values in order, with their use."""

    catalog: Catalog
    search_fields = ("name",)
    actions = ("retire_values", "reactivate_values", "make_default")
    import_formats = (SetupCSV,)
    export_formats = (SetupCSV,)
    export_form_class = ExportForm
    import_export_change_list_template = "admin/import_export/change_list_import_export.html"
    tmp_storage_class = CacheStorage
    # The history of the values says more than the log of the administration.
    skip_admin_log = True

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        process = self.catalog.order_within
        return ("name", *process, "colour", *self.catalog.columns, "is_active", "is_default", "uses")

    def get_list_filter(self, request: HttpRequest) -> tuple[str, ...]:
        meaning = tuple(name for name in self.catalog.columns if name == "meaning")
        return ("is_active", *self.catalog.order_within, *meaning)

    def get_fields(self, request: HttpRequest, obj: CatalogValue | None = None) -> tuple[str, ...]:
        return (*self.catalog.order_within, "name", "colour", *self.catalog.columns)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return with_uses(super().get_queryset(request))

    @admin.display(description=_("records"), ordering="uses")
    def uses(self, value: CatalogValue) -> int:
        """Records with this value, those in the trash included."""
        return value.uses

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any):
        if db_field.name == "kind":
            kwargs["widget"] = admin.widgets.forms.Select(choices=[("", _("every kind")), *kind_choices()])
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        values.delete_value(obj, actor=request.user, means=Means("admin"))

    # -- actions --------------------------------------------------------------------------------
    @admin.action(description=_("Retire: offer to no new record"))
    def retire_values(self, request: HttpRequest, queryset: QuerySet) -> None:
        for value in queryset:
            values.retire(value, actor=request.user, means=Means("admin"))
        self.message_user(request, _("Retired."))

    @admin.action(description=_("Offer again"))
    def reactivate_values(self, request: HttpRequest, queryset: QuerySet) -> None:
        for value in queryset:
            values.reactivate(value, actor=request.user, means=Means("admin"))
        self.message_user(request, _("Offered again."))

    @admin.action(description=_("Make the default"))
    def make_default(self, request: HttpRequest, queryset: QuerySet) -> None:
        for value in queryset:
            values.set_default(value, actor=request.user, means=Means("admin"))
        self.message_user(request, _("The default was set."))

    def export_action(self, request: HttpRequest) -> HttpResponse:
        """Its address carries the filters of the list; the list refuses nonsense there, and so does this."""
        try:
            return super().export_action(request)
        except IncorrectLookupParameters:
            return HttpResponseRedirect(request.path)

    # -- import ---------------------------------------------------------------------------------
    def get_resource_classes(self, request: HttpRequest) -> list[type]:
        return [resource_class(self.catalog)]

    def process_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """The confirmed import; a file that is not kept any more has to be chosen again."""
        form = self.create_confirm_form(request)
        if request.method == "POST" and form.is_valid():
            kept = CacheStorage(name=form.cleaned_data["import_file_name"]).read()
            if not isinstance(kept, bytes):
                self.message_user(request, _("Choose the file again."), messages.ERROR)
                return HttpResponseRedirect(self._import_url())
        return super().process_import(request, **kwargs)

    def process_result(self, result: Any, request: HttpRequest) -> HttpResponse:
        """Values may have changed between preview and confirmation: then nothing was written."""
        if result.has_validation_errors():
            text = _("Nothing was imported: values were changed meanwhile. Look at the preview again.")
            self.message_user(request, text, messages.ERROR)
            return HttpResponseRedirect(self._import_url())
        return super().process_result(result, request)

    def _import_url(self) -> str:
        return reverse(f"admin:setup_values_{self.opts.model_name}_import")


class MemberInline(ChildRowInline):
    """The people of a territory."""

    model = TerritoryMember
    autocomplete_fields = ("user",)


class RuleInline(ChildRowInline):
    """The postcodes of a territory."""

    model = TerritoryRule


for catalog in CATALOGS:
    inlines = (MemberInline, RuleInline) if catalog.model is Territory else ()
    options = {"catalog": catalog, "inlines": inlines}
    admin.site.register(catalog.model, type(f"{catalog.model.__name__}Admin", (CatalogAdmin,), options))
