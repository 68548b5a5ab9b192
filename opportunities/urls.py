"""Addresses of opportunities."""

from django.urls import include, path

from core.pages.urls import record_urls

from . import views
from .entity import OpportunityEntity

urlpatterns = [
    path("opportunities/<int:pk>/win/", views.win, name="opportunity_win"),
    path("opportunities/<int:pk>/lose/", views.lose, name="opportunity_lose"),
    path("opportunities/<int:pk>/reopen/", views.reopen, name="opportunity_reopen"),
    path("opportunities/<int:pk>/move/", views.move, name="opportunity_move"),
    path("opportunities/", include(record_urls(OpportunityEntity))),
]
