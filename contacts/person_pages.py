"""The pages of a person account, answered at the account's address: one page, one form, one history."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.entity import AccountEntity, CustomerEntity, ProspectEntity
from accounts.models import Account
from accounts.record_pages import entity_of
from core.pages.conflicts import Conflict, find_conflict, is_decided, merge_theirs, send_again
from core.pages.details import detail_sections
from core.pages.entity import Card, Entity
from core.pages.forms import entity_form
from core.pages.history import RecordHistoryView
from core.pages.mixins import MAX_ID, note_rights, with_rights
from core.pages.record_form import RecordCreateView, RecordUpdateView
from core.pages.record_page import RecordDetailView
from core.records.child_rows import child_model
from core.records.door import save_record
from core.records.means import Means
from core.records.rights import Right

from .cards import accounts_card, origin_card
from .entity import vcard_url
from .models import Contact
from .person_accounts import person_account_for
from .person_entity import PersonAccountPart, PersonEntity

LIFECYCLES = {"prospect": Account.Lifecycle.PROSPECT, "customer": Account.Lifecycle.CUSTOMER}


def person_of(request, pk: int, *rights: str) -> tuple[Account, Contact | None]:
    """The person account of the address with the contact behind it, None where its user does not see that one.

    rights: what the page will ask about both; answered by the same two queries.
    """
    user = request.user
    people = AccountEntity.detail_queryset(user).filter(kind=Account.Kind.PERSON, pk=min(pk, MAX_ID))
    account = note_rights(get_object_or_404(with_rights(people, user, rights)), user, rights)
    contacts = PersonEntity.detail_queryset(user).filter(person_account=account.pk)
    contact = with_rights(contacts, user, rights).first()
    return account, contact and note_rights(contact, user, rights)


class AtAccount:
    """Mixin: what is asked for here by its own address leads to the account's."""

    page = "detail"

    def dispatch(self, request, *args, **kwargs):
        asked_here = request.resolver_match.url_name == f"person_{self.page}"
        if request.user.is_authenticated and asked_here and (request.method in ("GET", "HEAD") or self.page == "edit"):
            account, _contact = person_of(request, kwargs["pk"])
            entity = entity_of(account)
            return HttpResponseRedirect(entity.url(self.page, account.pk))
        return super().dispatch(request, *args, **kwargs)


class PersonDetailView(AtAccount, RecordDetailView):
    """The page of a person account: details of the person and of the account, one timeline."""

    entity = AccountEntity
    template_name = "contacts/contact.html"

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        if request.user.is_authenticated:
            self.account, self.contact = person_of(request, kwargs["pk"], Right.VIEW, Right.EDIT, Right.DELETE)
            self.entity = entity_of(self.account)

    def get_record(self, right: str = Right.VIEW, *, also: tuple[str, ...] = ()) -> Account:
        return self.account

    def get_template_names(self) -> list[str]:
        return [self.template_name]

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        contact, user = self.contact, self.request.user
        if contact is None:
            # Its form is about the person: whoever does not see that half has nothing to edit.
            return context | {"may_change_fields": False}
        children = {
            inline.name: list(child_model(Contact, inline.name).objects.filter(parent=contact.pk))
            for inline in PersonEntity.inlines
            if PersonEntity.has_children(contact, inline.name)
        }
        account = context["record"]
        cards: list[Card] = [*context["cards"], *origin_card(contact, user)]
        links = accounts_card(contact, user)
        return context | {
            "sections": [
                *detail_sections(PersonEntity, contact, children),
                *detail_sections(PersonAccountPart, account, {}),
            ],
            "facts": PersonEntity.facts(contact),
            "badges": [*context["badges"], *PersonEntity.badges(contact)],
            "cards": [*cards, links] if links.rows else cards,
            "photo_url": contact.photo_url,
            "photo_of": contact.full_name,
            "vcard_url": vcard_url(contact, user),
            "may_change_fields": context["may_change_fields"] and contact.allows(user, Right.EDIT),
        }


class PersonHistoryView(AtAccount, RecordHistoryView):
    """The history of both halves in one."""

    page = "history"
    entity = AccountEntity

    def get_record(self, right: str = Right.VIEW, *, also: tuple[str, ...] = ()) -> Account:
        account, self.contact = person_of(self.request, self.kwargs["pk"])
        self.entity = entity_of(account)
        return account

    def parts(self, record) -> list[tuple[type[Entity], Any]]:
        own = [(self.entity, record)]
        return [*own, (PersonEntity, self.contact)] if self.contact is not None else own


class PersonFormMixin:
    """What entering and editing a person share: two forms on one page, written in one transaction."""

    entity = PersonEntity

    def account_record(self) -> Account:
        """The account whose part is edited."""
        raise NotImplementedError

    def build(self, record, data=None, files=None, initial=None):
        form, sets = super().build(record, data, files, initial)
        part = entity_form(PersonAccountPart)
        form.account_form = part(data, files, instance=self.account_record(), prefix="account", user=self.request.user)
        return form, sets

    def is_valid(self, form, sets) -> bool:
        return all([super().is_valid(form, sets), form.account_form.is_valid()])

    def render(self, form, sets, **more):
        if form.account_form.is_bound and form.account_form.errors:
            more["account_errors"] = form.account_form.non_field_errors()
            form.add_error(None, ValidationError(_("Check the fields that are marked below.")))
        return super().render(form, sets, **more)

    def refuse(self, form, sets, error: ValidationError) -> None:
        """A refusal at a field of the account is shown there."""
        if hasattr(error, "error_dict"):
            part = form.account_form
            own = {name: error.error_dict.pop(name) for name in set(error.error_dict) & set(part.fields)}
            for name, texts in own.items():
                part.add_error(name, texts)
            if not error.error_dict:
                return
        super().refuse(form, sets, error)


class PersonCreateView(PersonFormMixin, RecordCreateView):
    """The form of a new person account: `new_entity` says whether it begins as prospect or customer."""

    def setup(self, request, *args, **kwargs):
        self.new_entity = CustomerEntity if kwargs.get("kind") == CustomerEntity.name else ProspectEntity
        super().setup(request, *args, **kwargs)
        if request.user.is_authenticated and not self.new_entity.may(request.user, Right.CREATE):
            raise PermissionDenied

    def dispatch(self, request, *args, **kwargs):
        if request.user.is_authenticated and request.resolver_match.url_name == "person_create":
            if kwargs["kind"] not in ("account", *LIFECYCLES):
                raise Http404
            return HttpResponseRedirect(f"{self.new_entity.url('create')}?kind=person")
        return super().dispatch(request, *args, **kwargs)

    def account_record(self) -> Account:
        return Account(kind=Account.Kind.PERSON, lifecycle=LIFECYCLES[self.new_entity.name])

    def save(self, form, sets, skip: frozenset[str] = frozenset()) -> Contact:
        contact = super().save(form, sets, skip)
        part = form.account_form
        values = {name: getattr(part.instance, name) for name in PersonAccountPart.field_names()}
        person_account_for(contact=contact, actor=self.request.user, lifecycle=part.instance.lifecycle, **values)
        return contact

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        entity = self.new_entity
        title = _("New %(kind)s") % {"kind": entity.verbose_name()}
        context = super().get_context_data(create_url=entity.url("create"), **kwargs)
        own = {"page_title": title, "cancel_url": entity.url("list"), "crumbs": _crumbs(entity)}
        return context | own


def _crumbs(entity: type[Entity]) -> list[tuple[str, str]]:
    return [(capfirst(entity.verbose_name_plural()), entity.url("list"))]


class PersonUpdateView(PersonFormMixin, AtAccount, RecordUpdateView):
    """The form of a person account."""

    page = "edit"

    def get_record(self, right: str = Right.VIEW, *, also: tuple[str, ...] = ()) -> Contact:
        self.account, contact = person_of(self.request, self.kwargs["pk"], right)
        user = self.request.user
        if contact is None or not (self.account.allows(user, right) and contact.allows(user, right)):
            raise PermissionDenied
        return contact

    def account_record(self) -> Account:
        return self.account

    def try_saving(self):
        """As for any record; what others changed meanwhile is looked for in both halves."""
        request = self.request
        form, sets = self.build(self.record, request.POST, request.FILES)
        if not self.is_valid(form, sets):
            return self.render(form, sets)
        part = form.account_form
        person = self.conflict(form, sets)
        account = find_conflict(PersonAccountPart, self.account, part, {}, part.cleaned_data.get("version"))
        if (person.rows or account.rows) and not is_decided(request.POST, person, account):
            return self.show_both(person, account)
        skip = merge_theirs(form, sets, person, request.POST)
        merge_theirs(part, {}, account, request.POST)
        try:
            with transaction.atomic():
                # The account first: writing the contact takes over its name and channels into the account.
                save_record(self.account, actor=request.user, means=Means("form"))
                record = self.save(form, sets, skip)
                url = self.entity.after_save(request, record, form, is_new=False)
        except ValidationError as error:
            self.refuse(form, sets, error)
            return self.render(form, sets)
        self.tell_saved(person, account)
        return HttpResponseRedirect(url)

    def tell_saved(self, *conflicts: Conflict) -> None:
        """Say that it is saved, and whose changes were kept beside one's own."""
        for conflict in conflicts:
            if conflict.kept:
                text = _("%(who)s changed it meanwhile; both changes are kept.") % {"who": conflict.who}
                messages.info(self.request, text)
        messages.success(self.request, _("Saved."))

    def show_both(self, person: Conflict, account: Conflict):
        """The choice between both versions, over the fields of both halves."""
        main = person if person.rows else account
        both = Conflict(
            version=person.version, who=main.who, rows=[*person.rows, *account.rows], kept=person.kept | account.kept
        )
        hidden = send_again(self.request.POST, person, account)
        context = self.get_context_data(conflict=both, hidden=hidden, page_title=_("Two changes meet"))
        return TemplateResponse(self.request, "pages/conflict.html", context, status=409)

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        kwargs.setdefault("page_title", _("Edit %(what)s") % {"what": str(self.record)})
        context = super().get_context_data(**kwargs)
        url = self.account.get_absolute_url()
        return context | {"cancel_url": url, "crumbs": [*_crumbs(entity_of(self.account)), (str(self.account), url)]}
