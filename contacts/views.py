"""Pages of contacts beyond the generic ones: the photo, and the way to the page of a person account."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from accounts.models import Account
from accounts.record_pages import entity_of
from core.pages.deletion import RecordDeleteView
from core.pages.history import RecordHistoryView
from core.pages.listing import RecordListView
from core.pages.mixins import MAX_ID
from core.pages.record_form import RecordUpdateView
from core.pages.record_page import RecordDetailView
from core.records.rights import Right

from .models import Contact, CrossReference
from .photos import send_photo
from .proposal_page import proposals_url


@require_GET
def contact_photo(request, pk: int):
    """The photo of a contact, to whoever sees the contact."""
    contact = get_object_or_404(Contact.objects.visible_to(request.user), pk=min(pk, MAX_ID))
    return send_photo(contact.photo)


@require_GET
def cross_reference_detail(request, pk: int):
    """A cross-reference has no page of its own: it stands on the card of its account or lead."""
    reference = get_object_or_404(CrossReference.objects.visible_to(request.user), pk=min(pk, MAX_ID))
    return HttpResponseRedirect(reference.get_absolute_url())


class ToPersonAccount:
    """Mixin: the page of a contact behind a person account is the account's, where its user sees that one too."""

    page = "detail"
    _found: Contact | None = None

    def get_record(self, right: str = Right.VIEW, *, also: tuple[str, ...] = ()) -> Contact:
        """The contact, read once; PermissionDenied without the right."""
        if self._found is None:
            self._found = super().get_record(Right.VIEW, also=(right, *also))
        if not self._found.allows(self.request.user, right):
            raise PermissionDenied
        return self._found

    def dispatch(self, request, *args, **kwargs):
        if request.user.is_authenticated and (request.method in ("GET", "HEAD") or self.page in ("edit", "delete")):
            contact = self.get_record(also=(Right.EDIT, Right.DELETE))
            account = contact.person_account
            if account is not None and account.allows(request.user, Right.VIEW):
                return HttpResponseRedirect(self._address_at(account))
        return super().dispatch(request, *args, **kwargs)

    def _address_at(self, account: Account) -> str:
        if self.page == "detail":
            return account.get_absolute_url()
        return entity_of(account).url(self.page, account.pk)


class ContactListView(RecordListView):
    """The list of contacts; beside those without account stands the way to their proposals."""

    template_name = "contacts/contact_list.html"

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        is_wanted = context["query"].tab.key == "not-cross-referenced" and context["rows"]
        return context | {"proposals_url": proposals_url(self.request.user) if is_wanted else ""}


class ContactDetailView(ToPersonAccount, RecordDetailView):
    """The page of a contact."""


class ContactUpdateView(ToPersonAccount, RecordUpdateView):
    """The form of a contact."""

    page = "edit"


class ContactDeleteView(ToPersonAccount, RecordDeleteView):
    """Deleting a contact; a person account goes as a whole."""

    page = "delete"


class ContactHistoryView(ToPersonAccount, RecordHistoryView):
    """The history of a contact."""

    page = "history"
