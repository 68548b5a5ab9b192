"""Addresses of accounts, prospects and customers."""

from django.urls import include, path

from core.pages.urls import record_urls

from . import record_pages, views
from .entity import AccountEntity, CustomerEntity, ProspectEntity


def account_urls(entity: type[AccountEntity]) -> list:
    """The pages of one kind of account: those that follow its lifecycle before the generic ones."""
    name = entity.name
    return [
        path("new/", record_pages.AccountCreateView.as_view(entity=entity), name=f"{name}_create"),
        path("<int:pk>/", record_pages.AccountDetailView.as_view(entity=entity), name=f"{name}_detail"),
        path("<int:pk>/edit/", record_pages.AccountUpdateView.as_view(entity=entity), name=f"{name}_edit"),
        path("<int:pk>/delete/", record_pages.AccountDeleteView.as_view(entity=entity), name=f"{name}_delete"),
        path("<int:pk>/history/", record_pages.AccountHistoryView.as_view(entity=entity), name=f"{name}_history"),
        *record_urls(entity),
    ]


urlpatterns = [
    path("accounts/<int:pk>/convert/", views.convert, name="account_convert"),
    path("accounts/<int:pk>/end/", views.end, name="account_end"),
    path("accounts/<int:pk>/win-back/", views.win_back, name="account_win_back"),
    path("accounts/", include(account_urls(AccountEntity))),
    path("prospects/", include(account_urls(ProspectEntity))),
    path("customers/", include(account_urls(CustomerEntity))),
]
