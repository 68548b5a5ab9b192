"""Addresses of accounts, prospects and customers."""

from django.urls import include, path

from core.pages.urls import record_urls

from .entity import AccountEntity, CustomerEntity, ProspectEntity

urlpatterns = [
    path("accounts/", include(record_urls(AccountEntity))),
    path("prospects/", include(record_urls(ProspectEntity))),
    path("customers/", include(record_urls(CustomerEntity))),
]
