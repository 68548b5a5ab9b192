"""The addresses of an entity's pages."""

from django.urls import URLPattern, path

from . import bulk, deletion, export, history, listing, record_form, record_page
from .entity import Entity


def record_urls(entity: type[Entity]) -> list[URLPattern]:
    """List, create, detail, edit, delete, bulk, export and history of one entity; names begin with its word."""
    name = entity.name
    return [
        path("", listing.RecordListView.as_view(entity=entity), name=f"{name}_list"),
        path("new/", record_form.RecordCreateView.as_view(entity=entity), name=f"{name}_create"),
        path("bulk/", bulk.BulkView.as_view(entity=entity), name=f"{name}_bulk"),
        path("export/", export.ExportView.as_view(entity=entity), name=f"{name}_export"),
        path("<int:pk>/", record_page.RecordDetailView.as_view(entity=entity), name=f"{name}_detail"),
        path("<int:pk>/edit/", record_form.RecordUpdateView.as_view(entity=entity), name=f"{name}_edit"),
        path("<int:pk>/delete/", deletion.RecordDeleteView.as_view(entity=entity), name=f"{name}_delete"),
        path("<int:pk>/history/", history.RecordHistoryView.as_view(entity=entity), name=f"{name}_history"),
    ]
