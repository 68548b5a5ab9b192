"""Addresses of what looks across all entities."""

from django.urls import path

from core.pages.deletion import RestoreView, TrashView
from core.pages.options import RecordOptionsView

from . import setup_pages, views
from .demo import pages

urlpatterns = [
    path("", views.home, name="home"),
    path("my-work/", views.my_work, name="my_work"),
    path("recent/", views.recent, name="recent"),
    path("search/", views.search, name="search"),
    path("palette/", views.palette, name="palette"),
    path("setup/", setup_pages.setup, name="setup"),
    path("setup/dismiss/", setup_pages.dismiss, name="setup_dismiss"),
    path("setup/demo/load/", pages.load, name="demo_load"),
    path("setup/demo/remove/", pages.remove, name="demo_remove"),
    path("trash/", TrashView.as_view(), name="trash"),
    path("trash/<int:pk>/restore/", RestoreView.as_view(), name="trash_restore"),
    path("options/<slug:record_type>/", RecordOptionsView.as_view(), name="record_options"),
]
