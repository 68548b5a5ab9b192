"""Pages of the catalogs: list, add, edit, order, default, retire, delete; for administrators only."""

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.records.refusals import RecordChanged
from core.records.undo import AlreadyUndone, figure
from users.access import administrators_only

from . import values
from .catalog_page import chosen_process, page_context, page_url
from .catalogs import CATALOGS, Catalog, catalog_by_slug
from .forms import RemovalForm, ValueForm, rule_formset, value_form
from .models import CatalogValue, Process, Stage
from .replacing import may_be_left_empty, replace_and_delete, replacements_for, undo_replacement
from .starter import load_starter
from .usage import type_counts, usage_of_value

MAX_ID = 2**63 - 1
get_or_post = require_http_methods(["GET", "HEAD", "POST"])


def _catalog(slug: str) -> Catalog:
    catalog = catalog_by_slug(slug)
    if catalog is None:
        raise Http404
    return catalog


def _value(catalog: Catalog, pk: int) -> CatalogValue:
    value = catalog.model.objects.filter(pk=pk).first() if pk <= MAX_ID else None
    if value is None:
        raise Http404
    return value


def _url_of(value: CatalogValue, catalog: Catalog) -> str:
    return page_url(catalog, value.process if isinstance(value, Stage) else None)


def _say_refusal(request: HttpRequest, error: ValidationError) -> None:
    for text in error.messages:
        messages.error(request, text)


def _say_gone(request: HttpRequest) -> None:
    messages.error(request, _("Somebody else was quicker: this is how it stands now."))


@administrators_only
@require_safe
def catalogs(request: HttpRequest) -> HttpResponse:
    """The first catalog."""
    return redirect(CATALOGS[0])


@administrators_only
@require_safe
def catalog(request: HttpRequest, slug: str) -> HttpResponse:
    """The values of one catalog with what uses them."""
    context = page_context(request, _catalog(slug))
    return render(request, "setup_values/catalog.html", context | {"was_added": "added" in request.GET})


@administrators_only
@get_or_post
def add(request: HttpRequest, slug: str) -> HttpResponse:
    """GET asks for a new value; POST adds it, also from the last row of the table, and leads back there."""
    found = _catalog(slug)
    process, _processes = chosen_process(found, request)
    if found.model is Stage and process is None:
        raise Http404
    if request.method != "POST":
        colour = page_context(request, found)["new_colour"]
        form, rules = _forms(found, None, initial={"colour": colour})
        return _form_page(request, found, form, rules, process)
    form, rules = _forms(found, None, request.POST)
    if _is_valid(form, rules):
        fields = form.values() | ({"process": process} if process else {})
        try:
            value = values.add_value(
                found,
                actor=request.user,
                fields=fields,
                is_default=form.cleaned_data.get("is_default", False),
                children=form.children(rules),
            )
        except ValidationError as error:
            form.add_refusal(error)
        else:
            messages.success(request, _("“%(name)s” was added.") % {"name": value.name})
            mark = "&" if process else "?"
            return HttpResponseRedirect(f"{page_url(found, process)}{mark}added=1#new-value")
    if "quick" in request.POST:
        context = page_context(request, found) | {"new_form": form}
        return render(request, "setup_values/catalog.html", context, status=422)
    return _form_page(request, found, form, rules, process)


@administrators_only
@get_or_post
def edit(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """One value: name, colour, its columns, default."""
    found = _catalog(slug)
    value = _value(found, pk)
    process = value.process if isinstance(value, Stage) else None
    form, rules = _forms(found, value, request.POST if request.method == "POST" else None)
    if request.method == "POST" and _is_valid(form, rules):
        try:
            if form.is_outdated():
                raise RecordChanged(value)
            values.edit_value(
                value,
                actor=request.user,
                fields=form.values(),
                is_default=form.cleaned_data.get("is_default"),
                children=form.children(rules),
            )
        except ValidationError as error:
            form.add_refusal(error)
        except RecordChanged:
            _say_gone(request)
            return redirect("catalog_value_edit", slug, pk)
        else:
            messages.success(request, _("“%(name)s” was saved.") % {"name": form.cleaned_data["name"]})
            return HttpResponseRedirect(page_url(found, process))
    return _form_page(request, found, form, rules, process, _value(found, pk))


def _forms(found: Catalog, value: CatalogValue | None, data=None, initial=None) -> tuple[ValueForm, Any]:
    """The form of a value and, for territories, the form set of its rules."""
    instance = value or found.model()
    form = value_form(found)(data, instance=instance, initial=initial, prefix="")
    rows = rule_formset(found)
    if rows is None:
        return form, None
    model = rows.model.objects
    present = model.filter(parent=value) if value else model.none()
    return form, rows(data, instance=instance, prefix="rules", queryset=present)


def _is_valid(form: ValueForm, rules: Any) -> bool:
    return all([form.is_valid(), rules is None or rules.is_valid()])


def _form_page(
    request: HttpRequest,
    found: Catalog,
    form: ValueForm,
    rules: Any,
    process: Process | None,
    value: CatalogValue | None = None,
) -> HttpResponse:
    """The form as a page, or as a dialog when the catalog page asks for it; 422 when it was refused."""
    title = _("Edit “%(name)s”") % {"name": value.name} if value else _("New value")
    context = {
        "page_title": title,
        "catalog": found,
        "form": form,
        "rules": rules,
        "process": process,
        "value": value,
        "back_url": page_url(found, process),
        "crumbs": [(_("Setup values"), reverse("catalogs")), (found.name, page_url(found, process))],
    }
    as_dialog = request.headers.get("HX-Request") == "true" and not form.is_bound
    template = "setup_values/_value_dialog.html" if as_dialog else "setup_values/value_form.html"
    return render(request, template, context, status=422 if form.is_bound else 200)


@administrators_only
@require_POST
def order(request: HttpRequest, slug: str) -> HttpResponse:
    """`order`: ids as they were dragged, answered with 204; or `value` and `move` (up, down) of a button."""
    found = _catalog(slug)
    if "move" in request.POST:
        return _move(request, found)
    try:
        ids = [int(text) for text in request.POST.getlist("order")]
        values.reorder(found, [pk for pk in ids if 0 < pk <= MAX_ID], actor=request.user)
    except (ValueError, ValidationError):
        return HttpResponse(status=422)
    except RecordChanged:
        return HttpResponse(status=409)
    return HttpResponse(status=204)


def _move(request: HttpRequest, found: Catalog) -> HttpResponse:
    text = request.POST.get("value", "")
    value = _value(found, int(text) if text.isdecimal() else 0)
    try:
        values.move(value, -1 if request.POST["move"] == "up" else 1, actor=request.user)
    except RecordChanged:
        _say_gone(request)
    return HttpResponseRedirect(f"{_url_of(value, found)}#value-{value.pk}")


def _act(request: HttpRequest, slug: str, pk: int, action: Callable, text: str, undo: str = "") -> HttpResponse:
    """One POST on one value: the use case, its message with Undo, and back to the catalog."""
    found = _catalog(slug)
    value = _value(found, pk)
    try:
        action(value, actor=request.user)
    except ValidationError as error:
        _say_refusal(request, error)
    except RecordChanged:
        _say_gone(request)
    else:
        tags = f"undo:{reverse(undo, args=[slug, pk])}" if undo else ""
        messages.success(request, text % {"name": value.name}, extra_tags=tags)
    return HttpResponseRedirect(_url_of(value, found))


@administrators_only
@require_POST
def retire(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Offer the value to no new record."""
    return _act(request, slug, pk, values.retire, _("“%(name)s” is retired."), "catalog_value_reactivate")


@administrators_only
@require_POST
def reactivate(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Offer the value again."""
    return _act(request, slug, pk, values.reactivate, _("“%(name)s” is offered again."))


@administrators_only
@require_POST
def default(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Make the value the default; with off=1 it is none any more."""
    if "off" in request.POST:
        return _act(request, slug, pk, values.clear_default, _("“%(name)s” is no default any more."))
    return _act(request, slug, pk, values.set_default, _("“%(name)s” is the default."))


@administrators_only
@get_or_post
def delete(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """GET shows what uses the value and asks; POST replaces and deletes, or retires instead."""
    found = _catalog(slug)
    value = _value(found, pk)
    usage = usage_of_value(value)
    offered = replacements_for(value) if usage.total else found.model.objects.none()
    form = RemovalForm(request.POST if request.method == "POST" else None, replacements=offered)
    if request.method == "POST" and not usage.total:
        return _delete_unused(request, found, value)
    if request.method == "POST" and form.is_valid():
        try:
            return _replace(request, found, value, form)
        except ValidationError as error:
            form.add_error(None, error)
        except RecordChanged:
            form.add_error(None, _("A record was saved meanwhile: nothing was changed. Try again."))
    context = {
        "page_title": _("Delete “%(name)s”") % {"name": value.name},
        "catalog": found,
        "value": value,
        "usage": usage,
        "types": type_counts(value, usage),
        "form": form,
        "replacements": form.fields["replacement"].queryset.exists(),
        "may_be_empty": may_be_left_empty(value),
        "back_url": _url_of(value, found),
        "crumbs": [(_("Setup values"), reverse("catalogs")), (found.name, _url_of(value, found))],
    }
    as_dialog = request.headers.get("HX-Request") == "true" and not form.is_bound
    template = "setup_values/_removal_dialog.html" if as_dialog else "setup_values/removal.html"
    return render(request, template, context, status=422 if form.is_bound else 200)


def _delete_unused(request: HttpRequest, found: Catalog, value: CatalogValue) -> HttpResponse:
    back = _url_of(value, found)
    try:
        unit = values.delete_value(value, actor=request.user)
    except ValidationError as error:
        _say_refusal(request, error)
    except RecordChanged:
        _say_gone(request)
    else:
        undo = reverse("trash_restore", args=[unit.pk])
        text = _("“%(name)s” is in the trash.") % {"name": value.name}
        messages.success(request, text, extra_tags=f"undo:{undo}")
    return HttpResponseRedirect(back)


def _replace(request: HttpRequest, found: Catalog, value: CatalogValue, form: RemovalForm) -> HttpResponse:
    back, name = _url_of(value, found), value.name
    if form.cleaned_data["how"] == RemovalForm.RETIRE:
        values.retire(value, actor=request.user)
        messages.success(request, _("“%(name)s” is retired.") % {"name": name})
        return HttpResponseRedirect(back)
    replaces = form.cleaned_data["how"] == RemovalForm.REPLACE
    replacement = form.cleaned_data["replacement"] if replaces else None
    replaced = replace_and_delete(value, replacement=replacement, actor=request.user)
    moved = replaced.moved.total()
    where = {"count": moved, "name": name, "replacement": replacement}
    text = (
        ngettext(
            "“%(name)s” is in the trash; %(count)d record has “%(replacement)s” now.",
            "“%(name)s” is in the trash; %(count)d records have “%(replacement)s” now.",
            moved,
        )
        if replaces
        else ngettext(
            "“%(name)s” is in the trash; %(count)d record has no value now.",
            "“%(name)s” is in the trash; %(count)d records have no value now.",
            moved,
        )
    )
    undo = reverse("catalog_replacement_undo", args=[found.slug, replaced.operation])
    messages.success(request, text % where, extra_tags=f"undo:{undo}")
    return HttpResponseRedirect(back)


@administrators_only
@require_POST
def undo_replacing(request: HttpRequest, slug: str, operation: uuid.UUID) -> HttpResponse:
    """Bring a replaced value back to the records that had it."""
    found = _catalog(slug)
    try:
        counts = undo_replacement(operation, actor=request.user).counts
    except ValidationError as error:
        messages.error(request, _("Not undone: %(reason)s") % {"reason": " ".join(error.messages)})
    except AlreadyUndone:
        messages.info(request, _("It has been undone already."))
    else:
        back, kept = figure(counts, "reverted"), figure(counts, "kept")
        text = ngettext(
            "The value is back; %(count)d record has it again.",
            "The value is back; %(count)d records have it again.",
            back,
        ) % {"count": back}
        if kept:
            text += " " + ngettext(
                "%(count)d record was changed since and stays as it is.",
                "%(count)d records were changed since and stay as they are.",
                kept,
            ) % {"count": kept}
        messages.success(request, text)
    return HttpResponseRedirect(reverse("catalog", args=[found.slug]))


@administrators_only
@require_POST
def starter(request: HttpRequest) -> HttpResponse:
    """Load the starter set of a language (the user's when none is chosen) and lead back to the setup page."""
    language = request.POST.get("language") or get_language() or "en"
    loaded = load_starter(language.split("-")[0], request.user)
    count = sum(len(found) for found in loaded.values())
    text = ngettext("The starter set is there: %(count)d value.", "The starter set is there: %(count)d values.", count)
    messages.success(request, text % {"count": count})
    return redirect("setup")
