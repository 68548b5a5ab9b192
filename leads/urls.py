"""Addresses of leads."""

from django.urls import include, path

from core.pages.urls import record_urls

from . import views
from .entity import LeadEntity

urlpatterns = [
    path("leads/<int:pk>/qualify/", views.qualify, name="lead_qualify"),
    path("leads/<int:pk>/disqualify/", views.disqualify, name="lead_disqualify"),
    path("leads/<int:pk>/reactivate/", views.reactivate, name="lead_reactivate"),
    path("leads/", include(record_urls(LeadEntity))),
]
