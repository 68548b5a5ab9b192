"""A person account as its form and page show it: the contact, and what the account keeps beside it."""

from django.utils.translation import gettext_lazy as _

from accounts.entity import AccountEntity

from .entity import ContactEntity
from .forms import contact_form


class PersonEntity(ContactEntity):
    """The contact behind a person account: the master of name, channels and preferences."""

    # A person is no employee here: no company as a card has it.
    fieldsets = (
        (_("Person"), ("first_name", "last_name", "job_title", "department", "birthday", "language")),
        *(part for part in ContactEntity.fieldsets[1:] if "birthday" not in part[1]),
    )
    form_template = "contacts/person_form.html"

    @classmethod
    def form_class(cls, base: type) -> type:
        class PersonForm(contact_form(base)):
            with_account = False
            # The form of what the account keeps; its sections come after the person's own.
            account_form = None

            def sections(self) -> list[dict]:
                return super().sections() + self.account_form.sections()

        return PersonForm

    @classmethod
    def after_save(cls, request, record, form, *, is_new: bool) -> str:
        return record.person_account.get_absolute_url()


class PersonAccountPart(AccountEntity):
    """What the account of a person keeps: number, territory and money."""

    fieldsets = ((_("Account"), ("number", "territory", "currency", "revenue", "customer_since")),)
    inlines = ()

    @classmethod
    def form_class(cls, base: type) -> type:
        return base
