"""Addresses of what looks across all entities."""

from django.urls import path

from core.pages.deletion import RestoreView, TrashView
from core.pages.options import RecordOptionsView

urlpatterns = [
    path("trash/", TrashView.as_view(), name="trash"),
    path("trash/<int:pk>/restore/", RestoreView.as_view(), name="trash_restore"),
    path("options/<slug:record_type>/", RecordOptionsView.as_view(), name="record_options"),
]
