"""Addresses of accounts, prospects and customers."""

from django.urls import include, path

from core.pages.urls import record_urls

from . import views
from .entity import AccountEntity, CustomerEntity, ProspectEntity

urlpatterns = [
    path("accounts/<int:pk>/convert/", views.convert, name="account_convert"),
    path("accounts/<int:pk>/end/", views.end, name="account_end"),
    path("accounts/<int:pk>/win-back/", views.win_back, name="account_win_back"),
    path("accounts/", include(record_urls(AccountEntity))),
    path("prospects/", include(record_urls(ProspectEntity))),
    path("customers/", include(record_urls(CustomerEntity))),
]
