"""E-mails and phones of leads, accounts and contacts: as typed, and as they are compared."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.text.normalise import fold, normalise_email, normalise_phone

from .fields import FoldedField
from .models import ChildRow


class EmailKind(models.TextChoices):
    WORK = "work", _("Work")
    HOME = "home", _("Home")
    OTHER = "other", _("Other")


class PhoneKind(models.TextChoices):
    WORK = "work", _("Work")
    MOBILE = "mobile", _("Mobile")
    HOME = "home", _("Home")
    MAIN = "main", _("Main")
    FAX_WORK = "fax_work", _("Fax, work")
    FAX_HOME = "fax_home", _("Fax, home")
    FAX = "fax", _("Fax")
    PAGER = "pager", _("Pager")
    CAR = "car", _("Car")
    ASSISTANT = "assistant", _("Assistant")
    OTHER = "other", _("Other")


class EmailDomain(models.Func):
    """What stands behind the @ of a normalised address; an index on it finds those of one domain."""

    arity = 1
    output_field = FoldedField()

    def as_sqlite(self, compiler, connection, **extra):
        # A literal, no parameter: SQLite takes an index on an expression only for the very same text.
        return self.as_sql(compiler, connection, template="substr(%(expressions)s, instr(%(expressions)s, '@') + 1)")

    def as_postgresql(self, compiler, connection, **extra):
        return self.as_sql(compiler, connection, template="split_part(%(expressions)s, '@', 2)")


class EmailRow(ChildRow):
    """One e-mail address; what is not an address is kept as text and flagged."""

    VALUE_FIELDS = ("value", "kind", "label", "is_primary")

    value = models.CharField(_("e-mail"), max_length=254)
    normalized = FoldedField(max_length=254, editable=False, db_index=True)
    kind = models.CharField(_("kind"), max_length=10, choices=EmailKind.choices, default=EmailKind.WORK)
    label = models.CharField(_("label"), max_length=60, blank=True)
    is_primary = models.BooleanField(_("primary"), default=False)

    class Meta(ChildRow.Meta):
        abstract = True
        verbose_name = _("e-mail")
        verbose_name_plural = _("e-mails")

    def __str__(self) -> str:
        return self.value

    def derive(self) -> None:
        self.value = self.value.strip()
        self.normalized = normalise_email(self.value)[:254]


class PhoneRow(ChildRow):
    """One phone number as typed, with the form in which it is compared and the extension apart."""

    VALUE_FIELDS = ("value", "kind", "label", "extension", "is_primary")

    value = models.CharField(_("phone"), max_length=80)
    normalized = FoldedField(max_length=40, editable=False, db_index=True)
    kind = models.CharField(_("kind"), max_length=10, choices=PhoneKind.choices, default=PhoneKind.WORK)
    label = models.CharField(_("label"), max_length=60, blank=True)
    extension = models.CharField(_("extension"), max_length=20, blank=True)
    is_primary = models.BooleanField(_("primary"), default=False)

    class Meta(ChildRow.Meta):
        abstract = True
        verbose_name = _("phone")
        verbose_name_plural = _("phones")

    def __str__(self) -> str:
        return self.value

    def derive(self) -> None:
        self.value = self.value.strip()


def one_primary(prefix: str) -> models.UniqueConstraint:
    """At most one primary row per parent."""
    return models.UniqueConstraint(fields=["parent"], condition=models.Q(is_primary=True), name=f"{prefix}_one_primary")


def derive_channels(record: models.Model, children: dict[str, list] | None, region: str) -> None:
    """Normalise the phones with the firm's country and copy the primary e-mail and phone to the record's columns."""
    children = children or {}
    for row in children.get("phones", ()):
        row.normalized = normalise_phone(row.value, region)[:40]
    if "emails" in children:
        record.email = _primary_value(children["emails"])
    if "phones" in children:
        record.phone = _primary_value(children["phones"])


def _primary_value(rows: list) -> str:
    return next((row.value for row in rows if row.is_primary), "")


def folded(text: str, length: int) -> str:
    """Folded text cut to the length of its column; folding can make a text longer."""
    return fold(text)[:length]
