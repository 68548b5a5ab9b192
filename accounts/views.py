"""Pages of accounts beyond the generic ones: conversion to customer and back."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.records.rights import Right

from .conversion import NotACustomer, NotAProspect, convert_to_customer, end_customer, win_back_customer
from .models import Account

MAX_ID = 2**63 - 1


def _editable(request, pk: int) -> Account:
    account = get_object_or_404(Account.objects.visible_to(request.user), pk=min(pk, MAX_ID))
    if not account.allows(request.user, Right.EDIT):
        raise PermissionDenied
    return account


def _act(request, pk: int, use_case, done: str):
    """One use case on one account: the message says what happened, a refusal says why."""
    account = _editable(request, pk)
    try:
        use_case(account=account, actor=request.user)
    except NotAProspect:
        messages.info(request, _("It is a customer already."))
    except NotACustomer:
        messages.info(request, _("Nothing to change: look at its lifecycle."))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, done % {"name": account.name})
    account = Account.objects.get(pk=account.pk)
    return HttpResponseRedirect(account.get_absolute_url())


@require_POST
def convert(request, pk: int):
    """A prospect becomes a customer."""
    return _act(request, pk, convert_to_customer, _("%(name)s is a customer now."))


@require_POST
def end(request, pk: int):
    """A customer becomes a former customer."""
    return _act(request, pk, end_customer, _("%(name)s is a former customer now."))


@require_POST
def win_back(request, pk: int):
    """A former customer becomes a customer again."""
    return _act(request, pk, win_back_customer, _("%(name)s is a customer again."))
