"""The pages of one account at its present address: a prospect's, a customer's, or those of the person it is."""

from typing import Any

from django.http import HttpResponseBase, HttpResponseRedirect
from django.urls import resolve, reverse

from core.pages.deletion import RecordDeleteView
from core.pages.entity import Entity
from core.pages.history import RecordHistoryView
from core.pages.mixins import MAX_ID
from core.pages.record_form import RecordCreateView, RecordUpdateView
from core.pages.record_page import RecordDetailView
from core.records.rights import Right

from .entity import CustomerEntity, ProspectEntity
from .models import Account


def entity_of(account: Account) -> type[Entity]:
    """The entity whose pages show an account now; former customers stay with the customers."""
    return ProspectEntity if account.is_prospect else CustomerEntity


def answer_of(name: str, request: Any, *args: Any) -> HttpResponseBase:
    """The answer of another room's page, given at the address that was asked for.

    The page of a person account belongs to the contacts; its address is the account's.
    """
    match = resolve(reverse(name, args=args))
    return match.func(request, *match.args, **match.kwargs)


class AtPresentAddress:
    """Mixin: reading at an address of the other lifecycle leads to the present one; a form sent there still counts."""

    page = "detail"
    # Pages that a person account has of its own, by URL name; "" where the account's own serves.
    person_page = ""

    def setup(self, request, *args, **kwargs):
        self.account = None
        if request.user.is_authenticated and kwargs["pk"] <= MAX_ID:
            rows = Account.objects.visible_to(request.user)
            self.account = rows.filter(pk=kwargs["pk"]).only("id", "kind", "lifecycle", "version").first()
        self.asked_entity = self.entity
        if self.account is not None:
            self.entity = entity_of(self.account)
        super().setup(request, *args, **kwargs)

    def get_record(self, right: str = Right.VIEW, *, also: tuple[str, ...] = ()) -> Account:
        """The account; of a person whose page is another room's nothing more is read here."""
        if self.account is not None and self.account.is_person and self.person_page:
            return self.account
        return super().get_record(right, also=also)

    def dispatch(self, request, *args, **kwargs):
        if self.account is not None:
            if self.entity is not self.asked_entity and request.method in ("GET", "HEAD"):
                query = f"?{request.GET.urlencode()}" if request.GET else ""
                return HttpResponseRedirect(self.entity.url(self.page, self.account.pk) + query)
            if self.account.is_person and self.person_page:
                return answer_of(self.person_page, request, self.account.pk)
        return super().dispatch(request, *args, **kwargs)


class AccountDetailView(AtPresentAddress, RecordDetailView):
    """The page of an account."""

    person_page = "person_detail"


class AccountUpdateView(AtPresentAddress, RecordUpdateView):
    """The form of an account."""

    page = "edit"
    person_page = "person_edit"


class AccountDeleteView(AtPresentAddress, RecordDeleteView):
    """Deleting an account."""

    page = "delete"


class AccountHistoryView(AtPresentAddress, RecordHistoryView):
    """The history of an account."""

    page = "history"
    person_page = "person_history"


class AccountCreateView(RecordCreateView):
    """The form of a new account; ?kind=person asks for that of a person."""

    def dispatch(self, request, *args, **kwargs):
        if request.user.is_authenticated and request.GET.get("kind") == Account.Kind.PERSON:
            return answer_of("person_create", request, self.entity.name)
        return super().dispatch(request, *args, **kwargs)

    def new_record(self) -> Account:
        record = super().new_record()
        if self.entity is CustomerEntity:
            record.lifecycle = Account.Lifecycle.CUSTOMER
        return record

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        return super().get_context_data(create_url=self.entity.url("create"), **kwargs)
