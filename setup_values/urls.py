"""Addresses of setup values, of the firm's settings, and of the page that sets up an empty installation."""

from django.urls import path

from . import firm_settings, views

_VALUE = "setup/values/<slug:slug>/<int:pk>/"

urlpatterns = [
    path("setup/firm/", firm_settings.firm_settings, name="firm_settings"),
    path("setup/starter/", views.starter, name="starter_load"),
    path("setup/values/", views.catalogs, name="catalogs"),
    path("setup/values/<slug:slug>/", views.catalog, name="catalog"),
    path("setup/values/<slug:slug>/add/", views.add, name="catalog_value_add"),
    path("setup/values/<slug:slug>/order/", views.order, name="catalog_reorder"),
    path("setup/values/<slug:slug>/undo/<uuid:operation>/", views.undo_replacing, name="catalog_replacement_undo"),
    path(_VALUE, views.edit, name="catalog_value_edit"),
    path(f"{_VALUE}retire/", views.retire, name="catalog_value_retire"),
    path(f"{_VALUE}reactivate/", views.reactivate, name="catalog_value_reactivate"),
    path(f"{_VALUE}default/", views.default, name="catalog_value_default"),
    path(f"{_VALUE}delete/", views.delete, name="catalog_value_delete"),
]
