"""Pages of cross-references: prospect contacts, customer contacts, the card of one record, and what changes it."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from django.views.generic import TemplateView

from accounts.models import Account
from core.pages.listing import RecordListView
from core.pages.mixins import MAX_ID
from core.pages.pager import bounded_count
from core.records.models import Record
from core.records.refusals import RecordChanged
from core.records.registry import record_model
from core.records.rights import Right
from setup_values.choices import active_values
from setup_values.models import ContactRole, Firm

from .cross_referencing import (
    Added,
    ReferenceEnded,
    add,
    change,
    clear_primary,
    end,
    make_primary,
    not_cross_referenced,
    remove,
    reopen,
)
from .entity import CustomerReferenceEntity, ProspectReferenceEntity
from .models import Contact, CrossReference
from .reference_card import reference_card
from .reference_chooser import AccountChooser, Chooser, ContactChooser
from .reference_form import ReferenceRowForm

PAGES = {"prospect": ProspectReferenceEntity, "customer": CustomerReferenceEntity}
MOST_AT_ONCE = 100


def page_titles(kind: str) -> tuple[str, str]:
    """(title of the page, word of its first tab) for "prospect" or "customer"."""
    if kind == "prospect":
        return _("Prospect contacts"), _("By prospect")
    return _("Customer contacts"), _("By customer")


def page_tabs(kind: str, user: Any, active: str) -> list[dict]:
    """The tabs of a cross-reference page. active: "account", "contact", "list" or "unlinked"."""
    page = reverse(f"{kind}_contacts")
    accounts = Account.objects.visible_to(user).filter(
        lifecycle__in=PAGES[kind].lifecycles, kind=Account.Kind.ORGANIZATION
    )
    contacts = Contact.objects.visible_to(user)
    unlinked, exact = bounded_count(contacts.filter(not_cross_referenced()))
    tabs = [
        ("account", page_titles(kind)[1], page, _shown(*bounded_count(accounts))),
        ("contact", _("By contact"), f"{page}?by=contact", _shown(*bounded_count(contacts))),
        ("list", _("As a list"), reverse(f"{kind}_reference_list"), ""),
        ("unlinked", _("Not cross-referenced yet"), f"{page}?by=contact&linked=none", _shown(unlinked, exact)),
    ]
    warn = unlinked > 0 and Firm.current().mode == Firm.Mode.B2B
    return [
        {"label": label, "url": url, "count": count, "active": key == active, "warn": key == "unlinked" and warn}
        for key, label, url, count in tabs
    ]


def _shown(number: int, exact: bool) -> str:
    return f"{number:,}" if exact else f"{number:,}+"


def refuse_unseen(user: Any) -> None:
    """Raise Http404 for whoever sees no accounts or no contacts at all."""
    if not (user.may(Right.VIEW, "account") and user.may(Right.VIEW, "contact")):
        raise Http404


class ReferencePageView(TemplateView):
    """GET of "Prospect contacts" and "Customer contacts": choose on the left, see and edit on the right."""

    template_name = "contacts/references.html"
    kind = "prospect"

    def get(self, request, *args, **kwargs):
        refuse_unseen(request.user)
        by_contact = request.GET.get("by") == "contact"
        chooser = ContactChooser(request) if by_contact else AccountChooser(request, PAGES[self.kind].lifecycles)
        asked = request.GET.get(chooser.param, "")
        chosen = self._asked(chooser, asked) if asked else None
        if chosen is not None and not by_contact and chosen.is_person:
            return HttpResponseRedirect(chosen.get_absolute_url())
        if chosen is not None and not by_contact and chosen.lifecycle not in PAGES[self.kind].lifecycles:
            # It was converted meanwhile: its contacts are on the other page now.
            other = "customer" if self.kind == "prospect" else "prospect"
            return HttpResponseRedirect(f"{reverse(f'{other}_contacts')}?account={chosen.pk}")
        return self.render_to_response(self.page_context(chooser=chooser, chosen=chosen, was_asked=bool(asked)))

    def _asked(self, chooser: Chooser, asked: str) -> Record:
        model = CrossReference._meta.get_field(chooser.param).related_model
        rows = model.objects.visible_to(self.request.user).select_related("owner")
        return get_object_or_404(rows, pk__in=_ids([asked]))

    def page_context(self, *, chooser: Chooser, chosen: Record | None, was_asked: bool) -> dict[str, Any]:
        """Everything the page shows."""
        user = self.request.user
        page = chooser.page()
        if chosen is None and page.rows:
            chosen = page.rows[0]
        by_contact = isinstance(chooser, ContactChooser)
        tab = ("unlinked" if chooser.set.get("linked") == "none" else "contact") if by_contact else "account"
        find = self.request.GET.get("find", "").strip()[:200]
        here = self.request.path + chooser.address(**{chooser.param: chosen.pk}) if chosen else ""
        entity = PAGES[self.kind]
        return self.get_context_data(
            page_title=page_titles(self.kind)[0],
            tabs=page_tabs(self.kind, user, tab),
            chooser=chooser,
            choices=chooser.choices(),
            by_contact=by_contact,
            shown=chooser.shown(page, chosen),
            before_url=chooser.address(before=page.before) if page.before else "",
            after_url=chooser.address(after=page.after) if page.after else "",
            all_url=self.request.path + ("?by=contact" if by_contact else ""),
            was_asked=was_asked,
            back_url=chooser.address(**{chooser.param: None}),
            card=reference_card(chosen, user, find=find, here=here) if chosen else None,
            open_label=self._open_label(by_contact),
            export_url=entity.url("export") if page.rows and entity.may(user, Right.EXPORT) else "",
            import_url=entity.import_url(user),
            # On a phone one half shows at a time: the right one when somebody was chosen, or when there is nobody yet.
            shows_card=was_asked or not (page.rows or chooser.is_narrowed),
            new_url=reverse("contact_create" if by_contact else f"{self.kind}_create"),
            may_create=user.may(Right.CREATE, "contact" if by_contact else "account"),
        )

    def _open_label(self, by_contact: bool) -> str:
        if by_contact:
            return _("Open contact")
        return _("Open prospect") if self.kind == "prospect" else _("Open customer")


class ReferenceListView(RecordListView):
    """GET of the same cross-references as one list that can be filtered, sorted and exported."""

    template_name = "contacts/reference_list.html"
    kind = "prospect"

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return context | {"page_title": page_titles(self.kind)[0], "create_label": _("New cross-reference")}

    def _tabs(self, query, total: int, exact: bool) -> list[dict]:
        tabs = page_tabs(self.kind, self.request.user, "list")
        tabs[2]["count"] = _shown(total, exact)
        return tabs


class RecordReferencesView(TemplateView):
    """GET of the card of one lead or contact as a page of its own; an account's is on the page of its lifecycle."""

    template_name = "contacts/record_contacts.html"

    def get(self, request, *args, record_type: str, pk: int, **kwargs):
        record = referenced(request, record_type, pk)
        if record_type == "account" and record.is_person:
            return HttpResponseRedirect(record.get_absolute_url())
        if record_type == "account":
            page = reverse("prospect_contacts" if record.is_prospect else "customer_contacts")
            return HttpResponseRedirect(f"{page}?account={pk}")
        find = request.GET.get("find", "").strip()[:200]
        model = type(record)
        context = self.get_context_data(
            card=reference_card(record, request.user, find=find, here=request.path),
            crumbs=[
                (capfirst(model._meta.verbose_name_plural), reverse(f"{record_type}_list")),
                (str(record), record.get_absolute_url()),
            ],
            page_title=_("Accounts of %(name)s") % {"name": record}
            if record_type == "contact"
            else _("Contacts of %(name)s") % {"name": record},
            open_label=_("Open %(kind)s") % {"kind": model._meta.verbose_name},
        )
        return self.render_to_response(context)


def referenced(request, record_type: str, pk: int, *, may_change: bool = False) -> Record:
    """The account, lead or contact of the address. Http404 when hidden, PermissionDenied when it may not be changed."""
    if record_type not in ("account", "lead", "contact") or pk > MAX_ID:
        raise Http404
    rows = record_model(record_type).objects.visible_to(request.user)
    record = get_object_or_404(rows.select_related("owner"), pk=pk)
    if may_change and record_type != "contact" and not record.allows(request.user, Right.EDIT):
        raise PermissionDenied
    return record


def _ids(values: list[str]) -> list[int]:
    """The numbers among posted values, each once, at most MOST_AT_ONCE of them."""
    numbers = (int(text) for text in values if text.isascii() and text.isdigit() and len(text) < 19)
    return list(dict.fromkeys(numbers))[:MOST_AT_ONCE]


def _chosen(request, name: str) -> list[Record]:
    """The posted contacts or accounts. Http404 when one is hidden, PermissionDenied when one may not be tied."""
    model = CrossReference._meta.get_field(name).related_model
    ids = _ids(request.POST.getlist(name))
    found = list(model.objects.visible_to(request.user).filter(pk__in=ids))
    if len(found) != len(ids):
        raise Http404
    if name == "account" and model.objects.editable_by(request.user).filter(pk__in=ids).count() != len(ids):
        raise PermissionDenied(_("You may not cross-reference contacts to one of these accounts; ask its owner."))
    return sorted(found, key=lambda record: ids.index(record.pk))


def _posted_role(request) -> ContactRole | None:
    ids = _ids([request.POST.get("role", "")])
    return active_values(ContactRole).filter(pk__in=ids).first() if ids else None


def _back(request, fallback: str, anchor: str = "") -> HttpResponseRedirect:
    """To the page that the form stood on, if it is one of ours."""
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        target = fallback
    return HttpResponseRedirect(f"{target.split('#')[0]}{anchor}")


@require_POST
def references_add(request, record_type: str, pk: int):
    """Tie the chosen contacts to an account or lead, or the chosen accounts to a contact."""
    record = referenced(request, record_type, pk, may_change=True)
    name = "account" if record_type == "contact" else "contact"
    here = reverse("record_contacts", args=[record_type, pk])
    chosen = _chosen(request, name)
    if not chosen:
        return _nothing_chosen(request, here, name)
    contacts, holders = ([record], chosen) if record_type == "contact" else (chosen, [record])
    try:
        added = add(contacts=contacts, holders=holders, role=_posted_role(request), actor=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        _tell(request, added)
    return _back(request, here, "#references")


def _nothing_chosen(request, here: str, name: str) -> HttpResponse:
    """Without scripts a few letters come instead of a choice: the page then shows what they find."""
    find = request.POST.get("find", "").strip()[:200]
    if not find:
        messages.info(request, _("Choose at least one to add."))
        return _back(request, here)
    back = _back(request, here)
    joint = "&" if "?" in back.url else "?"
    return HttpResponseRedirect(f"{back.url}{joint}{urlencode({'find': find})}#add")


def _tell(request, added: Added) -> None:
    made, known = len(added.made), len(added.known)
    if made:
        text = ngettext("%(n)s cross-reference was added.", "%(n)s cross-references were added.", made) % {"n": made}
        messages.success(request, text)
    if known:
        text = ngettext("%(n)s was there already.", "%(n)s were there already.", known) % {"n": known}
        messages.info(request, text)


@require_POST
def cross_reference_change(request, pk: int):
    """Write the role and dates of one row, then do what the pressed button says."""
    if pk > MAX_ID:
        raise Http404
    visible = CrossReference.all_objects.visible_to(request.user).select_related("contact", "account", "lead", "role")
    reference = get_object_or_404(visible, pk=pk)
    here = reference.get_absolute_url()
    if not reference.allows(request.user, Right.EDIT):
        raise PermissionDenied
    if reference.is_trashed:
        messages.info(request, _("It has been removed already."))
        return _back(request, here)
    try:
        _do(request, reference)
    except ReferenceEnded:
        messages.error(request, _("It has ended: reopen it before you make this contact the primary one."))
    except RecordChanged:
        messages.error(request, _("Somebody changed it meanwhile: look at it again."))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return _back(request, here, f"#ref-{pk}")


def _do(request, reference: CrossReference) -> None:
    action, actor = request.POST.get("do", "save"), request.user
    if action == "remove":
        unit = remove(reference=reference, actor=actor)
        undo = f"undo:{reverse('trash_restore', args=[unit.pk])}"
        messages.success(request, _("%(name)s was removed.") % {"name": reference.contact}, extra_tags=undo)
        return
    form = ReferenceRowForm(request.POST, reference=reference)
    if not form.is_valid():
        raise ValidationError([text for texts in form.errors.values() for text in texts])
    if values := form.changes():
        change(reference=reference, actor=actor, **values)
    use_cases = {"primary": make_primary, "not_primary": clear_primary, "end": end, "reopen": reopen}
    if action in use_cases:
        use_cases[action](reference=reference, actor=actor)
    if values or action in use_cases:
        messages.success(request, _("Saved."))


@require_POST
def contact_link(request):
    """Cross-reference one contact to one account on the spot; answers JSON to scripts, else goes back."""
    contacts, accounts = _chosen(request, "contact"), _chosen(request, "account")
    if len(contacts) != 1 or len(accounts) != 1:
        raise Http404
    try:
        added = add(contacts=contacts, holders=accounts, role=_posted_role(request), actor=request.user)
    except ValidationError as error:
        if request.accepts("text/html"):
            messages.error(request, " ".join(error.messages))
            return _back(request, accounts[0].get_absolute_url())
        return JsonResponse({"error": " ".join(error.messages)}, status=422)
    if request.accepts("text/html"):
        _tell(request, added)
        return _back(request, accounts[0].get_absolute_url())
    return JsonResponse({"id": contacts[0].pk, "text": str(contacts[0])})
